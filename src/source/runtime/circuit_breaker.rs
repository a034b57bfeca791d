//! The circuit breaker of one source: after several failures in a row it rejects calls, so that clients are answered at once and the
//! source can recover.
//!
//! It is shared by all requests, and judges by evidence about the source, not about a query. A connection error or a reset is a failure.
//! A timeout or a 5xx may be the fault of one heavy query, so it counts only where the source's own cheap probe fails as well; the caller
//! of this module runs the probe, at most one at a time. Any other answer, an error included, shows that the source works. The calls of one
//! request count once. Once open, it lets one call per pause through; the first answer closes it.
//!
//! The module reads no clock: times are arguments.

use crate::clock::Deadline;
use crate::error::{Reason, SourceError};
use crate::limits::Limits;
use parking_lot::Mutex;
use std::collections::VecDeque;
use std::time::Duration;

/// See the module. Times are since any fixed moment.
#[derive(Debug)]
pub struct CircuitBreaker {
    max_failures: usize,
    window: Duration,
    pause: Duration,
    max_pause: Duration,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    circuit: Circuit,
    /// Failures that a running probe decides about.
    suspected: Vec<Failure>,
    is_probing: bool,
}

#[derive(Debug)]
enum Circuit {
    /// Calls go through; the failures since the last answer, oldest first.
    Closed(VecDeque<Failure>),
    /// Calls are rejected until then; then one tries the source.
    Open { until: Duration },
}

#[derive(Debug, Clone, Copy)]
struct Failure {
    at: Duration,
    /// The deadline of the request, which identifies it.
    request: Deadline,
}

/// Evidence about a source from the end of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Evidence {
    /// The source answered.
    Answered,
    /// The source did not answer in time, or with a 5xx: its probe decides whether the query or the source is at fault.
    Suspect,
    /// The source could not be reached, or closed the connection.
    Failed,
    /// The source asks all clients for a pause.
    PauseRequested(Duration),
}

/// Consequence of a piece of evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reaction {
    /// The caller has to run the probe of the source, and to report it to [`CircuitBreaker::saw_probe`].
    Probe,
    /// The circuit breaker rejects calls from now on.
    Opened,
    /// The circuit breaker lets calls through again.
    Closed,
}

impl Evidence {
    /// Returns what an answer or an error says about its source.
    pub fn of<T>(answer: &Result<T, SourceError>) -> Self {
        let Err(error) = answer else { return Self::Answered };
        match (error.pause, error.reason) {
            (Some(pause), _) => Self::PauseRequested(pause),
            (None, Reason::Down) => Self::Failed,
            (None, Reason::Timeout) => Self::Suspect,
            (None, Reason::Refused | Reason::Malformed) if error.status.is_some_and(|status| status >= 500) => {
                Self::Suspect
            }
            // Too much data is about the query, also where the source reports it with a 5xx.
            (None, Reason::Refused | Reason::Malformed | Reason::TooBig) => Self::Answered,
            (None, Reason::TooManySamples { .. } | Reason::NativeHistogram) => Self::Answered,
            // No source answers so: only a circuit breaker rejects.
            (None, Reason::CircuitOpen { .. }) => Self::Suspect,
        }
    }
}

impl CircuitBreaker {
    /// Returns a closed circuit breaker with the numbers of `limits`.
    pub fn new(limits: &Limits) -> Self {
        let circuit = Circuit::Closed(VecDeque::new());
        Self {
            max_failures: limits.failures_in_a_row,
            window: limits.failures_within,
            pause: limits.source_pause,
            max_pause: limits.source_pause_asked,
            state: Mutex::new(State { circuit, suspected: Vec::new(), is_probing: false }),
        }
    }

    /// Returns the time for which calls are rejected, `None` where one may ask [`CircuitBreaker::admit`].
    pub fn wait(&self, now: Duration) -> Option<Duration> {
        match self.state.lock().circuit {
            Circuit::Open { until } if now < until => Some(until - now),
            Circuit::Open { .. } | Circuit::Closed(_) => None,
        }
    }

    /// Lets a call through; else returns the time until one may try the source.
    pub fn admit(&self, now: Duration) -> Result<(), Duration> {
        match &mut self.state.lock().circuit {
            Circuit::Closed(_) => Ok(()),
            Circuit::Open { until } if now >= *until => {
                // The others wait for the outcome of this one.
                *until = now + self.pause;
                Ok(())
            }
            Circuit::Open { until } => Err(*until - now),
        }
    }

    /// Returns whether calls are rejected for now, or one of them tries the source again.
    pub fn is_open(&self) -> bool {
        matches!(self.state.lock().circuit, Circuit::Open { .. })
    }

