//! Leaves a source alone that fails again and again, so that its callers are answered at once and it can recover.
//!
//! Held for each source over all requests. Several failures in a row open it, or the other side's wish for a pause; from then on one call
//! a pause is let through, and the first that is answered closes it. The calls of one request fail once: who asks for too much must not
//! shut others out. What it knows of time it is told.

use super::SourceError;
use crate::clock::Deadline;
use crate::limits::Limits;
use crate::series::Reason;
use parking_lot::Mutex;
use std::collections::VecDeque;
use std::time::Duration;

/// See the module. Times are since any fixed moment.
#[derive(Debug)]
pub struct Breaker {
    most: usize,
    within: Duration,
    pause: Duration,
    longest_pause: Duration,
    state: Mutex<State>,
}

#[derive(Debug)]
enum State {
    /// Calls go through; when those requests failed after which none was answered.
    Closed(VecDeque<(Duration, Deadline)>),
    /// Calls are answered with the reason, until one is tried.
    Open { until: Duration, reason: Reason },
}

/// The log has one line for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// The source is left alone from now on.
    Opened,
    /// It answers again.
    Closed,
}

impl Breaker {
    /// With the numbers of `limits`.
    pub fn new(limits: &Limits) -> Self {
        Self {
            most: limits.failures_in_a_row,
            within: limits.failures_within,
            pause: limits.source_pause,
            longest_pause: limits.source_pause_asked,
            state: Mutex::new(State::Closed(VecDeque::new())),
        }
    }

    /// Whether a call may go through; else why the source is left alone.
    pub fn admit(&self, now: Duration) -> Result<(), Reason> {
        match &mut *self.state.lock() {
            State::Closed(_) => Ok(()),
            State::Open { until, .. } if now >= *until => {
                // The others wait for what becomes of this one.
                *until = now + self.pause;
                Ok(())
            }
            State::Open { reason, .. } => Err(*reason),
        }
    }

    /// Returns whether calls are rejected for now, or one of them tries the source again.
    pub fn is_open(&self) -> bool {
        matches!(*self.state.lock(), State::Open { .. })
    }

    /// What became of a call that was let through; `request` is the deadline of the request that it belongs to.
    pub fn saw(&self, error: Option<&SourceError>, now: Duration, request: Deadline) -> Option<Change> {
        let mut state = self.state.lock();
        let was_open = matches!(*state, State::Open { .. });
        let Some(error) = error.filter(|error| error.pause.is_some() || is_failure(error.reason)) else {
            *state = State::Closed(VecDeque::new());
            return was_open.then_some(Change::Closed);
        };
        if let State::Closed(failures) = &mut *state {
            failures.retain(|&(failure, of)| now.saturating_sub(failure) <= self.within && of != request);
            failures.push_back((now, request));
            if failures.len() < self.most && error.pause.is_none() {
                return None;
            }
        }
        let pause = error.pause.map_or(self.pause, |pause| pause.min(self.longest_pause));
        *state = State::Open { until: now + pause, reason: error.reason };
        (!was_open).then_some(Change::Opened)
    }
}

/// The source is in trouble; whoever refuses a question, or answers with too much, is not.
fn is_failure(reason: Reason) -> bool {
    match reason {
        Reason::Down | Reason::Timeout => true,
        Reason::Refused | Reason::Malformed | Reason::TooBig => false,
        Reason::TooManySamples { .. } | Reason::NativeHistogram => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn breaker() -> Breaker {
        Breaker::new(&Limits::default())
    }

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn error(reason: Reason) -> SourceError {
        SourceError::new(reason, "")
    }

    fn saw(breaker: &Breaker, error: Option<&SourceError>, now: Duration) -> Option<Change> {
        breaker.saw(error, now, Deadline::after(now))
    }

    /// Sees so many requests fail, one each of `every`; what the last one changed.
    fn fail(breaker: &Breaker, times: u32, every: Duration) -> Option<Change> {
        (0..times).map(|n| saw(breaker, Some(&error(Reason::Timeout)), every * n)).last().flatten()
    }

    #[test]
    fn a_request_that_asks_for_too_much_shuts_nobody_out() {
        let (breaker, request) = (breaker(), Deadline::after(seconds(6)));
        for _ in 0..30 {
            assert_eq!(breaker.saw(Some(&error(Reason::Timeout)), seconds(6), request), None);
        }
        assert_eq!(breaker.admit(seconds(6)), Ok(()));
    }

    #[test]
    fn five_failures_in_ten_seconds_open_it_and_an_answer_closes_it() {
        let breaker = breaker();
        assert_eq!(fail(&breaker, 4, seconds(2)), None);
        assert_eq!((breaker.admit(seconds(7)), breaker.is_open()), (Ok(()), false));
        assert_eq!(saw(&breaker, Some(&error(Reason::Down)), seconds(8)), Some(Change::Opened));
        assert!(breaker.is_open());
        assert_eq!(breaker.admit(seconds(9)), Err(Reason::Down));
        assert_eq!(breaker.admit(seconds(13)), Ok(()), "one call tries");
        assert_eq!(breaker.admit(seconds(13)), Err(Reason::Down), "and no other");
        assert_eq!(saw(&breaker, Some(&error(Reason::Down)), seconds(14)), None);
        assert_eq!(breaker.admit(seconds(18)), Err(Reason::Down));
        assert_eq!(breaker.admit(seconds(19)), Ok(()));
        assert_eq!(saw(&breaker, None, seconds(20)), Some(Change::Closed));
        assert_eq!((breaker.admit(seconds(20)), saw(&breaker, None, seconds(21))), (Ok(()), None));
        assert!(!breaker.is_open());
    }

    #[test]
    fn failures_long_ago_or_before_an_answer_do_not_count() {
        assert_eq!(fail(&breaker(), 20, seconds(3)), None);
        let breaker = breaker();
        for _ in 0..10 {
            assert_eq!(fail(&breaker, 4, seconds(0)), None);
            assert_eq!(
                saw(&breaker, Some(&error(Reason::Refused)), seconds(0)),
                None,
                "it answered, if only to refuse"
            );
        }
    }

    #[test]
    fn a_source_that_asks_for_a_pause_gets_it_at_once_but_not_for_ever() {
        let breaker = breaker();
        assert_eq!(saw(&breaker, Some(&error(Reason::Refused).pausing(seconds(20))), seconds(0)), Some(Change::Opened));
        assert_eq!(breaker.admit(seconds(19)), Err(Reason::Refused));
        assert_eq!(breaker.admit(seconds(20)), Ok(()));
        assert_eq!(saw(&breaker, Some(&error(Reason::Refused).pausing(seconds(86_400))), seconds(20)), None);
        assert_eq!(breaker.admit(seconds(79)), Err(Reason::Refused));
        assert_eq!(breaker.admit(seconds(80)), Ok(()));
    }

    #[test]
    fn a_try_that_nobody_waited_for_does_not_keep_it_open() {
        let breaker = breaker();
        fail(&breaker, 5, seconds(0));
        assert_eq!(breaker.admit(seconds(5)), Ok(()));
        assert_eq!(breaker.admit(seconds(10)), Ok(()), "what became of the first is never told");
    }
}
