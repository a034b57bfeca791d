//! Statistics computed by the server, one evaluation a bucket, and raw samples for the buckets where they would not be ours.
//!
//! A bucket is evaluated at the first multiple of its length at or after its end, and shifted back by `offset`: servers that align
//! evaluations to such multiples leave these alone, and local days are as good as hours.

use super::api::{Selected, Server, Steps};
use super::group::{Group, Values};
use super::promql;
use super::promql::{Bucketed, Dialect};
use crate::call::Call;
use crate::catalog::SeriesQuery;
use crate::error::{Reason, SourceError};
use crate::series::{Fetched, Grid, Notes, Part, SplitAnswer, Stretch};
use crate::source::runtime::sample_collector::Answer;
use crate::source::runtime::windowed_fetch;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// VictoriaMetrics repeats older values at evaluations of the last 30 seconds (`-search.latencyOffset`) where the step is shorter than
/// a minute; samples it gives as they are.
const UNSETTLED_SECONDS: i64 = 60;

/// Buckets that have to be fetched raw are joined into at most so many calls.
const RAW_RANGES: usize = 8;

/// Returns the statistic of every bucket of a gauge: computed values, and the samples of the buckets that only their samples can tell.
pub async fn fetch(
    server: &Server,
    group: &Group<'_>,
    query: &SeriesQuery,
    call: Call<'_>,
) -> Result<(Vec<Part>, Notes), SourceError> {
    let found = found(server, group, query, call).await?;
    let mut completed = complete(server, group, &query.grid, found, call).await?;
    let (parts, mut notes) = completed.remove(&Values::new()).unwrap_or_default();
    notes.unrequested = group.unrequested();
    Ok((parts, notes))
}

/// Returns the answer for each line of the split `group`: as [`fetch`] for one metric, with one query for all lines.
pub async fn fetch_split(
    server: &Server,
    group: &Group<'_>,
    query: &SeriesQuery,
    call: Call<'_>,
) -> Result<Fetched, SourceError> {
    let found = found(server, group, query, call).await?;
    let computed: usize = found.metrics.values().map(|metric| metric.computed.len()).sum();
    if computed > server.room.most() {
        return Err(SourceError::new(Reason::TooBig, format!("{computed} values of {} lines", found.metrics.len())));
    }
    let completed = complete(server, group, &query.grid, found, call).await?;
    let line = |(values, (parts, notes))| SplitAnswer {
        values,
        fetched: Fetched { parts, notes, fetched_at_ms: call.now_ms, ..Fetched::default() },
    };
    let notes = Notes { unrequested: group.unrequested(), ..Notes::default() };
    let split = completed.into_iter().map(line).collect();
    Ok(Fetched { split, notes, fetched_at_ms: call.now_ms, ..Fetched::default() })
}

/// Returns the values of the metrics of `group`, of which `query` is one. `None` for a metric that has to be fetched alone: one with
/// buckets that only their samples can tell, and all of them where the server left something out. In the order of [`Group::named`].
pub async fn fetch_together(
    server: &Server,
    group: &Group<'_>,
    query: &SeriesQuery,
    call: Call<'_>,
) -> Result<Vec<Option<(Vec<Part>, Notes)>>, SourceError> {
    let is_settled = |stretch: &Stretch| settled(*stretch, call.now_ms) == stretch.count;
    let named = group.named();
    if !query.grid.stretches().iter().all(is_settled) {
        return Ok(vec![None; named.len()]);
    }
    let mut found = found(server, group, query, call).await?;
    let is_clear = !found.incomplete && group.unrequested() == 0;
    let is_whole = |metric: &Buckets| is_clear && metric.unclear.is_empty();
    let part = |metric: Buckets| {
        let notes = metric.notes();
        is_whole(&metric).then(|| (vec![Part::Computed(metric.computed)], notes))
    };
    Ok(named.iter().map(|values| part(found.metrics.remove(values).unwrap_or_default())).collect())
}

/// The server's values of the buckets.
#[derive(Debug)]
struct Found {
    /// The buckets of each metric that has rows.
    metrics: BTreeMap<Values, Buckets>,
    /// Buckets that were not evaluated, in order: their values may still change at the server.
    unsettled: Vec<usize>,
    incomplete: bool,
}

