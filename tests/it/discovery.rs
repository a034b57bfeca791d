//! What one sees who looks around: ListMetricInfos over what the sources have, and the commands that try and list them.

use crate::support::erlenmeyer::{Erlenmeyer, Milliseconds};
use crate::support::fake::Fake;
use crate::support::fixture::Series;
use crate::support::opentsdb;
use crate::support::servers::{Server, Servers};
use crate::support::service::Service;
use crate::support::warp10::Warp10;
use serde_json::{Value, json};
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Command;

/// Nothing listens there.
const NOBODY: &str = "http://127.0.0.1:9";

fn series() -> Vec<Series> {
    let point = || vec![(1_640_995_200_000, 1.0)];
    vec![
        Series::new("sys.cpu", &[("host", "a")], point()),
        Series::new("sys.cpu", &[("host", "b"), ("core", "0")], point()),
        Series::new("sys.mem", &[], point()),
    ]
}

/// Writes a configuration with these sources, each with a default rule for a namespace of its name; gives the file.
fn configuration(folder: &Path, sources: &[(&str, String)], more: &str) -> std::path::PathBuf {
    let mut text = String::new();
    for (name, keys) in sources {
        writeln!(text, "[sources.{name}]\n{keys}").unwrap();
    }
    for (name, _) in sources {
        writeln!(text, "[[default]]\nsource = \"{name}\"\nnamespaces = [\"{name}\"]").unwrap();
    }
    let file = folder.join("metricshot.toml");
    fs::write(&file, text + more).unwrap();
    file
}

