//! NHN Cloud System Monitoring as a source: a gateway with prefix and app key in front of a real Prometheus returns the values of this
//! Prometheus, and forwards every call of the guide.

use crate::support::fixture::{self, START};
use crate::support::nhn::{KEY, Nhn};
use crate::support::numbers::buckets;
use crate::support::servers::Servers;
use crate::support::{configured, demo};
use metricshot::config::{self, ConfigInputs};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

const DAY: i64 = 86_400;

fn example() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/nhn.toml")).unwrap()
}

/// Returns the example configuration with the address of the fake and further sources.
fn configuration(url: &str, more: &str) -> String {
    let line = |line: &str| match line {
        _ if line.starts_with("url = ") => format!("url = \"{url}/prometheus\"\n"),
        _ => format!("{line}\n"),
    };
    example().lines().map(line).collect::<String>() + more
}

fn start() -> Servers {
    let series = [fixture::cpu(), fixture::irregular(), fixture::days(), fixture::counter()].concat();
    Servers::start(&fixture::openmetrics(&series))
}

#[tokio::test]
async fn values_equal_those_of_the_prometheus_behind_the_gateway() {
    let servers = start();
    let fake = Nhn { prometheus: Some(servers.prometheus.url()), ..Nhn::default() }.start().await;
    let mut more = format!("[sources.direct]\ntype = \"prometheus\"\nurl = \"{}\"\n", servers.prometheus.url());
    more += &format!("[sources.posted]\ntype = \"prometheus\"\nurl = \"{}/prometheus\"\nmethod = \"post\"\n", fake.url);
    more += "headers = { X-TC-APP-KEY = \"appkey\" }\n";
    for source in ["direct", "posted"] {
        more += &format!("[[default]]\nnamespaces = [\"{source}\"]\nsource = \"{source}\"\n");
    }
    let folder = tempfile::tempdir().unwrap();
    let app = configured::app(folder.path(), &configuration(&fake.url, &more));
    let mut compared = 0;
    for (name, dimensions) in [
        ("cpu_usage_percent", json!([])),
        ("cpu_usage_percent", json!([{"key": "instance", "value": "i-2"}])),
        ("irregular", json!([])),
        ("temperature", json!([{"key": "instance", "value": "i-1"}])),
    ] {
        for (start, end, period, zone) in [
            (START, START + 7200, 300, "UTC"),
            (START + 7, START + 7001, 60, "UTC"),
            (START - 3600, START + 4 * DAY, DAY, "Europe/Berlin"),
        ] {
            for statistic in ["AVG", "SUM", "MAX", "MIN", "CNT", "p90"] {
                let metric = |namespace| json!({"namespace_name": namespace, "name": name, "dimensions": dimensions});
                let metrics = ["direct", "Openmetric", "posted"].map(metric);
                let body = json!({"start": start, "end": end, "period": period, "statistic_type": statistic,
                    "timezone": zone, "title": "", "width": 600, "height": 400, "metrics": metrics});
                let frame = app.data(demo::request(body.to_string().as_bytes()).query).await.unwrap();
                let expected = buckets(&frame.lines[0]).0;
                assert_eq!(buckets(&frame.lines[1]).0, expected, "{name} {statistic} by {period}");
                assert_eq!(buckets(&frame.lines[2]).0, expected, "{name} {statistic} by {period}, posted");
                compared += expected.iter().filter(|(_, value)| value.is_some()).count();
            }
        }
    }
    assert!(compared > 1000, "{compared} values were compared");
    let seen = fake.seen();
    assert!(["GET", "POST"].iter().all(|method| seen.iter().any(|seen| seen.method == *method)));
    assert!(
        seen.iter()
            .all(|seen| seen.header("x-tc-app-key") == Some(KEY) && seen.path.starts_with("/prometheus/api/v1/"))
    );
}

#[tokio::test]
async fn only_calls_of_the_guide_pass_the_gateway() {
    let servers = start();
    let direct = servers.prometheus.url();
    let fake = Nhn { prometheus: Some(direct.clone()), ..Nhn::default() }.start().await;
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
    let (time, end) = (START.to_string(), (START + 600).to_string());
    let at = [("query", "cpu_usage_percent"), ("time", &time)];
    let range = [("query", "cpu_usage_percent"), ("start", &time), ("end", &end), ("step", "60")];
    let series = [("match[]", "cpu_usage_percent"), ("start", &time), ("end", &end)];
    let calls = [
        ("GET", "query", &at[..]),
        ("POST", "query", &at),
        ("GET", "query_range", &range),
        ("POST", "query_range", &range),
        ("GET", "series", &series),
        ("POST", "series", &series),
        ("GET", "labels", &series),
        ("POST", "labels", &series),
        ("GET", "label/instance/values", &series),
        ("GET", "metadata", &[]),
    ];
    let ask = async |base: &str, method: &str, path: &str, parameters: &[(&str, &str)], key: &str| {
        let mut url = reqwest::Url::parse(&format!("{base}/api/v1/{path}")).unwrap();
        let request = match method {
            "POST" => client.post(url).form(parameters),
            _ => {
                url.query_pairs_mut().extend_pairs(parameters);
                client.request(method.parse().unwrap(), url)
            }
        };
        let answer = request.header("x-tc-app-key", key).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    let gateway = format!("{}/prometheus", fake.url);
    for (method, path, parameters) in calls {
        let (status, body) = ask(&gateway, method, path, parameters, KEY).await;
        let answer: Value = serde_json::from_str(&body).unwrap();
        assert_eq!((status, &answer["status"]), (200, &json!("success")), "{method} {path}");
        assert!(path == "metadata" || body.contains("instance") || body.contains("i-1"), "{method} {path}: {body}");
        assert_eq!((status, body), ask(&direct, method, path, parameters, KEY).await, "{method} {path}");
        assert_eq!(ask(&gateway, method, path, parameters, "other").await.0, 401, "{method} {path}");
        let without_prefix = ask(&fake.url, method, path, parameters, KEY).await;
        assert_eq!(without_prefix.0, 404, "{method} {path}");
    }
    for (method, path) in
        [("GET", "targets"), ("PUT", "query"), ("DELETE", "series"), ("POST", "metadata"), ("GET", "status/config")]
    {
        assert_eq!(ask(&gateway, method, path, &[], KEY).await.0, 404, "{method} {path}");
    }
}

#[test]
fn the_app_key_of_the_environment_overrides_the_example() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("nhn.toml");
    fs::write(&file, example()).unwrap();
    let variables = vec![("METRICSHOT_SOURCES__NHN__HEADERS__X_TC_APP_KEY".to_owned(), "planted".to_owned())];
    let config = config::read(&ConfigInputs { file: Some(file), variables, ..ConfigInputs::default() }).unwrap();
    let config::Config { sources, .. } = &config;
    let metricshot::source::AnySourceConfig::Prometheus(settings) = &sources["nhn"] else { panic!("prometheus") };
    assert_eq!(settings.headers.len(), 1);
    assert!(!config.print().unwrap().contains("planted"));
}
