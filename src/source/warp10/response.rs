//! Responses of `/api/v0/fetch`: series with their readings, newest first, a series perhaps in several chunks.
//!
//! Used by [`super::api`]. A number that JSON has no word for is written as it is (`NaN`), which makes the whole no JSON; then it is
//! read once more with `null` in its place.

use super::Unit;
use crate::catalog::{MetricDescriptor, Selector};
use crate::error::{Reason, SourceError, log_excerpt};
use crate::source::number::without_nan;
use crate::source::requested::is_requested;
use crate::source::runtime::sample_collector::{Answer, Series};
use serde::Deserialize;
use serde::de::{Deserializer, Error, IgnoredAny, SeqAccess, Visitor};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::Range;

/// One chunk of a series. Later ones may leave out what `i` tells.
#[derive(Deserialize)]
struct Chunk {
    #[serde(default)]
    c: Option<String>,
    #[serde(default)]
    l: Option<BTreeMap<String, String>>,
    #[serde(default)]
    i: Option<String>,
    v: Vec<Reading>,
}

/// Time in the platform's unit, and value.
struct Reading(i64, f64);

/// Returns the readings of `window`, in Unix seconds, of the series that `selector` requests; others are left out.
pub fn parse(
    status: u16,
    body: &[u8],
    selector: &Selector,
    window: &Range<i64>,
    unit: Unit,
) -> Result<Answer, SourceError> {
    if !(200..300).contains(&status) {
        return Err(refused(status, body));
    }
    let chunks: Result<Vec<Chunk>, _> = serde_json::from_slice(body).or_else(|error| match without_nan(body) {
        Some(body) => serde_json::from_slice(&body),
        None => Err(error),
    });
    let chunks = chunks.map_err(|error| SourceError::new(Reason::Malformed, error.to_string()))?;
    let all = merged(chunks);
    let count = all.len();
    let requested =
        all.into_iter().filter(|((class, labels), _)| is_requested(selector, class.as_deref(), labels.as_ref()));
    let series: Vec<Series> = requested
        .map(|((_, labels), readings)| Series {
            labels: labels.unwrap_or_default(),
            points: points(readings, window, unit),
        })
        .collect();
    Ok(Answer { unrequested: count - series.len(), series, incomplete: false })
}

/// Class and labels of a series, as far as the answer tells them.
type Identity = (Option<String>, Option<BTreeMap<String, String>>);

/// Names and keys of labels of the series that `/api/v0/find` answers, sorted, each once. Labels that begin with a dot are the platform's.
pub fn found(status: u16, body: &[u8]) -> Result<Vec<MetricDescriptor>, SourceError> {
    #[derive(Deserialize)]
    struct Found {
        c: String,
        #[serde(default)]
        l: BTreeMap<String, IgnoredAny>,
    }
    if !(200..300).contains(&status) {
        return Err(refused(status, body));
    }
    let found: Vec<Found> =
        serde_json::from_slice(body).map_err(|error| SourceError::new(Reason::Malformed, error.to_string()))?;
    let keys = |labels: BTreeMap<String, IgnoredAny>| labels.into_keys().filter(|key| !key.starts_with('.')).collect();
    let names: BTreeSet<(String, Vec<String>)> = found.into_iter().map(|series| (series.c, keys(series.l))).collect();
    Ok(names.into_iter().map(|(name, labels)| MetricDescriptor { labels, ..MetricDescriptor::named(name) }).collect())
}

/// Chunks with the same `i` are one series; so are those with the same class and labels.
fn merged(chunks: Vec<Chunk>) -> BTreeMap<Identity, Vec<Reading>> {
    let (mut named, mut series) = (BTreeMap::<String, Identity>::new(), BTreeMap::<_, Vec<Reading>>::new());
    for mut chunk in chunks {
        let identity = match (chunk.i, chunk.l) {
            (Some(id), Some(labels)) => named.entry(id).or_insert((chunk.c, Some(labels))).clone(),
            (Some(id), None) => named.get(&id).cloned().unwrap_or((chunk.c, None)),
            (None, labels) => (chunk.c, labels),
        };
        series.entry(identity).or_default().append(&mut chunk.v);
    }
    series
}

