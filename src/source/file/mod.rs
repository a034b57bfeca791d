//! A source that reads files: exports and what a cron job writes, held in memory.
//!
//! All files together are one set of series; of two samples with the same series and time the later line of the later file counts.
//! They are read at the start, where a fault is the operator's to mend, and again when size or time of a file changed; a faulty new
//! version is logged once and the last good one stays. Replace a file by renaming, so that no half of it is read.
//!
//! The ending of a file's name says what it is:
//!
//! | ending | format | time |
//! | --- | --- | --- |
//! | `.om` `.openmetrics` `.txt` | OpenMetrics text; quoted names may be any text | seconds, fractions allowed |
//! | `.prom` | Prometheus text, the same without `# EOF` | milliseconds |
//! | `.csv` | header `timestamp,name,value`, every other column is a label | seconds, or milliseconds in a column `timestamp_ms` |
//! | `.jsonl` `.ndjson` | one sample or one exported series a line | as in CSV; an export in milliseconds |
//!
//! Samples need their time; one without is a fault. A label with an empty value is no label. Names stay as they are written, so a
//! counter is asked for as `x_total`.

mod csv_rows;
mod faults;
mod fields;
mod json_lines;
mod openmetrics;
mod reading;
mod store;
mod table;
#[cfg(test)]
mod tests;
mod written;

use super::look_back::look_back;
use super::{Call, Fetched, Offer, Part, Source, SourceError};
use crate::catalog::{Kind, SeriesQuery, Wanted};
use crate::limits::Limits;
use crate::series::{Grid, Notes, Reason, Samples};
use async_trait::async_trait;
use std::path::PathBuf;
use std::sync::Arc;
use store::Store;
use table::Point;

pub use faults::{FileFault, Unreadable};
pub use written::WrittenFile;

/// Files of samples.
#[derive(Debug)]
pub struct File {
    store: Arc<Store>,
    most_samples: usize,
}

impl File {
    /// Reads all `paths`, which takes its time. Each at most [`Limits::file_bytes`].
    pub fn new(paths: Vec<PathBuf>, limits: &Limits) -> Result<Self, Unreadable> {
        let store = Arc::new(Store::open(paths, limits)?);
        Ok(Self { store, most_samples: limits.samples_per_fetch })
    }
}

#[async_trait]
impl Source for File {
    async fn fetch(&self, query: &SeriesQuery, call: Call) -> Result<Fetched, SourceError> {
        let Wanted::Select(selector) = &query.wanted else {
            return Err(SourceError::new(Reason::Refused, "this source has no expressions"));
        };
        let table = Store::current(&self.store, call.now_ms).await;
        let (mut series, mut count) = (Vec::new(), 0);
        for points in table.select(selector).map(|points| needed(points, &query.grid, query.kind)) {
            count += points.len();
            if count > self.most_samples {
                let detail = format!("more than {} samples match", self.most_samples);
                return Err(SourceError::new(Reason::TooBig, detail));
            }
            series.push(Samples::new(points));
        }
        let parts = vec![Part::Samples { buckets: 0..query.grid.len(), series }];
        Ok(Fetched { parts, notes: Notes::default(), fetched_at_ms: call.now_ms })
    }

    async fn list(&self, call: Call) -> Result<Option<Vec<Offer>>, SourceError> {
        Ok(Some(Store::current(&self.store, call.now_ms).await.offers()))
    }
}

/// The points on the grid; for a counter the last number shortly before it, too.
fn needed(points: &[Point], grid: &Grid, kind: Kind) -> Vec<Point> {
    let index_of = |second: i64| points.partition_point(|point| point.0 < second * 1000);
    let (start, end) = (index_of(grid.range().start), index_of(grid.range().end));
    let lead = index_of(grid.range().start - look_back(grid));
    let before = match kind {
        Kind::Counter => points[lead..start].iter().rfind(|point| point.1.is_finite()),
        Kind::Gauge => None,
    };
    before.into_iter().chain(&points[start..end]).copied().collect()
}
