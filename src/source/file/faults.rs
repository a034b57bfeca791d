//! What is wrong with a file, for the operator who can mend it.
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
    /// What is wrong, and what would be right.
    pub text: String,
}

/// Why the files cannot be used: the first faults, and how many more there are.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Unreadable {
    /// At most [`crate::limits::Limits::listed_faults`].
    pub faults: Vec<FileFault>,
    /// Faults that are not listed.
    pub more: usize,
}

impl fmt::Display for FileFault {
    /// `usage.csv:3: what is wrong`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {}", self.file, self.text),
            None => write!(f, "{}: {}", self.file, self.text),
        }
    }
}

impl fmt::Display for Unreadable {
    /// One fault a line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<String> = self.faults.iter().map(FileFault::to_string).collect();
        f.write_str(&lines.join("\n"))?;
        if self.more > 0 { write!(f, "\nand {} more", self.more) } else { Ok(()) }
    }
}
