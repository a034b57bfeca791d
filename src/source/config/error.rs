//! Faults of a source's configuration, for the operator. `config` adds the name of the source.

use std::path::{Path, PathBuf};

/// One thing that is wrong. Values are not repeated, because they might be secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConfigError {
    /// A file that they name.
    Unreadable {
        /// Path of the file.
        file: PathBuf,
        /// Message of the system.
        cause: String,
    },
    /// A key that is not as it should be.
    Wrong {
        /// Below the source, as in `auth.bearer`; empty for the source as a whole.
        key: &'static str,
        /// Description of a valid value.
        text: String,
    },
}

impl ConfigError {
    /// Makes a fault of `key`.
    pub fn wrong(key: &'static str, text: impl Into<String>) -> Self {
        Self::Wrong { key, text: text.into() }
    }

    /// Makes a fault of a file that cannot be read.
    pub fn unreadable(file: &Path, cause: &std::io::Error) -> Self {
        Self::Unreadable { file: file.to_owned(), cause: cause.to_string() }
    }

    /// Makes one fault of the whole source for each line of `fault`.
    pub fn lines(fault: &impl ToString) -> Vec<Self> {
        fault.to_string().lines().map(|line| Self::wrong("", line)).collect()
    }
}
