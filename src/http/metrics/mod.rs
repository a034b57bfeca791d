//! Metrics of the server, and their page for Prometheus.
//!
//! Every request is accepted once and ends once: all of its answer is written, or its caller gone. So `accepted = answered + gone +
//! in flight` holds at every moment. Counts outlive a reload of the configuration.

mod process;
pub(crate) mod reloads;

use crate::app::{App, RenderedChart, SourceStatus};
use crate::http::Settings;
use crate::http::conn::counters::ConnectionCounters;
use crate::http::metrics::process::ProcessCollector;
use axum::http::header::{CONTENT_TYPE, HeaderValue};
use axum::response::{IntoResponse, Response};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::{encode_eof, encode_registry};
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::{ConstCounter, Counter};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::{ConstGauge, Gauge};
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
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

/// The label of what is counted for each source.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfSource {
    source: String,
}

/// Labels of a request of a key.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfKey {
    key: String,
    /// `gone` where the client did not wait for the whole response.
    status: String,
}

/// The numbers.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    process: Registry,
    accepted: Counter,
    answered: Family<Answered, Counter>,
    gone: Counter,
    in_flight: Gauge,
    times: Family<Of, Histogram>,
    phases: Family<Of, Histogram>,
    missing_glyphs: Counter,
    notes: Family<Of, Counter>,
    connections: Family<Of, Counter>,
    rejected_heads: Family<Of, Counter>,
    reused_signatures: Family<Of, Counter>,
    of_keys: Family<OfKey, Counter>,
    admission: Family<Of, Gauge>,
    admitted_bytes: Gauge,
    admission_limit_bytes: Gauge,
    reload_succeeded: Gauge,
    reload_succeeded_at: Gauge<f64, AtomicU64>,
    workers: Family<Of, Gauge>,
    panics: Counter,
    lines_lost: Counter,
    spans_lost: Counter,
    sources: Family<SourceFailed, Counter>,
    counters: Arc<ConnectionCounters>,
}

/// Returns the name of the operation of a path.
pub(crate) fn operation(path: &str) -> &'static str {
    match path.strip_prefix('/').filter(|rest| rest.starts_with('/')).unwrap_or(path) {
        "/v1/metrics/data/download/image" => "image",
        "/v1/metrics/data" => "data",
        "/v1/metrics" => "metrics",
        "/v1/charts" => "charts",
        path if path.starts_with("/v1/charts/") => "named_chart",
        "/" => "versions",
        "/info" => "info",
        "/healthz" | "/readyz" => "health",
        _ => "none",
    }
}

impl Metrics {
    /// All 0, beside what connections count.
    pub fn new(counters: Arc<ConnectionCounters>) -> Self {
        let histogram: fn() -> Histogram = || Histogram::new(TIMES);
        let mut metrics = Self {
            registry: Registry::with_prefix("metricshot"),
            process: Registry::default(),
            accepted: Counter::default(),
            answered: Family::default(),
            gone: Counter::default(),
            in_flight: Gauge::default(),
            times: Family::new_with_constructor(histogram),
            phases: Family::new_with_constructor(histogram),
            missing_glyphs: Counter::default(),
            notes: Family::default(),
            connections: Family::default(),
            rejected_heads: Family::default(),
            reused_signatures: Family::default(),
            of_keys: Family::default(),
            admission: Family::default(),
            admitted_bytes: Gauge::default(),
            admission_limit_bytes: Gauge::default(),
            reload_succeeded: Gauge::default(),
            reload_succeeded_at: Gauge::default(),
            workers: Family::default(),
            panics: Counter::default(),
            lines_lost: Counter::default(),
            spans_lost: Counter::default(),
            sources: Family::default(),
            counters,
        };
        metrics.register();
        metrics.register_admission_and_process();
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
        registry.register(
            "notes",
            "Metrics on charts with a note, by its word in Metricshot-Notes",
            self.notes.clone(),
        );
        registry.register("connections_ended", "Connections that were cut off or not let in", self.connections.clone());
        registry.register(
            "heads_rejected",
            "Request heads that the HTTP parser rejected; they are not accepted requests",
            self.rejected_heads.clone(),
        );
        registry.register(
            "signatures_reused",
            "Requests accepted with a signature that came before",
            self.reused_signatures.clone(),
        );
        registry.register("key_requests", "Requests of each key that ended", self.of_keys.clone());
        registry.register(
            "workers",
            "Pictures being drawn and waiting, workers that do not come back",
            self.workers.clone(),
        );
        registry.register("panics", "Pictures whose drawing panicked", self.panics.clone());
        registry.register(
            "log_lines_lost",
            "Lines of the log that were not read in time, or could not be written",
            self.lines_lost.clone(),
        );
        registry.register("spans_lost", "Spans of traces that the collector did not take", self.spans_lost.clone());
        registry.register("source_failures", "Calls of sources that failed", self.sources.clone());
    }

