//! One source as all requests share it: so many calls at once, left alone while it fails, its list of metrics kept for a while.
//!
//! Used by the fan-out. Waiting for a turn counts as time of the call. What changes is logged here, and every failed call once, with the
//! source's own words; a call that panics takes no other with it.

use super::breaker::{Breaker, Change};
use super::{Call, Described, Offer, Source, SourceError};
use crate::catalog::{Description, SeriesQuery};
use crate::clock::{Deadline, Stopwatch};
use crate::limits::Limits;
use crate::series::Reason;
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

/// What a source has, sorted; `None` where it has no way to tell.
pub type Listing = Option<Arc<[Offer]>>;

/// See the module.
#[derive(Debug)]
pub struct Shared {
    name: String,
    source: Arc<dyn Source>,
    /// [`Limits::calls_per_source`] turns.
    turns: Semaphore,
    most_calls: usize,
    breaker: Breaker,
    /// When it was asked, and what it said.
    listing: Mutex<Option<(Duration, Listing)>>,
    listing_age: Duration,
    most_listed: usize,
    clock: Stopwatch,
    /// By [`Reason::ALL`].
    failures: [AtomicU64; Reason::ALL.len()],
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
    /// Calls in flight.
    pub in_flight: usize,
    /// Duration of each call since the start, in seconds; the time that a call waited for its turn is not in it.
    pub durations: &'a Histogram,
}

/// Bounds of the histogram of durations, in seconds: from a source in memory to the time that a request has for its sources.
const DURATIONS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 6.0];

impl Shared {
    /// With the numbers of `limits`.
    pub fn new(name: String, source: Arc<dyn Source>, limits: &Limits) -> Self {
        Self {
            name,
            source,
            turns: Semaphore::new(limits.calls_per_source),
            breaker: Breaker::new(limits),
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

    /// What `ask` gets from the source by the deadline, if it is a good time to ask it.
    pub async fn ask<'a, T, F>(&'a self, call: Call, ask: impl FnOnce(&'a dyn Source) -> F) -> Result<T, SourceError>
    where
        F: Future<Output = Result<T, SourceError>> + 'a,
    {
        let span = debug_span!("source", metricshot.source = self.name);
        let answer = self.ask_once(call, ask).instrument(span.clone()).await;
        answer.inspect_err(|error| trace_context::fail(&span, error.reason.word()))
    }

    async fn ask_once<'a, T, F>(&'a self, call: Call, ask: impl FnOnce(&'a dyn Source) -> F) -> Result<T, SourceError>
    where
        F: Future<Output = Result<T, SourceError>> + 'a,
    {
        let late = |_| SourceError::new(Reason::Timeout, "no answer by the deadline");
        let _turn = self.turn(call).await.inspect_err(|error| self.log(error))?;
        self.breaker
            .admit(self.clock.elapsed())
            .map_err(|reason| SourceError::new(reason, "it is left alone for now"))?;
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
        match self.breaker.saw(answer.as_ref().err(), self.clock.elapsed(), call.deadline) {
            Some(Change::Opened) => tracing::error!(source = self.name, "the source is left alone for a while"),
            Some(Change::Closed) => tracing::info!(source = self.name, "the source answers again"),
            None => {}
        }
        answer
    }

    async fn turn(&self, call: Call) -> Result<SemaphorePermit<'_>, SourceError> {
        let turn = timeout(call.deadline.remaining(), self.turns.acquire()).await;
        if call.deadline.remaining().is_zero() {
            return Err(SourceError::new(Reason::Timeout, "the calls before it took all the time"));
        }
        let closed = || SourceError::new(Reason::Down, "the source takes no more calls");
        turn.ok().and_then(Result::ok).ok_or_else(closed)
    }

    /// What it has, asked once in a while.
    pub async fn list(&self, call: Call) -> Result<Listing, SourceError> {
        let waited = |_| SourceError::new(Reason::Timeout, "whoever asked for its list before took all the time");
        let mut kept = timeout(call.deadline.remaining(), self.listing.lock()).await.map_err(waited)?;
        let now = self.clock.elapsed();
        if let Some((_, listing)) = kept.as_ref().filter(|(asked, _)| now.saturating_sub(*asked) < self.listing_age) {
            return Ok(listing.clone());
        }
        let offers = self.ask(call, |source| source.list(call)).await?;
        if offers.as_ref().is_some_and(|offers| offers.len() > self.most_listed) {
            let detail = format!("it lists more than {} metrics", self.most_listed);
            return Err(SourceError::new(Reason::TooBig, detail)).inspect_err(|error| self.log(error));
        }
        let listing = offers.map(Arc::from);
        *kept = Some((now, listing.clone()));
        Ok(listing)
    }

    /// Returns what its metadata says of each of `names`, in their order. A source that does not tell in half of the time that is left
    /// says nothing, so that the chart is drawn all the same.
    pub async fn describe(&self, names: &[String], call: Call) -> Vec<Description> {
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
                    Offer::description(offers[first..].iter().take_while(|offer| offer.name == *name))
                };
                names.iter().map(of_name).collect()
            }),
        };
        let mut described = described.unwrap_or_default();
        described.resize(names.len(), Description::default());
        described
    }

    /// How often it failed since the start, by reason.
    pub fn failures(&self) -> impl Iterator<Item = (Reason, u64)> {
        Reason::ALL.into_iter().zip(self.failures.iter().map(|count| count.load(Ordering::Relaxed)))
    }

    /// Returns its state now.
    pub fn status(&self) -> SourceStatus<'_> {
        SourceStatus {
            name: &self.name,
            is_open: self.breaker.is_open(),
            in_flight: self.most_calls.saturating_sub(self.turns.available_permits()),
            durations: &self.durations,
        }
    }

    fn log(&self, error: &SourceError) {
        let place = Reason::ALL.iter().position(|reason| reason.word() == error.reason.word());
        if let Some(count) = place.and_then(|place| self.failures.get(place)) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        tracing::warn!(source = self.name, reason = error.reason.word(), detail = error.detail, "a source failed");
    }
}
