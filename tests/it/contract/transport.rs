//! Rejections by request line, headers, size and time.

use crate::support::http::request;
use crate::support::in_process::{DATA, IMAGE, INFOS, JSON, Service};
use metricshot::http::Settings;
use metricshot::limits::Limits;
use std::time::{Duration, Instant};

const SOON: Duration = Duration::from_millis(200);

fn with(limits: Limits) -> Service {
    Service::with(limits, Settings::default())
}

/// The verdict of a body that was read and validated: the request passed all checks before.
const READ: (u16, &str) = (400, "missing_field");

#[test]
fn health_needs_no_credentials() {
    let service = Service::start();
    for target in ["/healthz", "/readyz"] {
        assert_eq!(service.get(target).status, 200);
    }
}

#[test]
fn unknown_paths_are_not_found_and_paths_are_not_normalised() {
    let service = Service::start();
    for target in [
        "/nowhere",
        "/v1/../v1/metrics",
        "/v1/%2e%2e/v1/metrics",
        "/v1/metrics/",
        "/v1//metrics",
        "///v1/metrics",
        "/V1/metrics",
        "/v1/%6detrics",
        "/v1/metrics/data/download/image/",
        "/%2e%2e",
        "//healthz",
        "///",
    ] {
        let response = service.post(target, "{}");
        assert_eq!(response.verdict(), (404, "not_found"), "{target}");
    }
}

#[test]
fn two_leading_slashes_are_accepted() {
    let service = Service::start();
    for target in [IMAGE, DATA] {
        assert_eq!(service.post(&format!("/{target}"), "{}").verdict(), READ);
    }
    assert_eq!(service.post(&format!("/{INFOS}"), "{}").status, 200);
}

#[test]
fn a_wrong_method_gets_405_with_allow() {
    let service = Service::start();
    for method in ["GET", "PUT", "TRACE", "FOO", "post", "OPTIONS", &"M".repeat(300)] {
        let response = service.send(request(method, IMAGE, &[], ""));
        assert_eq!(
            (response.verdict(), response.header("allow")),
            ((405, "method_not_allowed"), Some("POST")),
            "{method}"
        );
    }
    assert_eq!(service.post("/", "{}").header("allow"), Some("GET"));
    assert_eq!(
        service.send("CONNECT example.com:443 HTTP/1.1\r\nHost: example.com\r\n\r\n").verdict(),
        (400, "bad_request")
    );
}

#[test]
fn head_is_answered_like_get_without_a_body() {
    let service = Service::start();
    let targets = [("/", 200), ("//", 200), ("/healthz", 200), ("/readyz", 200), ("/?x", 400), (IMAGE, 405)];
    for (target, status) in targets {
        let mut connection = service.connect();
        connection.send(format!("HEAD {target} HTTP/1.0\r\nHost: a\r\n\r\n"));
        let said = String::from_utf8(connection.rest()).unwrap();
        assert!(said.starts_with(&format!("HTTP/1.0 {status} ")), "{target}: {said}");
        assert!(said.ends_with("\r\n\r\n"), "{target}: {said}");
    }
}

#[test]
fn checks_run_in_the_order_host_path_method_query() {
    let service = Service::start();
    for (method, target, expected) in [
        ("FOO", "/nowhere?x", (404, "not_found")),
        ("FOO", "/v1/metrics?x", (405, "method_not_allowed")),
        ("POST", "/v1/metrics?x", (400, "unexpected_query")),
    ] {
        assert_eq!(service.send(request(method, target, &[], "")).verdict(), expected);
    }
    for line in ["POST /", "GET /v1/metrics", "GET /nowhere", "GET /?x"] {
        let response = service.send(format!("{line} HTTP/1.1\r\nContent-Length: 0\r\n\r\n"));
        assert_eq!((response.verdict(), response.header("allow")), ((400, "bad_request"), None), "{line}");
    }
}

#[test]
fn any_query_string_is_rejected() {
    let service = Service::start();
    for query in ["?x=1", "?"] {
        assert_eq!(service.post(&format!("{IMAGE}{query}"), "{}").verdict(), (400, "unexpected_query"));
        assert_eq!(service.get(&format!("/{query}")).verdict(), (400, "unexpected_query"));
    }
}

