//! Bounds below which numbers count as equal or as zero.

use crate::chart::labels::number::NOTHING;

/// Of two numbers nearer to each other than this part of the larger, the difference is noise.
pub(super) const NOISE: f64 = 1e-12;

/// Values below this, zero and negative ones have no place on a logarithmic axis.
pub(in crate::chart) const LEAST_LOGARITHMIC: f64 = NOTHING;
