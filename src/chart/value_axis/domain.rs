//! Where an axis ends: where a caller says, at zero where that says more, with room for the line, on a step where it may.

use super::step::Step;
use super::tolerance::NOISE;

/// Part of the range of the data that rounding to a step may add at one end.
const MAX_WASTE: f64 = 0.25;

/// What the ends of an axis have to respect, in counted numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Domain {
    min: f64,
    max: f64,
    /// The lower end, where no step moves it.
    low: Option<f64>,
    /// The upper end, where no step moves it.
    high: Option<f64>,
    /// The upper end is at least here.
    reach: f64,
    /// No step moves the upper end above this; only the room for the line does.
    cap: f64,
    /// No label makes sense above this: 100 %, or zero where all is below.
    limit: f64,
    /// Part of the axis that is left free above the data, and below where the axis does not end at zero; below ½.
    free_share: f64,
}

impl Domain {
    /// From `low` to `high`, whatever the step. `cap` is the most that makes sense: 100 %.
    pub fn exact(low: f64, high: f64, cap: Option<f64>, free_share: f64) -> Self {
        let limit = cap.unwrap_or(f64::INFINITY);
        Self { min: low, max: low, low: Some(low), high: Some(high), reach: high, cap: high, limit, free_share }
    }

    /// For data from `min` to `max`. A constant is in the middle between zero and twice itself. Numbers of one sign that reach more
    /// than half-way to zero are seen from zero. `cap` is the most that makes sense: 100 %.
    pub fn around(min: f64, max: f64, cap: Option<f64>, free_share: f64) -> Self {
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
        if min >= 0.0 && min < max / 2.0 {
            from_zero
        } else if max <= 0.0 && max > min / 2.0 {
            Self { low: None, reach: 0.0, cap: 0.0, limit: 0.0, ..from_zero }
        } else {
            Self { low: None, ..from_zero }
        }
    }

    /// The same with the ends that a caller asked for.
    pub fn with_requested(self, low: Option<f64>, high: Option<f64>) -> Self {
        Self { low: low.or(self.low), high: high.or(self.high), ..self }
    }

    /// The lower ends to try for `step`: on a step and just below the data; the other way round where the step wastes much.
    pub fn lows(&self, step: Step) -> [f64; 2] {
        if let Some(low) = self.low {
            return [low; 2];
        }
        let close = self.padded_low();
        let rounded = step.times(step.below(close));
        let range = self.max.max(self.reach) - self.min;
        if close - rounded <= range * MAX_WASTE { [rounded, close] } else { [close, rounded] }
    }

    /// The upper ends to try for `step` above the lower end `low`, in the same way.
    pub fn highs(&self, step: Step, low: f64) -> [f64; 2] {
        if let Some(high) = self.high {
            return [high; 2];
        }
        let close = self.padded_high(low);
        let rounded = step.times(step.above(close));
        let wastes = rounded - close > (close - low) * MAX_WASTE;
        let ends = if wastes { [close, rounded] } else { [rounded, close] };
        ends.map(|high| high.max(self.reach).min(self.cap).max(close))
    }

    /// From where to where an axis reaches at least.
    pub fn required(&self) -> (f64, f64) {
        let low = self.low.unwrap_or_else(|| self.padded_low());
        (low, self.high.unwrap_or_else(|| self.padded_high(low).max(self.reach)))
    }

    /// Between which all labels make sense: none is below zero unless there are values, and none above the limit.
    pub fn label_limits(&self) -> (f64, f64) {
        (if self.min >= 0.0 { 0.0 } else { f64::NEG_INFINITY }, self.limit)
    }

    /// A caller chose both ends.
    pub fn are_requested(&self) -> bool {
        self.low.is_some() && self.high.is_some()
    }

    /// Just below the data.
    fn padded_low(&self) -> f64 {
        let range = self.max.max(self.reach) - self.min;
        self.min - range * self.free_share / (1.0 - 2.0 * self.free_share)
    }

    /// Just above the data.
    fn padded_high(&self, low: f64) -> f64 {
        self.max + (self.max - low) * self.free_share / (1.0 - self.free_share)
    }
}
