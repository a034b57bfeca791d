//! Bounds below which numbers count as equal or as zero.

use crate::chart::labels::number::ZERO_BELOW;

/// Of two numbers nearer to each other than this part of the larger, the difference is noise.
pub(super) const NOISE: f64 = 1e-12;

/// Values below this, zero and negative ones have no place on a logarithmic axis.
pub(in crate::chart) const MIN_LOGARITHMIC: f64 = ZERO_BELOW;
