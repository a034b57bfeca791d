//! `split_by` in a catalogue rule: one line per value of some labels, chosen and named as the rule says, with equal values on every source.

use crate::support::erlenmeyer::{Erlenmeyer, Milliseconds};
use crate::support::fixture::Series;
use crate::support::opentsdb;
use crate::support::service::Service;
use crate::support::warp10::Warp10;
use serde_json::{Value, json};
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Command;

const START: i64 = 1_767_225_600;
const HOSTS: i64 = 20;

/// A sample a minute for two hours: the value of `load` is the number of its host, and of its disk in tenths. Host 7 ends after an hour.
fn exposition() -> String {
    let mut text = String::new();
    for host in 1..=HOSTS {
        for disk in 0..2 {
            let minutes = if host == 7 { 60 } else { 120 };
            for minute in 0..minutes {
                let (value, time) = (host as f64 + f64::from(disk) / 10.0, START + 60 * minute);
                writeln!(text, "load{{host=\"h{host:02}\",disk=\"d{disk}\"}} {value} {time}").unwrap();
                writeln!(text, "read_total{{host=\"h{host:02}\",disk=\"d{disk}\"}} {} {time}", host * 60 * minute)
                    .unwrap();
            }
        }
    }
    text + "# EOF\n"
}

const CATALOG: &str = r#"
[[metric]]
namespace = "N"
name = "load"
source = "data"
split_by = ["host"]
limit = 3

[[metric]]
namespace = "N"
name = "disks"
optional = ["host"]
source = "data"
select = { name = "load", labels = { host = "${host}" } }
split_by = ["host", "disk"]
limit = 2
order = "name"
label = "{{disk}} of {{host}}"

[[metric]]
namespace = "N"
name = "reads"
source = "data"
kind = "counter"
select = { name = "read_total" }
split_by = ["host"]
limit = 2

[[metric]]
namespace = "N"
name = "none"
source = "data"
split_by = ["host"]
"#;

fn serve(folder: &Path) -> Service {
    fs::write(folder.join("data.om"), exposition()).unwrap();
    let file = folder.join("m.toml");
    fs::write(&file, format!("[sources.data]\ntype = \"file\"\npaths = [\"data.om\"]\n{CATALOG}")).unwrap();
    Service::start(Some(&file))
}

fn body(names: &[&str], dimensions: &Value) -> Value {
    let metrics: Vec<Value> =
        names.iter().map(|name| json!({"namespace_name": "N", "name": name, "dimensions": dimensions})).collect();
    json!({"start": START, "end": START + 7200, "period": 3600, "statistic_type": "AVG", "metrics": metrics})
}

/// Each entry: name and texts of its values.
fn entries(service: &Service, body: &Value) -> Vec<(String, Vec<String>)> {
    let answer = service.post("/v1/metrics/data", &body.to_string());
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
    let answer: Value = serde_json::from_slice(&answer.body).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let entry = |metric: &Value| {
        let values = metric["values"].as_array().unwrap().iter().map(|pair| text(&pair[1])).collect();
        (text(&metric["display_name"]), values)
    };
    answer["metrics"].as_array().unwrap().iter().map(entry).collect()
}

fn entry(name: &str, values: &[&str]) -> (String, Vec<String>) {
    (name.to_owned(), values.iter().map(|value| (*value).to_owned()).collect())
}

#[test]
fn a_rule_splits_a_metric_into_the_lines_that_come_first() {
    let folder = tempfile::tempdir().unwrap();
    let service = serve(folder.path());
    assert_eq!(
        entries(&service, &body(&["load"], &json!([]))),
        [entry("h20", &["20.05", "20.05"]), entry("h19", &["19.05", "19.05"]), entry("h18", &["18.05", "18.05"])]
    );
    assert_eq!(
        entries(&service, &body(&["disks"], &json!([]))),
        [entry("d0 of h01", &["1", "1"]), entry("d1 of h01", &["1.1", "1.1"])]
    );
    let one_host = json!([{"key": "host", "value": "h07"}]);
    assert_eq!(
        entries(&service, &body(&["disks"], &one_host)),
        [entry("d0 of h07", &["7"]), entry("d1 of h07", &["7.1"])]
    );
    assert_eq!(entries(&service, &body(&["none"], &json!([]))), [entry("N | none", &[])]);
}

