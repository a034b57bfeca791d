//! Servers that return something else than what was requested, and clients that request what no server can express.
//!
//! The servers are fakes: no real server is known to do so, but a gateway in front of one is.

use crate::support::fake::Fake;
use crate::support::http::{Connection, Response, request};
use crate::support::running::{Program, free, number, put};
use serde_json::{Value, json};
use std::net::SocketAddr;
use tempfile::TempDir;

const T: i64 = 1_767_225_600;
const DATA: &str = "/v1/metrics/data";
const IMAGE: &str = "/v1/metrics/data/download/image";
const ID: &str = "929c08d7-b9e1-48c5-a49b-7ab9b10e9f3c";

/// Starts the program with these sources: name, keys and URL of the server. The namespace is the name.
fn serving(sources: &[(&str, &str, &str)]) -> (Program, SocketAddr, TempDir) {
    let (folder, numbers) = (tempfile::tempdir().unwrap(), free());
    let source = |(name, keys, url): &(&str, &str, &str)| {
        format!(
            "[sources.{name}]\nurl = \"{url}\"\n{keys}\n[[default]]\nsource = \"{name}\"\nnamespaces = [\"{name}\"]\n"
        )
    };
    let sources: String = sources.iter().map(source).collect();
    put(&folder.path().join("m.toml"), &format!("metrics_listen = \"{numbers}\"\n{sources}"));
    (Program::start(&folder.path().join("m.toml")), numbers, folder)
}

fn post(address: SocketAddr, path: &str, namespace: &str, name: &str, dimensions: &[(&str, &str)]) -> Response {
    let dimensions: Vec<Value> = dimensions.iter().map(|(key, value)| json!({"key": key, "value": value})).collect();
    let body = json!({
        "start": T, "end": T + 600, "period": 60, "statistic_type": "SUM",
        "metrics": [{"namespace_name": namespace, "name": name, "dimensions": dimensions}],
    });
    let headers = [("Content-Type", "application/json"), ("Connection", "close")];
    Connection::open(address).send(request("POST", path, &headers, body.to_string())).response()
}

