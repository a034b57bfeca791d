//! `inspect`: the provenance record of an image file.

use super::arguments::Inspect;
use super::error::CliError;
use super::render::read;
use metricshot::provenance::{Field, Record};
use metricshot::render::{self, MAX_FILE_BYTES};
use metricshot::request::DisplayText;
use std::io::{Write, stdout};

/// Prints the record of an image, one field per line or as one JSON object.
pub fn inspect(arguments: &Inspect) -> Result<(), CliError> {
    let file = read(&arguments.image, MAX_FILE_BYTES, "the limit for images")?;
    let record = render::inspect(&file)
        .map_err(|fault| CliError::Invalid(vec![format!("{} {fault}", arguments.image.display())]))?;
    let text = if arguments.json { json(&record) } else { lines(&record) };
    stdout().write_all(text.as_bytes()).map_err(|cause| CliError::failed("standard output cannot be written", cause))
}

/// Formats the record as lines. Control characters are replaced, so that a file cannot control the terminal.
fn lines(record: &Record) -> String {
    let line = |(field, text): &(Field, String)| format!("{}: {}\n", field.name(), DisplayText::lossy(text).as_str());
    record.fields().iter().map(line).collect()
}

fn json(record: &Record) -> String {
    let object: serde_json::Map<_, _> =
        record.fields().iter().map(|(field, text)| (field.name().to_owned(), text.clone().into())).collect();
    format!("{}\n", serde_json::Value::Object(object))
}
