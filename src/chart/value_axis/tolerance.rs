//! Bounds below which numbers count as equal or as zero.

use crate::chart::labels::number::ZERO_BELOW;

/// Relative difference below which two numbers count as equal.
pub(super) const NOISE: f64 = 1e-12;

/// Smallest value on a logarithmic axis; smaller, zero and negative values become gaps.
pub(in crate::chart) const MIN_LOGARITHMIC: f64 = ZERO_BELOW;
