//! One go at reading all files: what was gathered, and what is wrong.
//!
//! Made by `store`, filled by the reader of each format. A fault does not end the reading, so that an operator sees all of them at
//! once; but one fault is enough to gain nothing from it.

use super::faults::{FileFault, Unreadable};
use super::table::{Gathered, Labels, Point, Table};
use crate::limits::Limits;
use std::io::BufRead;

/// See the module.
#[derive(Debug)]
pub(super) struct Reading<'a> {
    gathered: Gathered,
    faults: Vec<FileFault>,
    more: usize,
    file: String,
    /// Of a sample's time, and of listed faults.
    pub(super) limits: &'a Limits,
}

impl<'a> Reading<'a> {
    pub(super) fn new(limits: &'a Limits) -> Self {
        Self { gathered: Gathered::default(), faults: Vec::new(), more: 0, file: String::new(), limits }
    }

    /// From here on samples and faults are those of `file`.
    pub(super) fn begin(&mut self, file: String) {
        self.file = file;
    }

    /// The file that is being read.
    pub(super) fn file(&self) -> &str {
        &self.file
    }

    /// Takes in points of one series.
    pub(super) fn add(&mut self, name: String, labels: Labels, points: impl IntoIterator<Item = Point>) {
        // A file with a fault is of no use, however long it is.
        if self.faults.is_empty() {
            self.gathered.add(name, labels, points);
        }
    }

    /// Notes a fault.
    pub(super) fn fault(&mut self, line: Option<u64>, text: impl Into<String>) {
        if self.faults.len() < self.limits.listed_faults {
            self.faults.push(FileFault { file: self.file.clone(), line, text: text.into() });
        } else {
            self.more += 1;
        }
    }

    /// Calls `each` with number and text of each line of `input` that is not blank, and notes the faults that it finds.
    pub(super) fn lines(
        &mut self,
        mut input: impl BufRead,
        mut each: impl FnMut(&mut Self, u64, &str) -> Result<(), String>,
    ) {
        let mut bytes = Vec::new();
        for number in 1.. {
            bytes.clear();
            match input.read_until(b'\n', &mut bytes) {
                Ok(0) => return,
                Ok(_) => {}
                Err(error) => return self.fault(Some(number), format!("cannot be read: {error}")),
            }
            let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").filter(|_| number == 1).unwrap_or(&bytes);
            let read = match std::str::from_utf8(bytes).map(str::trim) {
                Ok("") => Ok(()),
                Ok(line) => each(self, number, line),
                Err(_) => Err("is not UTF-8".to_owned()),
            };
            if let Err(text) = read {
                self.fault(Some(number), text);
            }
        }
    }

    /// All series, or all faults.
    pub(super) fn end(self) -> Result<Table, Unreadable> {
        if self.faults.is_empty() {
            Ok(self.gathered.settle())
        } else {
            Err(Unreadable { faults: self.faults, more: self.more })
        }
    }
}
