//! Computes one value for each bucket from the samples of all series.
//!
//! Used by `frame` for each response. One pass over the samples of each series. Sums are taken series by series in the
//! order of the series' content, so they do not depend on the order in which a source lists them.

use super::accumulator::Accumulator;
use super::percentile::percentile;
use super::runs::Window;
use super::{counter, rates};
use crate::catalog::{Across, MetricKind, SeriesQuery};
use crate::request::Statistic;
use crate::series::{Notes, Samples};
use std::borrow::Cow;
use std::cmp::Ordering;
use std::ops::Range;

/// A rolled-up part of a response.
#[derive(Debug)]
pub(super) struct RolledUp {
    /// One value per bucket: `None` without a value, not finite if no number can hold the result.
    pub(super) values: Vec<Option<f64>>,
    /// Notes about the samples of all series.
    pub(super) notes: Notes,
}

/// Returns a value for each of `buckets`, from the samples in [`SeriesQuery::sample_range`]. `now_ms` is the present,
/// in milliseconds since the epoch: a counter's later samples are skipped, and its rate does not continue beyond it.
pub(super) fn roll_up(query: &SeriesQuery, buckets: Range<usize>, series: &[Samples], now_ms: i64) -> RolledUp {
    let window = Window { grid: &query.grid, buckets };
    let longest_gap_ms = query.longest_gap_seconds() * 1000;
    let (skipped, conflicting) =
        series.iter().fold((0, 0), |sum, one| (sum.0 + one.skipped(), sum.1 + one.conflicting()));
    let mut points: Vec<Points> = series.iter().map(|series| Points::of(series, query.kind, now_ms)).collect();
    let pooled = points.iter().filter(|points| points.touch(&window, query.kind, longest_gap_ms)).count();
    let mut notes = Notes { skipped, conflicting, pooled: if pooled > 1 { pooled } else { 0 }, ..Notes::default() };
    if query.kind == MetricKind::Counter && query.statistic != Statistic::Count {
        notes.silences = points.iter().map(|points| points.silences(&window, longest_gap_ms)).sum();
    }
    points.sort_by(Points::by_content);
    let values = match (query.kind, query.statistic) {
        (MetricKind::Gauge, _) | (MetricKind::Counter, Statistic::Count) => {
            values(&window, &points, query.statistic, query.across)
        }
        (MetricKind::Counter, Statistic::Sum) => {
            let born = query.counter.born;
            let mut steps: Vec<Points> =
                points.iter().map(|points| counter::increases(points, longest_gap_ms, born)).collect();
            steps.sort_by(Points::by_content);
            values(&window, &steps, Statistic::Sum, query.across)
        }
        (MetricKind::Counter, statistic) => {
            let rule = rates::Rule { across: query.across, longest_gap_ms, now_ms };
            rates::roll_up(&window, &points, rule, statistic)
        }
    };
    RolledUp { values, notes }
}

/// Strictly increasing times, each with a finite value.
#[derive(Debug)]
pub(super) struct Points<'a> {
    pub(super) times_ms: Cow<'a, [i64]>,
    pub(super) values: Cow<'a, [f64]>,
}

impl<'a> Points<'a> {
    /// Makes points of samples; samples of a counter after the present are left out.
    fn of(series: &'a Samples, kind: MetricKind, now_ms: i64) -> Self {
        let (times_ms, values) = (series.times_ms(), series.values());
        let known = match kind {
            MetricKind::Gauge => times_ms.len(),
            MetricKind::Counter => times_ms.partition_point(|&time| time <= now_ms),
        };
        Self { times_ms: Cow::Borrowed(&times_ms[..known]), values: Cow::Borrowed(&values[..known]) }
    }

    /// Returns the indices of the points in `[start_ms, end_ms)`.
    pub(super) fn between(&self, start_ms: i64, end_ms: i64) -> Range<usize> {
        let index_of = |edge| self.times_ms.partition_point(|&time| time < edge);
        index_of(start_ms)..index_of(end_ms)
    }

    /// Reports whether a sample lies in `window`, or a joined pair of a counter spans it.
    fn touch(&self, window: &Window, kind: MetricKind, longest_gap_ms: i64) -> bool {
        let Range { start, end } = self.between(window.edge_ms(0), window.edge_ms(window.len()));
        let is_joined = || self.times_ms[start].saturating_sub(self.times_ms[start - 1]) <= longest_gap_ms;
        start < end || (kind == MetricKind::Counter && start > 0 && start < self.times_ms.len() && is_joined())
    }

    /// Returns the number of pairs in `window` that are too far apart to be joined.
    fn silences(&self, window: &Window, longest_gap_ms: i64) -> usize {
        let Range { start, end } = self.between(window.edge_ms(0), window.edge_ms(window.len()));
        let around = start.saturating_sub(1)..self.times_ms.len().min(end + 1);
        self.times_ms[around].windows(2).filter(|pair| pair[1].saturating_sub(pair[0]) > longest_gap_ms).count()
    }

