//! Retry budget: a share of all calls may be retried, so that a failing source does not get twice the load.
//!
//! One for each server. What calls save up is kept up to a reserve, which is full at the start: a quiet source's failures are all tried again.
//! The pause before is a little random, so that calls that failed together are not retried together; nothing else here is.

use crate::limits::Limits;
use parking_lot::Mutex;
use std::time::Duration;

/// Cost of one retry, in the hundredths that each call saves.
const WHOLE: u32 = 100;

/// Pause before a retry without `Retry-After`, and the maximum that is added at random.
const PAUSE: Duration = Duration::from_millis(50);

/// See the module.
#[derive(Debug)]
pub(super) struct Retries {
    percent: u32,
    most: u32,
    saved: Mutex<u32>,
}

impl Retries {
    /// Makes a budget by `limits`.
    pub fn new(limits: &Limits) -> Self {
        let most = limits.retry_reserve * WHOLE;
        Self { percent: limits.retry_share_percent, most, saved: Mutex::new(most) }
    }

    /// Counts a call.
    pub fn saw_call(&self) {
        let mut saved = self.saved.lock();
        *saved = (*saved + self.percent).min(self.most);
    }

    /// Takes one retry from the budget; `false` where it is exhausted.
    pub fn take(&self) -> bool {
        let mut saved = self.saved.lock();
        let rest = saved.checked_sub(WHOLE);
        *saved = rest.unwrap_or(*saved);
        rest.is_some()
    }
}

/// Returns the pause before a retry: never shorter than the `asked` one of the server.
pub(super) fn pause(asked: Option<Duration>) -> Duration {
    asked.unwrap_or(PAUSE) + PAUSE.mul_f64(fastrand::f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_failures_are_all_tried_again_and_then_one_call_in_ten() {
        let retries = Retries::new(&Limits { retry_share_percent: 10, retry_reserve: 3, ..Limits::default() });
        let tried = |calls: usize| {
            (0..calls)
                .filter(|_| {
                    retries.saw_call();
                    retries.take()
                })
                .count()
        };
        assert_eq!(tried(3), 3);
        assert_eq!(tried(1000), 100);
    }

    #[test]
    fn a_source_that_answers_saves_up_no_more_than_the_reserve() {
        let retries = Retries::new(&Limits { retry_share_percent: 10, retry_reserve: 3, ..Limits::default() });
        (0..10_000).for_each(|_| retries.saw_call());
        assert_eq!((0..10).filter(|_| retries.take()).count(), 3);
        let none = Retries::new(&Limits { retry_share_percent: 0, retry_reserve: 0, ..Limits::default() });
        none.saw_call();
        assert!(!none.take());
    }

    #[test]
    fn nobody_comes_back_sooner_than_asked_or_much_later() {
        let pauses: Vec<Duration> = (0..200).map(|_| pause(Some(Duration::from_secs(1)))).collect();
        assert!(pauses.iter().all(|pause| (1000..=1050).contains(&pause.as_millis())));
        assert!(pauses.iter().any(|pause| *pause != pauses[0]), "not all at once");
    }
}
