//! JSON lines: one object on each line, of one of two kinds.
//!
//! A sample: `{"name":"cpu","labels":{"host":"a"},"timestamp":1640995200,"value":1.5}`, with `timestamp_ms` in place of `timestamp` for
//! milliseconds; `labels` may be left out, and `timestamp` may be a date as in RFC 3339. Or a series, as VictoriaMetrics exports it:
//! `{"metric":{"__name__":"cpu","host":"a"},"values":[1.5],"timestamps":[1640995200000]}` in milliseconds. A value is a number or one
//! of the texts `"NaN"`, `"+Inf"`, `"-Inf"`; `null` is NaN.

use super::fields::{self, TimeUnit};
use super::reading::Reading;
use super::table::{Labels, Point};
use crate::error::excerpt;
use crate::limits::Limits;
use serde::{Deserialize, Deserializer};
use std::io::BufRead;

/// Reads all lines.
pub(super) fn read(input: impl BufRead, reading: &mut Reading) {
    reading.lines(input, |reading, _, text| {
        // Serde would take an array for a struct.
        if !text.starts_with('{') {
            return Err("each line should be a JSON object".to_owned());
        }
        let line: Line = serde_json::from_str(text).map_err(|error| wrong(&error))?;
        let (name, labels, points) = line.points(reading.limits)?;
        if name.is_empty() {
            return Err("the name should not be empty".to_owned());
        }
        reading.add(name, labels, points);
        Ok(())
    });
}

/// Either kind of line.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    name: Option<String>,
    labels: Option<Labels>,
    timestamp: Option<Time>,
    timestamp_ms: Option<f64>,
    #[serde(default, deserialize_with = "given")]
    value: Option<Option<Value>>,
    metric: Option<Labels>,
    values: Option<Vec<Option<Value>>>,
    timestamps: Option<Vec<f64>>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Value {
    Number(f64),
    Word(String),
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Time {
    Seconds(f64),
    Date(String),
}

/// Tells `null` from a key that is not there.
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<Value>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

impl Line {
    fn points(self, limits: &Limits) -> Result<(String, Labels, Vec<Point>), String> {
        match self {
            Self {
                name: Some(name),
                labels,
                timestamp,
                timestamp_ms,
                value: Some(value),
                metric: None,
                values: None,
                timestamps: None,
            } => {
                let time = match (timestamp, timestamp_ms) {
                    (Some(Time::Seconds(seconds)), None) => TimeUnit::Seconds.of(seconds, limits)?,
                    (Some(Time::Date(date)), None) => fields::time(&date, limits)?,
                    (None, Some(milliseconds)) => TimeUnit::Milliseconds.of(milliseconds, limits)?,
                    _ => return Err("a sample should have either 'timestamp' or 'timestamp_ms'".to_owned()),
                };
                Ok((name, labels.unwrap_or_default(), vec![(time, read_value(value)?)]))
            }
            Self {
                name: None,
                labels: None,
                timestamp: None,
                timestamp_ms: None,
                value: None,
                metric: Some(mut labels),
                values: Some(values),
                timestamps: Some(times),
            } => {
                let name = labels.remove("__name__").ok_or("'metric' should have a '__name__'")?;
                if values.len() != times.len() {
                    let (values, times) = (values.len(), times.len());
                    return Err(format!("{values} values should not have {times} timestamps"));
                }
                let time = |time: f64| TimeUnit::Milliseconds.of(time, limits);
                let points = times.into_iter().zip(values).map(|(t, v)| Ok((time(t)?, read_value(v)?)));
                Ok((name, labels, points.collect::<Result<_, String>>()?))
            }
            _ => Err("a line should have name, timestamp and value, or metric, values and timestamps".to_owned()),
        }
    }
}

fn read_value(value: Option<Value>) -> Result<f64, String> {
    match value {
        None => Ok(f64::NAN),
        Some(Value::Number(number)) => Ok(number),
        Some(Value::Word(word)) => fields::value(&word),
    }
}

/// Returns the text of an error without serde's line number, which is always 1.
fn wrong(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let what = text.rsplit_once(" at line ").map_or(text.as_str(), |(what, _)| what);
    format!("should be one of the known objects; column {}: {}", error.column(), excerpt(what))
}
