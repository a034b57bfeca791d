//! One go at reading all files: what was gathered, and what is wrong.
//!
//! Made by `store`, filled by the reader of each format. A faulty line is left out and reported; the others count.

use super::error::FileFault;
use super::family::Families;
use super::table::{Defects, Labels, Point, Table, TableBuilder};
use crate::limits::Limits;
use std::io::BufRead;

/// See the module.
#[derive(Debug)]
pub(super) struct Reading<'a> {
    gathered: TableBuilder,
    defects: Defects,
    /// Index and name of the file that is being read.
    file: (usize, String),
    /// Limits of a sample's time and of listed faults.
    pub(super) limits: &'a Limits,
}

impl<'a> Reading<'a> {
    pub(super) fn new(limits: &'a Limits) -> Self {
        Self { gathered: TableBuilder::default(), defects: Defects::default(), file: (0, String::new()), limits }
    }

    /// Begins the file with this index and name: the samples and faults that follow are its own.
    pub(super) fn begin(&mut self, index: usize, file: String) {
        self.file = (index, file);
    }

    /// Returns the file that is being read.
    pub(super) fn file(&self) -> &str {
        &self.file.1
    }

    /// Returns the metadata that the files have for their metrics.
    pub(super) fn families(&mut self) -> &mut Families {
        self.gathered.families()
    }

    /// Adds points of one series.
    pub(super) fn add(&mut self, name: String, labels: Labels, points: impl IntoIterator<Item = Point>) {
        self.gathered.add(self.file.0, name, labels, points);
    }

    /// Reports a line that is left out.
    pub(super) fn fault(&mut self, line: u64, text: impl Into<String>) {
        self.report(Some(line), text.into());
    }

    /// Reports that the file is not read any further, and where that is known, from which line on.
    pub(super) fn unread(&mut self, line: Option<u64>, text: impl Into<String>) {
        self.defects.unread = true;
        self.report(line, text.into());
    }

    fn report(&mut self, line: Option<u64>, text: String) {
        let (index, file) = &self.file;
        self.defects.files.insert(*index);
        let faults = &mut self.defects.faults;
        if faults.faults.len() < self.limits.listed_faults {
            faults.faults.push(FileFault { file: file.clone(), line, text });
        } else {
            faults.more += 1;
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
                Err(error) => return self.unread(Some(number), format!("cannot be read: {error}")),
            }
            let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").filter(|_| number == 1).unwrap_or(&bytes);
            let read = match std::str::from_utf8(bytes).map(str::trim) {
                Ok("") => Ok(()),
                Ok(line) => each(self, number, line),
                Err(_) => Err("is not UTF-8".to_owned()),
            };
            if let Err(text) = read {
                self.fault(number, text);
            }
        }
    }

    /// Returns all series and all faults.
    pub(super) fn end(self) -> Table {
        self.gathered.settle(self.defects)
    }
}
