//! A fake Erlenmeyer with the series of a test, which answers `POST /api/query` as OVH's translator to Warp 10 does.
//!
//! Buckets are counted back from the end of the query and have their end as time; most aggregators interpolate buckets without points.
//! `aggregator: none` returns the points themselves. Errors are plain text; an unknown metric is not an error.

use super::fake::{Fake, Seen};
use super::fixture::Series;
use axum::http::StatusCode;
use base64::Engine;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// The handling of milliseconds in times: versions up to 2022 parse them as nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Milliseconds {
    Kept,
    Lost,
}

/// The data and settings of the fake.
#[derive(Debug, Clone)]
pub struct Erlenmeyer {
    pub series: Vec<Series>,
    pub token: String,
    /// The current time in Unix seconds, for requests without an end.
    pub now: i64,
    pub milliseconds: Milliseconds,
}

type Points = Vec<(i64, f64)>;
/// Labels and points of each series.
type Selected = Vec<(BTreeMap<String, String>, Points)>;
/// The status and text of an error.
type Refusal = (u16, String);

impl Erlenmeyer {
    /// Starts the fake.
    pub async fn start(self) -> Fake {
        Fake::start(move |seen| self.answer(seen)).await
    }

    /// Returns status and body.
    pub fn answer(&self, seen: &Seen) -> (StatusCode, String) {
        self.query(seen).unwrap_or_else(|(code, text)| (StatusCode::from_u16(code).unwrap(), format!("{text}\n")))
    }

    fn query(&self, seen: &Seen) -> Result<(StatusCode, String), Refusal> {
        match password(seen) {
            None => return Err((401, "Not authorized".to_owned())),
            Some(token) if token != self.token => return Err((500, "Invalid token".to_owned())),
            Some(_) if seen.method == "GET" => return Err((501, "Please use the POST version of queries".to_owned())),
            Some(_) => {}
        }
        if seen.path == "/api/suggest" {
            let names: BTreeSet<&str> = self.series.iter().map(|series| series.name.as_str()).collect();
            return Ok((StatusCode::OK, format!("{}\n", json!(names))));
        }
        let request: Value = serde_json::from_slice(&seen.body).map_err(|_| (400, "can't parse query".to_owned()))?;
        let start = self.time(&request["start"]).expect("a start");
        let end = self.time(&request["end"]).unwrap_or(self.now * 1000);
        if start > end {
            return Err((400, "Invalid query: Start date is after end date".to_owned()));
        }
        let mut elements = Vec::new();
        for (index, query) in request["queries"].as_array().expect("queries").iter().enumerate() {
            for (tags, points) in self.sub_query(query, start, end)? {
                let milliseconds = request["msResolution"] == true;
                elements.extend(element(query, index, &tags, &points, milliseconds));
            }
        }
        Ok((StatusCode::OK, format!("[{}]\n", elements.join(","))))
    }

    fn time(&self, value: &Value) -> Option<i64> {
        let time = value.as_i64()?;
        Some(match self.milliseconds {
            _ if time < 0xFFFF_FFFF => time * 1000,
            Milliseconds::Kept => time,
            Milliseconds::Lost => time / 1000 * 1000,
        })
    }

    /// Returns labels and points of each result.
    fn sub_query(&self, query: &Value, start: i64, end: i64) -> Result<Selected, Refusal> {
        let aggregator = query["aggregator"].as_str().unwrap_or_default();
        let known = ["sum", "zimsum", "min", "max", "mimmin", "mimmax", "avg", "count", "none"];
        if !known.contains(&aggregator) {
            return Err((400, format!("Invalid query: invalid aggregator {aggregator}")));
        }
        let selected = self.selected(query, start, end);
        if aggregator == "none" {
            return Ok(selected);
        }
        let (length, function, fill) = downsample(query["downsample"].as_str(), end - start)?;
        let ticks: Vec<i64> = (0..(end - start) / length).rev().map(|k| end - k * length).collect();
        let mut together = BTreeMap::<i64, Vec<f64>>::new();
        for (_, points) in &selected {
            let of_tick = |tick: &i64| bucket(points, *tick, length, &function);
            let values = filled(&ticks, ticks.iter().map(of_tick).collect(), &fill, aggregator);
            for (tick, value) in ticks.iter().zip(values) {
                together.entry(*tick).or_default().extend(value);
            }
        }
        together.retain(|_, values| !values.is_empty());
        let points: Points = together.iter().map(|(tick, values)| (*tick, computed(aggregator, values))).collect();
        let tags = in_common(&selected);
        Ok(if selected.is_empty() { Vec::new() } else { vec![(tags, points)] })
    }

