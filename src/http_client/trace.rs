//! Tracing of a call: a span, and headers with which the server continues the trace.
//!
//! Called by the client around each call. Calls outside of a request, as in the background, have no trace.

use super::HttpResponse;
use crate::error::SourceError;
use crate::trace_context;
use crate::trace_context::Outgoing;
use reqwest::Request;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use tracing::{Instrument, Span, debug_span};

const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");

/// Returns the result of `send` for `request`, inside a span.
pub(super) async fn call<F>(mut request: Request, send: impl FnOnce(Request) -> F) -> Result<HttpResponse, SourceError>
where
    F: Future<Output = Result<HttpResponse, SourceError>>,
{
    if Span::current().is_none() {
        return send(request).await;
    }
    let span = debug_span!("call", otel.kind = "client", http.request.method = %request.method());
    if let Some(outgoing) = trace_context::outgoing(&span) {
        carry(request.headers_mut(), &outgoing);
    }
    let reply = send(request).instrument(span.clone()).await;
    match &reply {
        Ok(reply) => trace_context::note(&span, "http.response.status_code", i64::from(reply.status)),
        Err(error) => trace_context::fail(&span, error.reason.word()),
    }
    reply
}

fn carry(headers: &mut HeaderMap, outgoing: &Outgoing) {
    let lines = [(TRACEPARENT, &outgoing.traceparent), (TRACESTATE, &outgoing.tracestate)];
    for (name, value) in lines.into_iter().filter(|(_, value)| !value.is_empty()) {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    }
}
