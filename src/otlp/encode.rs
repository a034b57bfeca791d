//! Encodes spans as an OTLP message, and decodes the collector's response.
//!
//! An allow list of attributes decides what leaves the process: other attributes of a span are never sent.

use opentelemetry::trace::{SpanId, SpanKind};
use opentelemetry::{KeyValue, Value};
use opentelemetry_proto::tonic::collector::trace::v1::{ExportTraceServiceRequest, ExportTraceServiceResponse};
use opentelemetry_proto::transform::common::tonic::ResourceAttributesWithSchema as ProtoResource;
use opentelemetry_proto::transform::trace::tonic::group_spans_by_resource_and_scope;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SpanData;
use prost::Message;

/// Attributes sent with a span, beside its name and times. No secrets, queries or addresses, and no values that a
/// client can choose freely.
pub const ATTRIBUTES: &[&str] = &[
    "error.type",
    "http.request.method",
    "http.response.status_code",
    "http.route",
    "metricshot.key",
    "metricshot.source",
    "request_id",
];

/// Maximum characters of an attribute value; the rest is cut.
const MAX_VALUE_CHARS: usize = 64;

const METHOD: &str = "http.request.method";
const ROUTE: &str = "http.route";

/// The resource that describes this process.
#[derive(Debug)]
pub struct Origin(ProtoResource);

impl From<&Resource> for Origin {
    fn from(resource: &Resource) -> Self {
        Self(resource.into())
    }
}

impl Origin {
    /// Encodes spans as one message.
    pub fn message(&self, spans: Vec<SpanData>) -> Vec<u8> {
        let spans = spans.into_iter().map(prepared).collect();
        let resource_spans = group_spans_by_resource_and_scope(spans, &self.0);
        ExportTraceServiceRequest { resource_spans }.encode_to_vec()
    }
}

/// Returns the number of spans that the collector rejected, according to its response.
pub fn rejected(answer: &[u8]) -> Result<u64, String> {
    if answer.first() == Some(&b'{') {
        // Some collectors respond in JSON, whatever the request's format.
        return Ok(0);
    }
    let answer = ExportTraceServiceResponse::decode(answer).map_err(|_| "its answer is not one of OTLP".to_owned())?;
    let rejected = answer.partial_success.map_or(0, |partial| partial.rejected_spans);
    Ok(u64::try_from(rejected).unwrap_or(0))
}

/// Prepares `span` for sending: the root span of a request is named after its method and route, as collectors expect.
fn prepared(mut span: SpanData) -> SpanData {
    span.attributes.retain(|attribute| ATTRIBUTES.contains(&attribute.key.as_str()));
    span.attributes.iter_mut().for_each(shorten);
    if span.parent_span_is_remote || span.parent_span_id == SpanId::INVALID {
        span.span_kind = SpanKind::Server;
        let text = |key: &str| span.attributes.iter().find(|one| one.key.as_str() == key).map(|one| one.value.as_str());
        span.name = match (text(METHOD), text(ROUTE)) {
            (Some(method), Some(route)) => format!("{method} {route}").into(),
            (Some(method), None) => method.into_owned().into(),
            (None, _) => span.name,
        };
    }
    span
}

fn shorten(attribute: &mut KeyValue) {
    if let Value::String(text) = &attribute.value
        && let Some((end, _)) = text.as_str().char_indices().nth(MAX_VALUE_CHARS)
    {
        attribute.value = text.as_str()[..end].to_owned().into();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use opentelemetry::InstrumentationScope;
    use opentelemetry::trace::{SpanContext, Status};
    use opentelemetry_proto::tonic::collector::trace::v1::ExportTracePartialSuccess;
    use opentelemetry_sdk::trace::{SpanEvents, SpanLinks};
    use std::time::UNIX_EPOCH;

    fn span(attributes: Vec<KeyValue>) -> SpanData {
        SpanData {
            span_context: SpanContext::NONE,
            parent_span_id: SpanId::INVALID,
            parent_span_is_remote: false,
            span_kind: SpanKind::Internal,
            name: "request".into(),
            start_time: UNIX_EPOCH,
            end_time: UNIX_EPOCH,
            attributes,
            dropped_attributes_count: 0,
            events: SpanEvents::default(),
            links: SpanLinks::default(),
            status: Status::Unset,
            instrumentation_scope: InstrumentationScope::default(),
        }
    }

    #[test]
    fn only_allowed_attributes_are_sent_and_values_are_cut() {
        let long = "é".repeat(65);
        let sent = prepared(span(vec![KeyValue::new("query", "secret"), KeyValue::new("error.type", long)]));
        assert_eq!(sent.attributes, [KeyValue::new("error.type", "é".repeat(64))]);
    }

    #[test]
    fn the_span_of_a_request_is_named_after_method_and_route() {
        let method = || KeyValue::new(METHOD, "POST");
        assert_eq!(prepared(span(vec![method(), KeyValue::new(ROUTE, "/v1/metrics")])).name, "POST /v1/metrics");
        assert_eq!(prepared(span(vec![method()])).name, "POST");
        let within = SpanData { parent_span_id: SpanId::from(7), ..span(vec![method()]) };
        assert_eq!((prepared(within.clone()).name, prepared(within).span_kind), ("request".into(), SpanKind::Internal));
    }

    #[test]
    fn a_collector_may_reject_spans_or_respond_with_garbage() {
        let partial = ExportTracePartialSuccess { rejected_spans: 3, error_message: "no".to_owned() };
        let answer = ExportTraceServiceResponse { partial_success: Some(partial) }.encode_to_vec();
        assert_eq!(rejected(&answer), Ok(3));
        assert_eq!((rejected(b""), rejected(b"{}")), (Ok(0), Ok(0)));
        assert!(rejected(b"<html>").is_err());
    }
}
