//! Authentication over a socket: signatures as the vendor's client sends them, and rejections.

use crate::support::http::{Response, request};
use crate::support::in_process::{DATA, EXAMPLE, IMAGE, INFOS, JSON, Service};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use metricshot::auth::{Authenticator, BodyProof, Key, KeyText, Rights, Rules};
use metricshot::http::Settings;
use metricshot::limits::Limits;
use sha2::{Digest, Sha256};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

const ACCESS_KEY: &str = "2sd2gg=2agbdSD26svcD";
const SECRET: &str = "b1946ac92492d2347c6235b4d2611184";
const TOKEN: &str = "591785b794601e212b260e25925636fd";
const BASE: &str = "http://localhost:8080";

fn now_ms() -> u128 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()
}

/// Makes the only key of a test, with all rights.
fn text() -> KeyText {
    KeyText {
        access_key: Some(ACCESS_KEY.to_owned()),
        secret: Some(SECRET.into()),
        token: Some(TOKEN.into()),
        ..KeyText::default()
    }
}

fn service_of(text: KeyText, public_urls: &[&str]) -> Service {
    let key = Key::new("reports", text).unwrap();
    let identity = Authenticator::new(vec![Arc::new(key)], Rules::default(), &Limits::default(), 0);
    let public_urls = public_urls.iter().map(|&url| url.to_owned()).collect();
    Service::with(Limits::default(), Settings { identity, public_urls, ..Settings::default() })
}

fn service() -> Service {
    service_of(text(), &[])
}

/// Returns the headers of a signed request, as the vendor's client for Go writes them.
fn signed(url: &str, timestamp: u128, body_digest: &str) -> Vec<(String, String)> {
    let message = format!("POST{url}{timestamp}{ACCESS_KEY}Openapi{body_digest}");
    let mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap().chain_update(message).finalize();
    let headers = [
        ("Accept-Encoding", "gzip"),
        ("Content-Type", "application/json"),
        ("Scp-AccessKey", ACCESS_KEY),
        ("Scp-AccountId", ""),
        ("Scp-Api-Version", "servicewatch 1.2"),
        ("Scp-ClientType", "Openapi"),
        ("Scp-Signature", &STANDARD.encode(mac.into_bytes())),
        ("Scp-Timestamp", &timestamp.to_string()),
    ];
    headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec()
}

fn posted(service: &Service, target: &str, headers: &[(String, String)], body: &str) -> Response {
    let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (&**name, &**value)).collect();
    service.send(request("POST", target, &headers, body))
}

/// Signs a request with the current time, and returns the response.
fn ask(service: &Service, target: &str, body: &str) -> Response {
    posted(service, target, &signed(&format!("{BASE}{target}"), now_ms(), ""), body)
}

fn fault(response: &Response) -> (u16, &str) {
    (response.status, response.header("metricshot-fault").unwrap_or_default())
}

#[test]
fn the_vendor_client_requests_versions_unsigned_and_then_signs() {
    let service = service();
    let mut connection = service.connect();
    let versions = connection.send(request("GET", "/", &[("Accept-Encoding", "gzip")], "")).response();
    assert_eq!(versions.status, 200);
    let headers = signed(&format!("{BASE}{IMAGE}"), now_ms(), "");
    let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (&**name, &**value)).collect();
    let picture = connection.send(request("POST", IMAGE, &headers, format!("{EXAMPLE}\n"))).response();
    assert_eq!((picture.status, picture.header("content-type")), (200, Some("image/png")), "{}", picture.text());
    assert_eq!(picture.header("scp-api-version"), Some("servicewatch 1.2"));
}

#[test]
fn every_contract_operation_requires_a_signature() {
    let service = service();
    for (target, body) in [(IMAGE, EXAMPLE), (DATA, EXAMPLE), (INFOS, "{}"), ("//v1/metrics", "{}")] {
        let unsigned = service.post(target, body);
        assert_eq!(fault(&unsigned), (401, "missing_credentials"), "{target}");
        assert_eq!(unsigned.header("www-authenticate"), Some("Scp-Signature"));
        assert_ne!(ask(&service, target, body).status, 401, "{target}");
    }
    for target in ["/", "/healthz", "/readyz"] {
        assert_eq!(service.get(target).status, 200, "{target}");
    }
}