/// Returns the values of ListMetricData for the host `a` of `cpu`.
fn values(address: SocketAddr, namespace: &str) -> Vec<String> {
    let response = post(address, DATA, namespace, "cpu", &[("host", "a")]);
    let values = response.json()["metrics"][0]["values"].clone();
    values.as_array().unwrap().iter().map(|pair| pair[1].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn series_that_nobody_requested_are_left_out_noted_and_counted() {
    let element = |metric: &str, host: &str, value: i64| json!({"metric": metric, "tags": {"host": host}, "aggregateTags": [], "query": {"index": 0}, "dps": {T.to_string(): value}});
    let elements = json!([element("cpu", "a", 1), element("cpu", "b", 20), element("mem", "a", 300)]).to_string();
    let chunk = |class: &str, host: &str, value: i64| json!({"c": class, "l": {"host": host}, "a": {}, "i": format!("{class}{host}"), "v": [[T * 1_000_000, value]]});
    let chunks = json!([chunk("cpu", "a", 1), chunk("cpu", "b", 20), chunk("mem", "a", 300)]).to_string();
    let opentsdb = Fake::start(move |_| elements.clone()).await;
    let warp10 = Fake::start(move |_| chunks.clone()).await;
    let (program, numbers, _folder) = serving(&[
        ("opentsdb", "type = \"opentsdb\"\ndialect = \"opentsdb\"", &opentsdb.url),
        ("erlenmeyer", "type = \"opentsdb\"\ndialect = \"erlenmeyer\"", &opentsdb.url),
        ("pushed", "type = \"opentsdb\"\ndialect = \"opentsdb\"\nraw_seconds = 60", &opentsdb.url),
        ("warp10", "type = \"warp10\"", &warp10.url),
    ]);
    tokio::task::spawn_blocking(move || {
        for (count, namespace) in (1_u32..).zip(["opentsdb", "erlenmeyer", "pushed", "warp10"]) {
            assert_eq!(values(program.address, namespace), ["1"], "{namespace}");
            let drawn = post(program.address, IMAGE, namespace, "cpu", &[("host", "a")]);
            assert_eq!(drawn.header("metricshot-notes"), Some("0;unrequested=2"), "{namespace}");
            let counted = number(numbers, "metricshot_notes_total{kind=\"unrequested\"}");
            assert_eq!(counted, f64::from(count), "{namespace}");
        }
        let other = post(program.address, IMAGE, "warp10", "disk", &[]);
        assert_eq!(other.header("metricshot-notes"), Some("0;empty;unrequested=3"));
    })
    .await
    .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn another_metric_in_place_of_the_requested_one_is_not_drawn() {
    let policy = json!({"definition": [{"granularity": "0:05:00", "timespan": "30 days, 0:00:00"}], "aggregation_methods": ["mean", "count"]});
    let other =
        json!({"id": "11111111-1111-4111-8111-111111111111", "name": "mem", "unit": "%", "archive_policy": policy});
    let gnocchi = Fake::start(move |_| other.to_string()).await;
    let (program, _, _folder) = serving(&[("gnocchi", "type = \"gnocchi\"", &gnocchi.url)]);
    tokio::task::spawn_blocking(move || {
        for label in ["metric_id", "resource_id"] {
            let drawn = post(program.address, IMAGE, "gnocchi", "cpu", &[(label, ID)]);
            assert_eq!(drawn.header("metricshot-notes"), Some("0;empty;unrequested=1"), "{label}");
        }
    })
    .await
    .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn conflicting_values_of_one_time_are_noted() {
    let answer = |values: [i64; 2]| {
        let [one, other] = values.map(|value| format!("[{T},{value}]"));
        format!(
            r#"[{{"metric":"cpu","tags":{{"host":"a"}},"query":{{"index":0}},"dps":[{one},{other},[{},7]]}}]"#,
            T + 60
        )
    };
    let conflict = Fake::start(move |_| answer([1, 2])).await;
    let repeat = Fake::start(move |_| answer([2, 2])).await;
    let opentsdb = "type = \"opentsdb\"\ndialect = \"opentsdb\"";
    let pushed = "type = \"opentsdb\"\ndialect = \"opentsdb\"\nraw_seconds = 60";
    let (program, _, _folder) = serving(&[
        ("conflict", opentsdb, &conflict.url),
        ("repeat", opentsdb, &repeat.url),
        ("pushed", pushed, &conflict.url),
    ]);
    tokio::task::spawn_blocking(move || {
        for (namespace, noted) in
            [("conflict", Some("0;conflicting=1")), ("repeat", None), ("pushed", Some("0;conflicting=1"))]
        {
            assert_eq!(values(program.address, namespace), ["2", "7"], "{namespace}");
            let drawn = post(program.address, IMAGE, namespace, "cpu", &[("host", "a")]);
            assert_eq!(drawn.header("metricshot-notes"), noted, "{namespace}");
        }
    })
    .await
    .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_inexpressible_request_is_rejected_with_its_place_and_not_sent() {
    let fake = Fake::start(|_| "[]").await;
    let (program, numbers, _folder) = serving(&[
        ("erlenmeyer", "type = \"opentsdb\"\ndialect = \"erlenmeyer\"", &fake.url),
        ("gnocchi", "type = \"gnocchi\"", &fake.url),
        ("paasta", "type = \"paasta\"", &fake.url),
    ]);
    let seen = tokio::task::spawn_blocking(move || {
        let quotes = "without quotes, line breaks and control characters";
        let uuid = "32 hexadecimal digits, perhaps with the hyphens of a UUID,";
        let segment = "without '/', and not '.' or '..'";
        let value = |place: usize| format!("dimensions[{place}].value");
        for (namespace, name, dimensions, should, text, place) in [
            ("erlenmeyer", "cpu", &[("dc", "x"), ("host", "it's")][..], quotes, "it\\'s", value(1)),
            ("erlenmeyer", "cpu'", &[], quotes, "cpu\\'", "name".to_owned()),
            ("erlenmeyer", "~.*", &[], "a name that does not begin with '~' or '='", "~.*", "name".to_owned()),
            ("erlenmeyer", "cpu", &[("ho'st", "a")], quotes, "ho\\'st", "dimensions[0].key".to_owned()),
            ("gnocchi", "cpu", &[("metric_id", "i-1")], "a UUID", "i-1", value(0)),
            ("gnocchi", "cpu", &[("resource_id", "a/b")], segment, "a/b", value(0)),
            ("gnocchi", "a/b", &[("resource_id", ID)], segment, "a/b", "name".to_owned()),
            ("gnocchi", "cpu", &[("host", "x"), ("resource_type", "..")], segment, "..", value(1)),
            ("paasta", "cpuUsage", &[("instance", "i-1")], uuid, "i-1", value(0)),
        ] {
            let refused = post(program.address, IMAGE, namespace, name, dimensions);
            assert_eq!(refused.verdict(), (400, "invalid_name"), "{namespace} {name} {dimensions:?}");
            let wanted = format!("String should be {should} for the metric's source: '{text}': metrics[0].{place}");
            assert_eq!(refused.detail(), [wanted]);
        }
        let refused = post(program.address, IMAGE, "paasta", "cpuUsage", &[]);
        assert_eq!(refused.verdict(), (400, "unknown_metric"));
        assert_eq!(refused.detail(), ["Metric 'cpuUsage' should have the key 'instance': metrics[0].dimensions"]);
        for reason in ["refused", "malformed", "down"] {
            for source in ["erlenmeyer", "gnocchi", "paasta"] {
                let failures = format!("metricshot_source_failures_total{{source=\"{source}\",reason=\"{reason}\"}}");
                assert_eq!(number(numbers, &failures), 0.0, "{failures}");
            }
        }
        fake.seen().len()
    })
    .await
    .unwrap();
    assert_eq!(seen, 0);
}