/// Milliseconds and value, oldest first.
fn points(mut readings: Vec<Reading>, window: &Range<i64>, unit: Unit) -> Vec<(i64, f64)> {
    let per_second = unit.per_millisecond() * 1000;
    let window = window.start.saturating_mul(per_second)..window.end.saturating_mul(per_second);
    readings.retain(|Reading(time, _)| window.contains(time));
    readings.sort_by_key(|Reading(time, _)| *time);
    readings.into_iter().map(|Reading(time, value)| (time.div_euclid(unit.per_millisecond()), value)).collect()
}

fn refused(status: u16, body: &[u8]) -> SourceError {
    let words = String::from_utf8_lossy(body);
    let too_many = ["exceeded limit of", "fetch limit", "datapoint limit"];
    let reason = match status {
        408 | 504 => Reason::Timeout,
        413 => Reason::TooBig,
        _ if too_many.iter().any(|phrase| words.contains(phrase)) => Reason::TooBig,
        _ => Reason::Refused,
    };
    // What is said about our token may repeat it.
    let words = if matches!(status, 401 | 403) || words.contains("oken") { String::new() } else { log_excerpt(&words) };
    SourceError::new(reason, format!("HTTP status {status}: {words}"))
}

impl<'de> Deserialize<'de> for Reading {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Reading;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a reading of two to five elements")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Reading, A::Error> {
                let short = || A::Error::custom("a reading has no value");
                let time = list.next_element()?.ok_or_else(short)?;
                let (mut last, mut count) = (None, 1);
                while let Some(Number(value)) = list.next_element()? {
                    (last, count) = (Some(value), count + 1);
                }
                match last {
                    Some(value) if count <= 5 => Ok(Reading(time, value)),
                    Some(_) => Err(A::Error::custom("a reading has more than five elements")),
                    None => Err(short()),
                }
            }
        }
        deserializer.deserialize_seq(Reader)
    }
}

