//! A source without a server: synthetic metrics, always the same, at any time past or ahead.
//!
//! Made for a first try, for documentation and for tests of hard cases. Every value is a function of the metric's name, its labels
//! and the time; the present plays no part, except that a counter has no samples after it. Samples lie on whole minutes. A window that would hold too many gets every n-th minute
//! of them, never fewer than one a bucket of at least a minute.
//!
//! These names, in any case of letters, are hard cases: `Gap`, `NaN`, `Counter Reset`, `Flat`, `Zero`, `Huge`, `Tiny`, `Negative`,
//! `Mixed`, `Spike`, `Ramp`, `Day Curve`, `Single Point` (one sample in the middle of what is asked), `No Data`, `Slow` (never in time)
//! and `Error`. Any other name is a server's usual day: in percent where the name holds `CPU`, `Usage`, `Util`, `%` or `Percent`, large
//! whole numbers where it holds `Bytes`, `Memory`, `Network` or `Disk`, else 0 to 1000; a growing total where the catalogue calls it a
//! counter.

mod config;
mod noise;
mod shape;
#[cfg(test)]
mod tests;

use super::Source;
use crate::call::Call;
use crate::catalog::{QueryTarget, Selector, SeriesQuery};
use crate::error::{Reason, SourceError};
use crate::limits::Limits;
use crate::series::{Fetched, Grid, Part, Samples, SplitAnswer};
use async_trait::async_trait;
use shape::Shape;
use std::ops::Range;
use std::time::Duration;

pub use config::DemoConfig;

/// Seconds between two samples, unless that makes too many.
const RESOLUTION: i64 = 60;

/// Values that each label has where a metric is split by it: more than a split draws by default.
const SPLIT_LINES: usize = 15;

/// The synthetic source.
#[derive(Debug)]
pub struct Demo {
    most_samples: i64,
}

impl Demo {
    /// Makes a source whose results have at most two samples for each of [`Limits::buckets_per_series`], and at most
    /// [`Limits::samples_per_fetch`].
    pub fn new(limits: &Limits) -> Self {
        let most = limits.buckets_per_series.saturating_mul(2).min(limits.samples_per_fetch as u64);
        Self { most_samples: i64::try_from(most).unwrap_or(i64::MAX).max(1) }
    }

    /// Returns the seconds between two samples on `grid`.
    fn step(&self, grid: &Grid) -> i64 {
        let seconds = grid.range().end - grid.range().start;
        let minutes = seconds / (RESOLUTION.saturating_mul(self.most_samples)) + 1;
        let shortest = grid.stretches().iter().map(|stretch| stretch.seconds).min().unwrap_or(RESOLUTION);
        (minutes * RESOLUTION).min(shortest).max(RESOLUTION)
    }
}

#[async_trait]
impl Source for Demo {
    async fn fetch(&self, query: &SeriesQuery, call: Call<'_>) -> Result<Fetched, SourceError> {
        let QueryTarget::Select(selector) = &query.target else {
            return Err(SourceError::new(Reason::Refused, "this source has no expressions"));
        };
        let shape = Shape::of(&selector.name, query.kind);
        match shape {
            Shape::Error => return Err(SourceError::new(Reason::Refused, "the demo's metric 'Error' always fails")),
            Shape::Slow => {
                tokio::time::sleep(call.deadline.remaining() + Duration::from_secs(1)).await;
                return Err(SourceError::new(Reason::Timeout, "the demo's metric 'Slow' is never in time"));
            }
            _ => {}
        }
        let (selector, step) = (selector.clone(), self.step(&query.grid));
        let (buckets, range, asked) = (query.grid.len(), query.sample_range(call.now_ms), query.grid.range());
        let lines: Vec<Vec<String>> = match &query.split_by {
            Some(split_by) => {
                (1..=SPLIT_LINES).map(|n| split_by.keys().iter().map(|key| format!("{key}-{n}")).collect()).collect()
            }
            None => vec![Vec::new()],
        };
        let keys = query.split_by.as_ref().map_or(Vec::new(), |split_by| split_by.keys().to_vec());
        let of_line = move |values: Vec<String>| {
            let labels = keys.iter().cloned().zip(values.iter().cloned());
            let line = Selector { labels: selector.labels.iter().cloned().chain(labels).collect(), ..selector.clone() };
            let series = vec![samples(shape, &line, range.clone(), asked.clone(), step)];
            let parts = vec![Part::Samples { buckets: 0..buckets, series }];
            let fetched = Fetched { parts, fetched_at_ms: call.now_ms, ..Fetched::default() };
            SplitAnswer { values, fetched }
        };
        let computed = tokio::task::spawn_blocking(move || lines.into_iter().map(of_line).collect::<Vec<_>>()).await;
        let mut split = computed.map_err(|error| SourceError::new(Reason::Down, error.to_string()))?;
        if query.split_by.is_some() {
            split.sort_by(|one, two| one.values.cmp(&two.values));
            return Ok(Fetched { split, fetched_at_ms: call.now_ms, ..Fetched::default() });
        }
        Ok(split.pop().map(|line| line.fetched).unwrap_or_default())
    }
}

/// Returns the samples in `range` at multiples of `step`, all in Unix seconds; those that are not finite only inside `asked`.
fn samples(shape: Shape, selector: &Selector, range: Range<i64>, asked: Range<i64>, step: i64) -> Samples {
    if shape == Shape::SinglePoint {
        return Samples::new(vec![((asked.start + asked.end) * 500, 42.0)]);
    }
    let seed = noise::seed(&selector.name, &selector.labels);
    let first = -(-range.start).div_euclid(step) * step;
    let times =
        std::iter::successors(Some(first), |second| Some(second + step)).take_while(|second| *second < range.end);
    let point = |second: i64| Some((second, shape.value(seed, second)?));
    let counts = |(second, value): &(i64, f64)| value.is_finite() || asked.contains(second);
    Samples::new(times.filter_map(point).filter(counts).map(|(second, value)| (second * 1000, value)).collect())
}
