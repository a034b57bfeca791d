//! A source that reads files: exports and what a cron job writes, held in memory.
//!
//! All files together are one set of series; of two samples with the same series and time the later line of the later file counts, and
//! the notes count such conflicts. The files are read at the start and again when size or time of one changed. A line with a fault is
//! reported with its place and left out; the series of its file are then incomplete, and all series where a whole file is lacking.
//! Replace a file by renaming, so that no half of it is read.
//!
//! The ending of a file's name says what it is:
//!
//! | ending | format | time |
//! | --- | --- | --- |
//! | `.om` `.openmetrics` `.txt` `.prom` | OpenMetrics or Prometheus text; quoted names may be any text | with `# EOF` seconds; else the first time of the file decides |
//! | `.csv` | header `timestamp,name,value`, every other column is a label | seconds or RFC 3339, or milliseconds in a column `timestamp_ms` |
//! | `.jsonl` `.ndjson` | one sample or one exported series a line | as in CSV; an export in milliseconds |
//!
//! A sample without a time is a fault. A label with an empty value is no label. Names stay as they are written, so a counter is
//! requested as `x_total`.

mod config;
mod csv_rows;
mod error;
mod family;
mod fields;
mod json_lines;
mod openmetrics;
mod reading;
mod store;
mod table;
#[cfg(test)]
mod tests;

use super::{Described, Source};
use crate::call::Call;
use crate::catalog::{MetricDescriptor, QueryTarget, SeriesQuery};
use crate::error::{Reason, SourceError};
use crate::limits::Limits;
use crate::request::SplitBy;
use crate::series::{Fetched, Notes, Part, Samples, SplitAnswer};
use async_trait::async_trait;
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use store::Store;
use table::Point;

pub use config::FileConfig;
pub use error::{FileFault, Unreadable};

/// Files of samples.
#[derive(Debug)]
pub struct File {
    store: Arc<Store>,
    most_samples: usize,
}

impl File {
    /// Reads all `paths`, which takes its time. Each at most [`Limits::file_bytes`]. Err where a name does not say which format its file
    /// has; faults inside the files are [`Source::defects`].
    pub fn new(paths: Vec<PathBuf>, limits: &Limits) -> Result<Self, Unreadable> {
        let store = Arc::new(Store::open(paths, limits)?);
        Ok(Self { store, most_samples: limits.samples_per_fetch })
    }
}

#[async_trait]
impl Source for File {
    async fn fetch(&self, query: &SeriesQuery, call: Call<'_>) -> Result<Fetched, SourceError> {
        let QueryTarget::Select(selector) = &query.target else {
            return Err(SourceError::new(Reason::Refused, "this source has no expressions"));
        };
        let table = Store::current(&self.store, call.now_ms).await;
        let (sampled, buckets) = (query.sample_range(call.now_ms), query.grid.range());
        let mut notes = Notes { incomplete: table.is_incomplete(selector), ..Notes::default() };
        let keys = query.split_by.as_ref().map_or(&[][..], SplitBy::keys);
        let mut lines = BTreeMap::<Vec<String>, Vec<&[Point]>>::new();
        for (labels, found) in table.select(selector) {
            notes.conflicting += found.conflicts.iter().filter(|time| query.grid.bucket_of(**time).is_some()).count();
            let values = keys.iter().map(|key| labels.get(key).cloned().unwrap_or_default()).collect();
            lines.entry(values).or_default().push(within(&found.points, &sampled));
        }
        let count = lines.values().flatten().map(|points| points.len()).sum();
        if count > self.most_samples {
            let seconds = sampled.end - sampled.start;
            let around = seconds - (buckets.end - buckets.start) + query.grid.period().seconds();
            return Err(SourceError::too_many_samples(seconds, count, self.most_samples).with_less_room(around));
        }
        // Outside the buckets only what is finite decides anything; what is skipped inside is counted.
        let counts = |point: &&Point| point.1.is_finite() || buckets.contains(&point.0.div_euclid(1000));
        let samples = |points: &&[Point]| Samples::new(points.iter().filter(counts).copied().collect());
        let part = |series: Vec<&[Point]>| {
            let series = series.iter().map(samples).collect();
            vec![Part::Samples { buckets: 0..query.grid.len(), series }]
        };
        let whole = Fetched { notes, fetched_at_ms: call.now_ms, ..Fetched::default() };
        if query.split_by.is_none() {
            return Ok(Fetched { parts: part(lines.into_values().flatten().collect()), ..whole });
        }
        let line = |(values, series)| {
            let fetched = Fetched { parts: part(series), fetched_at_ms: call.now_ms, ..Fetched::default() };
            SplitAnswer { values, fetched }
        };
        Ok(Fetched { split: lines.into_iter().map(line).collect(), ..whole })
    }

    fn begin(&self) {
        self.store.faults().log();
    }

    fn defects(&self) -> Vec<String> {
        self.store.faults().lines()
    }

    /// Fails where a line of a file cannot be read.
    async fn check(&self, call: Call<'_>) -> Result<(), SourceError> {
        let table = Store::current(&self.store, call.now_ms).await;
        let lines = table.faults().lines();
        if lines.is_empty() { Ok(()) } else { Err(SourceError::new(Reason::Malformed, lines.join("; "))) }
    }

    fn described(&self) -> Described {
        Described::InList
    }

    async fn list(&self, call: Call<'_>) -> Result<Option<Vec<MetricDescriptor>>, SourceError> {
        Ok(Some(Store::current(&self.store, call.now_ms).await.offers()))
    }
}

/// Returns the points in `range`, in Unix seconds.
fn within<'a>(points: &'a [Point], range: &Range<i64>) -> &'a [Point] {
    let index_of = |second: i64| points.partition_point(|point| point.0 < second * 1000);
    &points[index_of(range.start)..index_of(range.end)]
}
