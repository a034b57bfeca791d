//! CSV: a row per bucket, a column per line.

use crate::request::Unit;
use crate::series::{Buckets, Frame, Outcome};
use csv::Writer;
use std::collections::BTreeMap;

/// Returns the frame as CSV (RFC 4180, UTF-8, lines end with LF).
///
/// The first column, `time`, is the start of the bucket in the frame's zone (RFC 3339); then follows one column per
/// line, named by its label and unit. A gap and a bucket that a line does not have are empty cells.
pub fn csv(frame: &Frame) -> Vec<u8> {
    let mut rows = BTreeMap::<i64, Vec<Option<f64>>>::new();
    for (column, line) in frame.lines.iter().enumerate() {
        let Outcome::Answered(buckets, _) = &line.outcome else { continue };
        for (start, value) in Buckets::iter(buckets) {
            rows.entry(start).or_insert_with(|| vec![None; frame.lines.len()])[column] = value;
        }
    }
    let mut writer = Writer::from_writer(Vec::new());
    let header = frame.lines.iter().map(|line| match line.unit {
        Unit::NONE => line.label.as_str().to_owned(),
        unit => format!("{} ({unit})", line.label.as_str()),
    });
    // Writing to a vector never fails.
    let _ = writer.write_record(std::iter::once("time".to_owned()).chain(header));
    for (start, values) in rows {
        let cells = values.into_iter().map(|value| value.map_or_else(String::new, |value| value.to_string()));
        let _ = writer.write_record(std::iter::once(frame.zone.rfc3339(start)).chain(cells));
    }
    writer.into_inner().unwrap_or_default()
}
