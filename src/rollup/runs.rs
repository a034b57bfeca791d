//! Runs: the samples of one series in each bucket of a grid.
//!
//! Used by every statistic. Buckets are half-open; the iterator yields buckets with samples only, in order. Samples
//! outside the window are skipped.

use crate::series::Grid;
use std::ops::Range;

/// The buckets of a roll-up, a range of the grid's.
#[derive(Debug, Clone)]
pub(super) struct Window<'a> {
    pub(super) grid: &'a Grid,
    /// Range of bucket indexes of the grid.
    pub(super) buckets: Range<usize>,
}

impl Window<'_> {
    /// Returns the number of buckets.
    pub(super) fn len(&self) -> usize {
        self.buckets.len()
    }

    /// Returns edge `index` in milliseconds, counted from the first of the window; the end of the last bucket is an
    /// edge, too.
    pub(super) fn edge_ms(&self, index: usize) -> i64 {
        self.grid.edge(self.buckets.start + index) * 1000
    }

    /// Iterates over the buckets, counted from the first of the window, with the indices of the `times_ms` that fall
    /// into each.
    pub(super) fn runs<'a>(&'a self, times_ms: &'a [i64]) -> impl Iterator<Item = (usize, Range<usize>)> + 'a {
        let edge_ms = |bucket| self.grid.edge(bucket) * 1000;
        let first = edge_ms(self.buckets.start);
        let mut next = times_ms.partition_point(|&time| time < first);
        std::iter::from_fn(move || {
            let bucket = self.grid.bucket_of(*times_ms.get(next)?).filter(|bucket| self.buckets.contains(bucket))?;
            let (start, end) = (next, edge_ms(bucket + 1));
            next += times_ms[next..].iter().take_while(|&&time| time < end).count();
            Some((bucket - self.buckets.start, start..next))
        })
    }
}
