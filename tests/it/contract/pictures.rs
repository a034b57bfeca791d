//! The operations of the contract, end to end: images, values, and the metrics of the demo source.

use crate::support::http::request;
use crate::support::in_process::{DATA, EXAMPLE, IMAGE, INFOS, JSON, Service};
use metricshot::http::Settings;
use metricshot::limits::Limits;
use serde_json::{Value, json};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";

/// Returns width and height from the header of a PNG.
fn size(png: &[u8]) -> (u32, u32) {
    let number = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().unwrap());
    (number(16), number(20))
}

/// Returns the example as a data request.
fn values_example() -> Value {
    let mut body: Value = serde_json::from_str(EXAMPLE).unwrap();
    body.as_object_mut().unwrap().retain(|key, _| !["title", "timezone", "width", "height"].contains(&key.as_str()));
    body["metrics"][0].as_object_mut().unwrap().remove("color");
    body
}

#[test]
fn the_documented_example_returns_an_image_with_the_contract_headers() {
    let response = Service::start().post_with(IMAGE, &[("Scp-Api-Version", "servicewatch 1.1")], EXAMPLE);
    assert_eq!(response.status, 200, "{}", String::from_utf8_lossy(&response.body));
    assert!(response.body.starts_with(PNG) && response.body.ends_with(b"IEND\xaeB`\x82"));
    assert_eq!(size(&response.body), (600, 400));
    for (name, value) in [
        ("content-type", "image/png"),
        ("content-disposition", "attachment; filename=\"metricshot-1640995200-1640995440.png\""),
        ("scp-api-version", "servicewatch 1.1"),
        ("cache-control", "private, no-store"),
        ("vary", "Accept-Language"),
        ("content-length", &response.body.len().to_string()),
    ] {
        assert_eq!(response.header(name), Some(value), "{name}");
    }
    let etag = response.header("etag").unwrap();
    assert!(etag.len() == 66 && etag.starts_with('"') && etag.ends_with('"'), "{etag}");
    assert_eq!((response.header("metricshot-missing"), response.header("metricshot-fault")), (None, None));
}

#[test]
fn headers_report_low_contrast_and_missing_glyphs() {
    let service = Service::start();
    let reported = |body: &str| {
        let response = service.post(IMAGE, body);
        assert_eq!(response.status, 200, "{}", String::from_utf8_lossy(&response.body));
        ["metricshot-notes", "metricshot-missing-glyphs"].map(|name| response.header(name).map(str::to_owned))
    };
    assert_eq!(reported(EXAMPLE), [None, None]);
    let odd = EXAMPLE.replace("#0000ff", "#ffff66").replace("Virtual Server Metric Chart", "\u{12000} CPU \u{12001}");
    assert_eq!(reported(&odd), [Some("0;faint".to_owned()), Some("2".to_owned())]);
}

#[test]
fn the_documented_example_of_the_oldest_version_returns_the_same_image() {
    let service = Service::start();
    let pair = r#"[{"key":"VolumeID","value":"45fbde15-cdd2-4891-be31-4a9de75fccda"}]"#;
    let old = EXAMPLE.replace("\"name\":", &format!("\"individual_items\":{pair},\"name\":"));
    let of_old = service.post_with(IMAGE, &[("Scp-Api-Version", "servicewatch 1.0")], old);
    let of_new = service.post(IMAGE, EXAMPLE);
    assert_eq!((of_old.status, of_old.header("scp-api-version")), (200, Some("servicewatch 1.0")));
    assert_eq!((of_old.header("etag"), &of_old.body), (of_new.header("etag"), &of_new.body));
}

#[test]
fn every_version_renders_the_example() {
    let service = Service::start();
    for version in ["servicewatch 1.1", "servicewatch 1.2", "servicewatch 1.3", "servicewatch 1.5"] {
        let response = service.post_with(IMAGE, &[("Scp-Api-Version", version)], EXAMPLE);
        assert_eq!((response.status, response.header("scp-api-version")), (200, Some(version)));
    }
}

#[test]
fn the_vendor_client_gets_an_image() {
    let service = Service::start();
    let mut discovery = service.connect();
    assert_eq!(discovery.send(request("GET", "/", &[("Accept-Encoding", "gzip")], "")).response().status, 200);
    let headers = [JSON, ("Accept-Encoding", "gzip"), ("Scp-AccountId", ""), ("Scp-API-Version", "servicewatch 1.2")];
    let body = format!("{}\n", EXAMPLE.replace("\"title\":\"Virtual Server Metric Chart\"", "\"title\":null"));
    let response = service.send(request("POST", &format!("/{IMAGE}"), &headers, body));
    assert_eq!((response.status, response.header("content-encoding")), (200, None));
    assert!(response.body.starts_with(PNG));
}

#[test]
fn a_client_that_half_closes_still_gets_its_image() {
    let service = Service::start();
    let mut connection = service.connect();
    let response = connection.send(request("POST", IMAGE, &[JSON], EXAMPLE)).finish().response();
    assert_eq!(response.status, 200);
    assert_eq!(connection.next(), None);
}

#[test]
fn accept_and_if_none_match_do_not_suppress_the_image() {
    let service = Service::start();
    let first = service.post(IMAGE, EXAMPLE);
    let etag = first.header("etag").unwrap();
    for header in
        [("Accept", "application/json"), ("Accept", "application/pdf"), ("If-None-Match", etag), ("If-None-Match", "*")]
    {
        let response = service.post_with(IMAGE, &[header], EXAMPLE);
        assert_eq!((response.status, &response.body), (200, &first.body), "{header:?}");
    }
}

