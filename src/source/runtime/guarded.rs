//! One source as all requests share it: a bounded number of concurrent calls, a circuit breaker, a cached list of metrics.
//!
//! The fan-out calls it. Waiting for a permit counts as time of the call. It logs each change of the circuit breaker, and every failed call
//! once, with the source's own words; a call that panics does not affect others. After a timeout or a 5xx a probe of the source runs in the
//! background, so that no client waits for it; calls that the circuit breaker rejects are counted apart from the source's failures.

use super::circuit_breaker::{CircuitBreaker, Evidence, Reaction};
use crate::call::Call;
use crate::catalog::{Description, MetricDescriptor, SeriesQuery};
use crate::clock::{Deadline, Stopwatch, now_ms};
use crate::error::{Reason, SourceError};
use crate::limits::Limits;
use crate::memory::MemoryPermit;
use crate::source::{Described, Source};
use crate::trace_context;
use futures_util::FutureExt;
use prometheus_client::metrics::histogram::Histogram;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::{Mutex, Semaphore, SemaphorePermit};
use tokio::time::timeout;
use tracing::{Instrument, debug_span};

/// Metrics of a source, sorted; `None` where it cannot list them.
pub type Listing = Option<Arc<[MetricDescriptor]>>;

/// See the module.
#[derive(Debug)]
pub struct GuardedSource {
    name: String,
    source: Arc<dyn Source>,
    /// [`Limits::calls_per_source`] turns.
    turns: Semaphore,
    most_calls: usize,
    breaker: Arc<CircuitBreaker>,
    /// [`Limits::source_probe`].
    probe_time: Duration,
    /// Calls that the circuit breaker rejected.
    rejections: AtomicU64,
    /// Time of the call, its result, and the memory of the result.
    listing: Mutex<Option<(Duration, Listing, Option<MemoryPermit>)>>,
    listing_age: Duration,
    most_listed: usize,
    clock: Stopwatch,
    /// Counters, indexed by [`Reason::OF_FAILED_CALLS`].
    failures: [AtomicU64; Reason::OF_FAILED_CALLS.len()],
    /// Duration of each call, in seconds.
    durations: Histogram,
}

/// The state of one source, for metrics.
#[derive(Debug)]
pub struct SourceStatus<'a> {
    /// Its name in the configuration.
    pub name: &'a str,
    /// Its circuit breaker rejects calls.
    pub is_open: bool,
    /// Calls that its circuit breaker rejected since the start.
    pub rejections: u64,
    /// Calls in flight.
    pub in_flight: usize,
    /// Duration of each call since the start, in seconds; the time that a call waited for its turn is not in it.
    pub durations: &'a Histogram,
}

/// Bounds of the histogram of durations, in seconds: from a source in memory to the time that a request has for its sources.
const DURATIONS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 6.0];

impl GuardedSource {
    /// Makes a guard by `limits`.
    pub fn new(name: String, source: Arc<dyn Source>, limits: &Limits) -> Self {
        Self {
            name,
            source,
            turns: Semaphore::new(limits.calls_per_source),
            breaker: Arc::new(CircuitBreaker::new(limits)),
            probe_time: limits.source_probe,
            rejections: AtomicU64::new(0),
            listing: Mutex::new(None),
            listing_age: limits.listing_age,
            most_listed: limits.listed_metrics,
            clock: Stopwatch::start(),
            failures: Default::default(),
            most_calls: limits.calls_per_source,
            durations: Histogram::new(DURATIONS),
        }
    }

    /// See [`Source::groups`].
    pub fn groups(&self, queries: &[&SeriesQuery]) -> Vec<Vec<usize>> {
        self.source.groups(queries)
    }

    /// Returns the result of `ask` by the deadline, unless the circuit breaker is open or no permit is free.
    pub async fn ask<'a, T, F>(
        &'a self,
        call: Call<'_>,
        ask: impl FnOnce(&'a dyn Source) -> F,
    ) -> Result<T, SourceError>
    where
        F: Future<Output = Result<T, SourceError>> + 'a,
    {
        let span = debug_span!("source", metricshot.source = self.name);
        let answer = self.ask_once(call, ask).instrument(span.clone()).await;
        answer.inspect_err(|error| trace_context::fail(&span, error.reason.word()))
    }

    async fn ask_once<'a, T, F>(
        &'a self,
        call: Call<'_>,
        ask: impl FnOnce(&'a dyn Source) -> F,
    ) -> Result<T, SourceError>
    where
        F: Future<Output = Result<T, SourceError>> + 'a,
    {
        let late = |_| SourceError::new(Reason::Timeout, "no answer by the deadline");
        // Calls that hang may hold every permit: a call that will be rejected does not wait for one.
        if let Some(wait) = self.breaker.wait(self.clock.elapsed()) {
            return Err(self.rejected(wait));
        }
        let _turn = self.turn(call).await.inspect_err(|error| self.log(error))?;
        self.breaker.admit(self.clock.elapsed()).map_err(|wait| self.rejected(wait))?;
        let begin = Stopwatch::start();
        let asked = timeout(call.deadline.remaining(), ask(self.source.as_ref()));
        let answer = match AssertUnwindSafe(asked).catch_unwind().await {
            Ok(answer) => answer.map_err(late).flatten(),
            Err(_) => Err(SourceError::new(Reason::Down, "it panicked, which is a bug of metricshot")),
        };
        self.durations.observe(begin.elapsed().as_secs_f64());
        if let Err(error) = &answer {
            self.log(error);
        }
        match self.breaker.saw(Evidence::of(&answer), self.clock.elapsed(), call.deadline) {
            Some(Reaction::Probe) => self.probe(),
            other => log_change(&self.name, other),
        }
        answer
    }