/// The computed buckets of one metric, and those that are unclear.
#[derive(Debug, Clone, Default)]
struct Buckets {
    computed: Vec<(usize, f64)>,
    /// Buckets that only their samples can tell, in order.
    unclear: Vec<usize>,
    /// The most series of one bucket, where the rows count several.
    pooled: usize,
}

impl Buckets {
    fn notes(&self) -> Notes {
        Notes { pooled: self.pooled, ..Notes::default() }
    }
}

/// Evaluates every settled bucket.
async fn found(server: &Server, group: &Group<'_>, query: &SeriesQuery, call: Call<'_>) -> Result<Found, SourceError> {
    let (mut windows, mut unsettled, mut bucket) = (Vec::new(), Vec::new(), 0);
    for stretch in query.grid.stretches() {
        let settled = settled(stretch, call.now_ms);
        windows.extend(Window::of(Stretch { count: settled, ..stretch }, bucket, server.points_per_call));
        unsettled.extend(bucket + settled..bucket + stretch.count);
        bucket += stretch.count;
    }
    let mut found = Found { metrics: BTreeMap::new(), unsettled, incomplete: false };
    if windows.is_empty() {
        return Ok(found);
    }
    let dialect = server.dialect(call).await?;
    let calls: Vec<_> = windows.iter().map(|window| window.summaries(server, group, query, dialect, call)).collect();
    for (window, summaries) in windows.iter().zip(server.all(calls).await?) {
        found.incomplete |= summaries.incomplete;
        for (values, summaries) in summaries.metrics {
            let metric = found.metrics.entry(values).or_default();
            for (index, summary) in summaries {
                let bucket = window.bucket + index;
                metric.pooled = metric.pooled.max(summary.series);
                match summary.verdict() {
                    Verdict::Nothing => {}
                    Verdict::Value(value) => metric.computed.push((bucket, value)),
                    Verdict::Unclear => metric.unclear.push(bucket),
                }
            }
        }
    }
    Ok(found)
}

/// Buckets of one length that one call evaluates.
#[derive(Debug)]
struct Window {
    /// The index of the first in its grid.
    bucket: usize,
    steps: Steps,
    /// The seconds from the end of a bucket to its evaluation.
    offset_seconds: i64,
}

impl Window {
    /// Cuts `stretch`, whose first bucket is `bucket`, into windows of at most `most` buckets.
    fn of(stretch: Stretch, bucket: usize, most: usize) -> impl Iterator<Item = Self> {
        let Stretch { first, seconds, count } = stretch;
        let offset_seconds = (-first).rem_euclid(seconds);
        let steps = Steps { first: first + seconds + offset_seconds, seconds, count };
        let mut bucket = bucket;
        steps.windows(most).map(move |steps| {
            let window = Self { bucket, steps, offset_seconds };
            bucket += steps.count;
            window
        })
    }

    /// Evaluates the statistic: of each series by itself where that costs the server less, and of all together where there are several. The
    /// lines of a split, whose series are several more often, are one query.
    async fn summaries(
        &self,
        server: &Server,
        group: &Group<'_>,
        query: &SeriesQuery,
        dialect: Dialect,
        call: Call<'_>,
    ) -> Result<Summaries, SourceError> {
        let Self { steps, offset_seconds, .. } = *self;
        let (selector, by, statistic, across) = (&group.selector, group.labels(), query.statistic, query.across);
        let of = Bucketed { selector, seconds: steps.seconds, offset_seconds, by, across, dialect };
        let across = promql::across(statistic, &of);
        let is_one_query = across.is_some() && query.split_by.is_some();
        let mut each = None;
        if let Some(query) = promql::per_series(statistic, &of).filter(|_| !is_one_query) {
            match server.range(&query, steps, call).await {
                Ok(mut answer) => {
                    group.keep_requested(&mut answer);
                    let summaries = Summaries::read(answer, steps, group);
                    if !summaries.have_several() {
                        return Ok(summaries);
                    }
                    each = Some(summaries);
                }
                // The rows of many series do not fit, their aggregate does.
                Err(error) if error.reason == Reason::TooBig && across.is_some() => {}
                Err(error) => return Err(error),
            }
        }
        match (across, each) {
            (Some(query), _) => {
                let mut answer = server.range(&query, steps, call).await?;
                group.keep_requested(&mut answer);
                Ok(Summaries::read(answer, steps, group))
            }
            (None, Some(each)) => Ok(each),
            (None, None) => Err(SourceError::new(Reason::Refused, "no query has this statistic")),
        }
    }
}

