//! Spans as one message of OTLP, and what the collector says to it.
//!
//! The one place that decides what leaves the house: whatever a span carries, only the attributes named here are sent.

use opentelemetry::trace::{SpanId, SpanKind};
use opentelemetry::{KeyValue, Value};
use opentelemetry_proto::tonic::collector::trace::v1::{ExportTraceServiceRequest, ExportTraceServiceResponse};
use opentelemetry_proto::transform::common::tonic::ResourceAttributesWithSchema as ProtoResource;
use opentelemetry_proto::transform::trace::tonic::group_spans_by_resource_and_scope;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SpanData;
use prost::Message;

/// What is sent of a span, beside its name and its times. No secret, no query, no address; nothing that a caller could fill.
pub const ATTRIBUTES: &[&str] = &[
    "error.type",
    "http.request.method",
    "http.response.status_code",
    "http.route",
    "metricshot.key",
    "metricshot.source",
    "request_id",
];

/// More of a value is not sent.
const VALUE_CHARS: usize = 64;

const METHOD: &str = "http.request.method";
const ROUTE: &str = "http.route";

/// Who made the spans.
#[derive(Debug)]
pub struct Origin(ProtoResource);

impl From<&Resource> for Origin {
    fn from(resource: &Resource) -> Self {
        Self(resource.into())
    }
}

impl Origin {
    /// The message.
    pub fn message(&self, spans: Vec<SpanData>) -> Vec<u8> {
        let spans = spans.into_iter().map(shown).collect();
        let resource_spans = group_spans_by_resource_and_scope(spans, &self.0);
        ExportTraceServiceRequest { resource_spans }.encode_to_vec()
    }
}

/// How many spans the collector did not take, by its answer.
pub fn rejected(answer: &[u8]) -> Result<u64, String> {
    if answer.first() == Some(&b'{') {
        // Some answer in JSON, whatever they are asked in.
        return Ok(0);
    }
    let answer = ExportTraceServiceResponse::decode(answer).map_err(|_| "its answer is not one of OTLP".to_owned())?;
    let rejected = answer.partial_success.map_or(0, |partial| partial.rejected_spans);
    Ok(u64::try_from(rejected).unwrap_or(0))
}

/// `span` as it is sent. The one that a request comes in by is named after what is asked, as collectors expect it.
fn shown(mut span: SpanData) -> SpanData {
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
        && let Some((end, _)) = text.as_str().char_indices().nth(VALUE_CHARS)
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
    fn only_known_attributes_leave_and_no_long_ones() {
        let long = "é".repeat(65);
        let shown = shown(span(vec![KeyValue::new("query", "secret"), KeyValue::new("error.type", long)]));
        assert_eq!(shown.attributes, [KeyValue::new("error.type", "é".repeat(64))]);
    }

    #[test]
    fn the_span_of_a_request_says_what_is_asked() {
        let method = || KeyValue::new(METHOD, "POST");
        assert_eq!(shown(span(vec![method(), KeyValue::new(ROUTE, "/v1/metrics")])).name, "POST /v1/metrics");
        assert_eq!(shown(span(vec![method()])).name, "POST");
        let within = SpanData { parent_span_id: SpanId::from(7), ..span(vec![method()]) };
        assert_eq!((shown(within.clone()).name, shown(within).span_kind), ("request".into(), SpanKind::Internal));
    }

    #[test]
    fn a_collector_may_take_some_and_may_talk_nonsense() {
        let partial = ExportTracePartialSuccess { rejected_spans: 3, error_message: "no".to_owned() };
        let answer = ExportTraceServiceResponse { partial_success: Some(partial) }.encode_to_vec();
        assert_eq!(rejected(&answer), Ok(3));
        assert_eq!((rejected(b""), rejected(b"{}")), (Ok(0), Ok(0)));
        assert!(rejected(b"<html>").is_err());
    }
}
