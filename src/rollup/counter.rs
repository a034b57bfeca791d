//! Totals that only grow → how much they grew.
//!
//! Used by `statistics` for counters. Each sample but the first of a series has an increase, stamped at that sample: the difference to
//! the one before it, or, where the total fell, the new total, since it began again from nothing. Nothing is extrapolated, so
//! integers stay integers.

use crate::series::Samples;

/// The increase up to each sample after the first.
pub(super) fn increases(series: &Samples) -> Vec<f64> {
    series.values().windows(2).map(|pair| if pair[1] < pair[0] { pair[1] } else { pair[1] - pair[0] }).collect()
}

/// The same for each second since the sample before.
pub(super) fn rates(series: &Samples) -> Vec<f64> {
    let seconds = series.times_ms().windows(2).map(|pair| pair[1].abs_diff(pair[0]) as f64 / 1000.0);
    increases(series).into_iter().zip(seconds).map(|(increase, seconds)| increase / seconds).collect()
}
