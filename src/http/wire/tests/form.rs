//! The form of bodies: which fields there are, of which types, in which version.

use super::*;

#[test]
fn the_documented_example_is_read_whole() {
    let request = read(&example());
    let metric = &request.query.metrics[0];
    assert_eq!((request.query.span.start(), request.query.span.end()), (1_640_995_200, 1_640_995_440));
    assert_eq!((request.size.width(), request.size.height()), (600, 400));
    assert_eq!(request.title.unwrap().as_str(), "Virtual Server Metric Chart");
    assert_eq!(request.query.zone, Zone::utc());
    assert_eq!((request.language, request.query.metrics.len()), (Language::English, 1));
    assert_eq!(metric.metric.namespace.as_str(), "Virtual Server");
    assert_eq!(metric.metric.name.as_str(), "CPU Usage/Core[Basic]");
    assert_eq!(metric.metric.dimension("VolumeID"), Some("45fbde15-cdd2-4891-be31-4a9de75fccda"));
    assert_eq!((metric.period.seconds(), metric.statistic), (300, Statistic::Average));
    assert_eq!(metric.colour, Some(Colour::rgb(0x0000ff)));
    assert_eq!(metric.label().as_str(), "Virtual Server | VirtualServer001 | CPU Usage/Core[Basic]");
}

#[test]
fn the_documented_example_of_the_oldest_version_is_the_same_request() {
    let pair = example()["metrics"][0]["dimensions"].clone();
    let body = with("/metrics/0/individual_items", pair).to_string();
    assert_eq!(image(Version::V1_0, body.as_bytes()).unwrap(), read(&example()));
}

#[test]
fn an_empty_object_lacks_five_fields() {
    let lacking = |name: &str| format!("missing_field | Field required: {name}");
    let expected = ["start", "end", "period", "statistic_type", "metrics"].map(lacking);
    assert_eq!(faults(&json!({})), expected);
    assert_eq!(said(data(Version::V1_1, &json!({})).unwrap_err()), expected);
    assert_eq!(
        faults(&with("/metrics/0", json!({}))),
        ["name", "namespace_name", "dimensions"].map(|name| lacking(&format!("metrics[0].{name}")))
    );
}

#[test]
fn what_is_left_out_or_null_has_the_documented_default() {
    for name in ["title", "timezone", "width", "height"] {
        assert_eq!(read(&without(name)), accepts(&format!("/{name}"), Value::Null));
    }
    let bare = json!({"name": "n", "namespace_name": "s", "dimensions": []});
    let nulled = json!({"name": "n", "namespace_name": "s", "dimensions": [], "color": null, "display_name": null,
        "period": null, "statistic_type": null});
    let request = accepts("/metrics/0", bare);
    assert_eq!(request, accepts("/metrics/0", nulled));
    assert_eq!(request.query.metrics[0].label().as_str(), "s | n");
    assert_eq!(read(&without("width")).size.width(), 1400);
    assert_eq!(read(&without("height")).size.height(), 500);
    assert_eq!(read(&without("timezone")).query.zone, Zone::utc());
    assert_eq!(read(&without("title")).title, None);
}

#[test]
fn null_is_refused_where_a_value_is_needed() {
    for (pointer, wanted) in [
        ("/start", "integer"),
        ("/end", "integer"),
        ("/period", "integer"),
        ("/statistic_type", "string"),
        ("/metrics", "list"),
        ("/metrics/0", "dictionary"),
        ("/metrics/0/name", "string"),
        ("/metrics/0/namespace_name", "string"),
        ("/metrics/0/dimensions", "list"),
        ("/metrics/0/dimensions/0", "dictionary"),
        ("/metrics/0/dimensions/0/key", "string"),
        ("/metrics/0/dimensions/0/value", "string"),
    ] {
        refuses(pointer, Value::Null, &format!("wrong_type | Input should be a valid {wanted}: "));
    }
}

