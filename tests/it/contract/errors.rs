//! The format of error responses.

use crate::support::http::{Response, request};
use crate::support::in_process::{DATA, IMAGE, INFOS, JSON, Service};
use std::collections::BTreeSet;

fn ids(response: &Response) -> [String; 2] {
    let error = &response.json()["errors"][0];
    ["request_id", "global_request_id"].map(|name| error[name].as_str().unwrap().to_owned())
}

#[test]
fn the_envelope_is_compact_in_alphabetical_order_and_ends_with_a_line_feed() {
    let response = Service::start().post(IMAGE, "{}");
    let [own, global] = ids(&response);
    let expected = format!(
        concat!(
            r#"{{"errors":[{{"code":"ValidationError","detail":["Field required: start","Field required: end","#,
            r#""Field required: period","Field required: statistic_type","Field required: metrics"],"#,
            r#""global_request_id":"{}","links":[],"related_resources":[],"request_id":"{}","#,
            r#""response":null,"status":400,"title":"ValidationError"}}]}}"#,
            "\n"
        ),
        global, own
    );
    assert_eq!(response.text(), expected);
    assert_eq!(response.header("content-type"), Some("application/json"));
    assert_eq!(response.verdict(), (400, "missing_field"));
}

#[test]
fn every_request_has_two_fresh_random_ids() {
    let service = Service::start();
    let mut seen = BTreeSet::new();
    for _ in 0..5 {
        for id in ids(&service.get("/nowhere")) {
            let uuid = uuid::Uuid::parse_str(id.strip_prefix("req-").unwrap()).unwrap();
            assert_eq!(uuid.get_version_num(), 4);
            assert!(seen.insert(id));
        }
    }
}

#[test]
fn request_ids_of_the_client_are_ignored() {
    let headers = [("X-Request-Id", "mine"), ("Scp-Request-Id", "mine"), ("X-Global-Request-Id", "mine")];
    let response = Service::start().send(request("GET", "/nowhere", &headers, ""));
    assert!(!response.text().contains("mine") && response.headers.iter().all(|(_, value)| value != "mine"));
}

#[test]
fn every_error_names_its_fault_and_repeats_its_status() {
    let service = Service::start();
    for (response, status, code, fault) in [
        (service.get("/nowhere"), 404, "NotFound", "not_found"),
        (service.get(IMAGE), 405, "MethodNotAllowed", "method_not_allowed"),
        (service.get("/?"), 400, "UnexpectedQuery", "unexpected_query"),
        (service.post_with(DATA, &[("Scp-Api-Version", "x")], "{}"), 406, "NoSuchVersion", "no_such_version"),
        (service.post(INFOS, "["), 400, "ValidationError", "invalid_json"),
        (service.post(INFOS, "[]"), 400, "ValidationError", "not_an_object"),
        (service.post(INFOS, "{\"x\":1}"), 400, "ValidationError", "unknown_field"),
        (
            service.post(INFOS, "{\"metric_name\":\"\u{e9}\",\"metric_name\":1}"),
            400,
            "ValidationError",
            "duplicate_field",
        ),
    ] {
        assert_eq!(response.verdict(), (status, fault));
        let error = &response.json()["errors"][0];
        assert_eq!((&error["status"], &error["code"], &error["title"]), (&status.into(), &code.into(), &code.into()));
    }
    assert_eq!(service.get("/nowhere").detail(), ["The requested resource could not be found."]);
}

#[test]
fn errors_are_english_in_any_language() {
    let service = Service::start();
    let korean = service.post_with(IMAGE, &[("Accept-Language", "ko-KR")], "{}");
    assert_eq!(korean.detail(), service.post(IMAGE, "{}").detail());
}

#[test]
fn the_first_twenty_faults_are_listed_and_the_others_counted() {
    let service = Service::start();
    let fields: Vec<String> = (0..5_000).map(|index| format!("\"{index}\":0")).collect();
    let response = service.post(IMAGE, format!("{{{}}}", fields.join(",")));
    let detail = response.detail();
    assert_eq!(
        (detail.len(), &*detail[4], &*detail[5]),
        (21, "Field required: metrics", "Extra inputs are not permitted: 0")
    );
    assert_eq!(detail[20], "and 4985 more");
    assert!(response.body.len() < 8 * 1024);
}

#[test]
fn errors_quote_at_most_64_escaped_characters_of_the_client() {
    let service = Service::start();
    let response = service.post(IMAGE, format!("{{\"\\r\\n{}\":0}}", "x".repeat(90 * 1024)));
    assert!(response.detail()[5].contains(r"\r\n") && response.body.len() < 8 * 1024);
    let broken = "a\r\nSet-Cookie: x=1";
    let response =
        service.connect().send(request("POST", INFOS, &[JSON, ("Scp-Api-Version", broken)], "{}")).response();
    assert!(response.headers.iter().all(|(name, _)| name != "set-cookie"));
}
