//! Tracing to an OTLP collector.
//!
//! Every module opens spans of `tracing` and does not depend on collectors; this module exports them if the
//! configuration enables it. `http` continues a client's trace, `source` propagates it, and the command line starts and
//! stops the exporter. Without [`begin`] every function here does nothing. Nothing blocks: spans that do not fit into
//! the queue are dropped and counted.

mod encode;
mod exporter;
pub mod http_post;
mod queue;

pub use encode::ATTRIBUTES;

use crate::clock::Deadline;
use crate::limits::Limits;
use async_trait::async_trait;
use opentelemetry::trace::TracerProvider;
use opentelemetry::{InstrumentationScope, KeyValue};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider, SpanLimits};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tracing::{Level, Metadata};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::{LevelFilter, filter_fn};
use tracing_subscriber::registry::Registry;

/// Settings of the exporter and the sampler.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Resource attribute `service.name`.
    pub service_name: String,
    /// Sampling ratio, 0 to 1.
    pub share: f64,
    /// Gives the sampling decision of a client's trace precedence over `share`.
    pub parent_based: bool,
}

/// Transport that sends a batch to the collector.
#[async_trait]
pub trait Post: fmt::Debug + Send + Sync {
    /// Sends `batch` and returns the collector's response. Fails with a reason for the log.
    async fn post(&self, batch: Vec<u8>) -> Result<Vec<u8>, String>;
}

/// The running exporter.
#[derive(Debug)]
pub struct Traces {
    shutdown: watch::Sender<Option<Deadline>>,
    exporter: JoinHandle<()>,
    lost: Arc<AtomicU64>,
}

/// Subscriber layer that turns the program's spans into traces.
pub type TraceLayer = Box<dyn Layer<Registry> + Send + Sync>;

/// Starts the exporter on `runtime`; the returned layer belongs into the log's subscriber.
pub fn begin(settings: &Settings, limits: &Limits, post: Arc<dyn Post>, runtime: &Handle) -> (TraceLayer, Traces) {
    let resource = Resource::builder_empty()
        .with_attribute(KeyValue::new("service.name", settings.service_name.clone()))
        .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
        .build();
    let (queue, receiver) = queue::queue(limits.traces_queue);
    let (shutdown, end) = watch::channel(None);
    let (lost, origin) = (Arc::default(), encode::Origin::from(&resource));
    let exporter = runtime.spawn(exporter::export((receiver, Arc::clone(&lost)), post, origin, limits.into(), end));
    let ratio = Sampler::TraceIdRatioBased(settings.share);
    let sampler = if settings.parent_based { Sampler::ParentBased(Box::new(ratio)) } else { ratio };
    // Every setting is explicit: the SDK would take missing ones from environment variables.
    let provider = SdkTracerProvider::builder()
        .with_sampler(sampler)
        .with_span_limits(SpanLimits::default())
        .with_resource(resource)
        .with_span_processor(queue)
        .build();
    let tracer = provider.tracer_with_scope(InstrumentationScope::builder(env!("CARGO_PKG_NAME")).build());
    let layer = tracing_opentelemetry::layer()
        .with_tracer(tracer)
        .with_location(false)
        .with_threads(false)
        .with_tracked_inactivity(false)
        .with_target(false)
        .with_level(false)
        .with_context_activation(false)
        .with_filter(filter_fn(is_own_span).with_max_level_hint(LevelFilter::DEBUG));
    (Box::new(layer), Traces { shutdown, exporter, lost })
}

/// Selects spans of this program. Log events stay in the log, because they quote sources.
fn is_own_span(metadata: &Metadata<'_>) -> bool {
    let ours = metadata.target().split("::").next() == Some(env!("CARGO_PKG_NAME"));
    metadata.is_span() && ours && *metadata.level() <= Level::DEBUG
}

impl Traces {
    /// Returns the counter of spans that no collector accepted.
    pub fn lost(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.lost)
    }

    /// Sends the queued spans and those of the last requests, until all are sent or the deadline `by` passes.
    pub async fn end(self, by: Deadline) {
        self.shutdown.send_replace(Some(by));
        // The task ends by the deadline; a panic is in the log.
        let _ = self.exporter.await;
    }
}
