//! OpenStack's Aetos: a proxy that authenticates by Keystone and forwards a few GET paths to a Prometheus. The tests put a real Prometheus
//! behind a fake of the proxy, which answers 405 and 404 to everything else as the real one does.

use crate::support::fixture::START;
use crate::support::keystone::{Keystone, Rules};
use crate::support::numbers::{complete, equal};
use crate::support::servers::Servers;
use crate::support::{configured, demo, fixture};
use axum::http::Method;
use metricshot::call::Call;
use metricshot::catalog::{MetricKind, QueryTarget, Selector, SeriesQuery};
use metricshot::clock::{Deadline, now_ms};
use metricshot::limits::Limits;
use metricshot::request::{Period, Span, Statistic, Zone};
use metricshot::series::{Grid, Part};
use metricshot::source::Source;
use metricshot::source::prometheus::{Operations, Prometheus, Settings};
use serde_json::{Value, json};
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

const PATHS: [&str; 6] = [
    "/api/v1/query",
    "/api/v1/label/__name__/values",
    "/api/v1/labels",
    "/api/v1/series",
    "/api/v1/targets",
    "/api/v1/status/buildinfo",
];

fn operations() -> Vec<(Method, &'static str)> {
    PATHS.map(|path| (Method::GET, path)).to_vec()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_prometheus_behind_aetos_returns_the_same_values_by_instant_queries_only() {
    let text =
        fixture::openmetrics(&[fixture::cpu(), fixture::irregular(), fixture::days(), fixture::counter()].concat());
    let servers = Servers::start(&text);
    let rules = Rules { upstream: servers.prometheus.url(), operations: Some(operations()), lifetime: 3600 };
    let keystone = Keystone::start(rules).await;
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("samples.om"), &text).unwrap();
    let url = &keystone.url;
    let login = "username = \"reader\", password = \"secret\", project = \"telemetry\"";
    let rules = ["file", "aetos"].map(|source| {
        let counter = "name = \"requests_total\"\noptional = [\"*\"]\nkind = \"counter\"";
        format!("[[metric]]\nnamespace = \"{source}\"\nsource = \"{source}\"\n{counter}\n[[default]]\nnamespaces = [\"{source}\"]\nsource = \"{source}\"\n")
    });
    let configuration = format!(
        "[sources.file]\ntype = \"file\"\npath = \"samples.om\"\n[sources.aetos]\ntype = \"prometheus\"\nurl = \"{url}\"\noperations = \"instant\"\nauth = {{ keystone = {{ url = \"{url}/v3\", {login} }} }}\n{}",
        rules.concat()
    );
    let app = configured::app(folder.path(), &configuration);
    let mut compared = 0;
    // A name that makes the query longer than those that other servers get by POST.
    let long = "x".repeat(3000);
    for (name, dimension) in [
        ("cpu_usage_percent", json!([])),
        ("cpu_usage_percent", json!([{"key": "instance", "value": "i-2"}])),
        ("irregular", json!([])),
        ("temperature", json!([])),
        ("requests_total", json!([])),
        (
            "not_there",
            json!([{"key": "a", "value": &long[..1000]}, {"key": "b", "value": &long[..1000]}, {"key": "c", "value": &long[..1000]}]),
        ),
    ] {
        for statistic in ["AVG", "SUM", "MAX", "MIN", "CNT", "p90"] {
            for (start, end, period, zone) in [
                (START, START + 7200, 300, "UTC"),
                (START + 7, START + 7001, 60, "UTC"),
                (START - 3600, START + 345_600, 86_400, "Europe/Berlin"),
            ] {
                let metrics = ["file", "aetos"]
                    .map(|namespace| json!({"namespace_name": namespace, "name": name, "dimensions": dimension}));
                let body: Value = json!({"start": start, "end": end, "period": period, "statistic_type": statistic,
                    "timezone": zone, "title": "", "width": 600, "height": 400, "metrics": metrics});
                let frame = app.data(demo::request(body.to_string().as_bytes()).query).await.unwrap();
                for ((time, one), (_, two)) in complete(&frame.lines[0]).into_iter().zip(complete(&frame.lines[1])) {
                    assert!(
                        equal(one, two),
                        "{name} {statistic} by {period} {zone} at {time}: {two:?} instead of {one:?}"
                    );
                    compared += usize::from(one.is_some());
                }
            }
        }
    }
    assert!(compared > 1000, "{compared} values were compared");
    for (method, path, passed_on) in keystone.calls() {
        assert_eq!((method, path.as_str(), passed_on), (Method::GET, "/api/v1/query", true));
    }
    let listed = app.metrics().await.unwrap();
    assert!(listed.failed.is_empty(), "{:?}", listed.failed);
    assert!(keystone.calls().iter().all(|(_, path, _)| path != "/api/v1/metadata"), "it has no such operation");
    assert_eq!(keystone.logins().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_expiring_token_is_renewed_before_a_call_and_a_second_rejection_is_a_failure() {
    let rules = Rules { upstream: "http://127.0.0.1:1".to_owned(), operations: Some(Vec::new()), lifetime: 30 };
    let keystone = Keystone::start(rules).await;
    let folder = tempfile::tempdir().unwrap();
    let url = &keystone.url;
    let login = "username = \"reader\", password = \"secret\", project = \"telemetry\"";
    let configuration = format!(
        "[sources.aetos]\ntype = \"prometheus\"\nurl = \"{url}\"\noperations = \"instant\"\nauth = {{ keystone = {{ url = \"{url}/v3\", {login} }} }}\n[[default]]\nnamespaces = [\"aetos\"]\nsource = \"aetos\"\n"
    );
    let app = configured::app(folder.path(), &configuration);
    let body = json!({"start": START, "end": START + 600, "period": 300, "statistic_type": "AVG", "title": "",
        "width": 600, "height": 400, "metrics": [{"namespace_name": "aetos", "name": "cpu", "dimensions": []}]});
    for calls in 1..=2 {
        let outcome = app.data(demo::request(body.to_string().as_bytes()).query).await;
        assert!(outcome.is_err(), "no operation is known, so the answer is 404");
        assert_eq!((keystone.logins().len(), keystone.calls().len()), (calls, calls));
    }
}

/// Aetos for a reader of one project: `support/aetos_reader.py` with Aetos' own code in Python. Killed when dropped.
struct ReaderProxy {
    process: Child,
    url: String,
}

impl ReaderProxy {
    fn start(upstream: &str, project: &str) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
        let python = target.join("observabilityclient-1.4.0/bin/python");
        assert!(python.exists(), "{} is missing: METRICSHOT_TEST_INSTALL=1 tests/run installs it", python.display());
        let script = root.join("tests/it/support/aetos_reader.py");
        let mut command = Command::new(python);
        command.arg(script).args([upstream, project]).stdout(Stdio::piped());
        let mut process = command.spawn().expect("Python runs");
        let mut url = String::new();
        BufReader::new(process.stdout.take().expect("a pipe")).read_line(&mut url).expect("a URL");
        assert!(url.starts_with("http://"), "the proxy does not start");
        Self { process, url: url.trim().to_owned() }
    }
}

impl Drop for ReaderProxy {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_of_one_project_gets_only_the_series_of_that_project() {
    let points = |value: f64| (0..10).map(|k| ((START + 60 * k) * 1000, value)).collect();
    let memory = |project: &str, vm: &str, value: f64| {
        fixture::Series::new("ceilometer_memory_usage", &[("project", project), ("vm", vm)], points(value))
    };
    let series = [memory("p1", "a", 1.0), memory("p1", "b", 3.0), memory("p2", "c", 50.0)];
    let servers = Servers::start(&fixture::openmetrics(&series));
    let proxy = ReaderProxy::start(&servers.prometheus.url(), "p1");
    let settings = Settings { base_url: proxy.url.clone(), operations: Operations::InstantOnly, ..Settings::default() };
    let source = Prometheus::new(settings, &Limits::default()).unwrap();
    let call = Call::unlimited(Deadline::after(Duration::from_secs(20)), now_ms());
    source.check(call).await.expect("a check asks for nothing that a reader may not ask for");
    let limits = Limits::default();
    let grid =
        Grid::new(Span::new(START, START + 600, &limits).unwrap(), Period::new(600, &limits).unwrap(), &Zone::utc());
    let grid = Arc::new(grid);
    for (labels, mut expected) in [
        (vec![], vec![1.0, 3.0]),
        (vec![("vm", "b")], vec![3.0]),
        (vec![("vm", "c")], vec![]),
        (vec![("project", "p1"), ("vm", "a")], vec![1.0]),
        (vec![("vm", r#"a" or up{vm=""#)], vec![]),
    ] {
        let pairs = labels.iter().map(|&(label, value)| (label.to_owned(), value.to_owned())).collect();
        let wanted = QueryTarget::Select(Selector { name: "ceilometer_memory_usage".to_owned(), labels: pairs });
        let query = SeriesQuery::new(wanted, MetricKind::Gauge, Statistic::Average, Arc::clone(&grid));
        let fetched = source.fetch(&query, call).await.unwrap();
        let [Part::Samples { series, .. }] = &fetched.parts[..] else { panic!("samples") };
        let mut found: Vec<f64> = series.iter().map(|series| series.values()[0]).collect();
        found.sort_by(f64::total_cmp);
        expected.sort_by(f64::total_cmp);
        assert_eq!(found, expected, "{labels:?}");
        assert!(series.iter().all(|series| series.len() == 10), "{labels:?}");
    }
}