#[test]
fn path_and_query_have_at_most_2_kibibytes() {
    let service = Service::start();
    assert_eq!(service.get(&format!("/{}", "a".repeat(2047))).verdict(), (404, "not_found"));
    let response = service.get(&format!("/{}", "a".repeat(2048)));
    assert_eq!(response.verdict(), (414, "uri_too_long"));
    assert_eq!(response.detail(), ["Path and query should be at most 2048 bytes."]);
    assert_eq!(service.get(&format!("/?{}", "a".repeat(2047))).verdict(), (414, "uri_too_long"));
}

#[test]
fn exactly_one_valid_host_is_required() {
    let service = Service::start();
    for hosts in ["", "Host: a\r\nHost: b\r\n", "Host: a b\r\n", "Host: <script>\r\n", "Host:\r\n", "Host: a\"b\r\n"] {
        let response = service.send(format!("GET / HTTP/1.1\r\n{hosts}\r\n"));
        assert_eq!(response.verdict(), (400, "bad_request"), "{hosts}");
    }
}

#[test]
fn a_client_of_http_1_0_is_served_and_the_connection_closed() {
    let service = Service::start();
    let mut connection = service.connect();
    assert_eq!(connection.send("GET / HTTP/1.0\r\n\r\n").response().json()["versions"][0]["links"][0]["href"], "/v1");
    assert_eq!(connection.next(), None);
}

#[test]
fn a_body_requires_the_content_type_json() {
    let service = Service::start();
    let sent = |headers: &[(&str, &str)]| service.send(request("POST", IMAGE, headers, "{}"));
    for value in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/problem+json",
    ] {
        assert_eq!(sent(&[("Content-Type", value)]).verdict(), (415, "unsupported_media_type"), "{value}");
    }
    assert_eq!(sent(&[]).verdict(), (415, "unsupported_media_type"));
    assert_eq!(sent(&[JSON, JSON]).verdict(), (415, "unsupported_media_type"));
    for value in ["application/json; charset=UTF-8", "APPLICATION/JSON"] {
        assert_eq!(sent(&[("Content-Type", value)]).verdict(), READ, "{value}");
    }
}

#[test]
fn a_content_encoding_is_rejected() {
    let service = Service::start();
    for value in ["gzip", "br", "gzip, gzip", "identity"] {
        let response = service.post_with(IMAGE, &[("Content-Encoding", value)], "{}");
        assert_eq!(response.verdict(), (415, "unsupported_encoding"), "{value}");
    }
}

#[test]
fn the_accept_header_is_ignored() {
    let service = Service::start();
    for value in ["application/json", "application/pdf", "image/webp", "", "*/*;q=0"] {
        assert_eq!(service.post_with(INFOS, &[("Accept", value)], "{}").status, 200, "{value}");
        assert_eq!(service.post_with(IMAGE, &[("Accept", value)], "{}").verdict(), READ, "{value}");
    }
}

#[test]
fn expect_100_continue_is_answered_only_for_accepted_heads() {
    let service = Service::start();
    let head = |length: usize, expect: &str| {
        format!(
            "POST {INFOS} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nExpect: {expect}\r\n\r\n"
        )
    };
    let mut connection = service.connect();
    assert_eq!(connection.send(head(2, "100-continue")).response().status, 100);
    assert_eq!(connection.send("{}").response().status, 200);
    assert_eq!(service.send(head(102_401, "100-continue")).verdict(), (413, "body_too_large"));
    assert_eq!(service.send(head(2, "foo")).verdict(), (417, "expectation_failed"));
}