/// A number; whatever else Warp 10 keeps (text, true and false) is NaN.
struct Number(f64);

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl Visitor<'_> for Reader {
            type Value = f64;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value")
            }
            fn visit_f64<E: Error>(self, value: f64) -> Result<f64, E> {
                Ok(value)
            }
            fn visit_i64<E: Error>(self, value: i64) -> Result<f64, E> {
                Ok(value as f64)
            }
            fn visit_u64<E: Error>(self, value: u64) -> Result<f64, E> {
                Ok(value as f64)
            }
            fn visit_str<E: Error>(self, _: &str) -> Result<f64, E> {
                Ok(f64::NAN)
            }
            fn visit_bool<E: Error>(self, _: bool) -> Result<f64, E> {
                Ok(f64::NAN)
            }
            fn visit_unit<E: Error>(self) -> Result<f64, E> {
                Ok(f64::NAN)
            }
        }
        deserializer.deserialize_any(Reader).map(Number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(body: &str, unit: Unit) -> Vec<Series> {
        answer(body, "a", &[], unit).series
    }

    fn answer(body: &str, class: &str, labels: &[(&str, &str)], unit: Unit) -> Answer {
        parse(200, body.as_bytes(), &selector(class, labels), &(5..10), unit).unwrap()
    }

    fn selector(class: &str, labels: &[(&str, &str)]) -> Selector {
        let labels = labels.iter().map(|&(label, value)| (label.to_owned(), value.to_owned())).collect();
        Selector { name: class.to_owned(), labels }
    }

    #[test]
    fn series_of_another_class_or_with_other_labels_are_left_out_and_counted() {
        let body = r#"[{"c":"a","l":{"h":"x"},"i":"0","v":[[5000000,1]]},{"c":"b","l":{"h":"x"},"i":"1","v":[[5000000,2]]},
            {"c":"a","l":{"h":"y"},"i":"2","v":[[5000000,3]]},{"i":"2","v":[[6000000,3]]},{"c":"a","l":{},"i":"3","v":[[5000000,4]]},
            {"c":"a","l":{"h":"x","r":"1"},"i":"4","v":[[5000000,5]]}]"#;
        let answer = answer(body, "a", &[("h", "x")], Unit::Microseconds);
        let points: Vec<_> = answer.series.iter().map(|series| series.points[0].1).collect();
        assert_eq!((points, answer.unrequested), (vec![1.0, 5.0], 3));
    }

    #[test]
    fn the_last_of_two_to_five_elements_is_the_value() {
        let body = r#"[{"c":"a","l":{"foo":"bar"},"a":{},"i":"0","la":1234,
            "v":[[5679000,-90.0,-180.0,0,3.15],[5678000,3.25],[5677000,12,2],[5676000,1.0,2.0,7]]}]"#;
        let points = [(5676, 7.0), (5677, 2.0), (5678, 3.25), (5679, 3.15)];
        assert_eq!(series(body, Unit::Microseconds)[0].points, points);
    }

    #[test]
    fn chunks_of_a_series_are_one() {
        let body = r#"[{"c":"a","l":{"h":"x"},"i":"7","v":[[6000000,1]]},{"c":"a","l":{"h":"y"},"i":"8","v":[[6000000,2]]},
            {"i":"7","v":[[7000000,3]]},{"c":"a","l":{"h":"x"},"v":[[8000000,4]]}]"#;
        let series = series(body, Unit::Microseconds);
        assert_eq!(series[0].points, [(6000, 1.0), (7000, 3.0), (8000, 4.0)]);
        assert_eq!(series[1].points, [(6000, 2.0)]);
    }

    #[test]
    fn times_are_in_the_platforms_unit_and_only_the_window_counts() {
        for (unit, per_millisecond) in
            [(Unit::Milliseconds, 1_i64), (Unit::Microseconds, 1000), (Unit::Nanoseconds, 1_000_000)]
        {
            let time = |ms: i64, more: i64| ms * per_millisecond + more;
            let times = [time(10_000, 0), time(10_000, -1), time(5000, 0), time(5000, -1)];
            let readings = times.map(|time| format!("[{time},1]")).join(",");
            let body = format!(r#"[{{"c":"a","l":{{}},"i":"0","v":[{readings}]}}]"#);
            let times: Vec<i64> = series(&body, unit)[0].points.iter().map(|(time, _)| *time).collect();
            assert_eq!(times, [5000, 9999], "{unit:?}");
        }
    }

    #[test]
    fn what_is_no_number_is_nan_also_where_json_has_no_word_for_it() {
        let body = r#"[{"c":"a","l":{"NaN":"\"NaN"},"i":"0","v":[[5000000,NaN],[6000000,Infinity],[7000000,-Infinity],
            [8000000,"text"],[9000000,true]]}]"#;
        let series = series(body, Unit::Microseconds);
        assert_eq!(series[0].labels["NaN"], "\"NaN");
        assert!(series[0].points.len() == 5 && series[0].points.iter().all(|(_, value)| value.is_nan()));
    }

    #[test]
    fn an_answer_that_broke_off_is_malformed_and_an_error_is_refused() {
        let any = selector("a", &[]);
        let reason =
            |status, body: &str| parse(status, body.as_bytes(), &any, &(0..1), Unit::default()).unwrap_err().reason;
        for body in ["", "{}", "[1]", r#"[{"v":[[1]]}]"#, r#"[{"v":[[1,2,3,4,5,6]]}]"#, "[]\n# ERROR: x", r#"["NaN"]"#]
        {
            assert_eq!(reason(200, body), Reason::Malformed, "{body}");
        }
        assert_eq!((reason(403, "Missing token."), reason(400, "")), (Reason::Refused, Reason::Refused));
        assert_eq!(reason(500, "FETCH exceeded limit of 1 datapoints"), Reason::TooBig);
        let told = parse(500, b"Token hidden expired", &any, &(0..1), Unit::default()).unwrap_err();
        assert!(!told.detail.contains("hidden"));
    }
}