#[test]
fn each_signature_header_is_required_exactly_once() {
    let service = service();
    let whole = signed(&format!("{BASE}{INFOS}"), now_ms(), "");
    for name in ["Scp-AccessKey", "Scp-ClientType", "Scp-Signature", "Scp-Timestamp"] {
        let without: Vec<_> = whole.iter().filter(|header| header.0 != name).cloned().collect();
        let mut empty = whole.clone();
        empty.iter_mut().filter(|header| header.0 == name).for_each(|header| header.1.clear());
        let twice: Vec<_> = whole.iter().chain(whole.iter().filter(|header| header.0 == name)).cloned().collect();
        for headers in [without, empty, twice] {
            assert_eq!(fault(&posted(&service, INFOS, &headers, "{}")), (401, "missing_credentials"), "{headers:?}");
        }
    }
    let no_account: Vec<_> = whole.iter().filter(|header| header.0 != "Scp-AccountId").cloned().collect();
    assert_eq!(posted(&service, INFOS, &no_account, "{}").status, 200);
}

#[test]
fn an_unknown_key_and_a_wrong_secret_get_the_same_response() {
    let service = service();
    let answer = |name: &str, value: &str| {
        let mut headers = signed(&format!("{BASE}{INFOS}"), now_ms(), "");
        headers.iter_mut().filter(|header| header.0 == name).for_each(|header| header.1 = value.to_owned());
        let response = posted(&service, INFOS, &headers, "{}");
        assert_eq!(fault(&response), (401, "invalid_signature"));
        response.json()["errors"][0]["detail"].clone()
    };
    let wrong = answer("Scp-Signature", "xzGO3NFkcC+dSPpSc6hB2WpeFczs+6Atm5yU/aW/b3c=");
    assert_eq!(answer("Scp-AccessKey", "nobody"), wrong);
}

#[test]
fn a_signature_is_valid_only_for_the_signed_request() {
    let service = service();
    for other in [
        format!("https://localhost:8080{INFOS}"),
        format!("http://localhost{INFOS}"),
        format!("http://LOCALHOST:8080{INFOS}"),
        format!("{BASE}{INFOS}/"),
        format!("{BASE}/{INFOS}"),
        format!("{BASE}/v1/%6Detrics"),
        format!("{BASE}{IMAGE}"),
        INFOS.to_owned(),
    ] {
        let response = posted(&service, INFOS, &signed(&other, now_ms(), ""), "{}");
        assert_eq!(fault(&response), (401, "invalid_signature"), "{other}");
    }
}

#[test]
fn only_signatures_of_public_urls_are_accepted_behind_a_proxy() {
    let service = service_of(text(), &["https://charts.example.com", "https://intern.example.com/charts"]);
    for (base, status) in [
        ("https://charts.example.com", 200),
        ("https://intern.example.com/charts", 200),
        (BASE, 401),
        ("https://charts.example.com:443", 401),
    ] {
        let response = posted(&service, INFOS, &signed(&format!("{base}{INFOS}"), now_ms(), ""), "{}");
        assert_eq!(response.status, status, "{base}");
    }
}

#[test]
fn a_stale_timestamp_is_rejected_as_a_client_error() {
    let service = service();
    for (millis, status) in [(-301_000, 401), (-295_000, 200), (295_000, 200), (301_000, 401)] {
        let timestamp = now_ms().checked_add_signed(millis).unwrap();
        let response = posted(&service, INFOS, &signed(&format!("{BASE}{INFOS}"), timestamp, ""), "{}");
        assert_eq!(response.status, status, "{millis}");
        assert!(status == 200 || fault(&response) == (401, "stale_timestamp"));
    }
}

#[test]
fn a_signature_with_a_seventeenth_body_is_rejected() {
    let service = service();
    let headers = signed(&format!("{BASE}{INFOS}"), now_ms(), "");
    let body = |n: usize| format!("{{{}}}", " ".repeat(n));
    for n in 0..16 {
        assert_eq!(posted(&service, INFOS, &headers, &body(n)).status, 200, "{n}");
    }
    assert_eq!(fault(&posted(&service, INFOS, &headers, &body(16))), (401, "replayed"));
    assert_eq!(posted(&service, INFOS, &headers, &body(3)).status, 200);
}