/// Fetches the samples of the buckets that are unclear or unsettled, those of all metrics of the group at once, and returns the answer for
/// each metric that has rows or samples.
async fn complete(
    server: &Server,
    group: &Group<'_>,
    grid: &Grid,
    found: Found,
    call: Call<'_>,
) -> Result<BTreeMap<Values, (Vec<Part>, Notes)>, SourceError> {
    let mut incomplete = found.incomplete;
    let unclear = found.metrics.values().flat_map(|metric| &metric.unclear);
    let unclear: BTreeSet<usize> = unclear.chain(&found.unsettled).copied().collect();
    let ranges = joined(&unclear.into_iter().collect::<Vec<_>>(), RAW_RANGES);
    let is_raw = |bucket: &usize| ranges.iter().any(|range| range.contains(bucket));
    let computed = |metric: Buckets| {
        let notes = metric.notes();
        (vec![Part::Computed(metric.computed.into_iter().filter(|(bucket, _)| !is_raw(bucket)).collect())], notes)
    };
    let named = group.named().into_iter().map(|values| (values, Buckets::default()));
    let metrics: BTreeMap<Values, Buckets> = named.chain(found.metrics).collect();
    let mut completed: BTreeMap<Values, (Vec<Part>, Notes)> =
        metrics.into_iter().map(|(values, metric)| (values, computed(metric))).collect();
    let labels: Vec<String> = group.labels().iter().map(|&label| label.to_owned()).collect();
    let selected = Selected { server, group };
    let samples =
        |range: &Range<usize>| windowed_fetch::samples(&selected, grid.edge(range.start)..grid.edge(range.end), call);
    let calls: Vec<_> = ranges.iter().map(samples).collect();
    for (range, gathered) in ranges.iter().cloned().zip(server.all(calls).await?) {
        incomplete |= gathered.is_incomplete();
        for (values, gathered) in gathered.split(&labels) {
            completed.entry(values).or_default().0.extend(windowed_fetch::part(range.clone(), gathered).0);
        }
    }
    completed.values_mut().for_each(|(_, notes)| notes.incomplete = incomplete);
    Ok(completed)
}

/// Returns the number of buckets whose values of the server will not be corrected.
fn settled(stretch: Stretch, now_ms: i64) -> usize {
    if stretch.seconds >= UNSETTLED_SECONDS {
        return stretch.count;
    }
    let ended = (now_ms.div_euclid(1000) - UNSETTLED_SECONDS - stretch.first).div_euclid(stretch.seconds);
    usize::try_from(ended).unwrap_or(0).min(stretch.count)
}

/// Returns at most `most` ranges that cover `buckets`, which are in order, closing the smallest holes first.
fn joined(buckets: &[usize], most: usize) -> Vec<Range<usize>> {
    let hole = |pair: &[usize]| pair[1] - pair[0] - 1;
    let mut holes: Vec<usize> = buckets.windows(2).map(hole).filter(|&hole| hole > 0).collect();
    holes.sort_unstable_by(|a, b| b.cmp(a));
    let closed = holes.get(most - 1).copied().unwrap_or(0);
    let together = buckets.chunk_by(|a, b| b - a - 1 <= closed);
    together.map(|run| run[0]..run[run.len() - 1] + 1).collect()
}

/// The answer for the buckets of one window.
#[derive(Debug)]
struct Summaries {
    /// The summaries of each metric that has rows, one for each bucket with a row, by its index in the window.
    metrics: BTreeMap<Values, BTreeMap<usize, Summary>>,
    incomplete: bool,
}

impl Summaries {
    fn read(answer: Answer, steps: Steps, group: &Group<'_>) -> Self {
        let mut metrics = BTreeMap::<Values, BTreeMap<usize, Summary>>::new();
        let mut incomplete = answer.incomplete;
        for series in answer.series {
            let Some(values) = group.values(&series.labels) else {
                incomplete = true;
                continue;
            };
            let buckets = metrics.entry(values).or_default();
            let counts_series = promql::counts_series(&series.labels);
            for (time_ms, value) in series.points {
                if let Some(summary) = steps.index_of(time_ms).map(|index| buckets.entry(index).or_default()) {
                    if counts_series { summary.count(value) } else { summary.add(value) }
                }
            }
        }
        Self { metrics, incomplete }
    }

