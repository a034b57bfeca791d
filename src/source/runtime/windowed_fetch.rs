//! Windowed fetch: the samples of a range in several calls, for everything that a server does not compute.
//!
//! Windows grow while responses are small and shrink when one is too big.

use super::sample_collector::{Answer, SampleCollector};
use crate::call::Call;
use crate::catalog::SeriesQuery;
use crate::error::{Reason, SourceError};
use crate::limits::Limits;
use crate::series::{Fetched, Notes, Part, SplitAnswer};
use async_trait::async_trait;
use std::ops::Range;

/// The first window, in seconds.
const DAY: i64 = 86_400;

/// A window that is too big and not longer than this is not halved any more, in seconds.
const SHORTEST_WINDOW: i64 = 60;

/// Some series of a server that gives their samples window by window.
#[async_trait]
pub(in crate::source) trait SampleSource: Sync {
    /// Returns the samples in `window`, in Unix seconds, its end excluded.
    async fn samples(&self, window: &Range<i64>, call: Call<'_>) -> Result<Answer, SourceError>;

    /// Returns the limits of a fetch.
    fn room(&self) -> FetchLimits;
}

/// Limits of one fetch.
#[derive(Debug, Clone, Copy)]
pub(in crate::source) struct FetchLimits {
    /// Samples of all windows.
    most: usize,
    /// Series of all windows.
    series: usize,
    /// After a window with fewer samples the next one is longer.
    few: usize,
}

impl FetchLimits {
    /// Takes [`Limits::samples_per_fetch`], [`Limits::series_per_answer`] and [`Limits::points_per_call`].
    pub(in crate::source) fn new(limits: &Limits) -> Self {
        Self { most: limits.samples_per_fetch, series: limits.series_per_answer, few: limits.points_per_call }
    }

    /// Makes an empty collector with these limits.
    pub(in crate::source) fn gathered(self) -> SampleCollector {
        SampleCollector::new(self.most, self.series)
    }

    /// Series of one question.
    pub(in crate::source) fn series(self) -> usize {
        self.series
    }

    /// Returns the maximum number of samples of all windows.
    pub(in crate::source) fn most(self) -> usize {
        self.most
    }
}

/// Returns the samples that decide the buckets of `query`, see [`SeriesQuery::sample_range`].
pub(in crate::source) async fn fetch(
    series: &impl SampleSource,
    query: &SeriesQuery,
    call: Call<'_>,
) -> Result<Fetched, SourceError> {
    let (sampled, buckets) = (query.sample_range(call.now_ms), query.grid.range());
    let around = (sampled.end - sampled.start) - (buckets.end - buckets.start) + query.grid.period().seconds();
    let gathered = samples(series, sampled, call).await.map_err(|error| error.with_less_room(around))?;
    Ok(fetched(gathered, query, call))
}

/// Returns the answer to `query` that all its samples are: one, or one for each combination of values of a split.
pub(in crate::source) fn fetched(gathered: SampleCollector, query: &SeriesQuery, call: Call<'_>) -> Fetched {
    let gathered = gathered.without_noise_outside(query.grid.range());
    let fetched = |gathered| {
        let (parts, notes) = part(0..query.grid.len(), gathered);
        Fetched { parts, notes, fetched_at_ms: call.now_ms, split: Vec::new() }
    };
    let Some(split_by) = &query.split_by else { return fetched(gathered) };
    let notes = Notes { unrequested: gathered.unrequested(), ..Notes::default() };
    let split = gathered.split(split_by.keys()).into_iter();
    let split = split.map(|(values, gathered)| SplitAnswer { values, fetched: fetched(gathered) }).collect();
    Fetched { split, notes, fetched_at_ms: call.now_ms, ..Fetched::default() }
}

/// Returns the samples in `range`, in Unix seconds.
pub(in crate::source) async fn samples(
    series: &impl SampleSource,
    range: Range<i64>,
    call: Call<'_>,
) -> Result<SampleCollector, SourceError> {
    let room = series.room();
    let mut gathered = room.gathered();
    let (mut start, mut length) = (range.start, DAY);
    while start < range.end {
        let window = start..range.end.min(start + length);
        match series.samples(&window, call).await {
            Ok(answer) => {
                let read = gathered.taken() + answer.series.iter().map(|series| series.points.len() + 1).sum::<usize>();
                let too_many = |error| match read > room.most {
                    true => SourceError::too_many_samples(window.end - range.start, read, room.most),
                    false => error,
                };
                if gathered.add(answer, &window).map_err(too_many)? < room.few {
                    length *= 2;
                }
                start = window.end;
            }
            Err(error) if error.reason == Reason::TooBig && window.end - window.start > SHORTEST_WINDOW => {
                length = (window.end - window.start) / 2;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(gathered)
}

/// Returns one part with all samples.
pub(in crate::source) fn part(buckets: Range<usize>, gathered: SampleCollector) -> (Vec<Part>, Notes) {
    let (series, notes) = gathered.finish();
    (vec![Part::Samples { buckets, series }], notes)
}
