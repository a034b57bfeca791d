//! Chooses the ends of a linear axis: the requested ones, zero if the data reaches near it, with free space above the
//! data, and on a step if that wastes little.

use super::step::Step;
use super::tolerance::NOISE;

/// Maximum share of the data range that rounding to a step may add below it.
const MAX_WASTE: f64 = 0.25;
/// Maximum share of the axis that rounding to a step may leave free above the data.
const MAX_ABOVE: f64 = 0.12;

/// The constraints on the ends of an axis, in counted numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Domain {
    min: f64,
    max: f64,
    /// Fixed lower end.
    low: Option<f64>,
    /// Fixed upper end.
    high: Option<f64>,
    /// Minimum of the upper end.
    reach: f64,
    /// Maximum to which a step moves the upper end; the free space above the data may exceed it.
    cap: f64,
    /// Maximum of the labels: 100 %, or zero if no value is above it.
    limit: f64,
    /// Share of the axis kept free above the data, and below it if the axis does not end at zero; below ½.
    free_share: f64,
}

impl Domain {
    /// Returns a domain with fixed ends. `cap` is the largest sensible value, such as 100 %.
    pub fn exact(low: f64, high: f64, cap: Option<f64>, free_share: f64) -> Self {
        let limit = cap.unwrap_or(f64::INFINITY);
        Self { min: low, max: low, low: Some(low), high: Some(high), reach: high, cap: high, limit, free_share }
    }

    /// Returns the domain for data from `min` to `max`. A constant is in the middle between zero and twice itself. Data
    /// of one sign that extends more than half-way to zero includes zero. `cap` is the largest sensible value, such as
    /// 100 %.
    /// A range above `wide` includes zero too.
    pub fn around((min, max): (f64, f64), wide: f64, cap: Option<f64>, free_share: f64) -> Self {
        let cap = cap.filter(|&cap| max <= cap).unwrap_or(f64::INFINITY);
        let from_zero =
            Self { min, max, low: Some(0.0), high: None, reach: f64::NEG_INFINITY, cap, limit: cap, free_share };
        let middle = min / 2.0 + max / 2.0;
        if max - min <= NOISE * max.abs().max(min.abs()) {
            return match 2.0 * middle {
                twice if twice > cap => Self { reach: cap, ..from_zero },
                twice => Self { reach: twice.max(0.0), cap: twice.max(0.0), low: Some(twice.min(0.0)), ..from_zero },
            };
        }
        if min >= 0.0 && (min < max / 2.0 || max - min > wide) {
            from_zero
        } else if max <= 0.0 && max > min / 2.0 {
            Self { low: None, reach: 0.0, cap: 0.0, limit: 0.0, ..from_zero }
        } else {
            Self { low: None, ..from_zero }
        }
    }

    /// Returns the domain with the requested ends fixed.
    pub fn with_requested(self, low: Option<f64>, high: Option<f64>) -> Self {
        Self { low: low.or(self.low), high: high.or(self.high), ..self }
    }

    /// Returns the lower ends to try for `step`: on a step, then just below the data; in the opposite order if the step
    /// wastes much.
    pub fn lows(&self, step: Step) -> [f64; 2] {
        if let Some(low) = self.low {
            return [low; 2];
        }
        let close = self.padded_low();
        let rounded = step.times(step.below(close));
        let range = self.max.max(self.reach) - self.min;
        if close - rounded <= range * MAX_WASTE { [rounded, close] } else { [close, rounded] }
    }

    /// Returns the upper ends to try for `step` above the lower end `low`: on a step if at most 12 % stay
    /// free above the data, else just above the data.
    pub fn highs(&self, step: Step, low: f64) -> [f64; 2] {
        if let Some(high) = self.high {
            return [high; 2];
        }
        let close = self.padded_high(low);
        let most = self.max + (self.max - low) * (MAX_ABOVE / (1.0 - MAX_ABOVE));
        let rounded = step.times(step.above(close));
        let best = if rounded <= most { rounded } else { close };
        [best, close].map(|high| high.max(self.reach).min(self.cap).max(close))
    }

    /// Returns the minimum range of the axis.
    pub fn required(&self) -> (f64, f64) {
        let low = self.low.unwrap_or_else(|| self.padded_low());
        (low, self.high.unwrap_or_else(|| self.padded_high(low).max(self.reach)))
    }

    /// Returns the lowest and the highest sensible label: not below zero without negative values, not above the limit.
    pub fn label_limits(&self) -> (f64, f64) {
        (if self.min >= 0.0 { 0.0 } else { f64::NEG_INFINITY }, self.limit)
    }

    /// Returns true if the request fixes both ends.
    pub fn are_requested(&self) -> bool {
        self.low.is_some() && self.high.is_some()
    }

    /// Returns the lower end with free space below the data.
    fn padded_low(&self) -> f64 {
        let range = self.max.max(self.reach) - self.min;
        self.min - range * self.free_share / (1.0 - 2.0 * self.free_share)
    }

    /// Returns the upper end with free space above the data.
    fn padded_high(&self, low: f64) -> f64 {
        self.max + (self.max - low) * self.free_share / (1.0 - self.free_share)
    }
}
