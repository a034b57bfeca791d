//! Statistics computed over there, one evaluation a bucket, and raw samples for the buckets where they would not be ours.
//!
//! A bucket is evaluated at the first multiple of its length at or after its end, and shifted back by `offset`: servers that align
//! evaluations to such multiples leave these alone, and local days are as good as hours.

use super::promql;
use super::server::{Selected, Server, Steps};
use crate::catalog::SeriesQuery;
use crate::request::Statistic;
use crate::series::{Grid, Notes, Stretch};
use crate::source::{Call, Part, SourceError, raw};
use std::ops::Range;

/// VictoriaMetrics repeats older values at evaluations of the last 30 seconds (`-search.latencyOffset`) where the step is shorter than
/// a minute; samples it gives as they are.
const UNSETTLED_SECONDS: i64 = 60;

/// Buckets that have to be fetched raw are joined into at most so many calls.
const RAW_RANGES: usize = 8;

/// The statistic of every bucket of a gauge.
pub async fn fetch(
    server: &Server,
    selector: &str,
    query: &SeriesQuery,
    call: Call,
) -> Result<(Vec<Part>, Notes), SourceError> {
    let mut found = Found::default();
    let mut bucket = 0;
    for stretch in query.grid.stretches() {
        let settled = Stretch { count: settled(stretch, call.now_ms), ..stretch };
        let (summaries, incomplete) = summaries(server, selector, query.statistic, settled, call).await?;
        found.incomplete |= incomplete;
        for (bucket, summary) in (bucket..).zip(summaries) {
            match summary.verdict() {
                Verdict::Nothing => {}
                Verdict::Value(value) => found.computed.push((bucket, value)),
                Verdict::Unclear => found.unclear.push(bucket),
            }
        }
        found.unclear.extend(bucket + settled.count..bucket + stretch.count);
        bucket += stretch.count;
    }
    complete(server, selector, &query.grid, found, call).await
}

/// What is known of the buckets so far.
#[derive(Debug, Default)]
struct Found {
    computed: Vec<(usize, f64)>,
    /// Buckets that only their samples can tell, in order.
    unclear: Vec<usize>,
    incomplete: bool,
}

/// One for each bucket of `stretch`, and whether the server left something out.
async fn summaries(
    server: &Server,
    selector: &str,
    statistic: Statistic,
    stretch: Stretch,
    call: Call,
) -> Result<(Vec<Summary>, bool), SourceError> {
    let Stretch { first, seconds, count } = stretch;
    let offset = (-first).rem_euclid(seconds);
    let expression = promql::summary(selector, statistic, seconds, offset);
    let steps = Steps { first: first + seconds + offset, seconds, count };
    let mut summaries = vec![Summary::default(); count];
    let mut incomplete = false;
    for window in steps.windows(server.points_per_call) {
        let answer = server.range(&expression, window, call.deadline).await?;
        incomplete |= answer.incomplete;
        for series in answer.series {
            let column = series.labels.get(promql::COLUMN).map_or("", String::as_str);
            for (time_ms, value) in series.points {
                if let Some(summary) = steps.index_of(time_ms).and_then(|index| summaries.get_mut(index)) {
                    summary.set(column, value);
                }
            }
        }
    }
    Ok((summaries, incomplete))
}

/// Fetches what is unclear.
async fn complete(
    server: &Server,
    selector: &str,
    grid: &Grid,
    found: Found,
    call: Call,
) -> Result<(Vec<Part>, Notes), SourceError> {
    let mut notes = Notes { incomplete: found.incomplete, ..Notes::default() };
    let ranges = joined(&found.unclear, RAW_RANGES);
    let is_raw = |bucket: &usize| ranges.iter().any(|range| range.contains(bucket));
    let computed = found.computed.into_iter().filter(|(bucket, _)| !is_raw(bucket)).collect();
    let mut parts = vec![Part::Computed(computed)];
    for range in ranges {
        let seconds = grid.edge(range.start)..grid.edge(range.end);
        let gathered = raw::samples(&Selected { server, selector }, seconds, call.deadline).await?;
        let (part, raw_notes) = raw::part(range, gathered);
        parts.extend(part);
        notes.incomplete |= raw_notes.incomplete;
    }
    Ok((parts, notes))
}

/// How many of the buckets have values over there that will not be corrected.
fn settled(stretch: Stretch, now_ms: i64) -> usize {
    if stretch.seconds >= UNSETTLED_SECONDS {
        return stretch.count;
    }
    let ended = (now_ms.div_euclid(1000) - UNSETTLED_SECONDS - stretch.first).div_euclid(stretch.seconds);
    usize::try_from(ended).unwrap_or(0).min(stretch.count)
}

/// At most `most` ranges that cover `buckets`, which are in order, closing the smallest holes first.
fn joined(buckets: &[usize], most: usize) -> Vec<Range<usize>> {
    let hole = |pair: &[usize]| pair[1] - pair[0] - 1;
    let mut holes: Vec<usize> = buckets.windows(2).map(hole).filter(|&hole| hole > 0).collect();
    holes.sort_unstable_by(|a, b| b.cmp(a));
    let closed = holes.get(most - 1).copied().unwrap_or(0);
    let together = buckets.chunk_by(|a, b| b - a - 1 <= closed);
    together.map(|run| run[0]..run[run.len() - 1] + 1).collect()
}

/// The columns of [`promql::summary`] for one bucket.
#[derive(Debug, Clone, Default)]
struct Summary {
    value: Option<f64>,
    is_unclear: bool,
}

#[derive(Debug, PartialEq)]
enum Verdict {
    /// It has no samples.
    Nothing,
    Value(f64),
    /// It has samples that are not finite, or a statistic that is not to be had over there.
    Unclear,
}

impl Summary {
    fn set(&mut self, column: &str, value: f64) {
        match column {
            promql::VALUE => self.value = Some(value),
            promql::UNCLEAR => self.is_unclear = true,
            _ => {}
        }
    }

    /// A sum of numbers may be too large for one.
    fn verdict(&self) -> Verdict {
        match self.value {
            _ if self.is_unclear => Verdict::Unclear,
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
    fn a_bucket_is_a_value_where_it_is_a_number_and_nothing_speaks_against_it() {
        let verdict = |columns: &[(&str, f64)]| {
            let mut summary = Summary::default();
            columns.iter().for_each(|(column, value)| summary.set(column, *value));
            summary.verdict()
        };
        assert_eq!(verdict(&[]), Verdict::Nothing);
        assert_eq!(verdict(&[("", 1.0)]), Verdict::Nothing);
        assert_eq!(verdict(&[("value", 2.0), ("", 1.0)]), Verdict::Value(2.0));
        assert_eq!(verdict(&[("unclear", 3.0)]), Verdict::Unclear);
        assert_eq!(verdict(&[("value", 2.0), ("unclear", 3.0)]), Verdict::Unclear);
        for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!(verdict(&[("value", value)]), Verdict::Unclear);
        }
    }
}
