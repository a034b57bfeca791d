//! Responses of Gnocchi: metrics with their policies, resources, aggregates, and errors in JSON or HTML.
//!
//! Used by [`super::api`]. Values that JSON has no word for are written as they are (`NaN`, `Infinity`), which makes the whole no JSON;
//! then it is read once more with `null` in their place. Errors' words end in the log.

use super::policy::{Granularity, Policy};
use crate::error::{Reason, SourceError, log_excerpt};
use crate::source::number::{Number, without_nan};
use serde::de::{DeserializeOwned, Error, IgnoredAny};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use std::collections::BTreeMap;

/// A metric as Gnocchi describes it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Metric {
    /// A UUID.
    pub id: String,
    /// `None` for one that only its id tells apart.
    pub name: Option<String>,
    /// Free text.
    pub unit: Option<String>,
    /// Id of its resource in lists; the whole `resource` in a single description.
    pub resource_id: Option<String>,
    /// Archive policy.
    #[serde(rename = "archive_policy")]
    pub policy: Policy,
}

/// A resource, of which only its metrics count.
#[derive(Debug, Deserialize)]
pub struct Resource {
    /// The id that marks a page's end.
    pub id: String,
    /// Names and ids.
    #[serde(default)]
    pub metrics: BTreeMap<String, String>,
}

/// Response of `POST /v1/aggregates` for metrics: by id, by aggregation.
#[derive(Deserialize)]
pub struct Aggregates {
    measures: BTreeMap<String, BTreeMap<String, Vec<Measure>>>,
}

/// Start of the bucket, its seconds, and the value.
#[derive(Deserialize)]
struct Measure(#[serde(deserialize_with = "unix_second")] i64, IgnoredAny, Number);

impl Aggregates {
    /// Removes and returns Unix seconds and values, which may be NaN, of one aggregation of a metric, oldest first.
    pub fn column(&mut self, id: &str, aggregation: &str) -> Vec<(i64, f64)> {
        let measures = self.measures.get_mut(id).and_then(|by_name| by_name.remove(aggregation)).unwrap_or_default();
        measures.into_iter().map(|Measure(second, _, Number(value))| (second, value)).collect()
    }
}

/// Result of a query.
#[derive(Debug, PartialEq)]
pub enum Verdict<T> {
    Answered(T),
    /// No metric, resource, type of resources or attribute of that name.
    Unknown,
}

/// Reads the body of a reply.
pub fn parse<T: DeserializeOwned>(status: u16, body: &[u8]) -> Result<Verdict<T>, SourceError> {
    if !(200..300).contains(&status) {
        return refused(status, body);
    }
    let read = serde_json::from_slice(body).or_else(|error| match without_nan(body) {
        Some(body) => serde_json::from_slice(&body),
        None => Err(error),
    });
    read.map(Verdict::Answered).map_err(|error| SourceError::new(Reason::Malformed, error.to_string()))
}

#[derive(Deserialize)]
struct Refusal {
    #[serde(default)]
    description: Value,
}

fn refused<T>(status: u16, body: &[u8]) -> Result<Verdict<T>, SourceError> {
    let refusal = serde_json::from_slice::<Refusal>(body);
    let words = match &refusal {
        Ok(Refusal { description: Value::String(text) }) => text.clone(),
        Ok(Refusal { description }) => description.to_string(),
        Err(_) => String::from_utf8_lossy(body).into_owned(),
    };
    let no_attribute = words.starts_with("Resource type ") && words.ends_with(" attribute");
    let no_resource_id = words.contains("is not supported in resource id");
    // A 404 in HTML is of a server without this path at all.
    if status == 404 && refusal.is_ok() || status == 400 && (no_attribute || no_resource_id) {
        return Ok(Verdict::Unknown);
    }
    let reason = match status {
        408 | 504 => Reason::Timeout,
        413 => Reason::TooBig,
        _ => Reason::Refused,
    };
    // What is said about our credentials may repeat them.
    let words = if matches!(status, 401 | 403 | 407) { String::new() } else { log_excerpt(&words) };
    Err(SourceError::new(reason, format!("HTTP status {status}: {words}")))
}

#[derive(Deserialize)]
struct WrittenPolicy {
    #[serde(default)]
    definition: Vec<WrittenGranularity>,
    #[serde(default)]
    aggregation_methods: Vec<String>,
}

#[derive(Deserialize)]
struct WrittenGranularity {
    granularity: Length,
    #[serde(default)]
    timespan: Option<Length>,
}

/// `0:05:00`, `365 days, 0:00:00`, or a number of seconds.
#[derive(Deserialize)]
#[serde(untagged)]
enum Length {
    Seconds(f64),
    Text(String),
}

impl Length {
    /// Returns whole seconds; `None` for a fraction.
    fn seconds(&self) -> Option<i64> {
        match self {
            Self::Seconds(seconds) => {
                let whole = *seconds as i64;
                (whole as f64 == *seconds).then_some(whole)
            }
            Self::Text(text) => {
                let (days, clock) = match text.split_once(", ") {
                    Some((days, clock)) => (days.split(' ').next()?.parse::<i64>().ok()?, clock),
                    None => (0, text.as_str()),
                };
                let parts: Vec<i64> = clock.split(':').map(|part| part.parse().ok()).collect::<Option<_>>()?;
                let [hours, minutes, seconds] = parts[..] else { return None };
                let parts = [(days, 86_400), (hours, 3600), (minutes, 60), (seconds, 1)];
                parts.into_iter().try_fold(0_i64, |sum, (count, each)| sum.checked_add(count.checked_mul(each)?))
            }
        }
    }
}

impl<'de> Deserialize<'de> for Policy {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let written = WrittenPolicy::deserialize(deserializer)?;
        let granularity = |one: &WrittenGranularity| {
            let seconds = one.granularity.seconds().filter(|seconds| *seconds > 0)?;
            Some(Granularity { seconds, timespan: one.timespan.as_ref().and_then(Length::seconds) })
        };
        let mut granularities: Vec<Granularity> = written.definition.iter().filter_map(granularity).collect();
        granularities.sort_unstable();
        Ok(Self { granularities, aggregations: written.aggregation_methods.into_iter().collect() })
    }
}

