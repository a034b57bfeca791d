//! What becomes of a request, part by part, for a collector that speaks OTLP.
//!
//! Every room opens spans of `tracing` and knows nothing of collectors; here they become traces, where the configuration asks for it. Used by
//! `http`, which continues a caller's trace, by `source`, which passes it on, and by the command line, which begins and ends it. Without
//! [`begin`] every function here does nothing. Nothing waits: what does not fit into the queue is lost, and counted.

mod encode;
mod exporter;
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

/// What a trace says of us, and which requests have one.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// `service.name`.
    pub service_name: String,
    /// Sampling ratio, 0 to 1.
    pub share: f64,
    /// Gives the decision of a client's trace precedence over `share`.
    pub parent_based: bool,
}

/// Carries a batch to the collector.
#[async_trait]
pub trait Post: fmt::Debug + Send + Sync {
    /// The collector's answer to `batch`, or in words for the log why it did not take it.
    async fn post(&self, batch: Vec<u8>) -> Result<Vec<u8>, String>;
}

/// Spans of `tracing` on their way to a collector.
#[derive(Debug)]
pub struct Traces {
    told: watch::Sender<Option<Deadline>>,
    shipping: JoinHandle<()>,
    lost: Arc<AtomicU64>,
}

/// What turns the program's spans into traces.
pub type TraceLayer = Box<dyn Layer<Registry> + Send + Sync>;

/// Begins to send, over there; the layer is for whoever installs the log.
pub fn begin(settings: &Settings, limits: &Limits, post: Arc<dyn Post>, runtime: &Handle) -> (TraceLayer, Traces) {
    let resource = Resource::builder_empty()
        .with_attribute(KeyValue::new("service.name", settings.service_name.clone()))
        .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
        .build();
    let (queue, waiting) = queue::queue(limits.traces_queue);
    let (told, end) = watch::channel(None);
    let (lost, origin) = (Arc::default(), encode::Origin::from(&resource));
    let shipping = runtime.spawn(exporter::ship((waiting, Arc::clone(&lost)), post, origin, limits.into(), end));
    let ratio = Sampler::TraceIdRatioBased(settings.share);
    let sampler = if settings.parent_based { Sampler::ParentBased(Box::new(ratio)) } else { ratio };
    // All said here: what is left out the library takes from variables of the environment.
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
        .with_filter(filter_fn(is_ours).with_max_level_hint(LevelFilter::DEBUG));
    (Box::new(layer), Traces { told, shipping, lost })
}

/// Spans of our own. Lines of the log stay in the log: they hold the words of sources.
fn is_ours(metadata: &Metadata<'_>) -> bool {
    let ours = metadata.target().split("::").next() == Some(env!("CARGO_PKG_NAME"));
    metadata.is_span() && ours && *metadata.level() <= Level::DEBUG
}

impl Traces {
    /// Spans that no collector took, so far.
    pub fn lost(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.lost)
    }

    /// Sends what is there and what the last requests still make of it, until all is sent or it is that late.
    pub async fn end(self, by: Deadline) {
        self.told.send_replace(Some(by));
        // It ends by itself by then; that it panicked is in the log.
        let _ = self.shipping.await;
    }
}
