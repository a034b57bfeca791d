//! Bucket grids: start and end of each bucket of a line.

use crate::request::{Period, Span, Zone};
use std::ops::Range;
use std::sync::Arc;

/// Half-open buckets `[start, end)` without gaps, in Unix seconds, stamped with their start; at least one.
///
/// Aligned to multiples of the period since the epoch. Periods of n whole days are blocks of n local civil days counted
/// from 1970-01-01 in the zone, so a day with 23 or 25 hours is one whole bucket. The grid has the buckets that
/// intersect the span.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Grid {
    period: Period,
    edges: Edges,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Edges {
    Even {
        first: i64,
        count: usize,
    },
    /// One more edge than buckets.
    Listed(Arc<[i64]>),
}

/// Consecutive buckets of equal length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    /// Start of the first bucket, in Unix seconds.
    pub first: i64,
    /// Length of each bucket in seconds.
    pub seconds: i64,
    /// Number of buckets.
    pub count: usize,
}

impl Grid {
    /// Makes the grid of the buckets of `period` that intersect `span`.
    pub fn new(span: Span, period: Period, zone: &Zone) -> Self {
        let edges = match period.days() {
            Some(days) => Edges::of_days(span, days, zone),
            None => Edges::even(span, period.seconds()),
        };
        Self { period, edges }
    }

    /// Returns the nominal length of a bucket.
    pub fn period(&self) -> Period {
        self.period
    }

    /// Returns the number of buckets, at least 1.
    pub fn len(&self) -> usize {
        match &self.edges {
            Edges::Even { count, .. } => *count,
            Edges::Listed(edges) => edges.len() - 1,
        }
    }

    /// Returns false: a grid has at least one bucket.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns edge `index`, the start of bucket `index`; [`Grid::len`] is the end of the last bucket.
    pub fn edge(&self, index: usize) -> i64 {
        match &self.edges {
            Edges::Even { first, .. } => first + self.period.seconds() * i64::try_from(index).unwrap_or(i64::MAX),
            Edges::Listed(edges) => edges[index],
        }
    }

    /// Returns the range from the start of the first bucket to the end of the last.
    pub fn range(&self) -> Range<i64> {
        self.edge(0)..self.edge(self.len())
    }

    /// Returns the bucket that contains `time_ms`, in milliseconds.
    pub fn bucket_of(&self, time_ms: i64) -> Option<usize> {
        let second = time_ms.div_euclid(1000);
        if !self.range().contains(&second) {
            return None;
        }
        match &self.edges {
            Edges::Even { first, .. } => usize::try_from((second - first) / self.period.seconds()).ok(),
            Edges::Listed(edges) => edges.partition_point(|&edge| edge <= second).checked_sub(1),
        }
    }

    /// Returns the bucket that starts at `second`.
    pub fn bucket_at(&self, second: i64) -> Option<usize> {
        self.bucket_of(second.checked_mul(1000)?).filter(|&index| self.edge(index) == second)
    }

    /// Returns the buckets in runs of equal length, in order: one run unless a clock change makes a day longer or
    /// shorter.
    pub fn stretches(&self) -> Vec<Stretch> {
        match &self.edges {
            Edges::Even { first, count } => {
                vec![Stretch { first: *first, seconds: self.period.seconds(), count: *count }]
            }
            Edges::Listed(edges) => {
                let lengths: Vec<i64> = edges.windows(2).map(|pair| pair[1] - pair[0]).collect();
                let mut first = 0;
                let run = |run: &[i64]| {
                    let stretch = Stretch { first: edges[first], seconds: run[0], count: run.len() };
                    first += run.len();
                    stretch
                };
                lengths.chunk_by(|a, b| a == b).map(run).collect()
            }
        }
    }
}

impl Edges {
    fn even(span: Span, seconds: i64) -> Self {
        let first = span.start().div_euclid(seconds) * seconds;
        let count = (span.end() - first + seconds - 1) / seconds;
        Self::Even { first, count: usize::try_from(count).unwrap_or(1) }
    }

