//! The same samples in a real Prometheus, a real VictoriaMetrics and a file: ListMetricData of the built program returns the same
//! values for every statistic, several periods, gaps, and windows that do not begin or end on a bucket.

use crate::support;
use crate::support::service::Service;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::fs;

/// 2026-01-01T00:00:00Z.
const START: i64 = 1_767_225_600;
const NAMESPACES: [&str; 3] = ["File", "Prometheus", "VictoriaMetrics"];

/// Returns the series: two regular ones, one of them with a gap; an irregular one with fractions of seconds, negative and fractional values; one
/// NaN sample; a counter with a reset, and one without samples for an hour and a half. Values have at most three decimals, which
/// VictoriaMetrics stores without loss.
fn fixture() -> String {
    let mut text = String::from("# TYPE cpu_usage_percent gauge\n");
    for series in 1..=2 {
        for index in (0..=480).filter(|index| series == 1 || !(120..200).contains(index)) {
            let value = index % 40 + if series == 2 { 100 } else { 0 };
            let _ = writeln!(text, "cpu_usage_percent{{instance=\"i-{series}\"}} {value} {}", START + 15 * index);
        }
    }
    text.push_str("# TYPE irregular gauge\n");
    let (mut milliseconds, mut state) = (START * 1000 + 137, 7_u64);
    for index in 0..400_i64 {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let value = (state >> 40) as f64 / 1024.0 - 8000.0;
        let value = if index == 77 { "NaN".to_owned() } else { format!("{value:.3}") };
        let _ = writeln!(
            text,
            "irregular{{host=\"a b\\\"c\\\\d\"}} {value} {}.{:03}",
            milliseconds / 1000,
            milliseconds % 1000
        );
        milliseconds += 1000 + i64::try_from(state >> 50).unwrap_or(0) * 2;
    }
    text.push_str("# TYPE requests counter\n");
    for index in 0..480_i64 {
        let value = if index < 250 { index * 3 } else { (index - 250) * 5 };
        let _ = writeln!(text, "requests_total{{code=\"200\"}} {value} {}", START + 15 * index);
    }
    text.push_str("# TYPE sleepy counter\n");
    for (index, minute) in [0_i64, 1, 2, 95, 96, 97, 118].into_iter().enumerate() {
        let _ = writeln!(text, "sleepy_total{{code=\"200\"}} {} {}", 7 * index, START + 60 * minute);
    }
    text.push_str("# EOF\n");
    text
}

fn metric(namespace: &str, name: &str, key: &str, value: &str) -> Value {
    let dimensions = if key.is_empty() { json!([]) } else { json!([{"key": key, "value": value}]) };
    json!({"namespace_name": namespace, "name": name, "dimensions": dimensions})
}

/// Compares values to 12 significant digits.
fn equal(one: f64, two: f64) -> bool {
    one == two || (one - two).abs() <= 1e-12 * one.abs().max(two.abs())
}

#[test]
fn file_prometheus_and_victoria_metrics_return_the_same_values() {
    let text = fixture();
    let servers = support::servers::Servers::start(&text);
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("samples.om"), &text).expect("a file");
    let configuration = folder.path().join("metricshot.toml");
    let rules = NAMESPACES.map(|name| {
        let source = name.to_lowercase();
        let counters = ["requests_total", "sleepy_total"].map(|counter| {
            format!("[[metric]]\nnamespace = \"{name}\"\nname = \"{counter}\"\noptional = [\"code\"]\nsource = \"{source}\"\nkind = \"counter\"\n")
        });
        format!("{}[[default]]\nsource = \"{source}\"\nnamespaces = [\"{name}\"]\n", counters.concat())
    });
    fs::write(
        &configuration,
        format!(
            "percentiles = true\n[sources.file]\ntype = \"file\"\npath = \"samples.om\"\n[sources.prometheus]\ntype = \"prometheus\"\nurl = \"{}\"\n[sources.victoriametrics]\ntype = \"prometheus\"\nurl = \"{}\"\nparameters = {{ nocache = \"1\" }}\n{}",
            servers.prometheus.url(),
            servers.victoria_metrics.url(),
            rules.concat()
        ),
    )
    .expect("a file");
    let service = Service::start(Some(&configuration));

    let mut compared = 0;
    for (name, key, value) in [
        ("cpu_usage_percent", "instance", "i-1"),
        ("cpu_usage_percent", "instance", "i-2"),
        ("cpu_usage_percent", "", ""),
        ("irregular", "host", "a b\"c\\d"),
        ("requests_total", "code", "200"),
        ("sleepy_total", "code", "200"),
        ("not_there", "", ""),
    ] {
        for statistic in ["AVG", "SUM", "MAX", "MIN", "CNT", "p50", "p90", "p99.9"] {
            for (start, end, period) in [
                (START, START + 7200, 300),
                (START + 7, START + 7001, 60),
                (START - 900, START + 9000, 600),
                (START + 1800, START + 3000, 15),
                (START + 5400, START + 7200, 60),
                (START, START + 7200, 97),
                (START + 100, START + 160, 3600),
                (START - 86_400, START + 2 * 86_400, 86_400),
            ] {
                let metrics: Vec<Value> =
                    NAMESPACES.iter().map(|namespace| metric(namespace, name, key, value)).collect();
                let body = json!({"start": start, "end": end, "period": period, "statistic_type": statistic, "metrics": metrics});
                let case = format!("{name} {key}={value} {statistic} {start}..{end} by {period}");
                let answers = service.data(&body);
                let (_, expected) = &answers[0];
                for ((status, actual), namespace) in answers.iter().zip(NAMESPACES) {
                    assert_eq!(status, "", "{namespace}: {case}");
                    let times = |values: &[(i64, f64)]| values.iter().map(|(time, _)| *time).collect::<Vec<_>>();
                    assert_eq!(times(actual), times(expected), "{namespace}: {case}");
                    for ((time, one), (_, two)) in expected.iter().zip(actual) {
                        assert!(equal(*one, *two), "{namespace}: {case}: {one} and {two} at {time}");
                        compared += 1;
                    }
                }
            }
        }
    }
    assert!(compared > 10_000, "{compared} values were compared");
}
