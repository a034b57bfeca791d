//! Estimate correction: the factor between the estimated and the real time of work.
//!
//! Estimates are of one machine; a slower one, or one with a share of a processor, takes longer for all of it. The pool multiplies what
//! waits by this, so that it refuses earlier where work takes longer.

use std::time::Duration;

/// The weight of the past after each job: the last twenty count for two thirds.
const KEPT: f64 = 0.95;
/// Work that was on time before anything is known, so that one odd job does not set the correction.
const BEGIN_SECONDS: f64 = 0.02;
/// The most that it says, either way.
const MAX_FACTOR: f64 = 100.0;

/// Sums that forget.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct EstimateCorrection {
    taken: f64,
    estimated: f64,
}

impl Default for EstimateCorrection {
    fn default() -> Self {
        Self { taken: BEGIN_SECONDS, estimated: BEGIN_SECONDS }
    }
}

impl EstimateCorrection {
    /// A job has ended.
    pub fn record(&mut self, estimated: Duration, taken: Duration) {
        self.taken = self.taken * KEPT + taken.as_secs_f64();
        self.estimated = self.estimated * KEPT + estimated.as_secs_f64();
    }

    /// Returns the corrected time of work that was estimated to take `estimated`.
    pub fn of(self, estimated: Duration) -> Duration {
        let correction = (self.taken / self.estimated.max(f64::MIN_POSITIVE)).clamp(1.0 / MAX_FACTOR, MAX_FACTOR);
        estimated.mul_f64(correction)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn it_follows_what_work_really_takes() {
        let mut correction = EstimateCorrection::default();
        assert_eq!(correction.of(MS), MS);
        correction.record(MS, 5 * MS);
        assert!(correction.of(MS) < 2 * MS, "one job alone does not set it");
        (0..200).for_each(|_| correction.record(MS, 5 * MS));
        assert!((4.9..5.1).contains(&(correction.of(MS).as_secs_f64() * 1e3)));
        (0..200).for_each(|_| correction.record(MS, MS));
        assert!(correction.of(100 * MS) < 102 * MS);
    }

    #[test]
    fn it_stays_a_number() {
        let mut correction = EstimateCorrection::default();
        (0..1000).for_each(|_| correction.record(Duration::ZERO, Duration::from_secs(3600)));
        assert!(correction.of(MS) <= 100 * MS);
        (0..10_000).for_each(|_| correction.record(Duration::from_secs(1), Duration::ZERO));
        assert!(correction.of(MS) > Duration::ZERO && correction.of(Duration::ZERO) == Duration::ZERO);
    }
}
