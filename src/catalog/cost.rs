//! What a request would cost, before anything is asked of a source: its buckets, against the limits.
//!
//! Called by [`super::Catalog::plan`]. A period is never raised silently: a request that is too dear is refused with a period that would do.

use crate::error::{Fault, FaultKind};
use crate::limits::Limits;
use crate::request::{Period, Query};
use crate::series::Grid;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The grid of each metric, in order; metrics with the same period share one. Or every fault: each metric whose buckets are too many,
/// else the sum of all.
pub(super) fn grids(query: &Query, limits: &Limits) -> Result<Vec<Arc<Grid>>, Vec<Fault>> {
    let mut made = BTreeMap::new();
    let grids: Vec<Arc<Grid>> = query.metrics.iter().map(|metric| shared(&mut made, query, metric.period)).collect();
    let each = limits.buckets_per_request / u64::try_from(grids.len()).unwrap_or(u64::MAX).max(1);
    let each = each.min(limits.buckets_per_series);
    let faults: Vec<Fault> = if made.len() == 1 {
        // One period for all has one fault, and what it names has to do for the sum as well.
        made.values().filter_map(|grid| Some(too_long(query, grid, each, limits)?.at("period"))).collect()
    } else {
        let too_long = |grid: &Grid| too_long(query, grid, limits.buckets_per_series, limits);
        let at = |(index, grid): (usize, &Arc<Grid>)| Some(too_long(grid)?.at(format!("metrics[{index}].period")));
        grids.iter().enumerate().filter_map(at).collect()
    };
    let (sum, most) = (grids.iter().map(|grid| buckets(grid)).sum::<u64>(), limits.buckets_per_request);
    if !faults.is_empty() {
        Err(faults)
    } else if sum > most {
        let why = format!("a request has at most {most} points over all its metrics, not {sum}");
        Err(vec![fault(query, each, limits, &why).at("period")])
    } else {
        Ok(grids)
    }
}

fn too_long(query: &Query, grid: &Grid, would_do: u64, limits: &Limits) -> Option<Fault> {
    let (count, most) = (buckets(grid), limits.buckets_per_series);
    let why = || format!("a series has at most {most} points, not {count}");
    (count > most).then(|| fault(query, would_do, limits, &why()))
}

/// Making a grid is cheap whatever its size: only whole days are listed one by one, and the limit on the span bounds them.
fn shared(made: &mut BTreeMap<Period, Arc<Grid>>, query: &Query, period: Period) -> Arc<Grid> {
    let grid = made.entry(period).or_insert_with(|| Arc::new(Grid::new(query.span, period, &query.zone)));
    Arc::clone(grid)
}

fn buckets(grid: &Grid) -> u64 {
    u64::try_from(grid.len()).unwrap_or(u64::MAX)
}

/// `would_do` is the number of buckets with which nothing would be wrong.
fn fault(query: &Query, would_do: u64, limits: &Limits, why: &str) -> Fault {
    let advice = smallest_period(query, would_do, limits).map_or_else(
        || "Input should be a shorter time range or fewer metrics".to_owned(),
        |period| format!("Input should be a period of at least {} seconds", period.seconds()),
    );
    Fault::new(FaultKind::CostTooHigh, format!("{advice}: {why}"))
}

/// The smallest period with at most `most` buckets. How many there are depends on where the span begins, so the few candidates are tried.
fn smallest_period(query: &Query, most: u64, limits: &Limits) -> Option<Period> {
    let seconds = query.span.seconds();
    let fits = |period: &Period| buckets(&Grid::new(query.span, *period, &query.zone)) <= most;
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    // A span touches at least seconds ÷ period buckets, rounded up, and fewer than seconds ÷ period + 2.
    let least = (seconds - 1).checked_div(most)? + 1;
    let enough = (seconds - 1).checked_div(most - 1)? + 1;
    (least..=enough).map_while(|seconds| Period::new(seconds, limits).ok()).find(fits)
}
