//! A fake OpenTSDB 2.4 with the series of a test, query_index answers `POST /api/query` as the real server does.
//!
//! Buckets begin at multiples of their length and have their start as time; empty buckets are left out unless a fill policy fills them.
//! An unknown metric is an error with HTML entities in its text. The order of points is unspecified.

use super::fake::{Fake, Seen};
use super::fixture::Series;
use axum::http::StatusCode;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Starts a fake with these series, whose values must be finite.
pub async fn start(series: Vec<Series>) -> Fake {
    assert!(series.iter().flat_map(|series| &series.points).all(|(_, value)| value.is_finite()));
    Fake::start(move |seen| answer(&series, seen)).await
}

/// Returns status and body.
pub fn answer(series: &[Series], seen: &Seen) -> (StatusCode, String) {
    if seen.path == "/api/suggest" {
        return suggest(series, seen);
    }
    if seen.path != "/api/query" {
        return error(404, "Endpoint not found");
    }
    if seen.header("transfer-encoding").is_some() {
        return error(400, "Chunked request not supported.");
    }
    let Ok(request) = serde_json::from_slice::<Value>(&seen.body) else {
        return error(400, "Unable to parse the given JSON");
    };
    let (Some(start), Some(end)) = (time(&request["start"]), time(&request["end"])) else {
        return error(400, "Missing start time");
    };
    if end < start {
        return error(400, "End time must be greater than the start time");
    }
    let mut elements = Vec::new();
    for (index, query) in request["queries"].as_array().expect("queries").iter().enumerate() {
        let name = query["metric"].as_str().expect("a metric");
        let named: Vec<&Series> = series.iter().filter(|series| series.name == name).collect();
        if named.is_empty() {
            return error(400, &format!("No such name for &#39;metrics&#39;: &#39;{name}&#39;"));
        }
        let wanted = literals(query);
        let unknown = wanted.iter().find(|pair| !series.iter().any(|series| series.labels.contains(pair)));
        if let Some((_, value)) = unknown {
            return error(400, &format!("No such name for &#39;tagv&#39;: &#39;{value}&#39;"));
        }
        assert_eq!(query["aggregator"], "none", "the only one that this fake knows");
        for series in named.into_iter().filter(|series| wanted.iter().all(|pair| series.labels.contains(pair))) {
            let points = series.points.iter().copied().filter(|(time, _)| (start..=end).contains(time)).collect();
            let points = match query["downsample"].as_str() {
                Some(text) => buckets(points, text, start, end),
                None => points.into_iter().map(|(time, value)| (time, number(value))).collect(),
            };
            if points.is_empty() {
                continue;
            }
            let query_index = (request["showQuery"] == true).then_some(index);
            elements.push(element(series, query_index, &points, request["msResolution"] == true));
        }
    }
    elements.reverse();
    (StatusCode::OK, format!("[{}]", elements.join(",")))
}

/// Returns distinct names that begin with `q`, at most `max` of them.
fn suggest(series: &[Series], seen: &Seen) -> (StatusCode, String) {
    let request: Value = serde_json::from_slice(&seen.body).expect("JSON");
    assert_eq!(request["type"], "metrics", "the only one that this fake knows");
    let begin = request["q"].as_str().unwrap_or_default();
    let names: BTreeSet<&str> = series.iter().map(|series| series.name.as_str()).collect();
    let max = request["max"].as_u64().unwrap_or(25) as usize;
    let names: Vec<&str> = names.into_iter().filter(|name| name.starts_with(begin)).take(max).collect();
    (StatusCode::OK, json!(names).to_string())
}

fn error(code: u16, message: &str) -> (StatusCode, String) {
    let body = json!({"error": {"code": code, "message": message, "details": "…", "trace": "net.opentsdb.tsd…"}});
    (StatusCode::from_u16(code).unwrap(), body.to_string())
}

/// Returns a time in milliseconds; numbers of up to ten digits are seconds.
fn time(value: &Value) -> Option<i64> {
    let text = value.to_string();
    let time: i64 = text.trim_matches('"').parse().ok().filter(|time| *time > 0)?;
    Some(if text.len() <= 10 { time * 1000 } else { time })
}

/// Returns the keys and values that a series must have.
fn literals(query: &Value) -> Vec<(String, String)> {
    assert!(query["tags"].is_null() || query["filters"].is_null(), "either tags or filters");
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let filter = |filter: &Value| {
        assert_eq!((&filter["type"], &filter["groupBy"]), (&json!("literal_or"), &json!(false)));
        let literal = text(&filter["filter"]);
        assert!(!literal.contains('|'), "one literal");
        (text(&filter["tagk"]), literal)
    };
    query["filters"].as_array().map(|filters| filters.iter().map(filter).collect()).unwrap_or_default()
}

/// Downsamples points by `<n>s-<function>[-<fill>]`; values are JSON.
fn buckets(points: Vec<(i64, f64)>, text: &str, start: i64, end: i64) -> Vec<(i64, String)> {
    let mut parts = text.split('-');
    let interval =
        parts.next().and_then(|part| part.strip_suffix('s')).expect("seconds").parse::<i64>().unwrap() * 1000;
    let function = parts.next().expect("a function");
    let mut groups = BTreeMap::<i64, Vec<f64>>::new();
    for (time, value) in points {
        groups.entry(time - time % interval).or_default().push(value);
    }
    let missing = match parts.next() {
        None | Some("none") => None,
        Some("nan") => Some("\"NaN\""),
        Some("null") => Some("null"),
        Some("zero") => Some("0"),
        Some(other) => panic!("no fill policy {other}"),
    };
    let all = (start - start % interval..=end).step_by(usize::try_from(interval).unwrap());
    let value = |time: i64| match groups.get(&time) {
        Some(values) => Some((time, number(computed(function, values)))),
        None => missing.map(|text| (time, text.to_owned())),
    };
    // A bucket before the start is computed, but not returned.
    all.filter_map(value).filter(|(time, _)| *time >= start).collect()
}

fn computed(function: &str, values: &[f64]) -> f64 {
    match function {
        "sum" => values.iter().sum(),
        "count" => values.len() as f64,
        "avg" => values.iter().sum::<f64>() / values.len() as f64,
        "min" => values.iter().copied().fold(f64::INFINITY, f64::min),
        "max" => values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        other => panic!("no function {other}"),
    }
}

fn number(value: f64) -> String {
    value.to_string()
}

fn element(series: &Series, query_index: Option<usize>, points: &[(i64, String)], milliseconds: bool) -> String {
    let tags: BTreeMap<_, _> = series.labels.iter().cloned().collect();
    let query = query_index.map(|index| format!(",\"query\":{{\"index\":{index},\"metric\":{}}}", json!(series.name)));
    let point = |(time, value): &(i64, String)| {
        format!("\"{}\":{value}", if milliseconds { *time } else { time.div_euclid(1000) })
    };
    // First every second point, then the others.
    let (even, odd) = (points.iter().step_by(2), points.iter().skip(1).step_by(2));
    let points: Vec<String> = even.chain(odd).map(point).collect();
    let (metric, tags, query) = (json!(series.name), json!(tags), query.unwrap_or_default());
    format!("{{\"metric\":{metric},\"tags\":{tags}{query},\"aggregateTags\":[],\"dps\":{{{}}}}}", points.join(","))
}
