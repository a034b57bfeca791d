//! Responses of `/api/query`, in all forms that OpenTSDB and Erlenmeyer have.
//!
//! Used by [`super::api`]. Points may come as a map or as pairs, in any order, in seconds or milliseconds; values as numbers, as `"NaN"`
//! or as `null`; elements without a metric are statistics of the query. Errors are JSON or plain text; their words end in the log.

use crate::error::{Reason, SourceError, log_excerpt, without_html_entities};
use crate::source::number::Number;
use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};
use std::collections::BTreeMap;
use std::fmt;

/// Result of a query.
#[derive(Debug, PartialEq)]
pub enum Verdict {
    /// It was answered.
    Elements(Vec<Element>),
    /// The metric or a label is none that the server ever heard of.
    UnknownName,
}

/// The points of one group of series.
#[derive(Debug, PartialEq)]
pub struct Element {
    /// Index of the element's sub-query, where the server returns it.
    pub index: Option<usize>,
    /// The metric's name.
    pub metric: String,
    /// Common tags of the group's series.
    pub tags: BTreeMap<String, String>,
    /// Milliseconds and value, which may be NaN or infinite, as answered.
    pub points: Vec<(i64, f64)>,
}

#[derive(Deserialize)]
struct Row {
    metric: Option<String>,
    #[serde(default)]
    tags: BTreeMap<String, String>,
    query: Option<Which>,
    #[serde(default)]
    dps: Points,
}

#[derive(Deserialize)]
struct Which {
    index: Option<usize>,
}

#[derive(Deserialize)]
struct Refusal {
    error: Refused,
}

#[derive(Deserialize)]
struct Refused {
    #[serde(default)]
    message: String,
}

/// Reads the body of a reply.
pub fn parse(status: u16, body: &[u8]) -> Result<Verdict, SourceError> {
    if !(200..300).contains(&status) {
        return refused(status, body);
    }
    let rows: Vec<Row> =
        serde_json::from_slice(body).map_err(|error| SourceError::new(Reason::Malformed, error.to_string()))?;
    let element = |row: Row| {
        let index = row.query.and_then(|which| which.index);
        Some(Element { index, metric: row.metric?, tags: row.tags, points: row.dps.0 })
    };
    Ok(Verdict::Elements(rows.into_iter().filter_map(element).collect()))
}

/// Reads a list of names.
pub fn names(status: u16, body: &[u8]) -> Result<Vec<String>, SourceError> {
    if !(200..300).contains(&status) {
        return refused(status, body).map(|_| Vec::new());
    }
    serde_json::from_slice(body).map_err(|error| SourceError::new(Reason::Malformed, error.to_string()))
}

fn refused(status: u16, body: &[u8]) -> Result<Verdict, SourceError> {
    let words = match serde_json::from_slice::<Refusal>(body) {
        Ok(refusal) => without_html_entities(&refusal.error.message),
        Err(_) => String::from_utf8_lossy(body).into_owned(),
    };
    if status == 400 && words.starts_with("No such name for '") {
        return Ok(Verdict::UnknownName);
    }
    let too_many = ["maximum amount of", "exceeded limit of", "fetch limit"];
    let reason = match status {
        408 | 504 => Reason::Timeout,
        413 => Reason::TooBig,
        _ if too_many.iter().any(|phrase| words.contains(phrase)) => Reason::TooBig,
        _ => Reason::Refused,
    };
    // What is said about our credentials may repeat them.
    let words = if matches!(status, 401 | 403 | 407) { String::new() } else { log_excerpt(&words) };
    Err(SourceError::new(reason, format!("HTTP status {status}: {words}")))
}

/// `{"1564409391": 4.38}` or `[[1564409391, 4.38]]`.
#[derive(Debug, Default)]
struct Points(Vec<(i64, f64)>);

impl<'de> Deserialize<'de> for Points {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PointsReader).map(Points)
    }
}

struct PointsReader;

impl<'de> Visitor<'de> for PointsReader {
    type Value = Vec<(i64, f64)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map or pairs of times and values")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut points = Vec::new();
        while let Some((time, Number(value))) = map.next_entry::<&str, Number>()? {
            let time: i64 = time.parse().map_err(|_| A::Error::custom("a time is not a whole number"))?;
            points.push((milliseconds(time), value));
        }
        Ok(points)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut points = Vec::new();
        while let Some((time, Number(value))) = list.next_element::<(i64, Number)>()? {
            points.push((milliseconds(time), value));
        }
        Ok(points)
    }
}

