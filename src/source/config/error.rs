//! What can be wrong with a source's settings, for the operator. `config` says of which source.

use std::path::{Path, PathBuf};

/// One thing that is wrong. Values are not repeated, because they might be secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WrittenFault {
    /// A file that they name.
    Unreadable {
        /// Which file.
        file: PathBuf,
        /// In the system's words.
        cause: String,
    },
    /// A key that is not as it should be.
    Wrong {
        /// Below the source, as in `auth.bearer`; empty for the source as a whole.
        key: &'static str,
        /// What would be right.
        text: String,
    },
}

impl WrittenFault {
    /// Something wrong with `key`.
    pub fn wrong(key: &'static str, text: impl Into<String>) -> Self {
        Self::Wrong { key, text: text.into() }
    }

    /// A file that cannot be read.
    pub fn unreadable(file: &Path, cause: &std::io::Error) -> Self {
        Self::Unreadable { file: file.to_owned(), cause: cause.to_string() }
    }

    /// One fault of the source as a whole for each line of what it says.
    pub fn lines(fault: &impl ToString) -> Vec<Self> {
        fault.to_string().lines().map(|line| Self::wrong("", line)).collect()
    }
}