#[test]
fn a_body_is_at_most_a_hundred_kibibytes_by_length_and_by_bytes() {
    let service = Service::start();
    let padded = |length: usize| format!("{{}}{}", " ".repeat(length - 2));
    assert_eq!(service.post(IMAGE, padded(102_400)).verdict(), READ);
    let mut connection = service.connect();
    connection.send(format!(
        "POST {IMAGE} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 102401\r\n\r\n"
    ));
    let response = connection.response();
    assert_eq!((response.verdict(), response.header("connection")), ((413, "body_too_large"), Some("close")));
    assert_eq!(response.detail(), ["The body should be at most 102400 bytes."]);
    assert_eq!(connection.next(), None);
    assert_eq!(service.send(chunked(&padded(102_400))).verdict(), READ);
    assert_eq!(service.send(chunked(&padded(102_401))).verdict(), (413, "body_too_large"));
}

#[test]
fn the_rejection_of_a_body_reaches_a_client_that_sends_all_of_it_first() {
    let service = Service::start();
    let mut connection = service.connect();
    let response = connection.send(request("POST", IMAGE, &[JSON], vec![b' '; 8 << 20])).response();
    assert_eq!(response.verdict(), (413, "body_too_large"));
}

/// Checks RFC 9112, 9.6: a server that closes the connection announces it. Closing depends on how much of the body has arrived, so both
/// outcomes are valid.
#[test]
fn a_rejection_before_the_body_came_announces_the_end_of_the_connection() {
    let service = Service::start();
    let head =
        |target: &str, more: &str| format!("POST {target} HTTP/1.1\r\nHost: a\r\n{more}Content-Length: 9\r\n\r\n");
    for (head, status) in [
        (head("/nowhere", ""), 404),
        (head("/", ""), 405),
        (head(&format!("{IMAGE}?"), ""), 400),
        (head(&format!("/{}", "a".repeat(2048)), ""), 414),
        (head(IMAGE, "Scp-Api-Version: x\r\n"), 406),
        (head(IMAGE, "Content-Type: text/plain\r\n"), 415),
        (head(IMAGE, "Content-Type: application/json\r\nContent-Encoding: gzip\r\n"), 415),
        (head("/nowhere", "Expect: 100-continue\r\n"), 404),
        (head("/healthz", "").replace("POST", "GET"), 200),
    ] {
        let mut connection = service.connect();
        let response = connection.send(&head).response();
        assert_eq!((response.status, response.header("connection")), (status, Some("close")), "{head:.60}");
        assert_eq!(connection.next(), None, "{head:.60}");
    }
}

#[test]
fn a_rejection_with_the_whole_body_there_keeps_the_connection_or_announces_its_end() {
    let service = Service::start();
    let mut connection = service.connect();
    for length in [1, 9, 20_000] {
        let body = "x".repeat(length);
        let response = connection.send(request("POST", "/nowhere", &[], &body)).response();
        assert_eq!(response.verdict(), (404, "not_found"));
        if response.header("connection") == Some("close") {
            assert_eq!(connection.next(), None);
            connection = service.connect();
        }
        assert_eq!(connection.send(request("GET", "/healthz", &[], "")).response().status, 200);
    }
}