    fn register_admission_and_process(&mut self) {
        let registry = &mut self.registry;
        registry.register(
            "admission_requests",
            "Requests that passed admission control and have not ended, and requests that wait for it",
            self.admission.clone(),
        );
        registry.register_with_unit(
            "admission_memory",
            "Memory budget in use: estimates of admitted requests, responses of sources, results that are not sent yet",
            Unit::Bytes,
            self.admitted_bytes.clone(),
        );
        registry.register_with_unit(
            "admission_memory_limit",
            "Memory that requests and their results may take together",
            Unit::Bytes,
            self.admission_limit_bytes.clone(),
        );
        registry.register(
            "config_last_reload_successful",
            "1 where the last reload of the configuration succeeded",
            self.reload_succeeded.clone(),
        );
        registry.register_with_unit(
            "config_last_reload_success_timestamp",
            "When a reload of the configuration, or the start, last succeeded",
            Unit::Seconds,
            self.reload_succeeded_at.clone(),
        );
        let build = [("version", env!("CARGO_PKG_VERSION"))];
        registry.register("build", "The program that runs", Info::new(build));
        self.process.register_collector(Box::new(ProcessCollector));
    }

    /// Counts a head that the HTTP parser rejected.
    pub fn rejected_head(&self, kind: &'static str) {
        self.rejected_heads.get_or_create(&Of { kind }).inc();
    }

    /// Counts a request that was accepted although its signature came before.
    pub fn reused_signature(&self, kind: &'static str) {
        self.reused_signatures.get_or_create(&Of { kind }).inc();
    }

