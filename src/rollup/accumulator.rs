//! What the samples of a bucket come to, without keeping them: count, sum, least and greatest.
//!
//! Used by `statistics`. The sum carries what each addition loses (Neumaier, "Rundungsfehleranalyse einiger Verfahren zur Summation
//! endlicher Summen", 1974), so integers add up exactly and a long sum is as good as a short one.

/// Sums that overflow are taken again in this unit, 2⁻⁶⁴: then no number of samples that fits in memory overflows.
const SMALL: f64 = 1.0 / 18_446_744_073_709_551_616.0;

/// Count, sum, least and greatest of some values.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tally {
    count: u64,
    least: f64,
    greatest: f64,
    /// Of the values times `unit`.
    sum: f64,
    /// What the additions to `sum` lost.
    lost: f64,
    unit: f64,
}

impl Tally {
    /// Of nothing.
    pub(super) const EMPTY: Self =
        Self { count: 0, least: f64::INFINITY, greatest: f64::NEG_INFINITY, sum: 0.0, lost: 0.0, unit: 1.0 };

    /// Of nothing, for values whose sum overflows.
    pub(super) const EMPTY_FOR_HUGE: Self = Self { unit: SMALL, ..Self::EMPTY };

    /// Takes in more values. The last bit of the sum may depend on their order.
    pub(super) fn add(&mut self, values: &[f64]) {
        let mut tally = *self;
        for &value in values {
            tally.least = if value < tally.least { value } else { tally.least };
            tally.greatest = if value > tally.greatest { value } else { tally.greatest };
            let value = value * tally.unit;
            let sum = tally.sum + value;
            tally.lost +=
                if tally.sum.abs() >= value.abs() { (tally.sum - sum) + value } else { (value - sum) + tally.sum };
            tally.sum = sum;
        }
        tally.count += values.len() as u64;
        *self = tally;
    }

    /// Whether the sum overflowed on the way, whatever its value.
    pub(super) fn overflowed(&self) -> bool {
        !(self.sum + self.lost).is_finite()
    }

    /// There are no values.
    pub(super) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// How many.
    pub(super) fn count(&self) -> f64 {
        self.count as f64
    }

    /// Infinite where no number can hold it.
    pub(super) fn sum(&self) -> f64 {
        (self.sum + self.lost) / self.unit
    }

    /// Between the least and the greatest, also where rounding would leave them: the mean of equal values is that value.
    pub(super) fn mean(&self) -> f64 {
        let mean = (self.sum + self.lost) / self.count() / self.unit;
        if mean < self.least {
            self.least
        } else if mean > self.greatest {
            self.greatest
        } else {
            mean
        }
    }

    /// The smallest value.
    pub(super) fn least(&self) -> f64 {
        self.least
    }

    /// The largest value.
    pub(super) fn greatest(&self) -> f64 {
        self.greatest
    }
}
