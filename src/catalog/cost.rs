//! Checks the cost of a request before any query to a source: its buckets and samples, against the limits.
//!
//! Called by [`super::Catalog::plan`]. A period is never increased silently: a request that is too expensive is
//! rejected with a period that would fit.

use super::rule::Rule;
use super::{MetricKind, PlannedLine, Precision, QueryPlan, SeriesQuery};
use crate::error::{Fault, FaultKind};
use crate::limits::Limits;
use crate::request::{Period, Query, Span};
use crate::series::Grid;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Makes the grid of each metric, in order; metrics with equal periods share one. Fails with a fault for each metric
/// with too many buckets, else with one for the sum. `lines` has the maximum lines of each metric, one without an
/// entry.
pub(super) fn grids(query: &Query, lines: &[usize], limits: &Limits) -> Result<Vec<Arc<Grid>>, Vec<Fault>> {
    let mut made = BTreeMap::new();
    let grids: Vec<Arc<Grid>> = query.metrics.iter().map(|metric| shared(&mut made, query, metric.period)).collect();
    let lines: Vec<u64> = (0..grids.len()).map(|index| lines.get(index).map_or(1, |&lines| lines as u64)).collect();
    let each = limits.buckets_per_request / lines.iter().sum::<u64>().max(1);
    let each = each.min(limits.buckets_per_series);
    let faults: Vec<Fault> = if made.len() == 1 {
        // A common period has one fault, and the suggested period must fit the sum as well.
        made.values().filter_map(|grid| Some(too_long(query, grid, each, limits)?.at("period"))).collect()
    } else {
        let too_long = |grid: &Grid| too_long(query, grid, limits.buckets_per_series, limits);
        let at = |(index, grid): (usize, &Arc<Grid>)| Some(too_long(grid)?.at(format!("metrics[{index}].period")));
        grids.iter().enumerate().filter_map(at).collect()
    };
    let (sum, max) =
        (grids.iter().zip(&lines).map(|(grid, lines)| buckets(grid) * lines).sum::<u64>(), limits.buckets_per_request);
    if !faults.is_empty() {
        Err(faults)
    } else if sum > max {
        let why = format!("a request has at most {max} points over all its metrics, not {sum}");
        Err(vec![fault(query, each, limits, &why).at("period")])
    } else {
        Ok(grids)
    }
}

/// Returns a fault for each metric with more samples than one fetch may have: counters whose samples must be fetched,
/// if the rule says how far apart they are. It suggests the shortest valid period if the server's own rate is used from
/// that period on, otherwise the longest valid window.
pub(super) fn samples(query: &Query, plan: &QueryPlan, rules: &[&Rule], limits: &Limits) -> Vec<Fault> {
    let max = i64::try_from(limits.samples_per_fetch).unwrap_or(i64::MAX);
    let fault = |((index, line), rule): ((usize, &PlannedLine), &&Rule)| {
        let series = &plan.fetches.get(line.fetch)?.query;
        let is_fetched = series.kind == MetricKind::Counter && series.counter.precision == Precision::Exact;
        let resolution = rule.meaning.counter.resolution_seconds.filter(|_| is_fetched)?;
        let count = |series: &SeriesQuery| {
            let range = series.sample_range(i64::MAX);
            (range.end - range.start) / resolution
        };
        if count(series) <= max {
            return None;
        }
        let why = format!(
            "a counter with a sample every {resolution} seconds has {} in this time range and shortly around it, and at most {max} are fetched",
            count(series)
        );
        let fault = |advice: String| Fault::new(FaultKind::TooExpensive, format!("Input should be {advice}: {why}"));
        if let Some(seconds) = rule.meaning.counter.approximate_from(series.statistic, series.across) {
            let period = format!("a period of at least {seconds} seconds");
            return Some(fault(period).at(format!("metrics[{index}].period")));
        }
        let fits = |seconds: i64| {
            let span = Span::new(query.span.start(), query.span.start() + seconds, limits).ok()?;
            let grid = Arc::new(Grid::new(span, series.grid.period(), &query.zone));
            Some(count(&SeriesQuery { grid, ..series.clone() }) <= max)
        };
        let window = longest(query.span.seconds(), fits).map_or_else(
            || "another metric".to_owned(),
            |seconds| format!("a time range of at most {seconds} seconds"),
        );
        Some(fault(window).at("end"))
    };
    plan.lines.iter().enumerate().zip(rules).filter_map(fault).collect()
}

/// Returns the greatest number of seconds, 1 to `seconds`, that `fits`, which is monotonic: true up to a number and
/// false above.
fn longest(seconds: i64, fits: impl Fn(i64) -> Option<bool>) -> Option<i64> {
    let (mut fitting, mut too_long) = (0, seconds);
    while too_long - fitting > 1 {
        let middle = fitting + (too_long - fitting) / 2;
        if fits(middle)? { fitting = middle } else { too_long = middle }
    }
    Some(fitting).filter(|seconds| *seconds > 0)
}

fn too_long(query: &Query, grid: &Grid, would_do: u64, limits: &Limits) -> Option<Fault> {
    let (count, max) = (buckets(grid), limits.buckets_per_series);
    let why = || format!("a series has at most {max} points, not {count}");
    (count > max).then(|| fault(query, would_do, limits, &why()))
}

/// Returns the grid of a period from `made`. Making a grid is cheap: only whole days are listed one by one, and the
/// limit on the span bounds them.
fn shared(made: &mut BTreeMap<Period, Arc<Grid>>, query: &Query, period: Period) -> Arc<Grid> {
    let grid = made.entry(period).or_insert_with(|| Arc::new(Grid::new(query.span, period, &query.zone)));
    Arc::clone(grid)
}

fn buckets(grid: &Grid) -> u64 {
    u64::try_from(grid.len()).unwrap_or(u64::MAX)
}

/// Makes a fault; `would_do` is the number of buckets that would fit.
fn fault(query: &Query, would_do: u64, limits: &Limits, why: &str) -> Fault {
    let advice = smallest_period(query, would_do, limits).map_or_else(
        || "Input should be a shorter time range or fewer metrics".to_owned(),
        |period| format!("Input should be a period of at least {} seconds", period.seconds()),
    );
    Fault::new(FaultKind::CostTooHigh, format!("{advice}: {why}"))
}

/// Returns the smallest period with at most `max` buckets. Their number depends on the start of the span, so the few
/// candidates are tried.
fn smallest_period(query: &Query, max: u64, limits: &Limits) -> Option<Period> {
    let seconds = query.span.seconds();
    let fits = |period: &Period| buckets(&Grid::new(query.span, *period, &query.zone)) <= max;
    let max = i64::try_from(max).unwrap_or(i64::MAX);
    // A span touches at least seconds ÷ period buckets, rounded up, and fewer than seconds ÷ period + 2.
    let min = (seconds - 1).checked_div(max)? + 1;
    let enough = (seconds - 1).checked_div(max - 1)? + 1;
    (min..=enough).map_while(|seconds| Period::new(seconds, limits).ok()).find(fits)
}