    /// Counts the end of a request of `key`; without a status the client did not wait for it.
    pub fn ended_of_key(&self, key: &str, status: Option<u16>) {
        let status = status.map_or_else(|| "gone".to_owned(), |status| status.to_string());
        self.of_keys.get_or_create(&OfKey { key: key.to_owned(), status }).inc();
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

    /// Returns the responses of this operation and status, the gone clients, and the requests in flight.
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
    pub fn drawn(&self, drawn: &RenderedChart) {
        for &(kind, time) in drawn.timings.stages() {
            self.phases.get_or_create(&Of { kind }).observe(time.as_secs_f64());
        }
        for remark in drawn.remarks.values().flatten() {
            self.notes.get_or_create(&Of { kind: remark.word() }).inc();
        }
        self.missing_glyphs.inc_by(u64::try_from(drawn.picture.missing_glyphs).unwrap_or(u64::MAX));
    }

    /// The page, with what `app` has under way, and what `settings` share with the rest of the process.
    pub fn page(&self, app: &App, settings: &Settings) -> Response {
        let at = |counter: &Counter, count: u64| counter.inner().store(count, Ordering::Relaxed);
        for (kind, count) in self.counters.counts() {
            at(&self.connections.get_or_create(&Of { kind }), count);
        }
        for (source, reason, count) in app.source_failures() {
            let labels = SourceFailed { source: source.to_owned(), reason: reason.word() };
            at(&self.sources.get_or_create(&labels), count);
        }
        let (load, dropped, reloads) = (app.load(), &settings.dropped, &settings.reloads);
        let whole = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        let bytes = |bytes: u64| i64::try_from(bytes).unwrap_or(i64::MAX);
        self.admission.get_or_create(&Of { kind: "admitted" }).set(whole(load.admission.requests));
        self.admission.get_or_create(&Of { kind: "waiting" }).set(whole(load.admission.waiting));
        self.admitted_bytes.set(bytes(load.admission.bytes));
        self.admission_limit_bytes.set(bytes(app.admission_limit_bytes()));
        self.reload_succeeded.set(reloads.last_succeeded().into());
        self.reload_succeeded_at.set(reloads.succeeded_at());
        let workers = load.workers;
        for (kind, count) in [("drawing", workers.drawing), ("waiting", workers.waiting), ("lost", workers.lost)] {
            self.workers.get_or_create(&Of { kind }).set(whole(count));
        }
        at(&self.panics, workers.panicked);
        at(&self.lines_lost, dropped.lines.load(Ordering::Relaxed));
        at(&self.spans_lost, dropped.spans.load(Ordering::Relaxed));
        let mut page = String::new();
        let mut sources = Registry::with_prefix("metricshot");
        sources.register_collector(Box::new(SourceCollector::of(app)));
        // Writing to a String cannot fail.
        let _ = [&self.registry, &sources, &self.process].map(|registry| encode_registry(&mut page, registry));
        let _ = encode_eof(&mut page);
        let mut response = page.into_response();
        let kind = HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");
        response.headers_mut().insert(CONTENT_TYPE, kind);
        response
    }
}

/// The state of the sources at one scrape. They belong to the configuration in force, so that no registry keeps them.
#[derive(Debug)]
struct SourceCollector(Vec<SourceState>);

#[derive(Debug)]
struct SourceState {
    labels: OfSource,
    is_open: bool,
    rejections: u64,
    in_flight: i64,
    durations: Histogram,
}

impl SourceCollector {
    fn of(app: &App) -> Self {
        let state = |status: SourceStatus<'_>| SourceState {
            labels: OfSource { source: status.name.to_owned() },
            is_open: status.is_open,
            rejections: status.rejections,
            in_flight: i64::try_from(status.in_flight).unwrap_or(i64::MAX),
            durations: status.durations.clone(),
        };
        Self(app.source_statuses().map(state).collect())
    }
}

impl Collector for SourceCollector {
    fn encode(&self, mut encoder: DescriptorEncoder) -> fmt::Result {
        let help = "Duration of each call of a source, without the wait for its turn";
        let (name, unit) = ("source_call_duration", Some(&Unit::Seconds));
        let mut durations = encoder.encode_descriptor(name, help, unit, MetricType::Histogram)?;
        for source in &self.0 {
            source.durations.encode(durations.encode_family(&source.labels)?)?;
        }
        let (name, help) =
            ("source_circuit_breaker_rejections", "Calls of a source that its open circuit breaker rejected");
        let mut rejections = encoder.encode_descriptor(name, help, None, MetricType::Counter)?;
        for source in &self.0 {
            ConstCounter::new(source.rejections).encode(rejections.encode_family(&source.labels)?)?;
        }
        let mut gauges = |name, help, value: fn(&SourceState) -> i64| {
            let mut family = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
            self.0
                .iter()
                .try_for_each(|source| ConstGauge::new(value(source)).encode(family.encode_family(&source.labels)?))
        };
        gauges("source_calls_in_flight", "Calls of a source in flight", |source| source.in_flight)?;
        let help = "1 while the circuit breaker of a source rejects calls, or tries one";
        gauges("source_circuit_breaker_open", help, |source| source.is_open.into())
    }
}