/// Exit code, standard output and standard error.
fn run(file: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_metricshot"));
    let output = command.arg("--config").arg(file).args(arguments).env_clear().output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

/// Namespace, keys, name and unit of each metric that ListMetricInfos answers.
fn infos(service: &Service, filter: &Value) -> (Vec<(String, String, String, String)>, String) {
    let answer = service.post("/v1/metrics", &filter.to_string());
    assert_eq!(answer.status, 200, "{}", answer.head);
    let body: Value = serde_json::from_slice(&answer.body).unwrap();
    let mut found = Vec::new();
    for namespace in body["namespaces"].as_array().unwrap() {
        for set in namespace["dimensions"].as_array().unwrap() {
            for metric in set["metrics"].as_array().unwrap() {
                let text = |value: &Value| value.as_str().unwrap().to_owned();
                let keys: Vec<String> = set["keys"].as_array().unwrap().iter().map(text).collect();
                found.push((text(&namespace["name"]), keys.join(","), text(&metric["name"]), text(&metric["unit"])));
            }
        }
    }
    (found, answer.head)
}

fn row(namespace: &str, keys: &str, name: &str, unit: &str) -> (String, String, String, String) {
    (namespace.to_owned(), keys.to_owned(), name.to_owned(), unit.to_owned())
}

async fn fakes() -> (Fake, Fake, Fake) {
    let erlenmeyer =
        Erlenmeyer { series: series(), token: "secret".into(), now: 0, milliseconds: Milliseconds::Kept }.start().await;
    let warp10 = Warp10 { series: series(), token: "secret".into(), per_millisecond: 1000, chunk: 10 }.start().await;
    (opentsdb::start(series()).await, erlenmeyer, warp10)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_of_metrics_is_what_the_sources_really_have() {
    let folder = tempfile::tempdir().unwrap();
    let (opentsdb, erlenmeyer, warp10) = fakes().await;
    fs::write(folder.path().join("a.csv"), "timestamp,name,value,disk\n1640995200,io.bytes,1,sda\n").unwrap();
    let basic = "auth = { basic = { username = \"read\", password = \"secret\" } }";
    let sources = [
        ("files", "type = \"file\"\npath = \"a.csv\"".to_owned()),
        ("opentsdb", format!("type = \"opentsdb\"\ndialect = \"opentsdb\"\nurl = \"{}\"", opentsdb.url)),
        ("erlenmeyer", format!("type = \"opentsdb\"\ndialect = \"erlenmeyer\"\nurl = \"{}\"\n{basic}", erlenmeyer.url)),
        ("warp10", format!("type = \"warp10\"\nauth = {{ bearer = \"secret\" }}\nurl = \"{}\"", warp10.url)),
        ("down", format!("type = \"prometheus\"\nurl = \"{NOBODY}\"")),
    ];
    let rule = |namespace: &str, name: &str, source: &str, unit: &str| {
        format!(
            "[[metric]]\nnamespace = \"{namespace}\"\nname = \"{name}\"\nsource = \"{source}\"\nunit = \"{unit}\"\n"
        )
    };
    let rules = [
        rule("warp10", "sys.mem", "warp10", "BYTES"),
        rule("warp10", "sys.swap", "warp10", "BYTES"),
        rule("down", "up", "down", "NONE"),
    ];
    let service = Service::start(Some(&configuration(folder.path(), &sources, &rules.concat())));

    let (found, head) = infos(&service, &json!({}));
    let expected = [
        row("warp10", "", "sys.mem", "BYTES"),
        row("warp10", "core,host", "sys.cpu", "NONE"),
        row("warp10", "host", "sys.cpu", "NONE"),
        row("down", "", "up", "NONE"),
        row("files", "disk", "io.bytes", "NONE"),
        row("opentsdb", "", "sys.cpu", "NONE"),
        row("opentsdb", "", "sys.mem", "NONE"),
        row("erlenmeyer", "", "sys.cpu", "NONE"),
        row("erlenmeyer", "", "sys.mem", "NONE"),
    ];
    let (mut found, mut expected) = (found, expected.to_vec());
    found.sort();
    expected.sort();
    assert_eq!(found, expected, "without sys.swap, which the source lacks; with up, of which nobody can tell");
    assert!(head.to_ascii_lowercase().contains("metricshot-unlisted: down;reason=down\r\n"), "{head}");

    let filter = json!({"metric_name": "sys.cpu", "namespaces": [{"name": "warp10", "dimensions": [["host"]]}]});
    assert_eq!(infos(&service, &filter).0, [row("warp10", "host", "sys.cpu", "NONE")]);
}

#[test]
fn a_prometheus_tells_names_kinds_units_and_labels() {
    let (prometheus, _data) = Server::scraping_itself();
    let folder = tempfile::tempdir().unwrap();
    let sources = [("prometheus", format!("type = \"prometheus\"\nurl = \"{}\"", prometheus.url()))];
    let file = configuration(folder.path(), &sources, "");
    let gauge = "process_resident_memory_bytes";
    // Polls until the first scrape is stored; each try is a whole run of the program.
    let listed = (0..1200).map(|_| run(&file, &["sources", "metrics", "prometheus"]));
    let (code, out, err) = listed
        .inspect(|(_, out, _)| {
            if !out.contains("instance, job") {
                std::thread::sleep(std::time::Duration::from_millis(50));
            }
        })
        .find(|(_, out, _)| out.contains("instance, job"))
        .expect("scraped within a minute");
    assert_eq!((code, err.as_str()), (Some(0), ""));
    let line = |name: &str| out.lines().find(|line| line.starts_with(name)).expect("listed");
    let words = |name: &str| line(name).split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(words(gauge), [gauge, "gauge", "BYTES", "instance,", "job"]);
    assert_eq!(words("prometheus_http_requests_total")[1..], ["counter", "-", "code,", "handler,", "instance,", "job"]);

    let (code, out, _) = run(&file, &["sources", "metrics", "prometheus", "--json"]);
    let object = out.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()).find(|row| row["name"] == gauge);
    let expected = json!({"name": gauge, "labels": ["instance", "job"], "kind": "gauge", "unit": "BYTES"});
    assert_eq!((code, object), (Some(0), Some(expected)));

    let service = Service::start(Some(&file));
    let (found, _) = infos(&service, &json!({"metric_name": gauge}));
    assert_eq!(found, [row("prometheus", "instance,job", gauge, "BYTES")]);
}

#[test]
fn a_default_rule_draws_with_the_kind_that_the_list_tells() {
    let (prometheus, _data) = Server::scraping_itself();
    let folder = tempfile::tempdir().unwrap();
    let sources = [("prometheus", format!("type = \"prometheus\"\nurl = \"{}\"", prometheus.url()))];
    let (counter, gauge) = ("prometheus_http_requests_total", "process_resident_memory_bytes");
    let rule = |name: &str, kind: &str| {
        format!("[[metric]]\nnamespace = \"{kind}\"\nname = \"{name}\"\nsource = \"prometheus\"\nkind = \"{kind}\"\n")
    };
    let rules = [rule(counter, "counter"), rule(counter, "gauge"), rule(gauge, "gauge")].concat();
    let service = Service::start(Some(&configuration(folder.path(), &sources, &rules)));
    let metric = |namespace: &str, name: &str| json!({"namespace_name": namespace, "name": name, "dimensions": []});
    let metrics = [
        metric("prometheus", counter),
        metric("counter", counter),
        metric("gauge", counter),
        metric("prometheus", gauge),
        metric("gauge", gauge),
    ];
    let begin = std::time::Instant::now();
    // Polls until two scrapes are stored, of which the rate is known.
    let values = loop {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
        let body =
            json!({"start": now - 600, "end": now + 60, "period": 60, "statistic_type": "AVG", "metrics": metrics});
        let values: Vec<_> = service.data(&body).into_iter().map(|(_, values)| values).collect();
        if values.iter().all(|values| !values.is_empty()) {
            break values;
        }
        assert!(begin.elapsed() < std::time::Duration::from_secs(90), "{values:?}");
        std::thread::sleep(std::time::Duration::from_millis(50));
    };
    assert_eq!(values[0], values[1], "the metadata says that it is a counter");
    assert_ne!(values[0], values[2]);
    assert_eq!(values[3], values[4], "the metadata says that it is a gauge");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_says_of_each_source_in_a_line_what_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let (opentsdb, _, warp10) = fakes().await;
    let servers = Servers::start("# TYPE x gauge\nx 1 1640995200\n# EOF\n");
    let sources = [
        ("prometheus", format!("type = \"prometheus\"\nurl = \"{}\"", servers.prometheus.url())),
        ("victoria", format!("type = \"prometheus\"\nurl = \"{}\"", servers.victoria_metrics.url())),
        ("opentsdb", format!("type = \"opentsdb\"\ndialect = \"opentsdb\"\nurl = \"{}\"", opentsdb.url)),
        ("no-token", format!("type = \"warp10\"\nurl = \"{}\"", warp10.url)),
        ("wrong-type", format!("type = \"prometheus\"\nurl = \"{}\"", warp10.url)),
        ("nobody", format!("type = \"prometheus\"\nurl = \"{NOBODY}\"")),
    ];
    let file = configuration(folder.path(), &sources, "");
    let (code, out, err) = run(&file, &["sources", "check"]);
    let said = |name: &str| out.lines().find_map(|line| line.strip_prefix(name)).expect("a line").trim().to_owned();
    assert_eq!(code, Some(1), "{out}{err}");
    assert!(err.contains("error: 3 of 6 sources failed"), "{err}");
    for name in ["prometheus", "victoria", "opentsdb"] {
        assert!(said(name).starts_with("answers in "), "{out}");
    }
    assert!(said("no-token").contains("check url, auth and headers (HTTP status 403"), "{out}");
    assert!(said("wrong-type").contains("it answers with an error"), "{out}");
    assert!(said("nobody").contains("it cannot be reached; check its url"), "{out}");

    for name in ["prometheus", "victoria"] {
        let (code, out, err) = run(&file, &["sources", "metrics", name]);
        assert_eq!((code, out.split_whitespace().next()), (Some(0), Some("x")), "old data too: {err}");
    }

    let (code, out, _) = run(&file, &["sources", "check", "opentsdb"]);
    assert_eq!((code, out.lines().count()), (Some(0), 1));
    let (code, _, err) = run(&file, &["sources", "check", "nowhere"]);
    assert_eq!(code, Some(2));
    assert!(err.contains("'nowhere' should be one of the configured sources: no-token, nobody, opentsdb, "), "{err}");
}