    /// Takes the evidence of a call that was let through; `request` is the deadline of the request that it belongs to.
    pub fn saw(&self, evidence: Evidence, now: Duration, request: Deadline) -> Option<Reaction> {
        let mut state = self.state.lock();
        let failure = Failure { at: now, request };
        match evidence {
            Evidence::Answered => state.close(),
            Evidence::Failed => self.count(&mut state, failure),
            Evidence::PauseRequested(pause) => state.open(now + pause.min(self.max_pause)),
            Evidence::Suspect => {
                // More than these change nothing.
                if state.suspected.len() < self.max_failures && !state.suspected.iter().any(|of| of.request == request)
                {
                    state.suspected.push(failure);
                }
                let is_first = !std::mem::replace(&mut state.is_probing, true);
                is_first.then_some(Reaction::Probe)
            }
        }
    }

    /// Takes the evidence of a probe: where it was answered, the failures before it are forgotten; else they count.
    pub fn saw_probe(&self, evidence: Evidence, now: Duration) -> Option<Reaction> {
        let mut state = self.state.lock();
        state.is_probing = false;
        let suspected = std::mem::take(&mut state.suspected);
        match evidence {
            Evidence::Answered => state.close(),
            Evidence::PauseRequested(pause) => state.open(now + pause.min(self.max_pause)),
            Evidence::Failed | Evidence::Suspect => suspected
                .into_iter()
                .filter_map(|failure| self.count(&mut state, Failure { at: now, ..failure }))
                .last(),
        }
    }

    fn count(&self, state: &mut State, failure: Failure) -> Option<Reaction> {
        if let Circuit::Closed(failures) = &mut state.circuit {
            failures.retain(|of| failure.at.saturating_sub(of.at) <= self.window && of.request != failure.request);
            failures.push_back(failure);
            if failures.len() < self.max_failures {
                return None;
            }
        }
        state.open(failure.at + self.pause)
    }
}

impl State {
    /// Opens the circuit, or extends the time for which it is open.
    fn open(&mut self, until: Duration) -> Option<Reaction> {
        match &mut self.circuit {
            Circuit::Open { until: current } => {
                *current = until.max(*current);
                None
            }
            Circuit::Closed(_) => {
                self.circuit = Circuit::Open { until };
                Some(Reaction::Opened)
            }
        }
    }

