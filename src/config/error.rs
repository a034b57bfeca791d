//! What can be wrong with a configuration, for the operator: where it is written, and what would be right.
//!
//! Values are never quoted where they might be secrets; keys always are.

use crate::catalog::CatalogError;
use figment::error::{Actual, Kind};
use std::path::{Path, PathBuf};

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ConfigFault {
    /// A file that the configuration names.
    #[error("{}: cannot be read: {cause}", .file.display())]
    Unreadable {
        /// Which file.
        file: PathBuf,
        /// In the system's words.
        cause: String,
    },
    /// Something that is not as it should be.
    #[error("{place}: {text}")]
    Wrong {
        /// File and key, or variable.
        place: String,
        /// What would be right.
        text: String,
    },
    /// A rule of the catalogue.
    #[error(transparent)]
    Rule(#[from] CatalogError),
}

impl ConfigFault {
    /// Something wrong at `place`.
    pub fn wrong(place: impl Into<String>, text: impl Into<String>) -> Self {
        Self::Wrong { place: place.into(), text: text.into() }
    }

    /// A file that cannot be read.
    pub fn unreadable(file: &Path, cause: &std::io::Error) -> Self {
        Self::Unreadable { file: file.to_owned(), cause: cause.to_string() }
    }
}

/// Reads a TOML file's text; a fault says the line, but does not repeat it.
pub(super) fn table(place: &str, text: &str) -> Result<toml::Table, ConfigFault> {
    toml::from_str(text).map_err(|error: toml::de::Error| {
        let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        ConfigFault::wrong(format!("{place}, line {line}"), error.message().replace('\n', ", "))
    })
}

/// What a value should have been, without saying what it is.
pub(super) fn sentence(kind: &Kind) -> String {
    match kind {
        Kind::UnknownField(key, known) => match nearest(key, known) {
            Some(meant) => format!("there is no key '{key}' here; did you mean '{meant}'?"),
            None => format!("there is no key '{key}' here; known are {}", known.join(", ")),
        },
        Kind::MissingField(key) => format!("the key '{key}' is missing"),
        Kind::UnknownVariant(given, known) => {
            let meant = nearest(given, known).map(|meant| format!("; did you mean '{meant}'?")).unwrap_or_default();
            format!("should be one of {}{meant}", known.join(", "))
        }
        Kind::InvalidType(actual, expected) => format!("should be {}, not {}", plain(expected), word(actual)),
        Kind::InvalidValue(_, expected) => format!("should be {}", plain(expected)),
        Kind::Message(text) if text == "invalid socket address syntax" => {
            format!("should be {}", plain("socket address"))
        }
        other => other.to_string(),
    }
}

/// The one of `known` that a person most likely meant by `given`: similar beyond a slip or two of the keyboard.
fn nearest<'a>(given: &str, known: &[&'a str]) -> Option<&'a str> {
    let similarity = |known: &str| strsim::jaro_winkler(given, known);
    let best = known.iter().copied().max_by(|one, two| similarity(one).total_cmp(&similarity(two)))?;
    (similarity(best) > SIMILAR).then_some(best)
}

/// The threshold that clap has for its own suggestions, on the same measure.
const SIMILAR: f64 = 0.7;

/// What serde expects, in an operator's words.
fn plain(expected: &str) -> &str {
    match expected {
        "a boolean" => "true or false",
        "a sequence" => "a list",
        "a string" => "text in quotes",
        "path string" => "a path in quotes",
        "socket address" => "an IP address with its port, such as 127.0.0.1:8080",
        "a map" => "a table",
        "u32" | "u64" | "usize" | "i64" => "a whole number",
        "f64" => "a number",
        _ if expected.contains("struct ") || expected.contains("enum ") => "a table",
        _ => expected,
    }
}

fn word(actual: &Actual) -> &'static str {
    match actual {
        Actual::Bool(_) => "true or false",
        Actual::Unsigned(_) | Actual::Signed(_) | Actual::Float(_) => "a number",
        Actual::Char(_) | Actual::Str(_) | Actual::Bytes(_) => "text",
        Actual::Seq => "a list",
        Actual::Map => "a table",
        _ => "this",
    }
}
