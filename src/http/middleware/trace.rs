//! A request as a part of its caller's trace, and what its span says of it.
//!
//! Called by the outermost layer. A caller's headers are believed as far as they are well formed: they choose a trace, and nothing else.

use crate::http::metrics;
use crate::trace_context;
use axum::extract::Request;
use axum::http::{HeaderMap, Method};
use tracing::Span;

/// `span` is about `request`, which nothing was done for yet.
pub(crate) fn begin(span: &Span, request: &Request) {
    let headers = request.headers();
    if let Some(parent) = once(headers, "traceparent") {
        let states: Vec<&str> = headers.get_all("tracestate").iter().map(|s| s.to_str().unwrap_or_default()).collect();
        trace_context::join(span, parent, &states.join(","));
    }
    trace_context::note(span, "http.request.method", method(request.method()));
    if let Some(route) = route(request.uri().path()) {
        trace_context::note(span, "http.route", route);
    }
}

/// Records the result of a request; without a status its client did not wait for it.
pub(crate) fn end(span: &Span, key: Option<&str>, status: Option<u16>, fault: Option<&str>) {
    if let Some(key) = key {
        trace_context::note(span, "metricshot.key", key.to_owned());
    }
    if let Some(status) = status {
        trace_context::note(span, "http.response.status_code", i64::from(status));
    }
    match fault {
        Some(fault) if status.is_some_and(|status| status >= 500) => trace_context::fail(span, fault),
        // As OpenTelemetry wants it: what a caller does is no failure of the service.
        Some(fault) => trace_context::note(span, "error.type", fault.to_owned()),
        None => {}
    }
}

/// The only value of a header.
fn once<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let (value, more) = (values.next()?.to_str().ok()?, values.next());
    more.is_none().then_some(value)
}

/// Its word where we know one, as OpenTelemetry wants it.
fn method(method: &Method) -> &'static str {
    let known = [Method::GET, Method::POST, Method::HEAD, Method::OPTIONS, Method::PUT, Method::PATCH, Method::DELETE];
    let words = ["GET", "POST", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE"];
    known.iter().position(|one| one == method).map_or("_OTHER", |at| words[at])
}

/// The path, where it is one of ours.
fn route(path: &str) -> Option<String> {
    let path = path.strip_prefix('/').filter(|rest| rest.starts_with('/')).unwrap_or(path);
    (metrics::operation(path) != "none").then(|| path.to_owned())
}
