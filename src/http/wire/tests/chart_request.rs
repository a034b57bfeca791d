//! Chart requests: a ServiceWatch body with relative times, automatic periods, dimension objects and chart options.

use super::*;
use crate::request::{ChartFormat, Kind, MetricRef, SplitBy, Statistic};

/// 2026-05-21T12:00:30+09:00
const NOW: i64 = 1_779_332_430;

fn chart(body: &Value) -> Result<ChartRequest, Vec<Fault>> {
    let rules = Rules {
        version: Version::NEWEST,
        statistic: Statistic::parse_with_percentiles,
        zones: &Zones::bundled(),
        limits: &LIMITS(),
    };
    let resolution = |metric: &MetricRef| if metric.name.as_str() == "slow" { 300 } else { 60 };
    let context = ChartContext { now: NOW, resolution: &resolution };
    chart_request(body.to_string().as_bytes(), Language::Korean, context, &rules)
}

fn minimal() -> Value {
    json!({"start": "-3h", "metrics": [{"name": "CPU", "namespace_name": "Host", "dimensions": {"host": "web-1"}}]})
}

fn with_fields(fields: Value) -> Value {
    let mut body = minimal();
    body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    body
}

fn faults_of(fields: Value) -> Vec<String> {
    said(chart(&with_fields(fields)).unwrap_err())
}

#[test]
fn a_servicewatch_body_is_a_chart_request() {
    let request = chart(&example()).unwrap();
    assert_eq!(request.image, ImageRequest { language: Language::Korean, ..read(&example()) });
    assert_eq!(request.format, None);
}

#[test]
fn relative_times_count_from_the_last_whole_minute() {
    let span = |fields| chart(&with_fields(fields)).unwrap().image.query.span;
    let minute = NOW - 30;
    let first = span(json!({}));
    assert_eq!((first.start(), first.end()), (minute - 3 * 3600, minute), "end is now");
    let exact = span(json!({"period": "10s"}));
    assert_eq!(exact.end(), NOW, "a period below a minute is the step");
    let days = span(json!({"start": "-1d", "end": "2026-05-21T12:00:00+09:00", "timezone": "Asia/Seoul"}));
    assert_eq!((days.end() - days.start(), days.end()), (86_400, minute));
}

#[test]
fn the_automatic_period_follows_range_width_and_resolution() {
    let period = |fields| chart(&with_fields(fields)).unwrap().image.query.metrics[0].period.seconds();
    assert_eq!(period(json!({})), 60);
    assert_eq!(period(json!({"start": "-7d", "width": 600, "height": 400})), 3600);
    assert_eq!(period(json!({"period": "auto", "start": "-7d", "width": 600, "height": 400})), 3600);
    assert_eq!(period(json!({"period": "5m"})), 300);
    assert_eq!(period(json!({"period": 120})), 120);
    assert_eq!(period(json!({"metrics": [{"name": "slow", "namespace_name": "Host"}]})), 300);
}

#[test]
fn options_format_and_split_are_read() {
    let body = with_fields(json!({
        "kind": "area", "theme": "dark", "scale": 2, "format": "svg", "statistic_type": "MAX",
        "metrics": [{"name": "CPU", "namespace_name": "Host", "split_by": ["host"], "limit": 5, "order": "last", "label": "{{host}}!"}]
    }));
    let ChartRequest { image, format } = chart(&body).unwrap();
    assert_eq!((image.chart.kind, format), (Kind::Area, Some(ChartFormat::Svg)));
    assert_eq!(image.query.metrics[0].statistic, Statistic::Maximum);
    let split = SplitBy::new(vec!["host".to_owned()], Some(5), Some("last"), Some("{{host}}!")).unwrap();
    assert_eq!(image.query.metrics[0].split_by, Some(split));
}

#[test]
fn every_fault_of_a_chart_request_is_reported_at_once() {
    let faults = faults_of(json!({
        "start": "yesterday", "end": 0, "period": "5M", "statistic_type": "MEDIAN", "timezone": "KST", "width": 1,
        "kind": "pie", "format": "gif", "scale": 9, "colour": "#f00",
        "metrics": [
            {"name": "", "namespace_name": "Host", "dimensions": {"host": 1, "": "x"}, "limit": 5},
            {"name": "CPU", "namespace_name": "Host", "split_by": ["a", "a"], "order": "down"}
        ]
    }));
    insta::assert_snapshot!(faults.join("\n"), @r"
    invalid_time_range | Input should be Unix seconds, an instant such as '2026-05-21T09:00:00+09:00', 'now', or a distance from it such as '-3h', '-7d' or '-1mo', not 'yesterday': start
    out_of_range | Input should be greater than or equal to 1: end
    invalid_period | Input should be seconds, 'auto', or a length such as '30s', '5m', '1h' or '1d', not '5M': period
    unknown_statistic | Input should be 'AVG', 'SUM', 'MAX', 'MIN', 'CNT' or a percentile 'p50' to 'p99.9', not 'MEDIAN': statistic_type
    invalid_name | String should have at least 1 character: metrics[0].name
    invalid_name | String should have at least 1 character: metrics[0].dimensions
    wrong_type | Input should be a valid string: metrics[0].dimensions.host
    missing_field | Field required beside limit, order or label: metrics[0].split_by
    out_of_range | split_by names 'a' twice; order = 'down' is not known; write one of max, last, avg, name: metrics[1].split_by
    unknown_timezone | Input should be an IANA time zone such as 'Asia/Seoul', 'UTC', 'Z' or an offset such as '+09:00', not 'KST': timezone
    out_of_range | Input should be 'line', 'area', 'stacked', 'step', 'bar' or 'band': kind
    out_of_range | Input should be 1 to 4 in steps of 0.25, such as 2: scale
    out_of_range | Input should be one of 'png', 'webp', 'jpeg', 'svg', 'csv', 'json', not 'gif': format
    unknown_field | Extra inputs are not permitted: colour
    ");
}

#[test]
fn a_range_that_cannot_be_is_a_fault_of_its_end() {
    for (fields, expected) in [
        (json!({"start": "now", "end": "-1h"}), "invalid_time_range | Input should be greater than start: end"),
        (json!({"start": "-20y"}), "range_too_long | Input should be at most"),
        (json!({"start": "-3h", "end": 1_779_332_430_000_i64}), "out_of_range | Input should be less than or equal to"),
    ] {
        let faults = faults_of(fields);
        assert!(faults.len() == 1 && faults[0].starts_with(expected), "{faults:?}");
    }
}

#[test]
fn an_image_that_is_too_large_in_device_pixels_is_a_fault_of_its_scale() {
    let faults = faults_of(json!({"width": 4000, "height": 400, "scale": 4}));
    assert!(faults.len() == 1 && faults[0].ends_with(": scale"), "{faults:?}");
}
