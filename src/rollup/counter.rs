//! Increases of counters, which SUM adds up.
//!
//! Used by `statistics`. A pair of neighbouring samples that lie at most one longest gap apart is *joined*: its
//! increase, the difference or after a decrease the new total, is stamped at the later sample. Nothing is extrapolated,
//! so integers stay integers, and the buckets add up to the total increase. Longer pairs have no increase.

use super::statistics::Points;
use crate::catalog::Born;
use std::borrow::Cow;

/// Returns the increase from one total to the next: after a decrease the counter restarted from 0.
pub(super) fn increase(before: f64, after: f64) -> f64 {
    if after < before { after } else { after - before }
}

/// Returns the increase of each joined pair of `samples`, and of the first sample if the counter is born at zero.
pub(super) fn increases<'a>(samples: &Points<'a>, longest_gap_ms: i64, born: Born) -> Points<'a> {
    let (times_ms, values) = (&samples.times_ms, &samples.values);
    let is_joined = |pair: &[i64]| pair[1].saturating_sub(pair[0]) <= longest_gap_ms;
    let steps = values.windows(2).map(|pair| increase(pair[0], pair[1]));
    if born == Born::Unknown && times_ms.windows(2).all(is_joined) {
        let times_ms = match times_ms {
            Cow::Borrowed(times) => Cow::Borrowed(times.get(1..).unwrap_or_default()),
            Cow::Owned(times) => Cow::Owned(times.get(1..).unwrap_or_default().to_vec()),
        };
        return Points { times_ms, values: Cow::Owned(steps.collect()) };
    }
    let first = times_ms.first().copied().zip(values.first().copied()).filter(|_| born == Born::Zero);
    let later = times_ms.windows(2).zip(steps).filter(|(pair, _)| is_joined(pair)).map(|(pair, step)| (pair[1], step));
    let (times, steps): (Vec<i64>, Vec<f64>) = first.into_iter().chain(later).unzip();
    Points { times_ms: Cow::Owned(times), values: Cow::Owned(steps) }
}
