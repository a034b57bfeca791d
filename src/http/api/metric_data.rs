//! The answer of ListMetricData: a rolled-up frame as times and decimal texts.
//!
//! The vendor's decoder takes exactly these keys, whole seconds, and values as strings.

use crate::series::{Buckets, Frame, Line, Outcome};
use serde::{Serialize, Serializer};

/// One entry for each metric of the request, in order.
#[derive(Debug, Serialize)]
pub(crate) struct MetricData<'a> {
    metrics: Vec<Metric<'a>>,
}

#[derive(Debug, Serialize)]
struct Metric<'a> {
    display_name: &'a str,
    /// Empty, or the word of why there are no values.
    status: &'static str,
    values: Points<'a>,
}

/// Start of the bucket in Unix seconds, and the shortest decimal text that reads back as its value. Gaps are left out.
#[derive(Debug)]
struct Points<'a>(Option<&'a Buckets>);

impl Serialize for Points<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let points = self.0.into_iter().flat_map(Buckets::points);
        serializer.collect_seq(points.map(|(start, value)| (start, Decimal(value))))
    }
}

/// Display of f64 is the shortest text that reads back, and never has an exponent.
struct Decimal(f64);

impl Serialize for Decimal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl MetricData<'_> {
    /// Returns about how many bytes the text takes: a point is seldom longer than `[1640995200,"0.12345678901234567"],`, and a text that
    /// grows has up to twice as much as it needs.
    pub fn bytes(&self) -> u64 {
        let points = |metric: &Metric| metric.values.0.map_or(0, |buckets| buckets.grid().len()) as u64;
        self.metrics.iter().map(|metric| 1024 + 2 * 34 * points(metric)).sum()
    }
}

impl<'a> From<&'a Frame> for MetricData<'a> {
    fn from(frame: &'a Frame) -> Self {
        Self { metrics: frame.lines.iter().map(Metric::from).collect() }
    }
}

impl<'a> From<&'a Line> for Metric<'a> {
    fn from(line: &'a Line) -> Self {
        let (status, values) = match &line.outcome {
            Outcome::Answered(buckets, _) => ("", Some(buckets)),
            Outcome::Missing(reason) => (reason.word(), None),
        };
        Self { display_name: line.label.as_str(), status, values: Points(values) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Reason;
    use crate::limits::Limits;
    use crate::request::{DisplayText, Period, Span, Statistic, Unit, Zone};
    use crate::series::{Buckets, Grid, Notes};
    use proptest::prelude::*;
    use std::sync::Arc;

    fn answer(outcomes: impl IntoIterator<Item = Outcome>) -> String {
        let limits = Limits::default();
        let line = |outcome| Line {
            metric: 0,
            label: DisplayText::lossy("Demo | load"),
            colour: None,
            statistic: Statistic::Average,
            period: Period::new(60, &limits).unwrap(),
            unit: Unit::NONE,
            outcome,
        };
        let lines = outcomes.into_iter().map(line).collect();
        let frame = Frame { span: span(), zone: Zone::utc(), lines, complete_until: None };
        serde_json::to_string(&MetricData::from(&frame)).unwrap()
    }

    fn span() -> Span {
        Span::new(600, 900, &Limits::default()).unwrap()
    }

    fn answered(values: &[Option<f64>]) -> Outcome {
        let grid = Grid::new(span(), Period::new(60, &Limits::default()).unwrap(), &Zone::utc());
        Outcome::Answered(Buckets::new(Arc::new(grid), values.iter().copied()), Notes::default())
    }

    #[test]
    fn gaps_are_left_out_and_a_failed_metric_says_why() {
        assert_eq!(
            answer([
                answered(&[Some(45.5), None, Some(-0.1), Some(1e21), Some(45.0)]),
                Outcome::Missing(Reason::Timeout)
            ]),
            concat!(
                r#"{"metrics":[{"display_name":"Demo | load","status":"","values":"#,
                r#"[[600,"45.5"],[720,"-0.1"],[780,"1000000000000000000000"],[840,"45"]]},"#,
                r#"{"display_name":"Demo | load","status":"timeout","values":[]}]}"#
            )
        );
    }

    #[test]
    fn no_values_are_an_empty_list() {
        assert_eq!(answer([answered(&[])]), r#"{"metrics":[{"display_name":"Demo | load","status":"","values":[]}]}"#);
    }

    proptest! {
        #[test]
        fn any_value_reads_back_as_itself_and_has_no_exponent(bits: u64) {
            let value = f64::from_bits(bits);
            prop_assume!(value.is_finite());
            let text = value.to_string();
            prop_assert_eq!(text.parse::<f64>().unwrap().to_bits(), bits);
            prop_assert!(text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'-' | b'.')));
        }
    }
}
