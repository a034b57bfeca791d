//! The ends of an axis that a caller asked for.
//!
//! Used by both kinds of axes. What cannot be an end is as if it had not been asked for.

use super::tolerance::{MIN_LOGARITHMIC, NOISE};
use crate::chart::labels::number::ZERO_BELOW;
use crate::request::{AxisOptions, AxisScale};

/// Finite; where there are both, the lower one first and further apart than noise. Above zero where the axis is logarithmic.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct RequestedRange {
    pub min: Option<f64>,
    pub max: Option<f64>,
}

impl RequestedRange {
    /// What `options` ask for, as far as it makes sense.
    pub fn of(options: AxisOptions) -> Self {
        let possible = |end: &f64| match options.scale {
            AxisScale::Linear => end.is_finite(),
            AxisScale::Logarithmic => end.is_finite() && *end >= MIN_LOGARITHMIC,
        };
        let (min, max) = (options.min.filter(possible), options.max.filter(possible));
        match (min, max) {
            (Some(low), Some(high)) if !apart(low, high) => Self { min: None, max: None },
            _ => Self { min, max },
        }
    }

    /// The extent that an axis is for: an end that was asked for is the end of the data, and none of it lies beyond.
    pub fn instead_of(self, (min, max): (f64, f64)) -> (f64, f64) {
        let low = self.min.unwrap_or(min.min(self.max.unwrap_or(min)));
        let high = self.max.unwrap_or(max.max(self.min.unwrap_or(max)));
        (low, high)
    }
}

/// `high` is above `low` by more than noise, and both are not nothing.
fn apart(low: f64, high: f64) -> bool {
    let magnitude = low.abs().max(high.abs());
    magnitude >= ZERO_BELOW && high / 2.0 - low / 2.0 > NOISE * magnitude
}