fn unix_second<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
    crate::request::unix_second(&text).ok_or_else(|| D::Error::custom("a time is not an instant"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const METRIC: &str = r#"{"id": "0ef09b78-c1bd-49e9-85eb-d8552011c28f", "creator": "admin", "name": "cpu", "unit": "%",
        "resource_id": "801de88c-a896-557e-9204-5fca78a28dc4", "archive_policy": {"name": "p", "back_window": 0, "definition": [
        {"timespan": "3650 days, 0:00:00", "granularity": "0:05:00", "points": 1051200}, {"timespan": "1 day, 1:00:00", "granularity":
        "0:01:00", "points": 1500}, {"timespan": null, "granularity": 86400.0}, {"timespan": "0:25:00", "granularity":
        "0:00:00.500000", "points": 100}], "aggregation_methods": ["95pct", "mean"]}, "created_by_user_id": "admin"}"#;

    fn read<T: DeserializeOwned>(body: &str) -> T {
        match parse(200, body.as_bytes()).unwrap() {
            Verdict::Answered(answer) => answer,
            Verdict::Unknown => panic!("unknown"),
        }
    }

    #[test]
    fn a_policy_has_its_whole_seconds_the_finest_first() {
        let metric: Metric = read(METRIC);
        let granularity = |seconds, timespan| Granularity { seconds, timespan };
        let wanted = [granularity(60, Some(90_000)), granularity(300, Some(3650 * 86_400)), granularity(86_400, None)];
        assert_eq!(metric.policy.granularities, wanted);
        assert_eq!(metric.policy.aggregations.len(), 2);
    }

    #[test]
    fn a_policy_of_endless_granularity_is_read_without_it() {
        for length in ["9223372036854775807 days, 0:05:00", "2562047788015216:00:00", "0:00:9223372036854775808"] {
            let metric: Metric = read(&METRIC.replace("0:01:00", length));
            assert_eq!(metric.policy.granularities.len(), 2, "{length}");
        }
    }

    #[test]
    fn aggregates_are_read_with_values_that_json_has_no_word_for() {
        let mut aggregates: Aggregates = read(
            r#"{"measures": {"a": {"sum": [["2026-01-01T00:00:00+00:00", 300.0, 9.5], ["2026-01-01T00:05:00+00:00", 300.0, NaN],
                ["2026-01-01T00:10:00+00:00", 300.0, -Infinity]], "count": []}}}"#,
        );
        let column = aggregates.column("a", "sum");
        assert_eq!(column[0], (1_767_225_600, 9.5));
        let odd: Vec<_> = column[1..].iter().map(|(second, value)| (*second, value.is_nan())).collect();
        assert_eq!(odd, [(1_767_225_900, true), (1_767_226_200, true)]);
        assert!(aggregates.column("a", "count").is_empty() && aggregates.column("b", "sum").is_empty());
    }

    #[test]
    fn what_is_not_there_is_unknown_and_everything_else_refused() {
        let unknown = [
            (404, r#"{"code": 404, "title": "Not Found", "description": "Metric xx does not exist"}"#),
            (404, r#"{"code": 404, "title": "Not Found", "description": {"cause": "Unknown metrics", "detail": []}}"#),
            (400, r#"{"code": 400, "description": "Resource type generic has no host attribute"}"#),
        ];
        for (status, body) in unknown {
            assert_eq!(parse::<Metric>(status, body.as_bytes()), Ok(Verdict::Unknown), "{body}");
        }
        let reason = |status, body: &str| parse::<Metric>(status, body.as_bytes()).unwrap_err().reason;
        assert_eq!(reason(404, "<html>404 Not Found</html>"), Reason::Refused);
        assert_eq!(reason(400, r#"{"description": {"cause": "Metrics cannot be aggregated"}}"#), Reason::Refused);
        assert_eq!(
            (reason(504, ""), reason(413, ""), reason(200, "<html>")),
            (Reason::Timeout, Reason::TooBig, Reason::Malformed)
        );
        let told = parse::<Metric>(401, b"token hidden").unwrap_err();
        assert!(!told.detail.contains("hidden"));
    }
}
