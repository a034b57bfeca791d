//! How long work takes here and now, beside what was estimated.
//!
//! Estimates are of one machine; a slower one, or one with a share of a processor, takes longer for all of it. The pool multiplies what
//! waits by this, so that it refuses earlier where work takes longer.

use std::time::Duration;

/// What of the past stays with each job: the last twenty count for two thirds.
const KEPT: f64 = 0.95;
/// Work that was on time before anything is known, so that one odd job does not set the pace.
const BEGIN_SECONDS: f64 = 0.02;
/// The most that it says, either way.
const MOST: f64 = 100.0;

/// Sums that forget.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Pace {
    taken: f64,
    estimated: f64,
}

impl Default for Pace {
    fn default() -> Self {
        Self { taken: BEGIN_SECONDS, estimated: BEGIN_SECONDS }
    }
}

impl Pace {
    /// A job has ended.
    pub fn saw(&mut self, estimated: Duration, taken: Duration) {
        self.taken = self.taken * KEPT + taken.as_secs_f64();
        self.estimated = self.estimated * KEPT + estimated.as_secs_f64();
    }

    /// How long work takes that was estimated to take `estimated`.
    pub fn of(self, estimated: Duration) -> Duration {
        let pace = (self.taken / self.estimated.max(f64::MIN_POSITIVE)).clamp(1.0 / MOST, MOST);
        estimated.mul_f64(pace)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn it_follows_what_work_really_takes() {
        let mut pace = Pace::default();
        assert_eq!(pace.of(MS), MS);
        pace.saw(MS, 5 * MS);
        assert!(pace.of(MS) < 2 * MS, "one job alone does not set it");
        (0..200).for_each(|_| pace.saw(MS, 5 * MS));
        assert!((4.9..5.1).contains(&(pace.of(MS).as_secs_f64() * 1e3)));
        (0..200).for_each(|_| pace.saw(MS, MS));
        assert!(pace.of(100 * MS) < 102 * MS);
    }

    #[test]
    fn it_stays_a_number() {
        let mut pace = Pace::default();
        (0..1000).for_each(|_| pace.saw(Duration::ZERO, Duration::from_secs(3600)));
        assert!(pace.of(MS) <= 100 * MS);
        (0..10_000).for_each(|_| pace.saw(Duration::from_secs(1), Duration::ZERO));
        assert!(pace.of(MS) > Duration::ZERO && pace.of(Duration::ZERO) == Duration::ZERO);
    }
}