#[test]
fn defaults_are_the_documented_ones() {
    let service = Service::start();
    let body = EXAMPLE.replace(",\"width\":600", "").replace("\"height\":400,", "");
    assert_eq!(size(&service.post(IMAGE, body).body), (1400, 500));
    for (width, height) in [(1, 1), (39, 29), (2000, 2000)] {
        let body = EXAMPLE.replace("\"width\":600", &format!("\"width\":{width}")).replace("400", &height.to_string());
        assert_eq!(size(&service.post(IMAGE, body).body), (width, height));
    }
}

#[test]
fn messages_on_the_image_follow_accept_language() {
    let service = Service::start();
    let nothing = EXAMPLE.replace("1640995440", "4102444800").replace("1640995200", "4102444500");
    let drawn = |language: &str| service.post_with(IMAGE, &[("Accept-Language", language)], &nothing);
    assert_eq!(drawn("ko-KR").status, 200);
    assert_eq!(drawn("ko;q=abc").body, drawn("en").body);
}

#[test]
fn an_unknown_namespace_is_rejected_by_name() {
    let service = Service::start();
    let other = |from: &str, to: &str| service.post(IMAGE, EXAMPLE.replace(from, to));
    let namespace = other("\"namespace_name\":\"Virtual Server\"", "\"namespace_name\":\"virtual server\"");
    assert_eq!(namespace.verdict(), (400, "unknown_namespace"));
    assert!(namespace.text().contains("virtual server"));
}

#[test]
fn too_many_buckets_are_rejected_with_the_smallest_valid_period() {
    let body = EXAMPLE.replace("1640995440", "1680307200").replace("\"period\":300", "\"period\":1");
    let response = Service::start().post(IMAGE, body);
    assert_eq!(response.status, 400);
    assert!(
        response.detail()[0].starts_with("Input should be a period of at least 787 seconds"),
        "{:?}",
        response.detail()
    );
}

#[test]
fn values_are_decimal_strings_at_whole_seconds() {
    let response = Service::start().post(DATA, values_example().to_string());
    assert_eq!(response.status, 200, "{}", String::from_utf8_lossy(&response.body));
    let answer = response.json();
    let metric = answer["metrics"][0].as_object().unwrap();
    assert_eq!(metric.keys().collect::<Vec<_>>(), ["display_name", "status", "values"]);
    assert_eq!(metric["display_name"], "Virtual Server | VirtualServer001 | CPU Usage/Core[Basic]");
    assert_eq!((&metric["status"], metric["values"].as_array().unwrap().len()), (&json!(""), 1));
    assert_eq!(metric["values"][0][0], 1_640_995_200);
    let text = metric["values"][0][1].as_str().unwrap();
    assert_eq!(text.parse::<f64>().unwrap().to_string(), text);
    assert_eq!(
        (response.header("content-type"), response.header("scp-api-version")),
        (Some("application/json"), Some("servicewatch 1.5"))
    );
}

#[test]
fn metrics_are_listed_all_by_namespace_or_by_name() {
    let service = Service::start();
    let names = |body: &str| -> Vec<String> {
        let answer = service.post(INFOS, body).json();
        let namespaces = answer["namespaces"].as_array().unwrap().clone();
        assert_eq!(answer["count"], namespaces.len());
        namespaces.iter().map(|namespace| namespace["name"].as_str().unwrap().to_owned()).collect()
    };
    let all = names("{}");
    assert!(all.contains(&"Virtual Server".to_owned()) && all.contains(&"Demo".to_owned()), "{all:?}");
    assert_eq!(names(r#"{"namespaces":[{"name":"Virtual Server"}]}"#), ["Virtual Server"]);
    assert_eq!(names(r#"{"metric_name":"CPU Usage/Core[Basic]"}"#), ["Virtual Server"]);
    assert_eq!(names(r#"{"metric_name":"cpu usage/core[basic]"}"#), Vec::<String>::new());
}

#[test]
fn the_oldest_version_lists_one_dimension_key_and_later_ones_all() {
    let service = Service::start();
    let set = |version: &str| {
        let body = r#"{"metric_name":"CPU Usage/Core[Basic]"}"#;
        let answer = service.post_with(INFOS, &[("Scp-Api-Version", version)], body).json();
        answer["namespaces"][0]["dimensions"][0].clone()
    };
    let (old, new) = (set("servicewatch 1.0"), set("servicewatch 1.1"));
    assert!(old["key"].is_string() && old["keys"].is_null() && old["metrics"][0]["individual_items"].is_array());
    assert!(new["keys"].is_array() && new["key"].is_null() && new["metrics"][0]["individual_items"].is_null());
}

#[test]
fn percentiles_need_the_setting_percentiles() {
    let body = EXAMPLE.replace("AVG", "p95");
    assert_eq!(Service::start().post(IMAGE, &body).verdict(), (400, "unknown_statistic"));
    let settings = Settings { percentiles: true, ..Settings::default() };
    assert_eq!(Service::with(Limits::default(), settings).post(IMAGE, &body).status, 200);
}

#[test]
fn a_service_without_a_free_worker_returns_retry_after() {
    let limits = Limits { render_workers: 0, render_queue: std::time::Duration::from_millis(20), ..Limits::default() };
    let response = Service::with(limits, Settings::default()).post(IMAGE, EXAMPLE);
    assert_eq!((response.verdict(), response.header("retry-after")), ((503, "overloaded"), Some("1")));
}