    /// Counts a call that the circuit breaker rejects for so long.
    fn rejected(&self, wait: Duration) -> SourceError {
        self.rejections.fetch_add(1, Ordering::Relaxed);
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        let retry_after_seconds = u32::try_from(seconds.max(1)).unwrap_or(u32::MAX);
        SourceError::new(Reason::CircuitOpen { retry_after_seconds }, "its circuit breaker is open")
    }

    /// Finds out in the background whether the source answers its own cheap probe, and reports that to the circuit breaker.
    fn probe(&self) {
        let (source, breaker, clock) = (Arc::clone(&self.source), Arc::clone(&self.breaker), self.clock);
        let (name, time) = (self.name.clone(), self.probe_time);
        tokio::spawn(async move {
            let call = Call::unlimited(Deadline::after(time), now_ms());
            let checked = AssertUnwindSafe(timeout(time, source.check(call))).catch_unwind().await;
            // A probe that hangs or panics shows no source that works.
            let evidence = checked.ok().and_then(Result::ok).map_or(Evidence::Suspect, |answer| Evidence::of(&answer));
            tracing::debug!(source = name, ?evidence, "the source was probed after a call that timed out or failed");
            log_change(&name, breaker.saw_probe(evidence, clock.elapsed()));
        });
    }

    async fn turn(&self, call: Call<'_>) -> Result<SemaphorePermit<'_>, SourceError> {
        let turn = timeout(call.deadline.remaining(), self.turns.acquire()).await;
        if call.deadline.remaining().is_zero() {
            return Err(SourceError::new(Reason::Timeout, "the calls before it took all the time"));
        }
        let closed = || SourceError::new(Reason::Down, "the source takes no more calls");
        turn.ok().and_then(Result::ok).ok_or_else(closed)
    }

    /// Returns the list of metrics, cached for a while.
    pub async fn list(&self, call: Call<'_>) -> Result<Listing, SourceError> {
        let waited = |_| SourceError::new(Reason::Timeout, "whoever asked for its list before took all the time");
        let mut kept = timeout(call.deadline.remaining(), self.listing.lock()).await.map_err(waited)?;
        let now = self.clock.elapsed();
        if let Some((_, listing, _)) = kept.as_ref().filter(|(asked, ..)| now.saturating_sub(*asked) < self.listing_age)
        {
            return Ok(listing.clone());
        }
        let offers = self.ask(call, |source| source.list(call)).await?;
        if offers.as_ref().is_some_and(|offers| offers.len() > self.most_listed) {
            let detail = format!("it lists more than {} metrics", self.most_listed);
            return Err(SourceError::new(Reason::TooBig, detail)).inspect_err(|error| self.log(error));
        }
        let listing = offers.map(Arc::from);
        *kept = None;
        let bytes = listing.as_deref().map(MetricDescriptor::heap_bytes).unwrap_or_default();
        // Without memory it is requested again the next time.
        if let Ok(permit) = call.memory.outliving(bytes) {
            *kept = Some((now, listing.clone(), permit));
        }
        Ok(listing)
    }

    /// Returns what its metadata says of each of `names`, in their order. A source that does not tell in half of the time that is left
    /// says nothing, so that the chart is drawn all the same.
    pub async fn describe(&self, names: &[String], call: Call<'_>) -> Vec<Description> {
        let remaining = call.deadline.remaining();
        let call = Call { deadline: Deadline::after(remaining / 2), ..call };
        let late = |_| SourceError::new(Reason::Timeout, "no metadata in time");
        let described = match self.source.described() {
            Described::Nowhere => Ok(Vec::new()),
            // A cached description is no sign that the server answers, so the circuit breaker does not count this call.
            Described::ByName => timeout(remaining, self.source.describe(names, call)).await.map_err(late).flatten(),
            Described::InList => self.list(call).await.map(|listing| {
                let offers = listing.as_deref().unwrap_or_default();
                let of_name = |name: &String| {
                    let first = offers.partition_point(|offer| offer.name < *name);
                    MetricDescriptor::description(offers[first..].iter().take_while(|offer| offer.name == *name))
                };
                names.iter().map(of_name).collect()
            }),
        };
        let mut described = described.unwrap_or_default();
        described.resize(names.len(), Description::default());
        described
    }

    /// Returns the failures since the start, by reason.
    pub fn failures(&self) -> impl Iterator<Item = (Reason, u64)> {
        Reason::OF_FAILED_CALLS.into_iter().zip(self.failures.iter().map(|count| count.load(Ordering::Relaxed)))
    }

    /// Returns its state now.
    pub fn status(&self) -> SourceStatus<'_> {
        SourceStatus {
            name: &self.name,
            is_open: self.breaker.is_open(),
            rejections: self.rejections.load(Ordering::Relaxed),
            in_flight: self.most_calls.saturating_sub(self.turns.available_permits()),
            durations: &self.durations,
        }
    }

    fn log(&self, error: &SourceError) {
        let place = Reason::OF_FAILED_CALLS.iter().position(|reason| reason.word() == error.reason.word());
        if let Some(count) = place.and_then(|place| self.failures.get(place)) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        tracing::warn!(source = self.name, reason = error.reason.word(), detail = error.detail, "a source failed");
    }
}

fn log_change(source: &str, reaction: Option<Reaction>) {
    match reaction {
        Some(Reaction::Opened) => {
            tracing::error!(source, "the circuit breaker of the source opened: calls are rejected for now")
        }
        Some(Reaction::Closed) => tracing::info!(source, "the circuit breaker of the source closed: it answers again"),
        Some(Reaction::Probe) | None => {}
    }
}
