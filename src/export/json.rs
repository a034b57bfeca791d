//! JSON: the values with everything that the image says about them in words.

use crate::series::{Buckets, Frame, Line, Outcome, Remark};
use serde::{Serialize, Serializer};

/// Returns the frame as one JSON object.
///
/// `alt` is the chart's alt text and `digest` the hexadecimal digest of the displayed values. `start`, `end` and the
/// times of points are Unix seconds, `period` is seconds; a gap is `null`. `status` of a series is `ok`, `empty`, or the
/// reason for its absence.
pub fn json(frame: &Frame, alt: &str, digest: &str) -> Vec<u8> {
    let warnings = frame.lines.iter().flat_map(|line| {
        let sentences: Vec<String> = match &line.outcome {
            Outcome::Answered(buckets, notes) => {
                Remark::all(buckets, notes).into_iter().map(Remark::sentence).collect()
            }
            Outcome::Missing(reason) => vec![format!("missing: {}", reason.word())],
        };
        sentences.into_iter().map(|sentence| format!("{}: {sentence}", line.label.as_str()))
    });
    let chart = Chart {
        start: frame.span.start(),
        end: frame.span.end(),
        timezone: frame.zone.name(),
        period: frame.lines.iter().map(|line| line.period.seconds()).min(),
        series: frame.lines.iter().map(Series::from).collect(),
        alt,
        warnings: warnings.collect(),
        digest,
    };
    // Its types serialise by construction.
    serde_json::to_vec(&chart).unwrap_or_default()
}

#[derive(Serialize)]
struct Chart<'a> {
    start: i64,
    end: i64,
    timezone: &'a str,
    /// Shortest period of the series.
    period: Option<i64>,
    series: Vec<Series<'a>>,
    alt: &'a str,
    warnings: Vec<String>,
    digest: &'a str,
}

#[derive(Serialize)]
struct Series<'a> {
    label: &'a str,
    unit: String,
    statistic: String,
    period: i64,
    status: &'static str,
    notes: Vec<Note>,
    points: Points<'a>,
}

#[derive(Serialize)]
struct Note {
    name: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    count: Option<usize>,
    text: String,
}

/// Pairs of time and value, in the order of time.
struct Points<'a>(Option<&'a Buckets>);

impl Serialize for Points<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.into_iter().flat_map(Buckets::iter))
    }
}

impl<'a> From<&'a Line> for Series<'a> {
    fn from(line: &'a Line) -> Self {
        let note = |remark: Remark| Note { name: remark.word(), count: remark.count(), text: remark.sentence() };
        let (status, remarks, points) = match &line.outcome {
            Outcome::Answered(buckets, notes) => {
                let remarks = Remark::all(buckets, notes);
                let status = if remarks.contains(&Remark::Empty) { "empty" } else { "ok" };
                (status, remarks, Some(buckets))
            }
            Outcome::Missing(reason) => (reason.word(), Vec::new(), None),
        };
        Self {
            label: line.label.as_str(),
            unit: line.unit.to_string(),
            statistic: line.statistic.to_string(),
            period: line.period.seconds(),
            status,
            notes: remarks.into_iter().map(note).collect(),
            points: Points(points),
        }
    }
}
