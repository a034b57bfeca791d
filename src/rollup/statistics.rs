//! The pooled samples of all series → one value for each bucket.
//!
//! Used by `frame`, once an answer. One pass over the samples of each series; nothing is allocated for a bucket. Sums are taken series
//! by series in the order of the series' content, so they do not depend on the order in which a source lists them.

use super::counter;
use super::percentile::percentile;
use super::runs::Window;
use super::tally::Tally;
use crate::catalog::{Kind, SeriesQuery};
use crate::request::Statistic;
use crate::series::Samples;
use std::borrow::Cow;
use std::cmp::Ordering;
use std::ops::Range;

/// A value for each of `buckets`: `None` where there are no samples, not finite where no number can hold the result. For a counter the
/// samples before the first bucket tell how far the total had come.
pub(super) fn roll_up(query: &SeriesQuery, buckets: Range<usize>, series: &[Samples]) -> Vec<Option<f64>> {
    let window = Window { grid: &query.grid, buckets };
    let mut points: Vec<Points> = series.iter().map(|series| Points::of(series, query.kind, query.statistic)).collect();
    if let Statistic::Percentile(tenths) = query.statistic {
        return percentiles(&window, &points, tenths);
    }
    points.sort_by(Points::by_content);
    let value = |(index, tally): (usize, &Tally)| match (query.statistic, query.kind) {
        _ if tally.is_empty() => None,
        (Statistic::Average, Kind::Gauge) => Some(tally.mean()),
        (Statistic::Average, Kind::Counter) => Some(tally.sum() / window.seconds(index) as f64),
        (Statistic::Sum, _) => Some(tally.sum()),
        (Statistic::Maximum, _) => Some(tally.greatest()),
        (Statistic::Minimum, _) => Some(tally.least()),
        (Statistic::Count, _) => Some(tally.count()),
        (Statistic::Percentile(_), _) => None,
    };
    tallies(&window, &points).iter().enumerate().map(value).collect()
}

/// What a statistic is taken of: the samples of a gauge, what a counter's samples say of its growth.
struct Points<'a> {
    times_ms: &'a [i64],
    values: Cow<'a, [f64]>,
}

impl<'a> Points<'a> {
    fn of(series: &'a Samples, kind: Kind, statistic: Statistic) -> Self {
        let growth = match (kind, statistic) {
            (Kind::Gauge, _) | (Kind::Counter, Statistic::Count) => {
                return Self { times_ms: series.times_ms(), values: Cow::Borrowed(series.values()) };
            }
            (Kind::Counter, Statistic::Sum | Statistic::Average) => counter::increases(series),
            (Kind::Counter, Statistic::Maximum | Statistic::Minimum | Statistic::Percentile(_)) => {
                counter::rates(series)
            }
        };
        Self { times_ms: series.times_ms().get(1..).unwrap_or_default(), values: Cow::Owned(growth) }
    }

    fn by_content(&self, other: &Self) -> Ordering {
        let mut values = self.values.iter().zip(other.values.iter()).map(|(one, two)| one.total_cmp(two));
        let differ = values.find(|order| order.is_ne());
        differ.unwrap_or_else(|| self.times_ms.cmp(other.times_ms))
    }
}

fn tallies(window: &Window, points: &[Points]) -> Vec<Tally> {
    let tallies = tallies_from(Tally::EMPTY, window, points);
    if !tallies.iter().any(Tally::overflowed) {
        return tallies;
    }
    let huge = tallies_from(Tally::EMPTY_FOR_HUGE, window, points);
    tallies.iter().zip(huge).map(|(tally, huge)| if tally.overflowed() { huge } else { *tally }).collect()
}

fn tallies_from(empty: Tally, window: &Window, points: &[Points]) -> Vec<Tally> {
    let mut tallies = vec![empty; window.len()];
    for series in points {
        for (bucket, run) in window.runs(series.times_ms) {
            tallies[bucket].add(&series.values[run]);
        }
    }
    tallies
}

/// Sorts the values into their buckets, all in one place: counts first, then copies each run behind the one before.
fn percentiles(window: &Window, points: &[Points], tenths: u16) -> Vec<Option<f64>> {
    let mut starts = vec![0; window.len() + 1];
    for series in points {
        for (bucket, run) in window.runs(series.times_ms) {
            starts[bucket + 1] += run.len();
        }
    }
    for bucket in 0..window.len() {
        starts[bucket + 1] += starts[bucket];
    }
    let mut pooled = vec![0.0; starts[window.len()]];
    let mut next = starts.clone();
    for series in points {
        for (bucket, run) in window.runs(series.times_ms) {
            let place = next[bucket]..next[bucket] + run.len();
            next[bucket] = place.end;
            pooled[place].copy_from_slice(&series.values[run]);
        }
    }
    starts.windows(2).map(|edges| percentile(&mut pooled[edges[0]..edges[1]], tenths)).collect()
}
