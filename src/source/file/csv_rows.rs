//! CSV with a header: columns `timestamp` or `timestamp_ms`, `name` and `value` in any order; every other column is a label.
//!
//! Quoting as in RFC 4180. Blanks around a cell do not count. An empty cell of a label's column is no label, an empty value is NaN.

use super::fields::{TimeUnit, time, value};
use super::reading::Reading;
use super::table::Labels;
use crate::error::excerpt;
use csv::{ErrorKind, ReaderBuilder, StringRecord, Trim};
use std::borrow::Cow;
use std::io::Read;

/// Reads the header and all rows.
pub(super) fn read(input: impl Read, reading: &mut Reading) {
    let mut rows = ReaderBuilder::new().trim(Trim::All).from_reader(input);
    let columns = match rows.headers().map_err(|error| wrong(&error)).and_then(Columns::of) {
        Ok(columns) => columns,
        Err(text) => return reading.unread(Some(1), text),
    };
    let mut row = StringRecord::new();
    loop {
        // Quoted cells may hold line ends, so only the reader knows the line.
        let line = rows.position().line();
        let added = match rows.read_record(&mut row) {
            Ok(false) => return,
            Ok(true) => columns.add(&row, reading),
            Err(error) if error.is_io_error() => return reading.unread(Some(line), wrong(&error)),
            Err(error) => Err(wrong(&error)),
        };
        if let Err(text) = added {
            reading.fault(row.position().map_or(line, csv::Position::line), text);
        }
    }
}

/// Columns by meaning.
struct Columns {
    time: usize,
    unit: TimeUnit,
    name: usize,
    value: usize,
    labels: Vec<(usize, String)>,
}

impl Columns {
    fn of(header: &StringRecord) -> Result<Self, String> {
        let names: Vec<Cow<str>> = header.iter().map(unquoted).collect();
        if let Some(twice) = names.iter().enumerate().find(|(index, name)| names[..*index].contains(name)) {
            return Err(format!("column '{}' should come once", excerpt(twice.1)));
        }
        if names.iter().any(|name| name.is_empty()) {
            return Err("each column should have a name".to_owned());
        }
        let find = |wanted: &str| names.iter().position(|name| name == wanted);
        let need = |wanted: &str| find(wanted).ok_or_else(|| format!("the header should have a column '{wanted}'"));
        let (time, unit) = match (find("timestamp"), find("timestamp_ms")) {
            (Some(seconds), None) => (seconds, TimeUnit::Seconds),
            (None, Some(milliseconds)) => (milliseconds, TimeUnit::Milliseconds),
            _ => return Err("the header should have either a column 'timestamp' or 'timestamp_ms'".to_owned()),
        };
        let (name, value) = (need("name")?, need("value")?);
        let rest = names.iter().enumerate().filter(|(index, _)| ![time, name, value].contains(index));
        Ok(Self { time, unit, name, value, labels: rest.map(|(index, label)| (index, label.to_string())).collect() })
    }

    fn add(&self, row: &StringRecord, reading: &mut Reading) -> Result<(), String> {
        let cell = |index: usize| unquoted(row.get(index).unwrap_or_default());
        let name = cell(self.name);
        if name.is_empty() {
            return Err("'name' should not be empty".to_owned());
        }
        let time = match self.unit {
            TimeUnit::Seconds => time(&cell(self.time), reading.limits)?,
            TimeUnit::Milliseconds => self.unit.read(&cell(self.time), reading.limits)?,
        };
        let value = match cell(self.value) {
            empty if empty.is_empty() => f64::NAN,
            text => value(&text)?,
        };
        let labels: Labels =
            self.labels.iter().map(|(index, label)| (label.clone(), cell(*index).into_owned())).collect();
        reading.add(name.into_owned(), labels, [(time, value)]);
        Ok(())
    }
}

/// Returns the text of a cell whose quotes follow a blank, which RFC 4180 does not know and many programs write: `1, "cpu", 2`.
fn unquoted(cell: &str) -> Cow<'_, str> {
    match cell.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(inner) => Cow::Owned(inner.replace("\"\"", "\"").trim().to_owned()),
        None => Cow::Borrowed(cell),
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