    /// Returns the matching series. Erlenmeyer puts each value between quotes into a Warp 10 program, so a value with a quote would be code.
    fn selected(&self, query: &Value, start: i64, end: i64) -> Selected {
        let quoted = |text: &str| {
            assert!(!text.contains(|c: char| c == '\'' || c.is_control()), "{text:?} leaves its quotes");
            percent_decoded(text)
        };
        let name = quoted(query["metric"].as_str().expect("a metric"));
        assert!(!name.starts_with(['~', '=']), "a pattern");
        let tags = query["tags"].as_object().cloned().unwrap_or_default();
        let tags: Vec<(String, String)> = tags
            .iter()
            .map(|(key, value)| {
                let value = value.as_str().expect("text");
                assert!(value != "*" && !value.contains('|'), "{value} groups");
                (quoted(key), quoted(value))
            })
            .collect();
        let matches = |series: &&Series| series.name == name && tags.iter().all(|pair| series.labels.contains(pair));
        let within =
            |series: &Series| series.points.iter().copied().filter(|(time, _)| (start..=end).contains(time)).collect();
        self.series
            .iter()
            .filter(matches)
            .map(|series| (series.labels.iter().cloned().collect(), within(series)))
            .collect()
    }
}

/// Returns the password of the credentials; the user name is ignored.
fn password(seen: &Seen) -> Option<String> {
    let encoded = seen.header("authorization")?.strip_prefix("Basic ")?;
    let decoded = base64::engine::general_purpose::STANDARD.decode(encoded).ok()?;
    String::from_utf8(decoded).ok()?.split_once(':').map(|(_, password)| password.to_owned()).filter(|p| !p.is_empty())
}

/// Parses a downsampling: length in milliseconds, function and fill policy.
fn downsample(text: Option<&str>, span: i64) -> Result<(i64, String, String), Refusal> {
    const FIXED: [i64; 16] =
        [1, 5, 10, 15, 30, 60, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400, 604_800];
    let Some(text) = text else {
        let seconds = FIXED.into_iter().find(|seconds| span <= seconds * 1_000_000).unwrap_or(604_800);
        return Ok((seconds * 1000, "avg".to_owned(), String::new()));
    };
    let wrong = || (400, format!("Wrong downsampling value: {text}"));
    let mut parts = text.splitn(3, '-');
    let (length, function, fill) =
        (parts.next().unwrap_or(""), parts.next().ok_or_else(wrong)?, parts.next().unwrap_or(""));
    let digits = length.trim_end_matches(|c: char| !c.is_ascii_digit());
    let unit = match &length[digits.len()..] {
        "ms" => 1,
        "s" => 1000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return Err(wrong()),
    };
    if !["avg", "sum", "min", "max", "count", "first", "last"].contains(&function) {
        return Err((400, format!("Downsampling operator '{function}' is not available")));
    }
    if !["", "none", "nan", "zero"].contains(&fill) {
        return Err((400, format!("Downsampling fill policy '{fill}' is not available")));
    }
    Ok((digits.parse::<i64>().map_err(|_| wrong())? * unit, function.to_owned(), fill.to_owned()))
}

