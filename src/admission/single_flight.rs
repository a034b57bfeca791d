//! The same question, asked by many at once, is answered once.
//!
//! Used by the way for everything that it fetches and draws. A run belongs to all who wait for it and ends with the last of them; whoever
//! comes after its answer begins a new one, so nothing old is ever given out.

use crate::error::Failure;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Weak};
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::task::AbortHandle;
use tracing::Instrument;

type Answer<T> = Result<Arc<T>, Failure>;

/// Runs in progress, by key. Clones share them.
#[derive(Debug)]
pub struct SingleFlight<Q, T> {
    runs: Arc<Mutex<Runs<Q, T>>>,
    /// The runtime of the runs; `None` is the runtime of the request that begins one.
    runtime: Option<Handle>,
}

#[derive(Debug)]
struct Runs<Q, T> {
    /// Each with its number.
    single_flight: HashMap<Q, (u64, Weak<Run<T>>)>,
    next: u64,
}

impl<Q, T> Clone for SingleFlight<Q, T> {
    fn clone(&self) -> Self {
        Self { runs: Arc::clone(&self.runs), runtime: self.runtime.clone() }
    }
}

impl<Q, T> Default for SingleFlight<Q, T> {
    fn default() -> Self {
        Self { runs: Arc::new(Mutex::new(Runs { single_flight: HashMap::new(), next: 0 })), runtime: None }
    }
}

/// One run, owned by those who wait for it.
#[derive(Debug)]
struct Run<T> {
    answer: watch::Receiver<Option<Answer<T>>>,
    work: AbortHandle,
}

impl<T> Drop for Run<T> {
    fn drop(&mut self) {
        self.work.abort();
    }
}

impl<Q, T> SingleFlight<Q, T>
where
    Q: Hash + Eq + Copy + Send + 'static,
    T: Send + Sync + 'static,
{
    /// The same, whose runs run over there.
    pub fn on(self, runtime: Handle) -> Self {
        Self { runtime: Some(runtime), ..self }
    }

    /// The same, whose runs run where those of `before` do.
    pub fn beside(self, before: &Self) -> Self {
        Self { runtime: before.runtime.clone(), ..self }
    }

    /// The answer to `question`: of the run that is under way, else of the one that `begin` gives; its Err is known at once. A panic of a
    /// run fails those who wait, and nobody else.
    pub async fn join<F>(&self, question: Q, begin: impl FnOnce() -> Result<F, Failure>) -> Answer<T>
    where
        F: Future<Output = Result<T, Failure>> + Send + 'static,
    {
        let flight = self.flight(question, begin)?;
        let mut answer = flight.answer.clone();
        let answered = answer.wait_for(Option::is_some).await.ok().and_then(|answer| answer.clone());
        answered.unwrap_or_else(|| Err(Failure::Internal("the work that others wait for panicked".to_owned())))
    }

    fn flight<F>(&self, question: Q, begin: impl FnOnce() -> Result<F, Failure>) -> Result<Arc<Run<T>>, Failure>
    where
        F: Future<Output = Result<T, Failure>> + Send + 'static,
    {
        let mut runs = self.runs.lock();
        if let Some(flight) = runs.single_flight.get(&question).and_then(|(_, flight)| flight.upgrade()) {
            return Ok(flight);
        }
        let work = begin()?;
        runs.next += 1;
        let (tell, answer) = watch::channel(None);
        let removal = Removal { single_flight: self.clone(), question, number: runs.next };
        let run = async move {
            let result = work.await;
            // Whoever comes from now on begins anew.
            drop(removal);
            tell.send_replace(Some(result.map(Arc::new)));
        };
        let run = run.in_current_span();
        let work = match &self.runtime {
            Some(runtime) => runtime.spawn(run),
            None => tokio::spawn(run),
        };
        let flight = Arc::new(Run { answer, work: work.abort_handle() });
        let number = runs.next;
        runs.single_flight.insert(question, (number, Arc::downgrade(&flight)));
        Ok(flight)
    }
}

impl<Q, T> SingleFlight<Q, T> {
    /// Questions that are being answered.
    pub fn len(&self) -> usize {
        self.runs.lock().single_flight.len()
    }

    /// Nothing is under way.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the number of requests that wait for a result.
    pub fn callers(&self) -> usize {
        self.runs.lock().single_flight.values().map(|(_, flight)| flight.strong_count()).sum()
    }
}

/// Removes a run from the map when it ends, however it ends; not the one that began after it was given up.
struct Removal<Q: Hash + Eq, T> {
    single_flight: SingleFlight<Q, T>,
    question: Q,
    number: u64,
}

impl<Q: Hash + Eq, T> Drop for Removal<Q, T> {
    fn drop(&mut self) {
        let mut runs = self.single_flight.runs.lock();
        if runs.single_flight.get(&self.question).is_some_and(|(number, _)| *number == self.number) {
            runs.single_flight.remove(&self.question);
        }
    }
}

#[cfg(test)]
mod tests;
