//! The values of a series, and their comparison.

use metricshot::series::{Line, Notes, Outcome};

/// Returns the start and value of each bucket, and the notes. Panics if the line is missing.
pub fn buckets(line: &Line) -> (Vec<(i64, Option<f64>)>, &Notes) {
    let Outcome::Answered(buckets, notes) = &line.outcome else { panic!("{:?}", line.outcome) };
    (buckets.iter().collect(), notes)
}

/// Returns the start and value of each bucket. Panics if the line is missing or incomplete.
pub fn complete(line: &Line) -> Vec<(i64, Option<f64>)> {
    let (buckets, notes) = buckets(line);
    assert!(!notes.incomplete);
    buckets
}

/// Reports whether two values are equal to 12 significant digits, or both are gaps.
pub fn equal(one: Option<f64>, two: Option<f64>) -> bool {
    match (one, two) {
        (Some(one), Some(two)) => one == two || (one - two).abs() <= 1e-12 * one.abs().max(two.abs()),
        (one, two) => one == two,
    }
}