/// Aggregates the points in `(tick − length, tick]`.
fn bucket(points: &Points, tick: i64, length: i64, function: &str) -> Option<f64> {
    let within = |time: i64| time > tick - length && time <= tick;
    let values: Vec<f64> = points.iter().filter(|(time, _)| within(*time)).map(|(_, value)| *value).collect();
    (!values.is_empty()).then(|| computed(function, &values))
}

/// Fills buckets without points.
fn filled(ticks: &[i64], values: Vec<Option<f64>>, fill: &str, aggregator: &str) -> Vec<Option<f64>> {
    let interpolates = !["zimsum", "count", "mimmin", "mimmax"].contains(&aggregator);
    let known: Vec<(i64, f64)> =
        ticks.iter().zip(&values).filter_map(|(tick, value)| Some((*tick, (*value)?))).collect();
    let interpolated = |tick: i64| {
        let before = known.iter().rfind(|(time, _)| *time <= tick);
        let after = known.iter().find(|(time, _)| *time >= tick);
        match (before, after) {
            (Some((t0, v0)), Some((t1, v1))) if t1 > t0 => Some(v0 + (v1 - v0) * (tick - t0) as f64 / (t1 - t0) as f64),
            (Some((_, value)), _) | (None, Some((_, value))) => Some(*value),
            (None, None) => None,
        }
    };
    let fill = |(tick, value): (&i64, Option<f64>)| match fill {
        "zero" => value.or(Some(0.0)),
        "nan" => panic!("Go's JSON has no NaN"),
        _ if interpolates => value.or_else(|| interpolated(*tick)),
        _ => value,
    };
    ticks.iter().zip(values).map(fill).collect()
}

fn computed(function: &str, values: &[f64]) -> f64 {
    match function {
        "sum" | "zimsum" => values.iter().sum(),
        "count" => values.len() as f64,
        "avg" => values.iter().sum::<f64>() / values.len() as f64,
        "min" | "mimmin" => values.iter().copied().fold(f64::INFINITY, f64::min),
        "max" | "mimmax" => values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        "first" => values[0],
        "last" => values[values.len() - 1],
        other => panic!("no function {other}"),
    }
}

fn in_common(selected: &[(BTreeMap<String, String>, Points)]) -> BTreeMap<String, String> {
    let pairs = |labels: &BTreeMap<String, String>| labels.clone().into_iter().collect::<BTreeSet<_>>();
    let all = selected.iter().map(|(labels, _)| pairs(labels));
    all.reduce(|one, other| one.intersection(&other).cloned().collect()).unwrap_or_default().into_iter().collect()
}

/// Formats a result as Go does: keys sorted, numbers in their shortest form; `None` for a result without points.
fn element(
    query: &Value,
    index: usize,
    tags: &BTreeMap<String, String>,
    points: &Points,
    milliseconds: bool,
) -> Option<String> {
    let time = |time: i64| if milliseconds { time } else { time.div_euclid(1000) };
    let points: BTreeMap<String, f64> = points.iter().map(|(at, value)| (time(*at).to_string(), *value)).collect();
    let dps: Vec<String> = points.iter().map(|(time, value)| format!("\"{time}\":{value}")).collect();
    let (metric, tags) = (&query["metric"], json!(tags));
    let head = format!("{{\"metric\":{metric},\"tags\":{tags},\"query\":{{\"index\":{index}}},\"aggregateTags\":[]");
    (!dps.is_empty()).then(|| format!("{head},\"dps\":{{{}}}}}", dps.join(",")))
}

/// Decodes a quoted text as Warp 10 does.
fn percent_decoded(text: &str) -> String {
    let form = text.replace('+', " ");
    let (mut bytes, mut rest) = (Vec::new(), form.as_bytes());
    while let Some((&byte, after)) = rest.split_first() {
        let hex = (byte == b'%').then(|| std::str::from_utf8(&after[..2]).expect("two digits"));
        bytes.push(hex.map_or(byte, |hex| u8::from_str_radix(hex, 16).expect("hexadecimal")));
        rest = if hex.is_some() { &after[2..] } else { after };
    }
    String::from_utf8(bytes).expect("UTF-8")
}
