//! Responses of the API: charts, lists, and errors in three forms.
//!
//! The server omits a time without a value; no value at all is `null` in place of a list. An error is plain
//! text, a JSON string or an object with a message.

use super::operation::{DIRECTION, DIRECTIONS, Id, Operation};
use crate::error::{Reason, SourceError, log_excerpt};
use crate::source::number::Number;
use crate::source::runtime::sample_collector::{Answer, Series};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::ops::Range;

/// One series of a chart.
#[derive(Deserialize)]
struct Chart {
    name: String,
    #[serde(default)]
    metric: Option<Vec<Point>>,
}

#[derive(Deserialize)]
struct Point {
    /// Start of its group, in Unix seconds.
    time: i64,
    #[serde(default)]
    usage: Option<Number>,
}

/// The points of `window`, in Unix seconds, of all series or of the one with the name `direction`. A chart of two directions has them
/// alone; what else it has was not requested. Other charts have one series, whose name differs between versions.
pub(super) fn chart(
    status: u16,
    body: &[u8],
    window: &Range<i64>,
    (operation, direction): (Operation, Option<&str>),
) -> Result<Answer, SourceError> {
    let mut charts: Vec<Chart> = document(status, body)?;
    let count = charts.len();
    charts.retain(|chart| !operation.has_directions() || DIRECTIONS.contains(&chart.name.as_str()));
    let unrequested = count - charts.len();
    let wanted = charts.into_iter().filter(|chart| direction.is_none_or(|direction| direction == chart.name));
    let series = wanted.map(|chart| {
        let inside = chart.metric.into_iter().flatten().filter(|point| window.contains(&point.time));
        let points = inside.filter_map(|point| Some((point.time * 1000, point.usage?.0))).collect();
        Series { labels: BTreeMap::from([(DIRECTION.to_owned(), chart.name)]), points }
    });
    Ok(Answer { series: series.collect(), incomplete: false, unrequested })
}

/// A project of the summary; of its figures none is ours.
#[derive(Deserialize)]
struct Project {
    id: String,
}

/// Returns the ids of all projects.
pub(super) fn projects(status: u16, body: &[u8]) -> Result<Vec<Id>, SourceError> {
    let projects: Option<Vec<Project>> = document(status, body)?;
    projects.into_iter().flatten().map(|project| id(&project.id)).collect()
}

#[derive(Deserialize)]
struct Instances {
    #[serde(default)]
    metric: Option<Vec<Instance>>,
}

#[derive(Deserialize)]
struct Instance {
    instance_id: String,
    #[serde(default)]
    state: String,
}

/// One page of a project's instances.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Page {
    /// Number of entries on the page.
    pub count: usize,
    /// One of them runs.
    pub has_running: bool,
    /// The last one, after which the next page begins.
    pub last: Option<Id>,
}

/// Returns a page of instances.
pub(super) fn instances(status: u16, body: &[u8]) -> Result<Page, SourceError> {
    let list: Instances = document(status, body)?;
    let instances = list.metric.unwrap_or_default();
    let has_running = instances.iter().any(|instance| instance.state == "ACTIVE");
    let last = instances.last().map(|instance| id(&instance.instance_id)).transpose()?;
    Ok(Page { count: instances.len(), has_running, last })
}

fn id(text: &str) -> Result<Id, SourceError> {
    Id::new(text).ok_or_else(|| SourceError::new(Reason::Malformed, "an id of the answer is no UUID"))
}

/// Error of the back end, sometimes under a status that is not its own.
#[derive(Deserialize)]
struct Problem {
    message: String,
}

fn document<T: DeserializeOwned>(status: u16, body: &[u8]) -> Result<T, SourceError> {
    if !(200..300).contains(&status) {
        return Err(refused(status, body));
    }
    serde_json::from_slice(body).map_err(|error| match serde_json::from_slice::<Problem>(body) {
        Ok(_) => refused(status, body),
        Err(_) => SourceError::new(Reason::Malformed, error.to_string()),
    })
}

