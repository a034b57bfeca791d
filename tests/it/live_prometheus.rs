//! A Prometheus that scrapes: what a user sees who points the program at the server that runs already.

use crate::support;
use crate::support::fake::Fake;
use crate::support::service::Service;
use metricshot::clock::now_ms;
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

/// The rate of the counter below, in each second.
const RATE: f64 = 0.5;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "waits for up to three minutes of the clock: `just live`"]
async fn the_last_bucket_of_a_steady_counter_shows_its_rate_at_any_second_of_a_minute() {
    // The samples have their own times, so that a slow scrape changes no rate.
    let exporter = Fake::start(|_| {
        let now = now_ms();
        format!("# TYPE steady_total counter\nsteady_total {} {now}\n", now as f64 / 1000.0 * RATE)
    })
    .await;
    let address = exporter.url.strip_prefix("http://").expect("an address").parse().expect("an address");
    let (prometheus, _data) = support::servers::Server::scraping(15, |_| (address, "/metrics"));
    let folder = tempfile::tempdir().expect("a folder");
    let configuration = folder.path().join("metricshot.toml");
    let rule = "[[default]]\nsource = \"prometheus\"\nnamespaces = [\"Prometheus\"]\n";
    let source = format!("[sources.prometheus]\ntype = \"prometheus\"\nurl = \"{}\"\n", prometheus.url());
    fs::write(&configuration, source + rule).expect("a file");
    let service = Service::start(Some(&configuration));
    // Waits until the clock is so many seconds into a minute; returns the minute's start.
    let second_of_minute = async |second: i64| {
        for _ in 0..6000 {
            let now = now_ms() / 1000;
            if now % 60 == second {
                return now - second;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("the clock stands still");
    };
    // Two scrapes lie before the end of the first minute.
    while exporter.seen().len() < 3 {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    for second in [3, 30, 59] {
        let minute = second_of_minute(second).await;
        let metric = json!({"namespace_name": "Prometheus", "name": "steady_total", "dimensions": []});
        let request = json!({"start": minute - 60, "end": minute + 60, "period": 60, "statistic_type": "AVG",
                             "metrics": [metric]});
        let answers = service.data(&request);
        let last = answers[0].1.last().copied();
        let (time, rate) = last.expect("a value");
        assert_eq!(time, minute, "the bucket of {second} s into its minute");
        assert!((rate - RATE).abs() <= 1e-6, "{rate} at {second} s");
    }
}
