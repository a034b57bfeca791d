//! The files on disk and what was read from them.
//!
//! Held by the source. Looks at the files when asked, at most once a second; the request that finds them changed waits for the
//! reading, on a thread for such work, and every other one gets what was there before. Lines with a fault are logged and left out, and so
//! is a file that is not there; neither is tried again until a file changes.

use super::error::{FileFault, Unreadable};
use super::reading::Reading;
use super::table::Table;
use super::{csv_rows, json_lines, openmetrics};
use crate::limits::Limits;
use parking_lot::{Mutex, RwLock};
use std::ffi::OsStr;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::SystemTime;

/// Milliseconds between two looks at the files.
const LOOK_EVERY: u64 = 1000;

/// See the module.
#[derive(Debug)]
pub(super) struct Store {
    files: Vec<DataFile>,
    limits: Limits,
    table: RwLock<Arc<Table>>,
    /// State of the files when they were last read, successfully or not.
    seen: Mutex<Vec<Stamp>>,
    looked_ms: AtomicI64,
}

#[derive(Debug)]
struct DataFile {
    path: PathBuf,
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Text,
    Csv,
    JsonLines,
}

/// Size and time of a file; `None` where it cannot be looked at.
type Stamp = Option<(u64, Option<SystemTime>)>;

impl Store {
    /// Reads all files. Err where a name does not say which format its file has.
    pub(super) fn open(paths: Vec<PathBuf>, limits: &Limits) -> Result<Self, Unreadable> {
        let (mut files, mut unknown) = (Vec::new(), Vec::new());
        for path in paths {
            match Format::of(&path) {
                Some(format) => files.push(DataFile { path, format }),
                None => unknown.push(FileFault { file: base_name(&path), line: None, text: UNKNOWN.to_owned() }),
            }
        }
        if !unknown.is_empty() {
            return Err(Unreadable { faults: unknown, more: 0 });
        }
        // Looked at before they are read: what changes in between is read again.
        let seen = stamps(&files);
        let table = read(&files, limits);
        Ok(Self {
            files,
            limits: limits.clone(),
            table: RwLock::new(Arc::new(table)),
            seen: Mutex::new(seen),
            looked_ms: AtomicI64::new(i64::MIN),
        })
    }

    /// Returns the series as of `now_ms`, give or take a second.
    pub(super) async fn current(store: &Arc<Self>, now_ms: i64) -> Arc<Table> {
        if store.is_time_to_look(now_ms) {
            let looking = store.clone();
            if let Err(error) = tokio::task::spawn_blocking(move || looking.look()).await {
                tracing::error!(%error, "reading the data files did not end");
            }
        }
        store.table.read().clone()
    }

    /// Returns `true` to one caller per second.
    fn is_time_to_look(&self, now_ms: i64) -> bool {
        let looked = self.looked_ms.load(Ordering::Relaxed);
        let claim = || self.looked_ms.compare_exchange(looked, now_ms, Ordering::Relaxed, Ordering::Relaxed);
        looked.abs_diff(now_ms) >= LOOK_EVERY && claim().is_ok()
    }

    fn look(&self) {
        // Whoever holds it is reading right now.
        let Some(mut seen) = self.seen.try_lock() else { return };
        let stamps = stamps(&self.files);
        if *seen == stamps {
            return;
        }
        *seen = stamps;
        let table = read(&self.files, &self.limits);
        tracing::info!(series = table.series(), "data files changed and were read again");
        table.faults().log();
        *self.table.write() = Arc::new(table);
    }

    /// Returns the faults of the last read.
    pub(super) fn faults(&self) -> Unreadable {
        self.table.read().faults().clone()
    }
}

const UNKNOWN: &str = "the name should end in .om, .openmetrics, .txt, .prom, .csv, .jsonl or .ndjson";

impl Format {
    fn of(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "om" | "openmetrics" | "txt" | "prom" => Some(Self::Text),
            "csv" => Some(Self::Csv),
            "jsonl" | "ndjson" => Some(Self::JsonLines),
            _ => None,
        }
    }
}

fn base_name(path: &Path) -> String {
    path.file_name().unwrap_or(OsStr::new("")).to_string_lossy().into_owned()
}

fn stamps(files: &[DataFile]) -> Vec<Stamp> {
    let stamp = |file: &DataFile| {
        let metadata = std::fs::metadata(&file.path).ok()?;
        Some((metadata.len(), metadata.modified().ok()))
    };
    files.iter().map(stamp).collect()
}

fn read(files: &[DataFile], limits: &Limits) -> Table {
    let mut reading = Reading::new(limits);
    for (index, file) in files.iter().enumerate() {
        reading.begin(index, base_name(&file.path));
        if let Err(text) = read_file(file, &mut reading) {
            reading.unread(None, text);
        }
    }
    reading.end()
}

fn read_file(file: &DataFile, reading: &mut Reading) -> Result<(), String> {
    let input = || open(&file.path, reading.limits);
    match file.format {
        Format::Text => {
            let unit = openmetrics::unit(input()?).map_err(|error| format!("cannot be read: {error}"))?;
            openmetrics::read(input()?, unit, reading);
        }
        Format::Csv => csv_rows::read(input()?, reading),
        Format::JsonLines => json_lines::read(input()?, reading),
    }
    Ok(())
}

/// Opens a file and reads no more than the limit, even if it grows meanwhile.
fn open(path: &Path, limits: &Limits) -> Result<BufReader<impl Read>, String> {
    let opened = std::fs::File::open(path).and_then(|file| Ok((file.metadata()?, file)));
    let (metadata, file) = opened.map_err(|error| format!("cannot be opened: {error}"))?;
    if !metadata.is_file() {
        return Err("should be a file".to_owned());
    }
    if metadata.len() > limits.file_bytes {
        return Err(format!("should have at most {} bytes, not {}", limits.file_bytes, metadata.len()));
    }
    Ok(BufReader::new(file.take(limits.file_bytes)))
}
