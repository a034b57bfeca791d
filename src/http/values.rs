//! The answer of ListMetricData: a rolled-up frame as times and decimal texts.
//!
//! The vendor's decoder takes exactly these keys, whole seconds, and values as strings.

use crate::series::{Frame, Line, Outcome};
use serde::Serialize;

/// One entry for each metric of the request, in order.
#[derive(Debug, Serialize)]
pub(super) struct Values {
    metrics: Vec<Metric>,
}

#[derive(Debug, Serialize)]
struct Metric {
    display_name: String,
    /// Empty, or the word of why there are no values.
    status: &'static str,
    /// Start of the bucket in Unix seconds, and the shortest decimal text that reads back as its value. Gaps are left out.
    values: Vec<(i64, String)>,
}

impl From<&Frame> for Values {
    fn from(frame: &Frame) -> Self {
        Self { metrics: frame.lines.iter().map(Metric::from).collect() }
    }
}

impl From<&Line> for Metric {
    fn from(line: &Line) -> Self {
        // Display of f64 is the shortest text that reads back, and never has an exponent.
        let (status, values) = match &line.outcome {
            Outcome::Answered(buckets, _) => {
                ("", buckets.points().map(|(start, value)| (start, value.to_string())).collect())
            }
            Outcome::Missing(reason) => (reason.word(), Vec::new()),
        };
        Self { display_name: line.label.as_str().to_owned(), status, values }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Limits;
    use crate::request::{DisplayText, Period, Span, Statistic, Unit, Zone};
    use crate::series::{Buckets, Grid, Notes, Reason};
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
        serde_json::to_string(&Values::from(&frame)).unwrap()
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
