//! Rate limit of one key: requests per second and worker time per second.
//!
//! Pure in the time that is passed in; whoever knows keys holds one for each. Work is charged after the fact through the quota's
//! [`Meter`]: pictures that ran out of time or that nobody waited for count as much as the others.

use crate::limits::Limits;
use crate::render_pool::Meter;
use std::time::Duration;

/// The burst of work: one second's allowance.
const AHEAD: Duration = Duration::from_secs(1);

/// The quota of one key.
#[derive(Debug, Clone)]
pub struct Quota {
    /// Time that one request takes of the allowance.
    each: Duration,
    /// The burst of requests, as time.
    ahead: Duration,
    /// When the allowance for the requests so far is earned.
    requests_earned: Duration,
    /// Worker time per second, at least a nanosecond.
    work: Duration,
    work_earned: Duration,
    meter: Meter,
}

impl Quota {
    /// Creates an unused quota with [`Limits::key_requests`], [`Limits::key_burst`] and [`Limits::key_work`].
    pub fn new(limits: &Limits) -> Self {
        let each = Duration::from_secs(1) / limits.key_requests.max(1);
        Self {
            each,
            ahead: each * limits.key_burst.saturating_sub(1),
            requests_earned: Duration::ZERO,
            work: limits.key_work.max(Duration::from_nanos(1)),
            work_earned: Duration::ZERO,
            meter: Meter::default(),
        }
    }

    /// Returns the meter to which the key's charts are charged.
    pub fn meter(&self) -> &Meter {
        &self.meter
    }

    /// Counts one request at `now`, since any fixed instant. Err says when to try again, and counts nothing.
    pub fn admit(&mut self, now: Duration) -> Result<(), Duration> {
        let taken = self.meter.take();
        if !taken.is_zero() {
            self.work_earned = self.work_earned.max(now) + earned_in(taken, self.work);
        }
        let requests_from = self.requests_earned.saturating_sub(self.ahead);
        let work_from = self.work_earned.saturating_sub(AHEAD);
        let wait = requests_from.max(work_from).saturating_sub(now);
        if !wait.is_zero() {
            return Err(wait);
        }
        self.requests_earned = self.requests_earned.max(now) + self.each;
        Ok(())
    }
}

/// The time in which `taken` of the processors is earned at `work` a second; a day at most.
fn earned_in(taken: Duration, work: Duration) -> Duration {
    const MOST_SECONDS: f64 = 86_400.0;
    Duration::from_secs_f64((taken.as_secs_f64() / work.as_secs_f64()).min(MOST_SECONDS))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);
    const MS: Duration = Duration::from_millis(1);

    fn quota() -> Quota {
        Quota::new(&Limits { key_requests: 20, key_burst: 40, key_work: 2 * SECOND, ..Limits::default() })
    }

    #[test]
    fn after_a_quiet_time_a_burst_passes_and_one_more_has_to_wait_for_its_share() {
        let mut quota = quota();
        let now = 100 * SECOND;
        assert!((0..40).all(|_| quota.admit(now).is_ok()));
        assert_eq!(quota.admit(now), Err(50 * MS));
        assert_eq!(quota.admit(now), Err(50 * MS), "who is refused is not counted");
        assert_eq!((quota.admit(now + 50 * MS), quota.admit(now + 50 * MS)), (Ok(()), Err(50 * MS)));
    }

    #[test]
    fn at_ten_times_the_quota_as_many_pass_as_are_allowed() {
        let mut quota = quota();
        let passed = (0..200 * 30).filter(|n| quota.admit(*n * 5 * MS).is_ok()).count();
        assert_eq!(passed, 20 * 30 + 39);
    }

    #[test]
    fn work_is_charged_after_the_fact_and_must_be_earned() {
        let mut quota = quota();
        quota.meter().charge(2 * SECOND);
        assert_eq!(quota.admit(SECOND), Ok(()), "a second's share may be taken at once");
        quota.meter().charge(3 * SECOND);
        assert_eq!(quota.admit(SECOND), Err(1500 * MS));
        assert_eq!(quota.admit(2499 * MS), Err(MS));
        assert_eq!(quota.admit(2500 * MS), Ok(()));
    }

    #[test]
    fn a_time_that_goes_back_or_a_charge_of_years_breaks_nothing() {
        let mut quota = quota();
        assert_eq!(quota.admit(10 * SECOND), Ok(()));
        assert_eq!(quota.admit(Duration::ZERO), Err(8100 * MS));
        quota.meter().charge(Duration::from_nanos(u64::MAX));
        assert!(quota.admit(20 * SECOND).unwrap_err() <= 2 * 86_400 * SECOND);
    }
}