/// Converts a time in seconds, or in milliseconds, which have 11 digits or more; no query is for times before they had.
fn milliseconds(time: i64) -> i64 {
    if time.unsigned_abs() < 10_000_000_000 { time * 1000 } else { time }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn elements(body: &str) -> Vec<Element> {
        match parse(200, body.as_bytes()).unwrap() {
            Verdict::Elements(elements) => elements,
            Verdict::UnknownName => panic!("no name is unknown"),
        }
    }

    fn reason(status: u16, body: &str) -> Reason {
        parse(status, body.as_bytes()).unwrap_err().reason
    }

    #[test]
    fn points_come_as_a_map_or_as_pairs_in_seconds_or_milliseconds() {
        let points = vec![(1_365_465_720_000, 1.5), (1_365_465_600_000, -2.0)];
        for dps in [
            r#"{"1365465720":1.5,"1365465600":-2}"#,
            r#"{"1365465720000":"1.5","1365465600000":-2.0}"#,
            "[[1365465720,1.5],[1365465600,-2]]",
            "[[1365465720000,1.5],[1365465600000,-2]]",
        ] {
            let body =
                format!(r#"[{{"metric":"m","tags":{{}},"aggregateTags":[],"aggregatedTags":["cpu"],"dps":{dps}}}]"#);
            assert_eq!(elements(&body)[0].points, points, "{dps}");
        }
    }

    #[test]
    fn what_is_no_value_is_nan() {
        let body = r#"[{"metric":"m","dps":{"1365465600":"NaN","1365465660":null,"1365465720":"Infinity"}}]"#;
        let values: Vec<f64> = elements(body)[0].points.iter().map(|(_, value)| *value).collect();
        assert!(values[0].is_nan() && values[1].is_nan() && values[2] == f64::INFINITY);
    }

    #[test]
    fn every_group_is_an_element_and_statistics_are_none() {
        let body = r#"[{"metric":"m","tags":{"host":"a"},"query":{"index":1,"metric":"m"},"dps":{}},
            {"statsSummary":{"avgAggregationTime":0.8}},{"metric":"m","tags":{"host":"b"},"dps":[]}]"#;
        let elements = elements(body);
        assert_eq!(elements.iter().map(|element| element.index).collect::<Vec<_>>(), [Some(1), None]);
        assert_eq!(elements.iter().map(|element| element.tags["host"].as_str()).collect::<Vec<_>>(), ["a", "b"]);
    }

    #[test]
    fn an_unknown_name_is_told_from_other_errors() {
        let unknown =
            r#"{"error":{"code":400,"message":"No such name for &#39;metrics&#39;: &#39;x&#39;","details":"…"}}"#;
        assert_eq!(parse(400, unknown.as_bytes()), Ok(Verdict::UnknownName));
        assert_eq!(parse(400, "No such name for 'tagv': 'x'".as_bytes()), Ok(Verdict::UnknownName));
        assert_eq!(reason(400, r#"{"error":{"code":400,"message":"Missing start time"}}"#), Reason::Refused);
        assert_eq!(reason(404, unknown), Reason::Refused);
    }

    #[test]
    fn too_much_and_too_late_have_their_own_reasons() {
        let many = r#"{"error":{"code":413,"message":"Sorry, you have attempted to fetch more than our maximum amount of 8000000 data points"}}"#;
        assert_eq!((reason(413, many), reason(400, many)), (Reason::TooBig, Reason::TooBig));
        let limit = "FETCH exceeded limit of 20000000 datapoints, current count is 20000001";
        assert_eq!(reason(500, limit), Reason::TooBig);
        assert_eq!((reason(408, ""), reason(504, "<html>")), (Reason::Timeout, Reason::Timeout));
        assert_eq!(reason(500, "Bad response from Egress"), Reason::Refused);
    }

    #[test]
    fn words_about_credentials_stay_out_of_the_log() {
        assert!(!parse(401, b"Not authorized: hidden").unwrap_err().detail.contains("hidden"));
    }

    #[test]
    fn what_is_not_a_list_of_elements_is_malformed() {
        let point = |point: &str| format!(r#"[{{"metric":"m","dps":{point}}}]"#);
        for body in ["", "[", "{}", "null", "<html>", "[1]", &point("1"), &point(r#"{"a":1}"#), &point(r#"{"1":"a"}"#)]
        {
            assert_eq!(reason(200, body), Reason::Malformed, "{body}");
        }
        for body in [point("[[1]]"), point("[[1,2,3]]"), point(r#"{"1":[2]}"#), point(r#"{"1":true}"#)] {
            assert_eq!(reason(200, &body), Reason::Malformed, "{body}");
        }
    }
}
