//! Faults of a configuration, for the operator: the place of each, and the expected value.
//!
//! Texts always quote keys, and never values that may be secrets.

use crate::catalog::CatalogError;
use crate::source::config::ConfigError;
use crate::suggestion::nearest;
use figment::error::{Actual, Kind};
use std::path::{Path, PathBuf};

/// One fault of a configuration.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ConfigFault {
    /// A file named by the configuration cannot be read.
    #[error("{}: cannot be read: {cause}", .file.display())]
    Unreadable {
        /// The path of the file.
        file: PathBuf,
        /// The error text of the operating system.
        cause: String,
    },
    /// A wrong value, or an unknown or missing key.
    #[error("{place}: {text}")]
    Wrong {
        /// The file and key, or the environment variable.
        place: String,
        /// The expected value.
        text: String,
    },
    /// A fault in a rule of the catalogue.
    #[error(transparent)]
    Rule(#[from] CatalogError),
}

impl ConfigFault {
    /// Makes a fault at `place`.
    pub fn wrong(place: impl Into<String>, text: impl Into<String>) -> Self {
        Self::Wrong { place: place.into(), text: text.into() }
    }

    /// Makes a fault for a file that cannot be read.
    pub fn unreadable(file: &Path, cause: &std::io::Error) -> Self {
        Self::Unreadable { file: file.to_owned(), cause: cause.to_string() }
    }
}

/// Adds `sources.NAME` to the place of a fault in the settings of the source `name`.
pub(super) fn source_fault(name: &str, fault: ConfigError) -> ConfigFault {
    table_fault(&format!("sources.{name}"), fault)
}

/// Adds `table` to the place of a fault in its keys.
pub(super) fn table_fault(table: &str, fault: ConfigError) -> ConfigFault {
    match fault {
        ConfigError::Unreadable { file, cause } => ConfigFault::Unreadable { file, cause },
        ConfigError::Wrong { key: "", text } => ConfigFault::wrong(table, text),
        ConfigError::Wrong { key, text } => ConfigFault::wrong(format!("{table}.{key}"), text),
    }
}

/// Parses the text of a TOML file. A fault has the line number, and does not quote the line.
pub(super) fn table(place: &str, text: &str) -> Result<toml::Table, ConfigFault> {
    toml::from_str(text).map_err(|error: toml::de::Error| {
        let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        ConfigFault::wrong(format!("{place}, line {line}"), error.message().replace('\n', ", "))
    })
}

/// Returns the expected value for an error of figment, without the actual value.
pub(super) fn sentence(kind: &Kind) -> String {
    match kind {
        Kind::UnknownField(key, known) => match nearest(key, known.iter().copied()) {
            Some(meant) => format!("unknown key '{key}'; did you mean '{meant}'?"),
            None => format!("unknown key '{key}'; known keys: {}", known.join(", ")),
        },
        Kind::MissingField(key) => format!("the key '{key}' is missing"),
        Kind::UnknownVariant(given, known) => {
            let meant = nearest(given, known.iter().copied())
                .map(|meant| format!("; did you mean '{meant}'?"))
                .unwrap_or_default();
            format!("should be one of {}{meant}", known.join(", "))
        }
        Kind::InvalidType(actual, expected) => format!("should be {}, not {}", plain_type(expected), type_of(actual)),
        Kind::InvalidValue(_, expected) => format!("should be {}", plain_type(expected)),
        Kind::Message(text) if text == "invalid socket address syntax" => {
            format!("should be {}", plain_type("socket address"))
        }
        other => other.to_string(),
    }
}

/// Replaces the type names of serde by words that an operator knows.
fn plain_type(expected: &str) -> &str {
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

fn type_of(actual: &Actual) -> &'static str {
    match actual {
        Actual::Bool(_) => "true or false",
        Actual::Unsigned(_) | Actual::Signed(_) | Actual::Float(_) => "a number",
        Actual::Char(_) | Actual::Str(_) | Actual::Bytes(_) => "text",
        Actual::Seq => "a list",
        Actual::Map => "a table",
        _ => "this",
    }
}
