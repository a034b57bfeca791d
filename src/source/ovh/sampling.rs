//! Rounds in the background, one each interval, until this is dropped.

use super::rounds::Rounds;
use crate::clock::Deadline;
use std::sync::Arc;
use tokio::task::AbortHandle;
use tokio::time::MissedTickBehavior;

/// Ends when it is dropped.
#[derive(Debug)]
pub struct Sampling(AbortHandle);

impl Sampling {
    /// Starts sampling on the caller's runtime; the first round begins at once.
    pub fn begin(rounds: Arc<Rounds>) -> Self {
        let task = tokio::spawn(async move {
            let mut ticks = tokio::time::interval(rounds.interval);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                ticks.tick().await;
                // What fails is logged there, and is tried again.
                let _ = rounds.sample(Deadline::after(rounds.interval)).await;
            }
        });
        Self(task.abort_handle())
    }
}

impl Drop for Sampling {
    fn drop(&mut self) {
        self.0.abort();
    }
}
