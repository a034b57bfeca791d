//! The documented call of OVH's vScope guide: the response of the fake, our call, and the image of the response.

use crate::support::erlenmeyer::{Erlenmeyer, Milliseconds};
use crate::support::fake::{Fake, Seen};
use crate::support::{configured, demo, golden, recorded};
use metricshot::app::App;
use metricshot::series::{Frame, Outcome};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

fn erlenmeyer() -> Erlenmeyer {
    let (series, token) = (recorded::series(), recorded::TOKEN.to_owned());
    Erlenmeyer { series, token, now: recorded::NOW, milliseconds: Milliseconds::Lost }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Returns the example configuration with the address of the fake and the token of the guide.
fn app(folder: &Path, url: &str) -> App {
    let example = fs::read_to_string(root().join("examples/ovh.toml")).unwrap();
    let line = |line: &str| match line {
        _ if line.starts_with("url = ") => format!("url = \"{url}\"\n"),
        _ => format!("{line}\n"),
    };
    fs::copy(root().join("examples/vscope.toml"), folder.join("vscope.toml")).unwrap();
    fs::write(folder.join("token"), format!("{}\n", recorded::TOKEN)).unwrap();
    let configuration: String = example.lines().map(line).collect();
    configured::app(folder, &configuration.replace("/run/secrets/vscope", "token"))
}

fn body() -> Vec<u8> {
    fs::read(root().join("examples/requests/vscope-memory.json")).unwrap()
}

#[test]
fn the_fake_answers_the_documented_call_byte_for_byte() {
    let (status, answer) = erlenmeyer().answer(&Seen::posted("/api/query", "read", recorded::TOKEN, recorded::REQUEST));
    assert_eq!((status.as_u16(), answer), (200, recorded::compact(recorded::RESPONSE) + "\n"));
}

/// Checks that path, method, credentials, metric and tags are those of the guide. Our call requests points instead of aggregates, and has an
/// end.
#[tokio::test]
async fn the_call_is_the_documented_one_for_points() {
    let fake = erlenmeyer().start().await;
    let folder = tempfile::tempdir().unwrap();
    app(folder.path(), &fake.url).data(demo::request(&body()).query).await.unwrap();
    let documented: Value = serde_json::from_str(recorded::REQUEST).unwrap();
    for Seen { method, path, headers, parameters, body } in fake.seen() {
        assert_eq!((method.as_str(), path.as_str()), ("POST", "/api/query"));
        assert!(parameters.is_empty(), "nothing travels in the URL");
        assert_eq!(headers["content-length"], body.len().to_string().as_str());
        assert!(!headers.contains_key("transfer-encoding"));
        assert_eq!(
            headers["authorization"],
            "Basic cmVhZDpYWFhYWFhYWFhYWFhfWFhYWFhYWFhYWFhaWlpaWlpaWlpaWl9ZWVlZWVlZWVlZWVlZWS1YWFhYWFhYWFg="
        );
        let mut ours: Value = serde_json::from_slice(&body).unwrap();
        let object = ours.as_object_mut().unwrap();
        let (start, end) = (object.remove("start").unwrap(), object.remove("end").unwrap());
        assert!(start.as_i64() < end.as_i64() && start.as_i64() <= Some(recorded::NOW), "seconds");
        assert_eq!(object.remove("msResolution"), Some(json!(true)));
        assert_eq!(object["queries"][0]["aggregator"].take(), "none");
        let mut wanted = json!({"queries": documented["queries"]});
        wanted["queries"][0]["aggregator"].take();
        wanted["queries"][0].as_object_mut().unwrap().remove("downsample");
        assert_eq!(ours, wanted);
    }
}

#[tokio::test]
async fn the_documented_response_is_parsed() {
    let fake = Fake::start(|_| recorded::RESPONSE).await;
    let folder = tempfile::tempdir().unwrap();
    let text = String::from_utf8(body()).unwrap();
    // A day in one call with any end: the response is always the same.
    let mut body: Value = serde_json::from_str(&text).unwrap();
    (body["start"], body["end"]) = (json!(1_564_408_800), json!(1_564_408_800 + 86_400));
    let frame = app(folder.path(), &fake.url).data(demo::request(body.to_string().as_bytes()).query).await.unwrap();
    assert!(frame.remarks().is_empty() && frame.missing().is_empty());
    assert_eq!(points(&frame), documented());
}

/// Returns start and value of each bucket of the only line.
fn points(frame: &Frame) -> Vec<(i64, f64)> {
    let Outcome::Answered(buckets, _) = &frame.lines[0].outcome else { panic!("no answer") };
    buckets.points().collect()
}

/// Returns the values of the guide, each in the bucket that contains its time.
fn documented() -> Vec<(i64, f64)> {
    recorded::points().into_iter().map(|(time, value)| (time - time % 1200, value)).collect()
}

#[tokio::test]
async fn the_documented_response_renders_an_image() {
    let fake = erlenmeyer().start().await;
    let folder = tempfile::tempdir().unwrap();
    let app = app(folder.path(), &fake.url);
    assert_eq!(points(&app.data(demo::request(&body()).query).await.unwrap()), documented());
    let drawn = app.picture(demo::request(&body())).await.unwrap();
    assert!(drawn.missing.is_empty() && drawn.remarks.is_empty());
    golden::compare_one("snapshots/sources/vscope.png", &drawn.picture.bytes);
}
