//! API versions: the list of versions, and their selection.

use crate::support::http::{Response, request};
use crate::support::in_process::{IMAGE, INFOS, JSON, Service};
use metricshot::http::Settings;
use metricshot::limits::Limits;

const ALL: [&str; 5] = ["1.0", "1.1", "1.2", "1.3", "1.5"];

fn get(service: &Service, header: (&str, &str)) -> Response {
    service.post_with(INFOS, &[header], "{}")
}

#[test]
fn the_versions_are_listed_without_credentials_and_exactly_one_is_current() {
    let service = Service::start();
    for target in ["/", "//"] {
        let response = service.get(target);
        assert_eq!((response.status, response.header("content-type")), (200, Some("application/json")));
        let listed = response.json()["versions"].as_array().unwrap().clone();
        let ids: Vec<_> = listed.iter().map(|version| version["id"].as_str().unwrap()).collect();
        assert_eq!(ids, ALL.map(|number| format!("v{number}")));
        let current = listed.iter().filter(|version| version["status"] == "CURRENT");
        assert_eq!(current.map(|version| &version["id"]).collect::<Vec<_>>(), ["v1.5"]);
        assert!(listed.iter().all(|version| version["links"][0]["href"] == "http://localhost:8080/v1"));
    }
}

#[test]
fn the_version_document_is_compact_with_sorted_keys() {
    let first = r#"{"versions":[{"id":"v1.0","links":[{"href":"http://localhost:8080/v1","rel":"self"}],"not_before":"","status":"SUPPORTED"},"#;
    assert!(Service::start().get("/").text().starts_with(first));
}

#[test]
fn the_version_document_has_the_public_url_instead_of_the_host() {
    let public_urls = vec!["https://charts.example.com".to_owned()];
    let service = Service::with(Limits::default(), Settings { public_urls, ..Settings::default() });
    assert_eq!(service.get("/").json()["versions"][0]["links"][0]["href"], "https://charts.example.com/v1");
}

#[test]
fn forwarding_headers_of_untrusted_clients_are_ignored() {
    let service = Service::start();
    let forged =
        [("X-Forwarded-Host", "evil.example"), ("X-Forwarded-Proto", "https"), ("Forwarded", "host=evil.example")];
    let response = service.send(request("GET", "/", &forged, ""));
    assert_eq!(response.json()["versions"][0]["links"][0]["href"], "http://localhost:8080/v1");
}

#[test]
fn each_version_responds_under_its_own_number() {
    let service = Service::start();
    for number in ALL {
        let name = format!("servicewatch {number}");
        let response = get(&service, ("Scp-Api-Version", &name));
        assert_eq!((response.status, response.header("scp-api-version")), (200, Some(&*name)));
    }
}

#[test]
fn the_newest_version_is_the_default() {
    let response = Service::start().post(INFOS, "{}");
    assert_eq!((response.status, response.header("scp-api-version")), (200, Some("servicewatch 1.5")));
}

#[test]
fn the_version_header_is_case_insensitive() {
    let service = Service::start();
    for name in ["Scp-API-Version", "scp-api-version", "SCP-API-VERSION"] {
        let response = get(&service, (name, "servicewatch 1.0"));
        assert_eq!(response.header("scp-api-version"), Some("servicewatch 1.0"), "{name}");
    }
}

#[test]
fn an_unknown_version_is_rejected_with_the_known_ones() {
    let service = Service::start();
    let long = "servicewatch 1.".repeat(70);
    for value in [
        "servicewatch 9.9",
        "servicewatch 1",
        "servicewatch 1.1.1",
        "servicewatch -1",
        "servicewatch",
        "iam 1.1",
        "1.1",
        "",
        "servicewatch\t1.1",
        &long,
    ] {
        let response = get(&service, ("Scp-Api-Version", value));
        assert_eq!(response.verdict(), (406, "no_such_version"), "{value}");
        assert_eq!(response.json()["errors"][0]["code"], "NoSuchVersion");
        assert!(ALL.iter().all(|number| response.text().contains(&format!("'servicewatch {number}'"))));
    }
    let twice = [JSON, ("Scp-Api-Version", "servicewatch 1.1"), ("Scp-API-Version", "servicewatch 1.1")];
    assert_eq!(service.send(request("POST", INFOS, &twice, "{}")).verdict(), (406, "no_such_version"));
}

#[test]
fn the_version_is_checked_after_path_and_method_and_before_the_body() {
    let service = Service::start();
    let unknown = ("Scp-Api-Version", "servicewatch 9.9");
    assert_eq!(service.send(request("POST", "/nowhere", &[unknown], "")).status, 404);
    assert_eq!(service.send(request("GET", IMAGE, &[unknown], "")).status, 405);
    assert_eq!(service.send(request("POST", IMAGE, &[unknown, ("Content-Type", "text/plain")], "x")).status, 406);
}

#[test]
fn individual_items_exist_only_in_the_oldest_version() {
    let service = Service::start();
    let body = r#"{"metrics":[{"individual_items":[{"key":"a","value":1}]}]}"#;
    let said = |number: &str| {
        let version = format!("servicewatch {number}");
        service.post_with(IMAGE, &[("Scp-Api-Version", &version)], body).detail()
    };
    let wrong_value = "Input should be a valid string: metrics[0].individual_items[0].value".to_owned();
    let unknown = "Extra inputs are not permitted: metrics[0].individual_items".to_owned();
    assert!(said("1.0").contains(&wrong_value) && !said("1.0").contains(&unknown));
    for number in &ALL[1..] {
        assert!(said(number).contains(&unknown) && !said(number).contains(&wrong_value), "{number}");
    }
}
