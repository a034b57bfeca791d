//! The list of metrics and the charts of default rules with the same kind and unit, both of the source's metadata.

use crate::support::nhn::{KEY, Nhn};
use crate::support::numbers::complete;
use crate::support::servers::Server;
use crate::support::{configured, demo};
use metricshot::app::App;
use metricshot::catalog::MetricKind;
use metricshot::clock::now_ms;
use serde_json::json;
use std::fs;
use std::time::Duration;

/// Default rules of one source: `listed` follows its metadata, `gauge` and `counter` say the kind themselves.
const RULES: &str = r#"
[[default]]
namespaces = ["listed"]
source = "data"
[[default]]
namespaces = ["gauge"]
source = "data"
kind = "gauge"
[[default]]
namespaces = ["counter"]
source = "data"
kind = "counter"
"#;

struct Window {
    start: i64,
    end: i64,
    period: i64,
}

/// Kind, unit in the list and unit of the chart's AVG.
type Meaning = (MetricKind, &'static str, &'static str);

async fn assert_listed_and_drawn(app: &App, name: &str, window: &Window, (kind, listed, drawn): Meaning) {
    let all = app.metrics().await.unwrap();
    assert!(all.failed.is_empty(), "{:?}", all.failed);
    let of_name = all.entries.iter().filter(|entry| entry.namespace == "listed" && entry.name == name);
    let units: Vec<String> = of_name.map(|entry| entry.unit.to_string()).collect();
    assert!(!units.is_empty() && units.iter().all(|unit| unit == listed), "{name}: {units:?} instead of {listed}");
    let metrics = ["listed", "gauge", "counter"]
        .map(|namespace| json!({"namespace_name": namespace, "name": name, "dimensions": []}));
    let Window { start, end, period } = window;
    let body = json!({"start": start, "end": end, "period": period, "statistic_type": "AVG", "timezone": "UTC",
        "title": "", "width": 600, "height": 400, "metrics": metrics});
    let frame = app.data(demo::request(body.to_string().as_bytes()).query).await.unwrap();
    let [auto, gauge, counter] = [0, 1, 2].map(|line| complete(&frame.lines[line]));
    assert_ne!(gauge, counter, "{name}: the kinds can be told apart");
    assert_eq!(auto, if kind == MetricKind::Gauge { gauge } else { counter }, "{name}");
    assert_eq!(frame.lines[0].unit.to_string(), drawn, "{name}");
}

#[tokio::test]
async fn an_openmetrics_file_is_drawn_as_it_is_listed() {
    let folder = tempfile::tempdir().unwrap();
    let text = "# TYPE sent counter\n# UNIT sent bytes\nsent_total 60 60\nsent_total 180 120\n\
        # TYPE total_size gauge\n# UNIT total_size bytes\ntotal_size 7 60\ntotal_size 8 120\n\
        # TYPE resets_total gauge\nresets_total 7 60\nresets_total 8 120\n\
        plain 1 60\nplain 2 120\n# EOF\n";
    fs::write(folder.path().join("data.om"), text).unwrap();
    let app = configured::app(folder.path(), &format!("[sources.data]\ntype = \"file\"\npath = \"data.om\"\n{RULES}"));
    let window = Window { start: 60, end: 180, period: 60 };
    for (name, meaning) in [
        ("sent_total", (MetricKind::Counter, "BYTES", "BYTES_PER_SECOND")),
        ("total_size", (MetricKind::Gauge, "BYTES", "BYTES")),
        ("resets_total", (MetricKind::Gauge, "NONE", "NONE")),
        ("plain", (MetricKind::Gauge, "NONE", "NONE")),
    ] {
        assert_listed_and_drawn(&app, name, &window, meaning).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_prometheus_behind_the_gateway_of_nhn_is_drawn_as_it_is_listed() {
    let (prometheus, _data) = Server::scraping_itself();
    let fake = Nhn { prometheus: Some(prometheus.url()), ..Nhn::default() }.start().await;
    let source = format!(
        "[sources.data]\ntype = \"prometheus\"\nurl = \"{}/prometheus\"\nheaders = {{ x-tc-app-key = \"{KEY}\" }}\n",
        fake.url
    );
    let folder = tempfile::tempdir().unwrap();
    // The list is requested anew until the first scrape has filled it.
    let listing = "[limits]\nlisting_age = \"10ms\"\n";
    let app = configured::app(folder.path(), &format!("{listing}{source}{RULES}"));
    let has_metrics = async || !app.metrics().await.unwrap().entries.is_empty();
    let begin = std::time::Instant::now();
    let wait = async || {
        assert!(begin.elapsed() < Duration::from_secs(90), "scraped in time");
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    while !has_metrics().await {
        wait().await;
    }
    // Two seconds of scrapes, and what follows them decides nothing about them any more.
    let start = now_ms().div_euclid(1000) + 2;
    let window = Window { start, end: start + 2, period: 1 };
    while now_ms() < (window.end + 3) * 1000 {
        wait().await;
    }
    for (name, meaning) in [
        ("go_memstats_alloc_bytes_total", (MetricKind::Counter, "BYTES", "BYTES_PER_SECOND")),
        ("process_resident_memory_bytes", (MetricKind::Gauge, "BYTES", "BYTES")),
        ("process_cpu_seconds_total", (MetricKind::Counter, "SECONDS", "SECONDS")),
    ] {
        assert_listed_and_drawn(&app, name, &window, meaning).await;
    }
    assert!(fake.seen().iter().any(|seen| seen.path == "/prometheus/api/v1/metadata"));
}