    fn of_days(span: Span, days: i64, zone: &Zone) -> Self {
        let first = zone.day_begun(span.start()).div_euclid(days) * days;
        let mut edges = vec![zone.day_start(first)];
        let mut day = first;
        while edges.last().is_some_and(|&edge| edge < span.end()) {
            day += days;
            let edge = zone.day_start(day);
            // A day that a zone skipped entirely (Apia, 2011-12-30) has no bucket of its own.
            if edges.last() != Some(&edge) {
                edges.push(edge);
            }
        }
        let seconds = days * 86_400;
        let even = edges.windows(2).all(|pair| pair[1] - pair[0] == seconds);
        if even { Self::Even { first: edges[0], count: edges.len() - 1 } } else { Self::Listed(edges.into()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Limits;

    fn grid(start: i64, end: i64, period: i64, zone: &str) -> Grid {
        let limits = Limits::default();
        let (span, period) = (Span::new(start, end, &limits).unwrap(), Period::new(period, &limits).unwrap());
        Grid::new(span, period, &Zone::parse(zone).unwrap())
    }

    #[test]
    fn a_span_shorter_than_its_period_has_one_bucket() {
        let grid = grid(1_640_995_200, 1_640_995_440, 300, "UTC");
        assert_eq!((grid.len(), grid.range()), (1, 1_640_995_200..1_640_995_500));
    }

    #[test]
    fn buckets_that_touch_the_span_are_whole() {
        let grid = grid(1_640_995_210, 1_640_995_501, 300, "UTC");
        assert_eq!((grid.len(), grid.range()), (2, 1_640_995_200..1_640_995_800));
    }

    #[test]
    fn days_begin_at_local_midnight_and_a_day_of_23_hours_is_whole() {
        let grid = grid(1_774_652_400, 1_774_908_000, 86_400, "Europe/Berlin");
        let lengths: Vec<_> = grid.stretches().iter().map(|s| (s.first, s.seconds / 3600, s.count)).collect();
        assert_eq!(lengths, [(1_774_652_400, 24, 1), (1_774_738_800, 23, 1), (1_774_821_600, 24, 1)]);
        assert_eq!(grid.bucket_of(1_774_821_599_999), Some(1));
        assert_eq!(grid.bucket_of(1_774_821_600_000), Some(2));
        assert_eq!(grid.bucket_at(1_774_738_800), Some(1));
        assert_eq!(grid.bucket_at(1_774_738_801), None);
    }

    #[test]
    fn days_of_a_zone_without_changes_are_one_stretch() {
        let grid = grid(1_774_710_000, 1_774_710_000 + 3 * 86_400, 86_400, "Asia/Seoul");
        assert_eq!(grid.stretches(), [Stretch { first: 1_774_710_000, seconds: 86_400, count: 3 }]);
    }

    #[test]
    fn a_day_that_a_zone_skipped_has_no_bucket() {
        let grid = grid(1_325_066_400, 1_325_412_000, 86_400, "Pacific/Apia");
        assert!((0..grid.len()).all(|i| grid.edge(i) < grid.edge(i + 1)));
    }

    fn edges(grid: &Grid) -> Vec<i64> {
        (0..=grid.len()).map(|index| grid.edge(index)).collect()
    }

    #[test]
    fn a_repeated_evening_belongs_to_the_day_that_has_begun() {
        // 2010-11-07: midnight at 02:30 UTC, a minute later 23:01 again, midnight again at 03:30 UTC.
        let (midnight, again, next) = (1_289_097_000, 1_289_100_600, 1_289_187_000);
        for (start, end) in
            [(midnight, midnight + 60), (midnight + 60, again), (midnight + 1000, midnight + 2000), (again, next)]
        {
            assert_eq!(edges(&grid(start, end, 86_400, "America/St_Johns")), [midnight, next], "{start} to {end}");
        }
        assert_eq!(edges(&grid(midnight - 1, midnight + 1, 86_400, "America/St_Johns"))[1..], [midnight, next]);
    }

    #[test]
    fn days_begin_when_the_clock_first_shows_them() {
        for (zone, start, seconds_after_midnight) in
            [("America/Santiago", 1_788_667_200, 3600), ("America/Santo_Domingo", 25_678_800, 1800)]
        {
            let grid = grid(start - 1, start + 1, 86_400, zone);
            assert_eq!((grid.len(), grid.edge(1)), (2, start), "{zone}");
            assert_eq!(Zone::parse(zone).unwrap().wall(start).rem_euclid(86_400), seconds_after_midnight, "{zone}");
        }
    }

    #[test]
    fn times_outside_the_grid_have_no_bucket() {
        let grid = grid(600, 1200, 60, "UTC");
        assert_eq!((grid.bucket_of(599_999), grid.bucket_of(1_200_000)), (None, None));
        assert_eq!((grid.bucket_of(600_000), grid.bucket_of(1_199_999)), (Some(0), Some(9)));
    }
}
