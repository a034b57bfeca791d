//! Faults of a file, for the operator.
//!
//! Made by the readers. Names the file without its folder, the line, what is wrong and what would be right.

use std::fmt;

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileFault {
    /// Name of the file, without its folder.
    pub file: String,
    /// Counted from 1; `None` where it is about the whole file.
    pub line: Option<u64>,
    /// Description of the fault and its correction.
    pub text: String,
}

/// The faults of the files: the first ones, and the number of the others.
#[derive(Debug, Clone, Default, PartialEq, Eq, thiserror::Error)]
pub struct Unreadable {
    /// The first faults, up to [`crate::limits::Limits::listed_faults`].
    pub faults: Vec<FileFault>,
    /// Faults that are not listed.
    pub more: usize,
}

impl Unreadable {
    /// Returns whether all was read.
    pub fn is_empty(&self) -> bool {
        self.faults.is_empty() && self.more == 0
    }

    /// Returns one line for each fault, then one for the rest.
    pub(super) fn lines(&self) -> Vec<String> {
        let more = (self.more > 0).then(|| format!("and {} more", self.more));
        self.faults.iter().map(FileFault::to_string).chain(more).collect()
    }

    /// Writes each fault to the log.
    pub(super) fn log(&self) {
        for FileFault { file, line, text } in &self.faults {
            tracing::error!(file, line, fault = text, "a data file has a fault: what it says there is missing");
        }
        if self.more > 0 {
            tracing::error!(faults = self.more, "the data files have more faults than are listed");
        }
    }
}

impl fmt::Display for FileFault {
    /// Writes `usage.csv:3: text of the fault`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {}", self.file, self.text),
            None => write!(f, "{}: {}", self.file, self.text),
        }
    }
}

impl fmt::Display for Unreadable {
    /// Writes one fault a line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.lines().join("\n"))
    }
}
