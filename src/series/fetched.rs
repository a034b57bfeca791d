//! Result of a fetch: samples, and buckets that the source computed.

use super::{Notes, Samples};
use std::ops::Range;

/// Result of a source for one query.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Fetched {
    /// They cover different buckets; what no part covers has no samples.
    pub parts: Vec<Part>,
    /// Facts for the reader of the chart; [`Notes::skipped`] without the samples that [`Samples`] counts itself.
    pub notes: Notes,
    /// Time of the call, in milliseconds since the epoch.
    pub fetched_at_ms: i64,
    /// The answer for each combination of values, sorted by values, for a query with `split_by`; then `parts` is empty.
    pub split: Vec<SplitAnswer>,
}

impl Fetched {
    /// Returns the bytes of memory that its points take.
    pub fn heap_bytes(&self) -> u64 {
        let split = self.split.iter().map(|answer| size_of_val(answer) as u64 + answer.fetched.heap_bytes());
        self.parts.iter().map(Part::heap_bytes).chain(split).sum()
    }
}

impl Part {
    fn heap_bytes(&self) -> u64 {
        match self {
            Self::Computed(points) => (points.capacity() * size_of::<(usize, f64)>()) as u64,
            Self::Samples { series, .. } => {
                series.iter().map(|samples| (size_of_val(samples) + samples.heap_bytes()) as u64).sum()
            }
        }
    }
}

/// The answer for one line of a split query.
#[derive(Debug, Clone, PartialEq)]
pub struct SplitAnswer {
    /// The values of [`SplitBy::keys`](crate::request::SplitBy::keys), in their order; empty where a series lacks the label.
    pub values: Vec<String>,
    /// The answer for the series with these values.
    pub fetched: Fetched,
}

/// Some buckets of the grid.
#[derive(Debug, Clone, PartialEq)]
pub enum Part {
    /// Bucket and finite value, computed by the source exactly as our own roll-up would.
    Computed(Vec<(usize, f64)>),
    /// The samples of all matching series that decide the buckets, see [`SeriesQuery::sample_range`], to be rolled up here.
    Samples {
        /// Buckets that they decide.
        buckets: Range<usize>,
        /// Each matching series.
        series: Vec<Samples>,
    },
}
