//! Validation of bodies: faults name their field, and no source is queried.

use crate::support::in_process::{DATA, EXAMPLE, IMAGE, INFOS, Service};
use metricshot::http::Settings;
use metricshot::limits::Limits;

#[test]
fn all_faults_of_a_body_are_in_one_response_in_the_order_of_the_model() {
    let body = EXAMPLE
        .replace("1640995440", "4102444801")
        .replace("#0000ff", "blue")
        .replace("\"width\":600", "\"width\":600.5,\"depth\":1")
        .replace("\"UTC\"", "\"KST\"");
    let response = Service::start().post(IMAGE, body);
    assert_eq!(response.verdict(), (400, "out_of_range"));
    assert_eq!(
        response.detail(),
        [
            "Input should be less than or equal to 4102444800: end",
            "Input should be a colour such as '#0000ff', '#00f' or '#0000ff80': metrics[0].color",
            "Input should be an IANA time zone such as 'Asia/Seoul', 'UTC', 'Z' or an offset such as '+09:00', not 'KST': timezone",
            "Input should be a valid integer: width",
            "Extra inputs are not permitted: depth",
        ]
    );
}

#[test]
fn each_rule_of_the_body_has_its_fault_word() {
    let service = Service::start();
    for (from, to, fault) in [
        ("1640995440", "1640995200", "invalid_time_range"),
        ("1640995440", "1640995200000", "out_of_range"),
        ("1640995440", "1957219201", "range_too_long"),
        ("1640995440", "\"1640995440\"", "wrong_type"),
        ("\"period\":300,\"start\"", "\"period\":0,\"start\"", "invalid_period"),
        ("\"period\":300,\"start\"", "\"period\":null,\"start\"", "wrong_type"),
        ("\"AVG\",\"timezone\"", "\"COUNT\",\"timezone\"", "unknown_statistic"),
        ("\"width\":600", "\"width\":0", "out_of_range"),
        ("\"width\":600", "\"width\":4097", "out_of_range"),
        ("\"height\":400", "\"height\":4096,\"width\":4096", "duplicate_field"),
        ("\"UTC\"", "\"asia/seoul\"", "unknown_timezone"),
        ("\"UTC\"", "\"\"", "unknown_timezone"),
        ("Virtual Server Metric Chart", "\\u0007", "invalid_text"),
        ("#0000ff", "red", "invalid_colour"),
        ("\"VolumeID\"", "\"\"", "invalid_name"),
        ("[{\"key\"", "[{\"key\":\"VolumeID\",\"value\":\"\"},{\"key\"", "duplicate"),
        ("\"name\":", "\"individual_items\":[],\"name\":", "unknown_field"),
    ] {
        let body = EXAMPLE.replacen(from, to, 1);
        assert_ne!(body, EXAMPLE);
        let response = service.post(IMAGE, &body);
        assert_eq!(response.verdict(), (400, fault), "{from} -> {to}");
        assert_eq!(response.json()["errors"][0]["code"], "ValidationError");
        assert_eq!(response.detail().len(), 1, "{:?}", response.detail());
    }
    let empty = r#"{"start":1,"end":2,"period":1,"statistic_type":"AVG","metrics":[]}"#;
    assert_eq!(service.post(IMAGE, empty).verdict(), (400, "empty"));
    assert_eq!(service.post(DATA, empty).verdict(), (400, "empty"));
}

#[test]
fn too_many_metrics_are_one_fault_with_the_limit() {
    let limits = Limits::for_tests();
    let most = limits.metrics;
    let service = Service::with(limits, Settings::default());
    let body = |count: usize| {
        let metrics = vec!["{}"; count].join(",");
        format!(r#"{{"start":1,"end":2,"period":1,"statistic_type":"AVG","metrics":[{metrics}]}}"#)
    };
    assert_eq!(service.post(IMAGE, body(most)).verdict(), (400, "missing_field"));
    let response = service.post(IMAGE, body(most + 1));
    assert_eq!(response.verdict(), (400, "too_many"));
    assert_eq!(response.detail(), ["List should have at most 5 items after validation, not 6: metrics"]);
}

#[test]
fn a_data_request_has_no_image_fields() {
    let detail = Service::start().post(DATA, EXAMPLE).detail();
    assert_eq!(
        detail,
        ["metrics[0].color", "height", "timezone", "title", "width"]
            .map(|name| format!("Extra inputs are not permitted: {name}"))
    );
}

#[test]
fn a_deeply_nested_body_is_rejected() {
    let service = Service::start();
    for opening in ["[", "{\"a\":"] {
        let response = service.post(IMAGE, opening.repeat(100_000 / opening.len()));
        assert_eq!(response.verdict(), (400, "invalid_json"));
        assert_eq!(response.detail(), ["Input should be nested at most 8 deep"]);
    }
}

#[test]
fn a_body_may_have_trailing_white_space_only() {
    let service = Service::start();
    assert_eq!(service.post(INFOS, " {}\r\n\t ").status, 200);
    assert_eq!(service.post(INFOS, "{} {}").verdict(), (400, "invalid_json"));
    assert_eq!(service.post(INFOS, "").verdict(), (400, "invalid_json"));
    assert_eq!(service.post(INFOS, b"{\"metric_name\":\"\xff\"}").verdict(), (400, "invalid_utf8"));
}

#[test]
fn a_filter_without_matches_returns_an_empty_list() {
    let service = Service::start();
    for body in
        [r#"{"metric_name":"no such metric"}"#, r#"{"resource_id":"x"}"#, r#"{"tags":[{"key":"k","value":"v"}]}"#]
    {
        let response = service.post(INFOS, body);
        assert_eq!((response.status, response.text()), (200, r#"{"count":0,"namespaces":[]}"#));
    }
}
