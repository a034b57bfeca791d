//! A chart's values as text: CSV for spreadsheets, JSON for programs.
//!
//! Pure: a rolled-up frame goes in, the text comes out. Numbers are the shortest decimals that read back as the same
//! value.

mod csv;
mod json;

pub use csv::csv;
pub use json::json;

use crate::series::{Frame, Line, Outcome};

/// Returns about how many bytes either text takes at most, so that its memory can be reserved.
pub fn max_bytes(frame: &Frame) -> u64 {
    let points = |line: &Line| match &line.outcome {
        Outcome::Answered(buckets, _) => buckets.grid().len() as u64,
        Outcome::Missing(_) => 0,
    };
    // A time in RFC 3339 and a comma have 26 bytes, a value up to 24; a vector that grows has up to twice as much.
    frame.lines.iter().map(|line| 2048 + 2 * 52 * points(line)).sum()
}

#[cfg(test)]
mod tests;
