//! `inspect`: the provenance record of an image file.

use super::arguments::Inspect;
use super::error::CliError;
use super::render::read;
use metricshot::provenance::{Fact, Record};
use metricshot::render::{self, MOST_BYTES};
use metricshot::request::DisplayText;
use std::io::{Write, stdout};

/// Prints the record of an image, one field per line or as one JSON object.
pub fn inspect(arguments: &Inspect) -> Result<(), CliError> {
    let file = read(&arguments.image, MOST_BYTES, "the limit for images")?;
    let record = render::inspect(&file)
        .map_err(|fault| CliError::Invalid(vec![format!("{} {fault}", arguments.image.display())]))?;
    let text = if arguments.json { json(&record) } else { lines(&record) };
    stdout().write_all(text.as_bytes()).map_err(|cause| CliError::failed("standard output cannot be written", cause))
}

/// Formats the record as lines. Control characters are replaced, so that a file cannot control the terminal.
fn lines(record: &Record) -> String {
    let line = |(fact, text): &(Fact, String)| format!("{}: {}\n", fact.name(), DisplayText::lossy(text).as_str());
    record.facts().iter().map(line).collect()
}

fn json(record: &Record) -> String {
    let object: serde_json::Map<_, _> =
        record.facts().iter().map(|(fact, text)| (fact.name().to_owned(), text.clone().into())).collect();
    format!("{}\n", serde_json::Value::Object(object))
}
