//! The numbers of an answer, and when two of them are the same.

use metricshot::series::{Line, Notes, Outcome};

/// The start of each bucket with its value, and what is noted of them. Panics where the line is missing.
pub fn buckets(line: &Line) -> (Vec<(i64, Option<f64>)>, &Notes) {
    let Outcome::Answered(buckets, notes) = &line.outcome else { panic!("{:?}", line.outcome) };
    (buckets.iter().collect(), notes)
}

/// The same of an answer that lacks nothing.
pub fn complete(line: &Line) -> Vec<(i64, Option<f64>)> {
    let (buckets, notes) = buckets(line);
    assert!(!notes.incomplete);
    buckets
}

/// To 12 significant digits; a gap is a gap.
pub fn equal(one: Option<f64>, two: Option<f64>) -> bool {
    match (one, two) {
        (Some(one), Some(two)) => one == two || (one - two).abs() <= 1e-12 * one.abs().max(two.abs()),
        (one, two) => one == two,
    }
}