#[test]
fn a_counter_is_split_before_it_is_summed() {
    let folder = tempfile::tempdir().unwrap();
    let service = serve(folder.path());
    let lines = entries(&service, &body(&["reads"], &json!([])));
    assert_eq!(lines.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["h20", "h19"]);
    // Two disks, each growing by the host's number every second.
    assert_eq!(lines[0].1[1], "40");
}

#[test]
fn what_the_limit_leaves_out_is_named_in_the_notes_and_on_the_chart() {
    let folder = tempfile::tempdir().unwrap();
    let service = serve(folder.path());
    let mut request = body(&["load", "disks"], &json!([]));
    let data = service.post("/v1/metrics/data", &request.to_string());
    let head = data.head.to_ascii_lowercase();
    assert!(head.contains("metricshot-notes: 0;"), "{head}");
    assert!(head.contains(";truncated=17") && head.contains(";truncated=38"), "{head}");
    request["width"] = json!(600);
    request["height"] = json!(400);
    fs::write(folder.path().join("request.json"), request.to_string()).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_metricshot"));
    let arguments = ["--config", "m.toml", "render", "request.json", "-o", "chart.svg"];
    assert!(command.args(arguments).current_dir(folder.path()).env_clear().status().unwrap().success());
    let chart = fs::read_to_string(folder.path().join("chart.svg")).unwrap();
    assert!(chart.contains("+55 more"), "{chart}");
    for label in ["h20", "h19", "h18", "d0 of h01", "d1 of h01"] {
        assert!(chart.contains(label), "{label}");
    }
}

