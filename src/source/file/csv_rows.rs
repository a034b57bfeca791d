//! CSV with a header: columns `timestamp` or `timestamp_ms`, `name` and `value` in any order; every other column is a label.
//!
//! Quoting as in RFC 4180. An empty cell of a label's column is no label.

use super::fields::{TimeUnit, value};
use super::reading::Reading;
use super::table::Labels;
use crate::error::excerpt;
use csv::{ErrorKind, StringRecord};
use std::io::Read;

/// Reads the header and all rows.
pub(super) fn read(input: impl Read, reading: &mut Reading) {
    let mut rows = csv::Reader::from_reader(input);
    let columns = match rows.headers().map_err(|error| wrong(&error)).and_then(Columns::of) {
        Ok(columns) => columns,
        Err(text) => return reading.fault(Some(1), text),
    };
    let mut row = StringRecord::new();
    loop {
        // Quoted cells may hold line ends, so only the reader knows the line.
        let line = rows.position().line();
        let added = match rows.read_record(&mut row) {
            Ok(false) => return,
            Ok(true) => columns.add(&row, reading),
            Err(error) if error.is_io_error() => return reading.fault(Some(line), wrong(&error)),
            Err(error) => Err(wrong(&error)),
        };
        if let Err(text) = added {
            reading.fault(Some(row.position().map_or(line, csv::Position::line)), text);
        }
    }
}

/// Which column holds what.
struct Columns {
    time: usize,
    unit: TimeUnit,
    name: usize,
    value: usize,
    labels: Vec<(usize, String)>,
}

impl Columns {
    fn of(header: &StringRecord) -> Result<Self, String> {
        let names: Vec<&str> = header.iter().map(str::trim).collect();
        if let Some(twice) = names.iter().enumerate().find(|(index, name)| names[..*index].contains(name)) {
            return Err(format!("column '{}' should come once", excerpt(twice.1)));
        }
        if names.contains(&"") {
            return Err("each column should have a name".to_owned());
        }
        let find = |wanted: &str| names.iter().position(|name| *name == wanted);
        let need = |wanted: &str| find(wanted).ok_or_else(|| format!("the header should have a column '{wanted}'"));
        let (time, unit) = match (find("timestamp"), find("timestamp_ms")) {
            (Some(seconds), None) => (seconds, TimeUnit::Seconds),
            (None, Some(milliseconds)) => (milliseconds, TimeUnit::Milliseconds),
            _ => return Err("the header should have either a column 'timestamp' or 'timestamp_ms'".to_owned()),
        };
        let (name, value) = (need("name")?, need("value")?);
        let rest = names.iter().enumerate().filter(|(index, _)| ![time, name, value].contains(index));
        Ok(Self { time, unit, name, value, labels: rest.map(|(index, label)| (index, (*label).to_owned())).collect() })
    }

    fn add(&self, row: &StringRecord, reading: &mut Reading) -> Result<(), String> {
        let cell = |index: usize| row.get(index).unwrap_or_default();
        let name = cell(self.name);
        if name.is_empty() {
            return Err("'name' should not be empty".to_owned());
        }
        let point = (self.unit.read(cell(self.time).trim(), reading.limits)?, value(cell(self.value).trim())?);
        let labels: Labels =
            self.labels.iter().map(|(index, label)| (label.clone(), cell(*index).to_owned())).collect();
        reading.add(name.to_owned(), labels, [point]);
        Ok(())
    }
}

fn wrong(error: &csv::Error) -> String {
    match error.kind() {
        ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("has {len} cells; it should have {expected_len} as the header has")
        }
        ErrorKind::Utf8 { .. } => "is not UTF-8".to_owned(),
        _ => format!("cannot be read: {error}"),
    }
}
