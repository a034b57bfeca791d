//! OpenStack's Aetos: a proxy that asks Keystone who calls and passes a few GETs on to a Prometheus. Here a real Prometheus is behind a
//! fake of the proxy, which answers 405 and 404 to everything else as the real one does.

use crate::support::fixture::{self, START};
use crate::support::keystone::{Keystone, Rules};
use crate::support::numbers::{complete, equal};
use crate::support::servers::Servers;
use crate::support::{configured, demo};
use axum::http::Method;
use serde_json::{Value, json};
use std::fs;

const PATHS: [&str; 5] =
    ["/api/v1/query", "/api/v1/labels", "/api/v1/series", "/api/v1/targets", "/api/v1/status/buildinfo"];

fn operations() -> Vec<(Method, &'static str)> {
    PATHS.map(|path| (Method::GET, path)).to_vec()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn behind_aetos_a_prometheus_gives_the_same_numbers_and_is_asked_nothing_but_instant_queries() {
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
    // A name that makes the question longer than what is asked by POST elsewhere.
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
    assert_eq!(keystone.logins().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_about_to_end_is_renewed_before_each_call_and_one_that_is_refused_again_is_a_failure() {
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
