//! A Prometheus that scrapes itself: what a user sees who points the program at the server that runs already.

use crate::support;
use crate::support::service::Service;
use serde_json::json;
use std::fs;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

#[test]
fn a_prometheus_that_scrapes_itself_shows_its_own_memory_per_instance() {
    let (prometheus, _data) = support::servers::Server::scraping_itself();
    let folder = tempfile::tempdir().expect("a folder");
    let configuration = folder.path().join("metricshot.toml");
    let rule = "[[default]]\nsource = \"prometheus\"\nnamespaces = [\"Prometheus\"]\nunit = \"BYTES\"\n";
    let source = format!("[sources.prometheus]\ntype = \"prometheus\"\nurl = \"{}\"\n", prometheus.url());
    fs::write(&configuration, source + rule).expect("a file");
    let service = Service::start(Some(&configuration));
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs();
    let metric = |instance: &str| {
        json!({"namespace_name": "Prometheus", "name": "process_resident_memory_bytes",
               "dimensions": [{"key": "instance", "value": instance}]})
    };
    let request = json!({"start": now - 290, "end": now + 10, "period": 1, "statistic_type": "AVG",
                         "metrics": [metric(&prometheus.instance()), metric("not:there")]});
    // Polls the service until the first scrapes are stored; each try is a whole request.
    let tries = (0..1200).map(|_| service.data(&request));
    let values = tries
        .inspect(|answers| {
            if answers[0].1.len() < 3 {
                std::thread::sleep(Duration::from_millis(50))
            }
        })
        .find(|answers| answers[0].1.len() >= 3)
        .expect("scraped within a minute");
    assert!(values[0].1.iter().all(|(_, bytes)| *bytes > 1e6));
    assert!(values[1].1.is_empty());

    let mut picture = request;
    picture["width"] = json!(600);
    picture["height"] = json!(400);
    picture["timezone"] = json!("Asia/Seoul");
    picture["title"] = json!("Prometheus, its own memory");
    let answer = service.post("/v1/metrics/data/download/image", &picture.to_string());
    assert_eq!(answer.status, 200, "{}", answer.head);
    assert!(answer.body.starts_with(b"\x89PNG"));
}
