//! What sources send (U) and how they fail (F), over real sockets: fakes behind the Prometheus adapter of the built program, seen in the
//! answers of its HTTP interface.

mod faults;
mod injection;
mod rows;
mod values;

// What the other tests of sources share.

use crate::support::service::{Answer, Service};
use serde_json::{Value, json};
use std::fmt::Write;
use std::fs;
use tempfile::TempDir;

const IMAGE: &str = "/v1/metrics/data/download/image";

/// Five minutes of a series at 1,640,995,200.
const START: i64 = 1_640_995_200;

/// The program with some sources, and one named `works` that does.
struct Running {
    service: Service,
    _folder: TempDir,
}

/// A source behind the Prometheus adapter.
struct Behind<'a> {
    name: String,
    url: &'a str,
    /// Further keys.
    keys: &'a str,
}

/// The operations of a server that sends only samples: one metric is one call.
const INSTANT: &str = "operations = \"instant\"";

impl Running {
    fn new(limits: &str, sources: &[Behind]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let samples: String = (0..5).map(|n| format!("{},cpu,{n}\n", START + 60 * n)).collect();
        fs::write(folder.path().join("works.csv"), format!("timestamp,name,value\n{samples}")).unwrap();
        let mut text = format!("[limits]\n{limits}\n[sources.works]\ntype = \"file\"\npath = \"works.csv\"\n");
        for Behind { name, url, keys } in sources {
            writeln!(text, "[sources.{name}]\ntype = \"prometheus\"\nurl = \"{url}\"\n{keys}").unwrap();
        }
        for name in sources.iter().map(|source| source.name.as_str()).chain(["works"]) {
            writeln!(
                text,
                "[[default]]\nsource = \"{name}\"\nnamespaces = [\"{name}\"]\nkind = \"gauge\"\nunit = \"COUNT\""
            )
            .unwrap();
        }
        let file = folder.path().join("metricshot.toml");
        fs::write(&file, text).unwrap();
        Self { service: Service::start(Some(&file)), _folder: folder }
    }

    /// A picture of one metric of each of these sources.
    fn picture(&self, names: &[&str]) -> Answer {
        self.service.post(IMAGE, &body(names.iter().map(|name| metric(name, "cpu", &[])).collect()).to_string())
    }

    /// The same, and what has to be true of every answer: it comes with its kind, and never with what is behind it.
    fn verdict(&self, names: &[&str]) -> Verdict {
        let answer = self.picture(names);
        let header = |wanted: &str| header(&answer, wanted);
        let (fault, missing) = (header("metricshot-fault").unwrap_or_default(), header("metricshot-missing"));
        if answer.status != 200 {
            let text = String::from_utf8_lossy(&answer.body).into_owned();
            assert!(!text.contains("127.0.0.1") && !text.contains("hidden") && !text.contains("api/v1"), "{text}");
        }
        Verdict { status: answer.status, fault, missing: missing.unwrap_or_default() }
    }
}

fn header(answer: &Answer, wanted: &str) -> Option<String> {
    let mut lines = answer.head.lines().filter_map(|line| line.split_once(": "));
    lines.find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value.to_owned())
}

/// What an answer says of the sources.
#[derive(Debug, PartialEq, Eq)]
struct Verdict {
    status: u16,
    fault: String,
    missing: String,
}

fn metric(namespace: &str, name: &str, dimensions: &[(&str, &str)]) -> Value {
    let dimensions: Vec<Value> = dimensions.iter().map(|(key, value)| json!({"key": key, "value": value})).collect();
    json!({"namespace_name": namespace, "name": name, "dimensions": dimensions})
}

/// Five buckets of a minute, small.
fn body(metrics: Vec<Value>) -> Value {
    json!({
        "start": START, "end": START + 300, "period": 60, "statistic_type": "AVG", "title": "", "timezone": "UTC",
        "width": 200, "height": 120, "metrics": metrics
    })
}

/// An answer of a source as bytes.
fn http(status: &str, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let length = if headers.to_lowercase().contains("content-length:") {
        String::new()
    } else {
        format!("Content-Length: {}\r\n", body.len())
    };
    [format!("HTTP/1.1 {status}\r\n{headers}{length}Connection: close\r\n\r\n").as_bytes(), body].concat()
}

/// What Prometheus answers where there is nothing.
fn matrix(result: &str) -> String {
    format!(r#"{{"status":"success","data":{{"resultType":"matrix","result":[{result}]}}}}"#)
}
