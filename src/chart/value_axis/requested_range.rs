//! The ends of an axis that the request fixes. Invalid ends are ignored.

use super::tolerance::{MIN_LOGARITHMIC, NOISE};
use crate::chart::labels::number::ZERO_BELOW;
use crate::request::{AxisOptions, AxisScale};

/// The requested ends: finite; if both are set, `min` is below `max` by more than noise; above zero on a logarithmic
/// axis.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct RequestedRange {
    pub min: Option<f64>,
    pub max: Option<f64>,
}

impl RequestedRange {
    /// No requested ends.
    pub const NONE: Self = Self { min: None, max: None };

    /// Returns the valid ends of `options`.
    pub fn of(options: AxisOptions) -> Self {
        let possible = |end: &f64| match options.scale {
            AxisScale::Linear => end.is_finite(),
            AxisScale::Logarithmic => end.is_finite() && *end >= MIN_LOGARITHMIC,
        };
        let (min, max) = (options.min.filter(possible), options.max.filter(possible));
        match (min, max) {
            (Some(low), Some(high)) if !apart(low, high) => Self::NONE,
            _ => Self { min, max },
        }
    }

    /// Returns the extent that the axis covers: a requested end replaces the end of the data, and limits the other.
    pub fn instead_of(self, (min, max): (f64, f64)) -> (f64, f64) {
        let low = self.min.unwrap_or(min.min(self.max.unwrap_or(min)));
        let high = self.max.unwrap_or(max.max(self.min.unwrap_or(max)));
        (low, high)
    }
}

/// Returns true if `high` is above `low` by more than noise and not both are zero.
fn apart(low: f64, high: f64) -> bool {
    let magnitude = low.abs().max(high.abs());
    magnitude >= ZERO_BELOW && high / 2.0 - low / 2.0 > NOISE * magnitude
}
