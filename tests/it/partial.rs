//! Partial results: one source works, the others fail in all ways; the image is returned in time, and names missing metrics with reasons.

use crate::support::fake::{RawFake, Then};
use crate::support::{configured, demo, golden};
use metricshot::error::Reason;
use serde_json::json;
use std::fmt::Write;
use std::fs;
use std::time::{Duration, Instant};

const HEAD: &str = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 90000\r\n\r\n";
const WITHOUT_LENGTH: &str = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n";
const HALF: &str =
    "{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":[{\"metric\":{},\"values\":[[164";

fn bytes(parts: &[&str]) -> Vec<u8> {
    parts.concat().into_bytes()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_image_with_failed_sources_names_what_is_missing() {
    let killed = RawFake::start(bytes(&[HEAD, HALF]), Then::Reset).await;
    let silent = RawFake::start(bytes(&[HEAD, HALF]), Then::Silence).await;
    let slow = RawFake::start(bytes(&[HEAD, HALF]), Then::Drip).await;
    let endless = RawFake::start(bytes(&[WITHOUT_LENGTH, &" ".repeat(150_000)]), Then::Silence).await;
    let page = "HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n<html>Welcome</html>";
    let wrong = RawFake::start(page, Then::Close).await;
    let sources = [
        ("killed", killed.url.as_str(), Reason::Down),
        ("silent", &silent.url, Reason::Timeout),
        ("slow", &slow.url, Reason::Timeout),
        ("endless", &endless.url, Reason::TooBig),
        ("wrong", &wrong.url, Reason::Malformed),
        ("gone", "http://127.0.0.1:9", Reason::Down),
    ];

    let folder = tempfile::tempdir().unwrap();
    let samples =
        (0..288).map(|n| format!("{},cpu,{}\n", 1_640_995_200 + 300 * n, 40 + n * n % 23)).collect::<String>();
    fs::write(folder.path().join("works.csv"), format!("timestamp,name,value\n{samples}")).unwrap();
    let mut configuration = "[limits]\nsource_total = \"3s\"\nsource_reply_bytes = 100_000\n".to_owned();
    configuration += "[sources.works]\ntype = \"file\"\npath = \"works.csv\"\n";
    for (name, url, _) in &sources {
        writeln!(configuration, "[sources.{name}]\ntype = \"prometheus\"\nurl = \"{url}\"").unwrap();
    }
    for name in sources.iter().map(|(name, ..)| *name).chain(["works"]) {
        writeln!(configuration, "[[default]]\nsource = \"{name}\"\nnamespaces = [\"{name}\"]\nunit = \"PERCENT\"")
            .unwrap();
    }
    let app = configured::app(folder.path(), &configuration);

    let metric = |name: &str| json!({"namespace_name": name, "name": "cpu", "dimensions": [], "display_name": format!("CPU, {name}")});
    let names = sources.iter().map(|(name, ..)| *name);
    let metrics: Vec<_> = ["works"].into_iter().chain(names).map(metric).collect();
    let request = json!({
        "start": 1_640_995_200, "end": 1_641_081_600, "period": 300, "statistic_type": "AVG", "title": "Six sources fail",
        "timezone": "UTC", "width": 600, "height": 400, "metrics": metrics
    });
    let began = Instant::now();
    let drawn = app.picture(demo::request(request.to_string().as_bytes())).await.unwrap();
    assert!(began.elapsed() < Duration::from_secs(60), "no source is waited for after the deadline");
    let missing: Vec<(usize, Reason)> = sources.iter().enumerate().map(|(n, (.., reason))| (n + 1, *reason)).collect();
    assert_eq!(drawn.missing, missing);
    assert!(drawn.picture.alt.contains("CPU, killed · AVG · 5 min: error"), "{}", drawn.picture.alt);
    golden::compare("snapshots/partial", [("six-of-seven-fail".to_owned(), drawn.picture.bytes.clone())]);
}
