//! `inspect`: what a picture knows of itself, read from its file.

use super::arguments::Inspect;
use super::error::Ended;
use super::render::read;
use metricshot::provenance::{Fact, Record};
use metricshot::render::{self, MOST_BYTES};
use metricshot::request::DisplayText;
use std::io::{Write, stdout};

/// Prints the record of a picture, one fact a line or as one JSON object.
pub fn inspect(arguments: &Inspect) -> Result<(), Ended> {
    let file = read(&arguments.picture, MOST_BYTES, "which is too much for a picture")?;
    let record = render::inspect(&file)
        .map_err(|fault| Ended::Faulty(vec![format!("{} {fault}", arguments.picture.display())]))?;
    let text = if arguments.json { json(&record) } else { lines(&record) };
    stdout().write_all(text.as_bytes()).map_err(|cause| Ended::failed("standard output cannot be written", cause))
}

/// A file may come from anywhere: control characters in it do not reach the terminal.
fn lines(record: &Record) -> String {
    let line = |(fact, text): &(Fact, String)| format!("{}: {}\n", fact.name(), DisplayText::lossy(text).as_str());
    record.facts().iter().map(line).collect()
}

fn json(record: &Record) -> String {
    let object: serde_json::Map<_, _> =
        record.facts().iter().map(|(fact, text)| (fact.name().to_owned(), text.clone().into())).collect();
    format!("{}\n", serde_json::Value::Object(object))
}