    fn have_several(&self) -> bool {
        self.metrics.values().flat_map(BTreeMap::values).any(|summary| summary.has_several)
    }
}

/// The rows of [`promql::per_series`] or [`promql::across`] for one bucket.
#[derive(Debug, Clone, Copy, Default)]
struct Summary {
    value: Option<f64>,
    has_several: bool,
    is_unclear: bool,
    /// The number of series, where the rows count several.
    series: usize,
}

#[derive(Debug, PartialEq)]
enum Verdict {
    /// It has no samples.
    Nothing,
    Value(f64),
    /// It has samples that are not finite, or a statistic that the server cannot compute.
    Unclear,
}

impl Summary {
    fn count(&mut self, series: f64) {
        match promql::series_of(series) {
            Some(series) => self.series = series,
            None => self.is_unclear = true,
        }
    }

    fn add(&mut self, value: f64) {
        self.has_several = self.value.is_some();
        self.value = Some(value);
    }

    /// Returns the verdict. A sum of finite numbers may overflow.
    fn verdict(self) -> Verdict {
        match self.value {
            _ if self.is_unclear || self.has_several => Verdict::Unclear,
            None => Verdict::Nothing,
            Some(value) if value.is_finite() => Verdict::Value(value),
            Some(_) => Verdict::Unclear,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_holes_are_closed_until_there_are_few_enough_ranges() {
        let buckets = [1, 2, 3, 5, 10, 20, 21];
        assert_eq!(joined(&buckets, 9), [1..4, 5..6, 10..11, 20..22]);
        assert_eq!(joined(&buckets, 3), [1..6, 10..11, 20..22]);
        assert_eq!(joined(&buckets, 1), std::iter::once(1..22).collect::<Vec<_>>());
        assert_eq!(joined(&[1, 3, 5, 7], 2), std::iter::once(1..8).collect::<Vec<_>>());
        assert!(joined(&[], 8).is_empty());
    }

    #[test]
    fn short_buckets_settle_a_minute_after_their_end() {
        let stretch = |seconds, count| Stretch { first: 1000, seconds, count };
        assert_eq!(settled(stretch(60, 5), 0), 5);
        assert_eq!(settled(stretch(10, 5), 0), 0);
        assert_eq!(settled(stretch(10, 5), 1_079_999), 1);
        assert_eq!(settled(stretch(10, 5), 1_080_000), 2);
        assert_eq!(settled(stretch(10, 5), 9_000_000), 5);
    }

    #[test]
    fn a_bucket_is_a_value_where_it_has_one_number_and_no_mark() {
        let verdict = |values: &[f64], is_unclear: bool| {
            let mut summary = Summary { is_unclear, ..Summary::default() };
            values.iter().for_each(|value| summary.add(*value));
            summary.verdict()
        };
        assert_eq!(verdict(&[], false), Verdict::Nothing);
        assert_eq!(verdict(&[2.0], false), Verdict::Value(2.0));
        assert_eq!(verdict(&[], true), Verdict::Unclear);
        assert_eq!(verdict(&[2.0], true), Verdict::Unclear);
        assert_eq!(verdict(&[2.0, 2.0], false), Verdict::Unclear);
        for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!(verdict(&[value], false), Verdict::Unclear);
        }
    }

    #[test]
    fn windows_know_their_buckets_and_are_evaluated_at_multiples_of_the_length() {
        let stretch = Stretch { first: 1000, seconds: 300, count: 5 };
        let windows: Vec<_> = Window::of(stretch, 7, 2).map(|w| (w.bucket, w.steps.first, w.steps.count)).collect();
        assert_eq!(windows, [(7, 1500, 2), (9, 2100, 2), (11, 2700, 1)]);
        assert_eq!(Window::of(stretch, 0, 9).next().unwrap().offset_seconds, 200);
        assert_eq!(Window::of(Stretch { count: 0, ..stretch }, 0, 9).count(), 0);
    }
}
