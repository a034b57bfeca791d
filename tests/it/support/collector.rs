//! A fake collector of traces, which decodes requests with the types generated from the OTLP definition.

use super::fake::{Fake, Seen};
use axum::response::IntoResponse;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// A running fake.
pub struct FakeCollector(Fake);

/// One span as it arrived.
#[derive(Debug, Clone)]
pub struct Arrived {
    /// The trace id, 32 hexadecimal digits.
    pub trace: String,
    /// The span id, 16 hexadecimal digits.
    pub id: String,
    /// The id of the parent span, or empty.
    pub parent: String,
    pub span: Span,
    pub attributes: BTreeMap<String, String>,
}

impl FakeCollector {
    /// Starts a collector that accepts everything.
    pub async fn start() -> Self {
        Self::answering(|_| ()).await
    }

    /// Starts a collector with responses of the test.
    pub async fn answering<R: IntoResponse>(answer: impl Fn(&Seen) -> R + Send + Sync + 'static) -> Self {
        Self(Fake::start(answer).await)
    }

    /// Returns the base URL.
    pub fn url(&self) -> &str {
        &self.0.url
    }

    /// Returns all requests so far.
    pub fn seen(&self) -> Vec<Seen> {
        self.0.seen()
    }

    /// Returns all spans so far.
    pub fn spans(&self) -> Vec<Arrived> {
        let read = |seen: Seen| ExportTraceServiceRequest::decode(seen.body).expect("a message of OTLP").resource_spans;
        let spans = self.seen().into_iter().flat_map(read).flat_map(|of| of.scope_spans).flat_map(|of| of.spans);
        spans.map(arrived).collect()
    }

    /// Returns the resource attributes of the first batch.
    pub fn resource(&self) -> BTreeMap<String, String> {
        let first = ExportTraceServiceRequest::decode(self.seen().remove(0).body).expect("a message of OTLP");
        attributes(&first.resource_spans[0].resource.as_ref().expect("a resource").attributes)
    }

    /// Waits for the spans of `requests` complete requests, and returns all spans.
    pub async fn spans_of(&self, requests: usize) -> Vec<Arrived> {
        let begin = Instant::now();
        loop {
            let spans = self.spans();
            // The root span of a request ends after its child spans.
            if spans.iter().filter(|span| span.attributes.contains_key("request_id")).count() >= requests {
                return spans;
            }
            assert!(begin.elapsed() < Duration::from_secs(60), "not {requests} requests in {spans:#?}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

fn arrived(span: Span) -> Arrived {
    let (trace, id, parent) = (hex(&span.trace_id), hex(&span.span_id), hex(&span.parent_span_id));
    Arrived { trace, id, parent, attributes: attributes(&span.attributes), span }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn attributes(attributes: &[KeyValue]) -> BTreeMap<String, String> {
    attributes.iter().map(|one| (one.key.clone(), text(one.value.as_ref()))).collect()
}

fn text(value: Option<&AnyValue>) -> String {
    match value.and_then(|value| value.value.as_ref()) {
        Some(Value::StringValue(text)) => text.clone(),
        Some(Value::IntValue(number)) => number.to_string(),
        other => panic!("{other:?}"),
    }
}