    /// Closes the circuit and forgets all failures.
    fn close(&mut self) -> Option<Reaction> {
        self.suspected.clear();
        match std::mem::replace(&mut self.circuit, Circuit::Closed(VecDeque::new())) {
            Circuit::Open { .. } => Some(Reaction::Closed),
            Circuit::Closed(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn breaker() -> CircuitBreaker {
        CircuitBreaker::new(&Limits::default())
    }

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    /// Sees a request of its own end.
    fn saw(breaker: &CircuitBreaker, evidence: Evidence, now: Duration) -> Option<Reaction> {
        breaker.saw(evidence, now, Deadline::after(now))
    }

    /// Sees as many requests fail, one each of `every`; returns the reaction to the last.
    fn fail(breaker: &CircuitBreaker, times: u32, every: Duration) -> Option<Reaction> {
        (0..times).map(|n| saw(breaker, Evidence::Failed, every * n)).last().flatten()
    }

    #[test]
    fn the_failed_calls_of_one_request_count_once() {
        let (breaker, request) = (breaker(), Deadline::after(seconds(6)));
        for _ in 0..30 {
            assert_eq!(breaker.saw(Evidence::Failed, seconds(6), request), None);
            breaker.saw(Evidence::Suspect, seconds(6), request);
            assert_eq!(breaker.saw_probe(Evidence::Failed, seconds(6)), None);
        }
        assert_eq!(breaker.admit(seconds(6)), Ok(()));
    }

    #[test]
    fn five_failures_in_ten_seconds_open_it_and_an_answer_closes_it() {
        let breaker = breaker();
        assert_eq!(fail(&breaker, 4, seconds(2)), None);
        assert_eq!((breaker.admit(seconds(7)), breaker.is_open()), (Ok(()), false));
        assert_eq!(saw(&breaker, Evidence::Failed, seconds(8)), Some(Reaction::Opened));
        assert!(breaker.is_open());
        assert_eq!(breaker.admit(seconds(9)), Err(seconds(4)));
        assert_eq!((breaker.wait(seconds(9)), breaker.wait(seconds(13))), (Some(seconds(4)), None));
        assert_eq!(breaker.admit(seconds(13)), Ok(()), "one call tries");
        assert_eq!(breaker.admit(seconds(13)), Err(seconds(5)), "and no other");
        assert_eq!(saw(&breaker, Evidence::Failed, seconds(14)), None);
        assert_eq!(breaker.admit(seconds(18)), Err(seconds(1)));
        assert_eq!(breaker.admit(seconds(19)), Ok(()));
        assert_eq!(saw(&breaker, Evidence::Answered, seconds(20)), Some(Reaction::Closed));
        assert_eq!((breaker.admit(seconds(20)), saw(&breaker, Evidence::Answered, seconds(21))), (Ok(()), None));
        assert!(!breaker.is_open());
    }

    #[test]
    fn failures_long_ago_or_before_an_answer_do_not_count() {
        assert_eq!(fail(&breaker(), 20, seconds(3)), None);
        let breaker = breaker();
        for _ in 0..10 {
            assert_eq!(fail(&breaker, 4, seconds(0)), None);
            assert_eq!(saw(&breaker, Evidence::Answered, seconds(0)), None);
        }
    }

    #[test]
    fn timeouts_do_not_count_where_the_probe_is_answered() {
        let breaker = breaker();
        for _ in 0..30 {
            assert_eq!(saw(&breaker, Evidence::Suspect, seconds(1)), Some(Reaction::Probe));
            assert_eq!(breaker.saw_probe(Evidence::Answered, seconds(1)), None);
        }
        assert_eq!((breaker.admit(seconds(1)), breaker.is_open()), (Ok(()), false));
    }

    #[test]
    fn timeouts_count_where_the_probe_fails_and_one_probe_decides_about_all_that_wait_for_it() {
        for failed in [Evidence::Suspect, Evidence::Failed] {
            let breaker = breaker();
            assert_eq!(saw(&breaker, Evidence::Suspect, seconds(1)), Some(Reaction::Probe));
            for _ in 0..4 {
                assert_eq!(saw(&breaker, Evidence::Suspect, seconds(1)), None, "a probe is running");
            }
            assert!(!breaker.is_open(), "nothing counts yet");
            assert_eq!(breaker.saw_probe(failed, seconds(2)), Some(Reaction::Opened));
            assert_eq!(breaker.admit(seconds(2)), Err(seconds(5)));
        }
    }

    #[test]
    fn an_answer_while_the_probe_runs_clears_what_it_would_decide_about() {
        let breaker = breaker();
        for _ in 0..5 {
            saw(&breaker, Evidence::Suspect, seconds(1));
        }
        assert_eq!(saw(&breaker, Evidence::Answered, seconds(1)), None);
        assert_eq!((breaker.saw_probe(Evidence::Failed, seconds(2)), breaker.is_open()), (None, false));
        assert_eq!(saw(&breaker, Evidence::Suspect, seconds(2)), Some(Reaction::Probe), "the next may be probed");
    }

    #[test]
    fn a_trial_that_times_out_is_decided_by_the_probe() {
        for (evidence, reaction, admitted) in [
            (Evidence::Answered, Some(Reaction::Closed), Ok(())),
            (Evidence::Suspect, None, Err(seconds(5))),
            (Evidence::PauseRequested(seconds(20)), None, Err(seconds(20))),
        ] {
            let breaker = breaker();
            fail(&breaker, 5, seconds(0));
            assert_eq!(breaker.admit(seconds(5)), Ok(()));
            assert_eq!(saw(&breaker, Evidence::Suspect, seconds(11)), Some(Reaction::Probe));
            assert_eq!(breaker.saw_probe(evidence, seconds(12)), reaction, "{evidence:?}");
            assert_eq!(breaker.admit(seconds(12)), admitted, "{evidence:?}");
        }
    }

    #[test]
    fn a_pause_that_the_source_requests_starts_at_once_and_is_bounded() {
        let breaker = breaker();
        assert_eq!(saw(&breaker, Evidence::PauseRequested(seconds(20)), seconds(0)), Some(Reaction::Opened));
        assert_eq!(breaker.admit(seconds(19)), Err(seconds(1)));
        assert_eq!(breaker.admit(seconds(20)), Ok(()));
        assert_eq!(saw(&breaker, Evidence::PauseRequested(seconds(86_400)), seconds(20)), None);
        assert_eq!(breaker.admit(seconds(79)), Err(seconds(1)));
        assert_eq!(breaker.admit(seconds(80)), Ok(()));
    }

    #[test]
    fn a_trial_without_an_outcome_does_not_keep_it_open() {
        let breaker = breaker();
        fail(&breaker, 5, seconds(0));
        assert_eq!(breaker.admit(seconds(5)), Ok(()));
        assert_eq!(breaker.admit(seconds(10)), Ok(()), "the outcome of the first is never reported");
    }

    #[test]
    fn connection_errors_are_failures_timeouts_and_5xx_are_suspect_and_other_errors_are_answers() {
        let evidence = |error: SourceError| Evidence::of::<()>(&Err(error));
        let error = |reason| SourceError::new(reason, "");
        assert_eq!(Evidence::of(&Ok(())), Evidence::Answered);
        assert_eq!(evidence(error(Reason::Down)), Evidence::Failed);
        assert_eq!(evidence(error(Reason::Timeout)), Evidence::Suspect);
        for reason in [Reason::Refused, Reason::Malformed] {
            for status in [500, 503, 599] {
                assert_eq!(evidence(error(reason).with_status(status)), Evidence::Suspect, "{status}");
            }
            assert_eq!(evidence(error(reason).with_status(422)), Evidence::Answered);
            assert_eq!(evidence(error(reason)), Evidence::Answered);
        }
        for reason in [Reason::TooBig, Reason::TooManySamples { fits_seconds: 1 }, Reason::NativeHistogram] {
            assert_eq!(evidence(error(reason).with_status(500)), Evidence::Answered);
        }
        let pausing = error(Reason::Refused).pausing(seconds(7));
        assert_eq!(evidence(pausing), Evidence::PauseRequested(seconds(7)));
    }
}