#[test]
fn every_fault_is_told_at_once_in_the_models_order() {
    let body = json!({
        "zebra": 1, "height": 0, "width": 4097, "timezone": "KST", "title": "\u{7}",
        "metrics": [
            {"statistic_type": "avg", "period": 0, "display_name": 5, "color": "blue",
             "dimensions": [{"key": "", "value": "x"}, {"key": "a"}, {"key": "b", "value": "x", "more": 1}],
             "namespace_name": "", "name": "{"},
            7
        ],
        "statistic_type": "p99", "period": -60, "end": 5, "start": 9, "apple": 1
    });
    insta::assert_snapshot!(faults(&body).join("\n"), @r"
    invalid_time_range | Input should be greater than start: end
    invalid_period | Input should be a period of 1 to 2592000 seconds: period
    unknown_statistic | Input should be 'AVG', 'SUM', 'MAX', 'MIN' or 'CNT': statistic_type
    invalid_name | String should have no control characters and no braces: metrics[0].name
    unknown_namespace | String should have at least 1 character: metrics[0].namespace_name
    invalid_name | String should have at least 1 character: metrics[0].dimensions[0].key
    missing_field | Field required: metrics[0].dimensions[1].value
    unknown_field | Extra inputs are not permitted: metrics[0].dimensions[2].more
    invalid_colour | Input should be a colour such as '#0000ff', '#00f' or '#0000ff80': metrics[0].color
    wrong_type | Input should be a valid string: metrics[0].display_name
    invalid_period | Input should be a period of 1 to 2592000 seconds: metrics[0].period
    unknown_statistic | Input should be 'AVG', 'SUM', 'MAX', 'MIN' or 'CNT': metrics[0].statistic_type
    wrong_type | Input should be a valid dictionary: metrics[1]
    invalid_text | String should have no control or direction characters, such as U+0007: title
    unknown_timezone | Input should be an IANA time zone such as 'Asia/Seoul', 'UTC', 'Z' or an offset such as '+09:00', not 'KST': timezone
    out_of_range | Input should be less than or equal to 4096: width
    out_of_range | Input should be greater than or equal to 1: height
    unknown_field | Extra inputs are not permitted: apple
    unknown_field | Extra inputs are not permitted: zebra
    ");
}

#[test]
fn only_an_object_is_a_body() {
    for body in ["null", "\"x\"", "5", "true", "[]", "[1640995200,1640995440,300,\"AVG\",[]]"] {
        let faults = said(image(Version::V1_1, body.as_bytes()).unwrap_err());
        assert_eq!(faults, ["not_an_object | Input should be a valid dictionary"], "{body}");
    }
    for body in ["", " ", "{}{}", "{\"width\":600,}", "{\"width\":NaN}", "{\"title\":\"\\ud800\"}"] {
        assert_eq!(image(Version::V1_1, body.as_bytes()).unwrap_err()[0].kind.word(), "invalid_json", "{body}");
    }
    assert_eq!(image(Version::V1_1, b"{\"title\":\"\xff\"}").unwrap_err()[0].kind.word(), "invalid_utf8");
}

#[test]
fn a_field_given_twice_is_refused() {
    for second in ["600", "601"] {
        let body = example().to_string().replace("\"width\":600", &format!("\"width\":600,\"width\":{second}"));
        let faults = said(image(Version::V1_1, body.as_bytes()).unwrap_err());
        assert_eq!(faults, ["duplicate_field | Field should be given once: width"]);
    }
    let body = example().to_string().replace("\"key\":", "\"key\":\"x\",\"key\":");
    let faults = said(image(Version::V1_1, body.as_bytes()).unwrap_err());
    assert_eq!(faults, ["duplicate_field | Field should be given once: metrics[0].dimensions[0].key"]);
}

#[test]
fn unknown_fields_are_refused_wherever_they_are() {
    for pointer in ["/x", "/metrics/0/x", "/metrics/0/dimensions/0/x"] {
        refuses(pointer, json!(1), "unknown_field | Extra inputs are not permitted: ");
    }
    let many: serde_json::Map<_, _> = (0..20_000).map(|i| (format!("{i}"), Value::Null)).collect();
    assert_eq!(faults(&Value::Object(many)).len(), 20_005);
}

#[test]
fn a_number_without_a_fraction_is_an_integer_in_every_field_of_one() {
    for width in [json!(600.0), json!(6e2)] {
        assert_eq!(accepts("/width", width).size.width(), 600);
    }
    assert_eq!(accepts("/height", json!(400.0)).size.height(), 400);
    assert_eq!(accepts("/start", json!(1640995200.0)), read(&example()));
    assert_eq!(accepts("/end", json!(1640995440.0)), read(&example()));
    for pointer in ["/period", "/metrics/0/period"] {
        assert_eq!(accepts(pointer, json!(300.0)), read(&example()), "{pointer}");
    }
}

#[test]
fn a_fraction_and_a_string_are_no_integer_in_any_field_of_one() {
    for pointer in ["/width", "/height", "/start", "/end", "/period", "/metrics/0/period"] {
        for value in [json!("600"), json!("1640995200"), json!(600.5), json!(true), json!([600]), json!({"v": 600})] {
            refuses(pointer, value, "wrong_type | Input should be a valid integer: ");
        }
    }
    for value in [json!(1790000000.5), json!("2026-09-21T00:00:00Z")] {
        refuses("/end", value, "wrong_type | Input should be a valid integer: end");
    }
}

#[test]
fn a_number_that_no_machine_holds_is_out_of_the_range_of_its_field() {
    let nines = "9".repeat(10_000);
    for (number, fault) in [
        ("1e400", "out_of_range | Input should be less than or equal to 4096: width"),
        (&nines, "out_of_range | Input should be less than or equal to 4096: width"),
        ("1e308", "out_of_range | Input should be less than or equal to 4096: width"),
        ("-1e400", "out_of_range | Input should be greater than or equal to 1: width"),
    ] {
        let body = example().to_string().replace("\"width\":600", &format!("\"width\":{number},\"x\":\"{number}\""));
        let faults = said(image(Version::V1_1, body.as_bytes()).unwrap_err());
        assert_eq!(faults, [fault, "unknown_field | Extra inputs are not permitted: x"], "{number}");
    }
}

#[test]
fn a_time_in_milliseconds_is_told_to_be_one_in_seconds() {
    let text = "out_of_range | Input should be less than or equal to 4102444800";
    for (pointer, field) in [("/start", "start"), ("/end", "end")] {
        let hint = format!("{text} (seconds expected, not milliseconds): {field}");
        for milliseconds in [410_244_480_000_i64, 1_640_995_200_000, 4_102_444_800_999] {
            refuses(pointer, json!(milliseconds), &hint);
        }
        for other in [4_102_444_801_i64, 253_402_300_800, 4_102_444_801_000, i64::MAX] {
            refuses(pointer, json!(other), &format!("{text}: {field}"));
        }
    }
}

#[test]
fn metrics_are_a_list_of_one_to_a_hundred_objects() {
    refuses("/metrics", json!([]), "empty | List should have at least 1 item after validation, not 0: metrics");
    for value in [json!({}), json!("x"), json!([null]), json!([[]])] {
        refuses("/metrics", value, "wrong_type | ");
    }
    let times = |count: usize| Value::Array(vec![example()["metrics"][0].clone(); count]);
    assert_eq!(accepts("/metrics", times(100)).query.metrics.len(), 100);
    let most = "too_many | List should have at most 100 items after validation, not";
    refuses("/metrics", times(101), &format!("{most} 101: metrics"));
    refuses("/metrics", Value::Array(vec![Value::Null; 1000]), &format!("{most} 1000: metrics"));
}

#[test]
fn individual_items_narrow_the_series_in_the_oldest_version_only() {
    let at = "/metrics/0/individual_items";
    let read = |items: Value| image(Version::V1_0, with(at, items).to_string().as_bytes());
    let other = json!([{"key": "Disk", "value": "sda"}]);
    let narrowed = read(other.clone()).unwrap();
    assert_eq!(narrowed.query.metrics[0].metric.dimension("Disk"), Some("sda"));
    assert_eq!(narrowed.query.metrics[0].metric.dimensions().len(), 2);
    assert!(read(Value::Null).is_ok() && read(json!([])).is_ok());
    let contradiction = said(read(json!([{"key": "VolumeID", "value": "another"}])).unwrap_err());
    assert_eq!(
        contradiction,
        ["duplicate | Each key should have one value, dimensions included: metrics[0].individual_items"]
    );
    for version in [Version::V1_1, Version::V1_2, Version::V1_3, Version::V1_5] {
        for items in [other.clone(), json!([]), Value::Null] {
            assert_eq!(
                said(image(version, with(at, items).to_string().as_bytes()).unwrap_err()),
                ["unknown_field | Extra inputs are not permitted: metrics[0].individual_items"]
            );
        }
    }
}

#[test]
fn a_question_for_values_has_no_fields_of_a_picture() {
    let mut body = example();
    body.as_object_mut().unwrap().retain(|key, _| !["title", "timezone", "width", "height"].contains(&key.as_str()));
    body["metrics"][0].as_object_mut().unwrap().remove("color");
    assert_eq!(data(Version::V1_5, &body).unwrap().span, read(&example()).query.span);
    let unknown = |name: &str| format!("unknown_field | Extra inputs are not permitted: {name}");
    assert_eq!(
        said(data(Version::V1_5, &example()).unwrap_err()),
        ["metrics[0].color", "height", "timezone", "title", "width"].map(unknown)
    );
}

#[test]
fn a_filter_of_metrics_compares_names_exactly() {
    let entry = crate::catalog::Entry {
        namespace: "Demo".to_owned(),
        name: "load".to_owned(),
        dimensions: vec!["b".to_owned(), "a".to_owned()],
        unit: crate::request::Unit::NONE,
    };
    let wants = |body: &str| infos(body).unwrap().wants(&entry);
    for body in [
        "{}",
        r#"{"metric_name":null,"namespaces":null,"resource_id":null,"resource_name":null,"tags":null}"#,
        r#"{"metric_name":"load","namespaces":[],"tags":[]}"#,
        r#"{"namespaces":[{"name":"Other"},{"name":"Demo"}]}"#,
        r#"{"namespaces":[{"name":"Demo","dimensions":[["x"],["a","b"]]}]}"#,
    ] {
        assert!(wants(body), "{body}");
    }
    for body in [
        r#"{"metric_name":"LOAD"}"#,
        r#"{"metric_name":"loa"}"#,
        r#"{"namespaces":[{"name":"demo"}]}"#,
        r#"{"namespaces":[{"name":"Demo","dimensions":[["a"]]}]}"#,
        r#"{"resource_id":"x"}"#,
        r#"{"resource_name":"x"}"#,
        r#"{"tags":[{"key":"k","value":"v"}]}"#,
    ] {
        assert!(!wants(body), "{body}");
    }
}

#[test]
fn a_wrong_filter_is_refused_with_every_fault() {
    assert_eq!(
        said(
            infos(r#"{"x":1,"tags":[{"key":5}],"namespaces":[{"dimensions":[["a",1]]}],"metric_name":1}"#).unwrap_err()
        ),
        [
            "wrong_type | Input should be a valid string: metric_name",
            "missing_field | Field required: namespaces[0].name",
            "wrong_type | Input should be a valid string: namespaces[0].dimensions[0][1]",
            "wrong_type | Input should be a valid string: tags[0].key",
            "missing_field | Field required: tags[0].value",
            "unknown_field | Extra inputs are not permitted: x",
        ]
    );
}
