//! Streaming count, sum, minimum and maximum of a bucket's samples.
//!
//! Used by `statistics`. The sum carries the rounding error of each addition (Neumaier, "Rundungsfehleranalyse einiger
//! Verfahren zur Summation endlicher Summen", 1974), so integers add up exactly and a long sum is as accurate as a
//! short one.

/// Unit of sums that would overflow, 2⁻⁶⁴: in it no number of samples that fits in memory overflows.
const OVERFLOW_UNIT: f64 = 1.0 / 18_446_744_073_709_551_616.0;

/// Count, sum, minimum and maximum of values.
#[derive(Debug, Clone, Copy)]
pub(super) struct Accumulator {
    count: u64,
    minimum: f64,
    maximum: f64,
    /// Sum of the values times `unit`.
    sum: f64,
    /// Rounding error of the additions to `sum`.
    lost: f64,
    unit: f64,
}

impl Accumulator {
    /// The accumulator of no values.
    pub(super) const EMPTY: Self =
        Self { count: 0, minimum: f64::INFINITY, maximum: f64::NEG_INFINITY, sum: 0.0, lost: 0.0, unit: 1.0 };

    /// The accumulator of no values, for values whose sum overflows.
    pub(super) const EMPTY_FOR_HUGE: Self = Self { unit: OVERFLOW_UNIT, ..Self::EMPTY };

    /// Adds values. The last bit of the sum may depend on their order.
    pub(super) fn add(&mut self, values: &[f64]) {
        let mut accumulator = *self;
        for &value in values {
            accumulator.minimum = if value < accumulator.minimum { value } else { accumulator.minimum };
            accumulator.maximum = if value > accumulator.maximum { value } else { accumulator.maximum };
            let value = value * accumulator.unit;
            let sum = accumulator.sum + value;
            accumulator.lost += if accumulator.sum.abs() >= value.abs() {
                (accumulator.sum - sum) + value
            } else {
                (value - sum) + accumulator.sum
            };
            accumulator.sum = sum;
        }
        accumulator.count += values.len() as u64;
        *self = accumulator;
    }

    /// Reports whether the sum overflowed at any point.
    pub(super) fn overflowed(&self) -> bool {
        !(self.sum + self.lost).is_finite()
    }

    /// Reports whether no values were added.
    pub(super) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Returns the number of values.
    pub(super) fn count(&self) -> f64 {
        self.count as f64
    }

    /// Returns the sum; infinite if no number can hold it.
    pub(super) fn sum(&self) -> f64 {
        (self.sum + self.lost) / self.unit
    }

    /// Returns the mean, clamped to the range of the values against rounding: the mean of equal values is that value.
    pub(super) fn mean(&self) -> f64 {
        let mean = (self.sum + self.lost) / self.count() / self.unit;
        if mean < self.minimum {
            self.minimum
        } else if mean > self.maximum {
            self.maximum
        } else {
            mean
        }
    }

    /// Returns the minimum.
    pub(super) fn minimum(&self) -> f64 {
        self.minimum
    }

    /// Returns the maximum.
    pub(super) fn maximum(&self) -> f64 {
        self.maximum
    }
}