/// Returns the error of a response.
pub(super) fn refused(status: u16, body: &[u8]) -> SourceError {
    let problem = serde_json::from_slice::<Problem>(body).map(|problem| problem.message);
    let words = problem.or_else(|_| serde_json::from_slice::<String>(body));
    let words = words.unwrap_or_else(|_| String::from_utf8_lossy(body).into_owned());
    // What is said about who we are may repeat it.
    let words = match status {
        401 => "the session or the credentials are not accepted; is `login` right?".to_owned(),
        403 => String::new(),
        _ => log_excerpt(&words),
    };
    let reason = if matches!(status, 408 | 504) { Reason::Timeout } else { Reason::Refused };
    SourceError::new(reason, format!("HTTP status {status}: {words}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(body: &str, direction: Option<&str>) -> Vec<Vec<(i64, f64)>> {
        let answer = chart(200, body.as_bytes(), &(60..180), (Operation::NetworkIo, direction)).unwrap();
        answer.series.into_iter().map(|series| series.points).collect()
    }

    #[test]
    fn only_the_window_counts_whatever_the_series_is_called() {
        let body = r#"[{"metric":[{"time":59,"usage":1},{"time":60,"usage":12},{"time":179,"usage":9.61},{"time":180,"usage":1}],"name":"cpu"}]"#;
        let answer = chart(200, body.as_bytes(), &(60..180), (Operation::CpuUsage, None)).unwrap();
        assert_eq!(answer.series[0].points, [(60_000, 12.0), (179_000, 9.61)]);
    }

    #[test]
    fn a_series_that_is_no_direction_of_a_chart_with_directions_is_left_out_and_counted() {
        let body =
            r#"[{"metric":[{"time":60,"usage":1}],"name":"in"},{"metric":[{"time":60,"usage":9}],"name":"total"}]"#;
        let answer = chart(200, body.as_bytes(), &(60..180), (Operation::NetworkPackets, None)).unwrap();
        assert_eq!((answer.series.len(), answer.series[0].points[0].1, answer.unrequested), (1, 1.0, 1));
        let answer = chart(200, body.as_bytes(), &(60..180), (Operation::CpuUsage, None)).unwrap();
        assert_eq!((answer.series.len(), answer.unrequested), (2, 0));
    }

    #[test]
    fn one_of_two_series_is_told_by_its_name() {
        let body =
            r#"[{"metric":[{"time":60,"usage":1}],"name":"in"},{"metric":[{"time":60,"usage":2}],"name":"out"}]"#;
        assert_eq!(points(body, Some("out")), [[(60_000, 2.0)]]);
        assert_eq!(points(body, None).len(), 2);
        assert!(points(body, Some("sideways")).is_empty());
    }

    #[test]
    fn nothing_is_null_and_no_value_is_no_sample() {
        assert_eq!(points(r#"[{"metric":null,"name":"in"}]"#, None), [[]; 1]);
        assert_eq!(points(r#"[{"metric":[{"time":60,"usage":null}],"name":"in"}]"#, None), [[]; 1]);
    }

    #[test]
    fn an_error_has_its_words_in_any_of_its_forms_but_none_about_who_we_are() {
        for (status, body, wanted) in [
            (
                400,
                "Required input value does not exist. [groupBy]",
                "HTTP status 400: Required input value does not exist. [groupBy]",
            ),
            (500, r#"{"message":"timeout","HttpStatus":500}"#, "HTTP status 500: timeout"),
            (200, r#"{"message":"no such host","HttpStatus":500}"#, "HTTP status 200: no such host"),
            (500, r#"{"message":"","HttpStatus":500}"#, "HTTP status 500: "),
            (403, r#""Forbidden login hidden""#, "HTTP status 403: "),
        ] {
            let error = chart(status, body.as_bytes(), &(0..1), (Operation::CpuUsage, None)).unwrap_err();
            assert_eq!((error.reason, error.detail.as_str()), (Reason::Refused, wanted));
        }
    }

    #[test]
    fn what_is_no_answer_is_malformed() {
        for body in ["", "{}", "null", "[1]", r#"[{"metric":[{"usage":1}],"name":"cpu"}]"#, r#"[{"metric":"#, "<html>"]
        {
            let error = chart(200, body.as_bytes(), &(0..1), (Operation::CpuUsage, None)).unwrap_err();
            assert_eq!(error.reason, Reason::Malformed, "{body}");
        }
        assert_eq!(projects(200, br#"[{"id":"../x"}]"#).unwrap_err().reason, Reason::Malformed);
    }
}
