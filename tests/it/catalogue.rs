//! Rules of the catalogue, end to end: the built program with a file of samples and a catalogue of the test.

use crate::support::service::Service;
use serde_json::{Value, json};
use std::fs;

/// Samples of two disks every 30 s from 1,000 s on, and a counter that resets after its third sample.
const SAMPLES: &str = "\
# TYPE disk_used gauge
disk_used{host=\"a\",device=\"sda\"} 1024 1020
disk_used{host=\"a\",device=\"sda\"} 3072 1050
disk_used{host=\"a\",device=\"sdb\"} 5120 1020
disk_used{host=\"b\",device=\"sda\"} 7168 1020
# TYPE jobs counter
jobs_total 10 990
jobs_total 16 1020
jobs_total 22 1050
jobs_total 4 1080
# EOF
";

const RULES: &str = r#"
[sources.samples]
type = "file"
path = "samples.om"

[[metric]]
namespace = "Host"
name = "Disk used"
dimensions = ["Host"]
optional = ["Device"]
source = "samples"
unit = "KILOBYTES"
scale = 0.0009765625
select = { name = "disk_used", labels = { host = "${Host}", device = "${Device}" } }

[[metric]]
namespace = "Host"
name = "Jobs"
source = "samples"
unit = "COUNT"
kind = "counter"
missing = "zero"
select = { name = "jobs_total" }
"#;

/// Starts the program with these rules.
struct Host {
    service: Service,
    _folder: tempfile::TempDir,
}

impl Host {
    fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("samples.om"), SAMPLES).expect("a file");
        let configuration = folder.path().join("metricshot.toml");
        fs::write(&configuration, RULES).expect("a file");
        Self { service: Service::start(Some(&configuration)), _folder: folder }
    }

    fn values(&self, name: &str, dimensions: &[(&str, &str)], statistic: &str) -> Vec<(i64, f64)> {
        self.service.data(&body(name, dimensions, statistic)).remove(0).1
    }

    /// Returns the status, the fault's word and the first message of a response.
    fn refusal(&self, name: &str, dimensions: &[(&str, &str)]) -> (u16, String, String) {
        let answer = self.service.post("/v1/metrics/data", &body(name, dimensions, "AVG").to_string());
        let head = answer.head.to_ascii_lowercase();
        let word = head.lines().find_map(|line| line.strip_prefix("metricshot-fault: ")).expect("a fault").to_owned();
        let problem: Value = serde_json::from_slice(&answer.body).expect("JSON");
        let detail = problem["errors"][0]["detail"][0].as_str().expect("a message").to_owned();
        (answer.status, word, detail)
    }
}

fn body(name: &str, dimensions: &[(&str, &str)], statistic: &str) -> Value {
    let dimensions: Vec<Value> = dimensions.iter().map(|(key, value)| json!({"key": key, "value": value})).collect();
    json!({"start": 960, "end": 1200, "period": 60, "statistic_type": statistic,
           "metrics": [{"namespace_name": "Host", "name": name, "dimensions": dimensions}]})
}

#[test]
fn matching_series_are_pooled_and_scaled() {
    let host = Host::start();
    assert_eq!(host.values("Disk used", &[("Host", "a")], "AVG"), [(1020, 3.0)]);
    assert_eq!(host.values("Disk used", &[("Host", "a")], "MAX"), [(1020, 5.0)]);
}

#[test]
fn counts_are_not_scaled() {
    let host = Host::start();
    assert_eq!(host.values("Disk used", &[("Host", "a")], "CNT"), [(1020, 3.0)]);
}

#[test]
fn an_optional_dimension_narrows_the_series() {
    let host = Host::start();
    assert_eq!(host.values("Disk used", &[("Host", "a"), ("Device", "sdb")], "AVG"), [(1020, 5.0)]);
}

#[test]
fn a_counter_sums_its_increase_and_missing_buckets_are_zero() {
    let host = Host::start();
    assert_eq!(host.values("Jobs", &[], "SUM"), [(960, 0.0), (1020, 12.0), (1080, 4.0), (1140, 0.0)]);
    // The rate is known from the first sample on, and continues for the 30 s until the next one is due.
    let rates = host.values("Jobs", &[], "AVG");
    assert_eq!(rates.iter().map(|(start, _)| *start).collect::<Vec<_>>(), [960, 1020, 1080]);
    for ((_, rate), expected) in rates.iter().zip([0.2, 10.0 / 60.0, 4.0 / 30.0]) {
        assert!((rate - expected).abs() < 1e-12, "{rates:?}");
    }
}

#[test]
fn an_unknown_metric_is_rejected_with_namespace_and_name() {
    let host = Host::start();
    let (status, word, message) = host.refusal("Disk lost", &[]);
    assert_eq!((status, word.as_str()), (400, "unknown_metric"));
    assert!(
        message.contains("Host") && message.contains("Disk lost") && message.ends_with("metrics[0].name"),
        "{message}"
    );
}

#[test]
fn the_error_names_a_missing_dimension() {
    let host = Host::start();
    let (status, word, message) = host.refusal("Disk used", &[("Device", "sda")]);
    assert_eq!((status, word.as_str()), (400, "unknown_metric"));
    assert!(message.contains("Host") && message.ends_with("metrics[0].dimensions"), "{message}");
}

#[test]
fn metrics_of_the_catalogue_are_listed_with_units() {
    let answer = Host::start().service.post("/v1/metrics", "{}");
    let listed: Value = serde_json::from_slice(&answer.body).expect("JSON");
    let text = listed.to_string();
    assert!(answer.status == 200 && text.contains("Disk used") && text.contains("KILOBYTES"), "{text}");
}