#[test]
fn a_key_with_signed_body_rejects_another_body() {
    let service = service_of(KeyText { body_proof: BodyProof::Signed, ..text() }, &[]);
    let digest = Sha256::digest(b"{}").iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let mut headers = signed(&format!("{BASE}{INFOS}"), now_ms(), &digest);
    assert_eq!(fault(&posted(&service, INFOS, &headers, "{}")), (401, "invalid_signature"), "the digest is not there");
    headers.push(("Metricshot-Body-Sha256".to_owned(), digest));
    assert_eq!(posted(&service, INFOS, &headers, "{}").status, 200);
    assert_eq!(fault(&posted(&service, INFOS, &headers, "{ }")), (401, "invalid_signature"));
    assert_eq!(fault(&ask(&service, INFOS, "{}")), (401, "missing_credentials"));
}

#[test]
fn a_key_may_read_only_its_namespaces() {
    let only = Rights::Namespaces(["Demo".to_owned()].into());
    let service = service_of(KeyText { rights: only, ..text() }, &[]);
    let demo =
        |name: &str, namespace: &str| format!(r#"{{"name":"{name}","namespace_name":"{namespace}","dimensions":[]}}"#);
    let own = demo("wave", "Demo");
    let listed = ask(&service, INFOS, "{}").json();
    let names: Vec<_> = listed["namespaces"].as_array().unwrap().iter().map(|namespace| &namespace["name"]).collect();
    assert_eq!(names, ["Demo"]);
    let metrics = [own.clone(), demo("x", "Virtual Server"), own, demo("y", "Nowhere")].join(",");
    let body =
        format!(r#"{{"start":1640995200,"end":1640998800,"period":60,"statistic_type":"AVG","metrics":[{metrics}]}}"#);
    for target in [IMAGE, DATA] {
        let refused = ask(&service, target, &body);
        assert_eq!(fault(&refused), (403, "forbidden"), "{target}");
        let detail = refused.json()["errors"][0]["detail"].clone();
        let sentence = |index: usize| format!("The key may not read this namespace: metrics[{index}].namespace_name");
        assert_eq!(detail, serde_json::json!([sentence(1), sentence(3)]));
    }
}

#[test]
fn a_key_beyond_its_rate_limit_gets_retry_after() {
    let key = Key::new("reports", text()).unwrap();
    let limits = Limits { key_requests: 1, key_burst: 3, ..Limits::default() };
    let identity = Authenticator::new(vec![Arc::new(key)], Rules::default(), &limits, 0);
    let service = Service::with(limits, Settings { identity, ..Settings::default() });
    let statuses: Vec<u16> = (0..3).map(|_| ask(&service, INFOS, "{}").status).collect();
    assert_eq!(statuses, [200; 3]);
    let refused = ask(&service, INFOS, "{}");
    // On a slow machine the limit may admit another request by now.
    assert!(fault(&refused) == (429, "quota_exceeded") || refused.status == 200, "{}", refused.status);
    let flood: Vec<Response> = (0..20).map(|_| ask(&service, INFOS, "{}")).collect();
    let reported = flood.iter().find(|response| response.status == 429).expect("twenty at once are too many");
    assert_eq!((fault(reported), reported.header("retry-after")), ((429, "quota_exceeded"), Some("1")));
    assert_eq!(service.get("/").status, 200, "what needs no key has no quota");
}

#[test]
fn the_info_operation_requires_the_token_of_a_key() {
    let service = service();
    let with = |value: &str| service.send(request("GET", "/info", &[("Authorization", value)], ""));
    let right = with(&format!("Bearer {TOKEN}"));
    assert_eq!((right.status, &right.json()["name"]), (200, &serde_json::json!("metricshot")));
    assert_eq!(fault(&with(&format!("Bearer {SECRET}"))), (401, "invalid_token"));
    assert_eq!(fault(&with("Basic eDp5")), (401, "missing_credentials"));
    let none = service.get("/info");
    assert_eq!((fault(&none), none.header("www-authenticate")), ((401, "missing_credentials"), Some("Bearer")));
    assert_eq!(Service::start().get("/info").status, 200, "without keys anyone may ask");
}

#[test]
fn without_keys_signature_headers_are_ignored() {
    let wrong = [JSON, ("Scp-Accesskey", "x"), ("Scp-Signature", "y"), ("Scp-Timestamp", "z")];
    assert_eq!(Service::start().send(request("POST", INFOS, &wrong, "{}")).status, 200);
}

#[test]
fn an_unauthenticated_request_is_rejected_before_its_body_is_read() {
    let service = service();
    let head = format!(
        "POST {INFOS} HTTP/1.1\r\nHost: localhost:8080\r\nContent-Type: application/json\r\nContent-Length: 90000\r\n\r\n"
    );
    assert_eq!(fault(&service.connect().send(head).response()), (401, "missing_credentials"));
}