fn chunked(body: &str) -> String {
    let head = format!(
        "POST {IMAGE} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    );
    format!("{head}{:x}\r\n{body}\r\n0\r\nScp-Signature: x\r\n\r\n", body.len())
}

#[test]
fn malformed_chunks_are_rejected_and_the_connection_closed() {
    let service = Service::start();
    for (from, to) in [("2\r\n{}", "FFFFFFFFFFFFFFFFF\r\n{}"), ("2\r\n{}", "x\r\n{}"), ("{}\r\n", "{}xx")] {
        let mut connection = service.connect();
        let broken = chunked("{}").replace(from, to);
        assert_eq!(connection.send(broken).response().verdict(), (400, "bad_request"), "{to}");
        assert_eq!(connection.next(), None);
    }
}

#[test]
fn differing_lengths_are_rejected_and_a_length_with_chunks_smuggles_no_request() {
    let service = Service::start();
    let differing = request("POST", IMAGE, &[JSON, ("Content-Length", "3")], "{}");
    let mut connection = service.connect();
    assert_eq!(connection.send(differing).response().status, 400);
    assert_eq!(connection.next(), None);
    assert_eq!(service.send(request("POST", IMAGE, &[JSON, ("Content-Length", "2")], "{}")).verdict(), READ);
    let both = chunked("{}").replace("Transfer-Encoding", "Content-Length: 4\r\nTransfer-Encoding");
    let mut connection = service.connect();
    assert_eq!(connection.send(both).finish().response().verdict(), READ);
    assert_eq!(connection.next(), None);
}

#[test]
fn a_body_that_is_too_slow_is_rejected() {
    let service = with(Limits { body_read: SOON, ..Limits::default() });
    let head =
        format!("POST {IMAGE} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n");
    let begin = Instant::now();
    let mut connection = service.connect();
    let response = connection.send(head).send("{        ").response();
    assert_eq!((response.verdict(), response.header("connection")), ((408, "body_timeout"), Some("close")));
    assert!(begin.elapsed() >= SOON);
    assert_eq!(connection.next(), None);
}

#[test]
fn silent_half_head_and_idle_connections_are_closed() {
    let service = with(Limits { header_read: SOON, ..Limits::default() });
    assert!(service.connect().rest().is_empty());
    let mut half = service.connect();
    half.send("GET / HTTP/1.1\r\nHost: a\r\n");
    let said = half.rest();
    assert!(said.is_empty() || said.starts_with(b"HTTP/1.1 408"), "{}", String::from_utf8_lossy(&said));
    let service = with(Limits { idle: SOON, ..Limits::default() });
    let mut idle = service.connect();
    assert_eq!(idle.send(request("GET", "/healthz", &[], "")).response().status, 200);
    assert_eq!(idle.next(), None);
}

#[test]
fn heads_are_at_most_64_lines_and_16_kibibytes() {
    let service = Service::start();
    let lines = |count: usize| format!("GET /healthz HTTP/1.1\r\nHost: a\r\n{}\r\n", "X-A: b\r\n".repeat(count - 1));
    assert_eq!(service.send(lines(64)).status, 200);
    assert_eq!(service.send(lines(65)).status, 431);
    let sized = |bytes: usize| {
        let frame = "GET /healthz HTTP/1.1\r\nHost: a\r\nX-A: \r\n\r\n".len();
        format!("GET /healthz HTTP/1.1\r\nHost: a\r\nX-A: {}\r\n\r\n", "b".repeat(bytes - frame))
    };
    assert_eq!(service.send(sized(16 * 1024)).status, 200);
    assert_eq!(service.send(sized(16 * 1024 + 1)).status, 431);
    assert_eq!(service.send(sized(17 * 1024)).status, 431);
}

#[test]
fn non_http_1_input_is_rejected_or_disconnected() {
    let service = Service::start();
    for bytes in [
        &b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"[..],
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 hello",
        b"GET /\r\n\r\n",
    ] {
        let mut connection = service.connect();
        connection.send(bytes).finish();
        let said = connection.rest();
        assert!(said.is_empty() || said.starts_with(b"HTTP/1.1 400"), "{}", String::from_utf8_lossy(&said));
    }
}

#[test]
fn pipelined_requests_are_answered_in_order_until_a_malformed_one() {
    let service = Service::start();
    let mut connection = service.connect();
    let targets = ["/healthz", "/nowhere", "/"].repeat(6);
    let bytes: Vec<u8> = targets.iter().flat_map(|target| request("GET", target, &[], "")).collect();
    connection.send(bytes);
    let statuses: Vec<u16> = targets.iter().map(|_| connection.response().status).collect();
    assert_eq!(statuses, [200, 404, 200].repeat(6));
    let good = request("GET", "/healthz", &[], "");
    connection.send([&good, &b"GET / HTTP/1.1\r\nbad header\r\n\r\n"[..], &good].concat());
    assert_eq!((connection.response().status, connection.response().status), (200, 400));
    assert_eq!(connection.next(), None);
}

#[test]
fn a_client_that_half_closes_still_gets_a_response() {
    let service = Service::start();
    let mut connection = service.connect();
    assert_eq!(connection.send(request("POST", IMAGE, &[JSON], "{}")).finish().response().verdict(), READ);
    assert_eq!(connection.next(), None);
}
