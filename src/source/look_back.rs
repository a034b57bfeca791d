//! How far before its first bucket a counter's growth may begin.
//!
//! Used by every source that has samples, so that the same counter grows by the same amount wherever it is kept. A server cannot be
//! asked for everything before; what was silent for longer starts anew.

use crate::series::Grid;
use std::ops::RangeInclusive;

/// Ten minutes to a day, in seconds.
const BOUNDS: RangeInclusive<i64> = 600..=86_400;

/// Seconds before the first bucket of `grid` in which the last sample counts: two buckets, within bounds.
pub(super) fn look_back(grid: &Grid) -> i64 {
    (2 * grid.period().seconds()).clamp(*BOUNDS.start(), *BOUNDS.end())
}
