//! What the service counts, and the page with it for Prometheus.
//!
//! Every request is accepted once and ends once: all of its answer is written, or its caller gone. So `accepted = answered + gone +
//! in flight` holds at every moment. Counts outlive a reload of the configuration.

use super::Lost;
use super::tally::Tally;
use crate::app::{App, Drawn};
use axum::http::header::{CONTENT_TYPE, HeaderValue};
use axum::response::{IntoResponse, Response};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// Bounds of the buckets of times, in seconds: from what drawing takes to what a request may.
const TIMES: [f64; 14] = [0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// Labels of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    operation: &'static str,
    status: u16,
    fault: String,
}

/// The label of what is counted by one word.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Of {
    kind: &'static str,
}

/// Labels of a source's failures.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct SourceFailed {
    source: String,
    reason: &'static str,
}

/// The numbers.
#[derive(Debug)]
pub(super) struct Metrics {
    registry: Registry,
    accepted: Counter,
    answered: Family<Answered, Counter>,
    gone: Counter,
    in_flight: Gauge,
    times: Family<Of, Histogram>,
    phases: Family<Of, Histogram>,
    missing_glyphs: Counter,
    connections: Family<Of, Counter>,
    workers: Family<Of, Gauge>,
    panics: Counter,
    lines_lost: Counter,
    spans_lost: Counter,
    sources: Family<SourceFailed, Counter>,
    tally: Arc<Tally>,
}

/// Which operation a path is, in a word.
pub(super) fn operation(path: &str) -> &'static str {
    match path.strip_prefix('/').filter(|rest| rest.starts_with('/')).unwrap_or(path) {
        "/v1/metrics/data/download/image" => "image",
        "/v1/metrics/data" => "data",
        "/v1/metrics" => "metrics",
        "/" => "versions",
        "/info" => "info",
        "/healthz" | "/readyz" => "health",
        _ => "none",
    }
}

impl Metrics {
    /// All 0, beside what connections count.
    pub fn new(tally: Arc<Tally>) -> Self {
        let histogram: fn() -> Histogram = || Histogram::new(TIMES);
        let mut metrics = Self {
            registry: Registry::with_prefix("metricshot"),
            accepted: Counter::default(),
            answered: Family::default(),
            gone: Counter::default(),
            in_flight: Gauge::default(),
            times: Family::new_with_constructor(histogram),
            phases: Family::new_with_constructor(histogram),
            missing_glyphs: Counter::default(),
            connections: Family::default(),
            workers: Family::default(),
            panics: Counter::default(),
            lines_lost: Counter::default(),
            spans_lost: Counter::default(),
            sources: Family::default(),
            tally,
        };
        metrics.register();
        metrics
    }

    fn register(&mut self) {
        let registry = &mut self.registry;
        registry.register("requests_accepted", "Requests whose head was read", self.accepted.clone());
        registry.register(
            "requests_answered",
            "Requests whose whole answer was written, by what and with what",
            self.answered.clone(),
        );
        registry.register(
            "requests_gone",
            "Requests whose caller did not wait for the whole answer",
            self.gone.clone(),
        );
        registry.register("requests_in_flight", "Requests that have not ended", self.in_flight.clone());
        registry.register("request_seconds", "Time from a request's head to its answer's", self.times.clone());
        registry.register("phase_seconds", "Time that each step of a picture took", self.phases.clone());
        registry.register(
            "missing_glyphs",
            "Characters drawn as boxes, because no font has them",
            self.missing_glyphs.clone(),
        );
        registry.register("connections_ended", "Connections that were cut off or not let in", self.connections.clone());
        registry.register(
            "workers",
            "Pictures being drawn and waiting, workers that do not come back",
            self.workers.clone(),
        );
        registry.register("panics", "Pictures whose drawing panicked", self.panics.clone());
        registry.register("log_lines_lost", "Lines of the log that nobody read in time", self.lines_lost.clone());
        registry.register("spans_lost", "Spans of traces that the collector did not take", self.spans_lost.clone());
        registry.register("source_failures", "Calls of sources that failed", self.sources.clone());
    }

    /// A request's head is read.
    pub fn accepted(&self) {
        self.accepted.inc();
        self.in_flight.inc();
    }

    /// Its answer is there, and has to be written.
    pub fn timed(&self, operation: &'static str, after: Duration) {
        self.times.get_or_create(&Of { kind: operation }).observe(after.as_secs_f64());
    }

    /// All of its answer is written.
    pub fn answered(&self, operation: &'static str, status: u16, fault: &str) {
        self.answered.get_or_create(&Answered { operation, status, fault: fault.to_owned() }).inc();
        self.in_flight.dec();
    }

    /// How many of this operation were answered so, how many callers are gone, and how many requests have not ended.
    #[cfg(test)]
    pub fn ends(&self, operation: &'static str, status: u16) -> [u64; 3] {
        let answered = self.answered.get_or_create(&Answered { operation, status, fault: String::new() }).get();
        [answered, self.gone.get(), u64::try_from(self.in_flight.get()).unwrap()]
    }

    /// Its caller is gone.
    pub fn gone(&self) {
        self.gone.inc();
        self.in_flight.dec();
    }

    /// A picture is drawn.
    pub fn drawn(&self, drawn: &Drawn) {
        for &(kind, time) in drawn.laps.steps() {
            self.phases.get_or_create(&Of { kind }).observe(time.as_secs_f64());
        }
        self.missing_glyphs.inc_by(u64::try_from(drawn.picture.missing_glyphs).unwrap_or(u64::MAX));
    }

    /// The page, with what `app` has under way, and what was lost.
    pub fn page(&self, app: &App, lost: &Lost) -> Response {
        let at = |counter: &Counter, count: u64| counter.inner().store(count, Ordering::Relaxed);
        for (kind, count) in self.tally.counts() {
            at(&self.connections.get_or_create(&Of { kind }), count);
        }
        for (source, reason, count) in app.source_failures() {
            let labels = SourceFailed { source: source.to_owned(), reason: reason.word() };
            at(&self.sources.get_or_create(&labels), count);
        }
        let workers = app.load().workers;
        for (kind, count) in [("drawing", workers.drawing), ("waiting", workers.waiting), ("lost", workers.lost)] {
            self.workers.get_or_create(&Of { kind }).set(i64::try_from(count).unwrap_or(i64::MAX));
        }
        at(&self.panics, workers.panicked);
        at(&self.lines_lost, lost.lines.load(Ordering::Relaxed));
        at(&self.spans_lost, lost.spans.load(Ordering::Relaxed));
        let mut page = String::new();
        // Writing to a String cannot fail.
        encode(&mut page, &self.registry).unwrap_or_default();
        let mut response = page.into_response();
        let kind = HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");
        response.headers_mut().insert(CONTENT_TYPE, kind);
        response
    }
}