/// A sample a minute for an hour: as [`exposition`], of three hosts.
fn loads() -> Vec<Series> {
    let series = |(host, disk): (u32, u32)| {
        let value = f64::from(host) + f64::from(disk) / 10.0;
        let points = (0..60).map(|minute| ((START + 60 * minute) * 1000, value)).collect();
        Series::new("load", &[("disk", &format!("d{disk}")), ("host", &format!("h{host}"))], points)
    };
    (1..=3).flat_map(|host| (0..2).map(move |disk| (host, disk))).map(series).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn servers_of_every_kind_are_split_by_the_labels_of_their_series() {
    let opentsdb = opentsdb::start(loads()).await;
    let erlenmeyer = Erlenmeyer { series: loads(), token: "secret".into(), now: 0, milliseconds: Milliseconds::Kept };
    let erlenmeyer = erlenmeyer.start().await;
    let warp10 = Warp10 { series: loads(), token: "secret".into(), per_millisecond: 1000, chunk: 10 }.start().await;
    let folder = tempfile::tempdir().unwrap();
    let basic = "auth = { basic = { username = \"read\", password = \"secret\" } }";
    // Beyond `raw_seconds` an unsplit metric is computed by the server.
    let sources = [
        ("opentsdb", format!("type = \"opentsdb\"\ndialect = \"opentsdb\"\nurl = \"{}\"", opentsdb.url)),
        ("long", format!("type = \"opentsdb\"\ndialect = \"opentsdb\"\nraw_seconds = 60\nurl = \"{}\"", opentsdb.url)),
        ("erlenmeyer", format!("type = \"opentsdb\"\ndialect = \"erlenmeyer\"\nurl = \"{}\"\n{basic}", erlenmeyer.url)),
        ("warp10", format!("type = \"warp10\"\nauth = {{ bearer = \"secret\" }}\nurl = \"{}\"", warp10.url)),
    ];
    let mut text = String::new();
    for (name, keys) in &sources {
        writeln!(text, "[sources.{name}]\n{keys}").unwrap();
    }
    for (name, _) in &sources {
        let rule = |metric: &str, split: &str| {
            format!(
                "[[metric]]\nnamespace = \"{name}\"\nname = \"{metric}\"\nsource = \"{name}\"\nselect = {{ name = \"load\" }}\n{split}\n"
            )
        };
        text += &rule("hosts", "split_by = [\"host\"]\nlimit = 2");
        text += &rule("disks", "split_by = [\"disk\", \"host\"]\nlimit = 2\norder = \"name\"");
        text += &rule("sums", "split_by = [\"disk\"]\nacross = \"sum\"");
    }
    let file = folder.path().join("m.toml");
    fs::write(&file, text).unwrap();
    let service = Service::start(Some(&file));
    for (name, _) in &sources {
        let metrics: Vec<Value> = ["hosts", "disks", "sums"]
            .map(|metric| json!({"namespace_name": name, "name": metric, "dimensions": []}))
            .to_vec();
        let request =
            json!({"start": START, "end": START + 3600, "period": 3600, "statistic_type": "MAX", "metrics": metrics});
        let expected = [
            entry("h3", &["3.1"]),
            entry("h2", &["2.1"]),
            entry("d0 · h1", &["1"]),
            entry("d0 · h2", &["2"]),
            entry("d1", &["6.3"]),
            entry("d0", &["6"]),
        ];
        let rounded = |(label, values): (String, Vec<String>)| {
            let value = |text: String| (text.parse::<f64>().unwrap() * 1e9).round() / 1e9;
            (label, values.into_iter().map(|text| value(text).to_string()).collect::<Vec<_>>())
        };
        let found: Vec<_> = entries(&service, &request).into_iter().map(rounded).collect();
        assert_eq!(found, expected, "{name}");
    }
}

#[test]
fn a_line_of_the_demo_is_the_metric_of_its_value() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("m.toml");
    let rule = |name: &str, split: &str| {
        format!(
            "[[metric]]\nnamespace = \"N\"\nname = \"{name}\"\noptional = [\"host\"]\nsource = \"demo\"\nselect = {{ name = \"CPU\", labels = {{ host = \"${{host}}\" }} }}\n{split}\n"
        )
    };
    let rules = rule("each", "split_by = [\"host\"]\norder = \"name\"") + &rule("one", "");
    fs::write(&file, format!("[sources.demo]\ntype = \"demo\"\n{rules}")).unwrap();
    let service = Service::start(Some(&file));
    let split = body(&["each"], &json!([]));
    let lines = entries(&service, &split);
    assert_eq!(lines.len(), 12, "the default limit");
    let head = service.post("/v1/metrics/data", &split.to_string()).head.to_ascii_lowercase();
    assert!(head.contains("metricshot-notes: 0;truncated=3"), "{head}");
    for (label, values) in &lines {
        let alone = entries(&service, &body(&["one"], &json!([{"key": "host", "value": label}])));
        assert_eq!(&alone[0].1, values, "{label}");
    }
    assert_ne!(lines[0].1, lines[1].1);
}

#[test]
fn a_source_that_cannot_split_is_a_fault_of_the_rule() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("m.toml");
    let source =
        "[sources.data]\ntype = \"gnocchi\"\nurl = \"http://127.0.0.1:1\"\nauth = { bearer = \"0123456789abcdef\" }\n";
    fs::write(&file, format!("{source}{CATALOG}")).unwrap();
    let given = metricshot::config::ConfigInputs { file: Some(file), ..Default::default() };
    let faults = metricshot::config::load(&given).unwrap_err();
    let told: Vec<String> = faults.iter().map(ToString::to_string).collect();
    let of_split = told.iter().filter(|fault| fault.contains("the source 'data' cannot split a metric")).count();
    assert_eq!(of_split, 4, "{told:#?}");
}
