//! A fake Warp 10 with the series of a test, which answers `GET /api/v0/fetch` as the real server does.
//!
//! Readings have or lack a position and an elevation; a series comes in several chunks, the newest first. The window includes the stop and
//! excludes the start. A value that JSON cannot represent is written as Java prints it.

use super::fake::{Fake, Seen};
use super::fixture::Series;
use axum::http::StatusCode;
use serde_json::json;
use std::collections::BTreeMap;

/// The data and settings of the fake.
#[derive(Debug, Clone)]
pub struct Warp10 {
    pub series: Vec<Series>,
    pub token: String,
    /// The number of the platform's time units per millisecond.
    pub per_millisecond: i64,
    /// The maximum number of readings in a chunk.
    pub chunk: usize,
}

impl Warp10 {
    /// Starts the fake.
    pub async fn start(self) -> Fake {
        Fake::start(move |seen| self.answer(seen)).await
    }

    /// Returns status and body.
    pub fn answer(&self, seen: &Seen) -> (StatusCode, String) {
        if !["/api/v0/fetch", "/api/v0/find"].contains(&seen.path.as_str()) || seen.method != "GET" {
            return (StatusCode::NOT_FOUND, "<html>".to_owned());
        }
        if seen.header("x-warp10-token") != Some(&self.token) {
            return (StatusCode::FORBIDDEN, "<html>Missing token.</html>".to_owned());
        }
        if seen.path == "/api/v0/find" {
            assert_eq!((seen.parameter("selector"), seen.parameter("format")), (Some("~.*{}"), Some("json")));
            let found = |series: &Series| {
                let labels: BTreeMap<&str, &str> =
                    series.labels.iter().map(|(key, value)| (&**key, &**value)).collect();
                json!({"c": series.name, "l": labels, "a": {}, "la": 0}).to_string()
            };
            let max = seen.parameter("gcount").and_then(|max| max.parse().ok()).unwrap_or(usize::MAX);
            let found: Vec<String> = self.series.iter().take(max).map(found).collect();
            return (StatusCode::OK, format!("[\n{}\n]\n", found.join("\n,\n")));
        }
        let (Some(start), Some(stop)) = (self.time(seen.parameter("start")), self.time(seen.parameter("stop"))) else {
            return (StatusCode::BAD_REQUEST, "Missing now/timespan or start/stop parameters.".to_owned());
        };
        let Some((name, labels)) = seen.parameter("selector").and_then(selector) else {
            return (StatusCode::BAD_REQUEST, "<html>".to_owned());
        };
        assert_eq!(seen.parameter("format"), Some("json"));
        let matches = |series: &&Series| series.name == name && labels.iter().all(|pair| series.labels.contains(pair));
        let mut chunks = Vec::new();
        for (index, series) in self.series.iter().filter(matches).enumerate() {
            let times = series.points.iter().map(|(time, value)| (time * self.per_millisecond, *value));
            let points: Vec<(i64, f64)> = times.filter(|(time, _)| *time > start && *time <= stop).collect();
            for readings in points.rchunks(self.chunk) {
                chunks.push((readings.len(), chunk(series, index, readings)));
            }
        }
        // Chunks of several series mix.
        chunks.sort_by_key(|(length, _)| *length);
        let chunks: Vec<String> = chunks.into_iter().map(|(_, chunk)| chunk).collect();
        (StatusCode::OK, format!("[{}]", chunks.join(",")))
    }

    fn time(&self, text: Option<&str>) -> Option<i64> {
        Some(text?.parse::<jiff::Timestamp>().ok()?.as_millisecond() * self.per_millisecond)
    }
}

/// Parses an exact selector into name and labels, which are decoded after they are split.
fn selector(text: &str) -> Option<(String, Vec<(String, String)>)> {
    assert!(!text.contains(char::is_whitespace), "white space separates selectors");
    let (name, labels) = text.strip_suffix('}')?.split_once('{')?;
    let pair = |pair: &str| pair.split_once('=').map(|(label, value)| (decoded(label), decoded(value)));
    let labels = labels.split(',').filter(|pair| !pair.is_empty()).map(pair).collect::<Option<Vec<_>>>()?;
    let name = decoded(name);
    assert!(!name.starts_with('~'), "a pattern");
    Some((name.strip_prefix('=').map(str::to_owned).unwrap_or(name), labels))
}

fn decoded(text: &str) -> String {
    let url = reqwest::Url::parse(&format!("http://fake/?a={text}")).unwrap();
    url.query_pairs().next().unwrap().1.into_owned()
}

fn chunk(series: &Series, index: usize, readings: &[(i64, f64)]) -> String {
    const PLACES: [&str; 4] = ["", "-90.0,-180.0,0,", "48.4,-4.5,", "12000,"];
    let labels: BTreeMap<_, _> = series.labels.iter().cloned().collect();
    let reading = |((time, value), place): (&(i64, f64), &&str)| format!("[{time},{place}{}]", java(*value));
    let readings: Vec<String> = readings.iter().zip(PLACES.iter().cycle()).map(reading).collect();
    let (name, labels) = (json!(series.name), json!(labels));
    format!("{{\"c\":{name},\"l\":{labels},\"a\":{{}},\"i\":\"{index}\",\"la\":1234,\"v\":[{}]}}", readings.join(","))
}

fn java(value: f64) -> String {
    match value {
        _ if value.is_nan() => "NaN".to_owned(),
        _ if value.is_infinite() => (if value > 0.0 { "Infinity" } else { "-Infinity" }).to_owned(),
        _ => value.to_string(),
    }
}