    fn by_content(&self, other: &Self) -> Ordering {
        let mut values = self.values.iter().zip(other.values.iter()).map(|(one, two)| one.total_cmp(two));
        let differ = values.find(|order| order.is_ne());
        differ.unwrap_or_else(|| self.times_ms.cmp(&other.times_ms))
    }
}

/// Returns the `statistic` of each bucket, of all points together or of each series and then across the series.
fn values(window: &Window, points: &[Points], statistic: Statistic, across: Across) -> Vec<Option<f64>> {
    let adds_up = matches!(statistic, Statistic::Sum | Statistic::Count);
    let across = match across {
        Across::Sum if adds_up => None,
        Across::Pool => None,
        Across::Sum => Some(Statistic::Sum),
        Across::Average => Some(Statistic::Average),
        Across::Minimum => Some(Statistic::Minimum),
        Across::Maximum => Some(Statistic::Maximum),
    };
    let of_all = |accumulators: Vec<Accumulator>, statistic| {
        accumulators.iter().map(|accumulator| value(accumulator, statistic)).collect()
    };
    match (across, statistic) {
        (Some(across), _) => of_all(apart(window, points, statistic), across),
        (None, Statistic::Percentile(tenths)) => percentiles(window, points, tenths),
        (None, _) => of_all(pooled(window, points), statistic),
    }
}

fn value(accumulator: &Accumulator, statistic: Statistic) -> Option<f64> {
    let value = match statistic {
        Statistic::Average => accumulator.mean(),
        Statistic::Sum => accumulator.sum(),
        Statistic::Maximum => accumulator.maximum(),
        Statistic::Minimum => accumulator.minimum(),
        Statistic::Count => accumulator.count(),
        Statistic::Percentile(_) => return None,
    };
    (!accumulator.is_empty()).then_some(value)
}

/// Accumulates the points of all series in each bucket.
fn pooled(window: &Window, points: &[Points]) -> Vec<Accumulator> {
    without_overflow(|empty| {
        let mut accumulators = vec![empty; window.len()];
        for series in points {
            for (bucket, run) in window.runs(&series.times_ms) {
                accumulators[bucket].add(&series.values[run]);
            }
        }
        accumulators
    })
}

/// Accumulates the `statistic` of each series in each bucket.
fn apart(window: &Window, points: &[Points], statistic: Statistic) -> Vec<Accumulator> {
    let mut scratch = Vec::new();
    let mut of_run = |run: &[f64]| match statistic {
        Statistic::Percentile(tenths) => {
            scratch.clear();
            scratch.extend_from_slice(run);
            percentile(&mut scratch, tenths)
        }
        _ => {
            let of = |mut accumulator: Accumulator| {
                accumulator.add(run);
                accumulator
            };
            let accumulator = Some(of(Accumulator::EMPTY)).filter(|accumulator| !accumulator.overflowed());
            value(&accumulator.unwrap_or_else(|| of(Accumulator::EMPTY_FOR_HUGE)), statistic)
        }
    };
    without_overflow(|empty| {
        let mut accumulators = vec![empty; window.len()];
        for series in points {
            for (bucket, run) in window.runs(&series.times_ms) {
                accumulators[bucket].add(of_run(&series.values[run]).as_slice());
            }
        }
        accumulators
    })
}

/// Returns the accumulators that `accumulate` makes of an empty one, or if a sum overflows, of one for huge values.
fn without_overflow(mut accumulate: impl FnMut(Accumulator) -> Vec<Accumulator>) -> Vec<Accumulator> {
    let mut made = accumulate(Accumulator::EMPTY);
    if made.iter().any(Accumulator::overflowed) {
        let huge = accumulate(Accumulator::EMPTY_FOR_HUGE);
        made.iter_mut()
            .zip(huge)
            .filter(|(accumulator, _)| accumulator.overflowed())
            .for_each(|(accumulator, huge)| *accumulator = huge);
    }
    made
}

/// Sorts the values into their buckets in one buffer: counts first, then copies each run behind the one before.
fn percentiles(window: &Window, points: &[Points], tenths: u16) -> Vec<Option<f64>> {
    let mut starts = vec![0; window.len() + 1];
    for series in points {
        for (bucket, run) in window.runs(&series.times_ms) {
            starts[bucket + 1] += run.len();
        }
    }
    for bucket in 0..window.len() {
        starts[bucket + 1] += starts[bucket];
    }
    let mut pooled = vec![0.0; starts[window.len()]];
    let mut next = starts.clone();
    for series in points {
        for (bucket, run) in window.runs(&series.times_ms) {
            let place = next[bucket]..next[bucket] + run.len();
            next[bucket] = place.end;
            pooled[place].copy_from_slice(&series.values[run]);
        }
    }
    starts.windows(2).map(|edges| percentile(&mut pooled[edges[0]..edges[1]], tenths)).collect()
}
