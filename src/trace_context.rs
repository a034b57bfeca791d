//! W3C Trace Context: read from a client's headers, written to requests of sources.
//!
//! Pure except for reading the span. Client headers are validated strictly before the library parses them, because it
//! accepts more than the standard allows.

use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::Status;
use opentelemetry::{Context, Value};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

const TRACEPARENT: &str = "traceparent";
const TRACESTATE: &str = "tracestate";

/// Minimum number of `tracestate` characters that W3C Trace Context (3.3.1.5) requires to be propagated.
const MIN_STATE_CHARS: usize = 512;

/// Headers that continue a trace in another service.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outgoing {
    /// Trace id and parent span id.
    pub traceparent: String,
    /// State of other vendors in the trace; empty without any.
    pub tracestate: String,
}

/// Makes `span` continue the trace of these two headers. An invalid `traceparent` starts a new trace. `tracestate`
/// holds all of its headers joined by commas; the members that fit are kept. Call it before anything happens within the
/// span.
pub fn join(span: &Span, traceparent: &str, tracestate: &str) {
    if !is_traceparent(traceparent) {
        return;
    }
    let incoming = Incoming { traceparent, tracestate: fitting(tracestate) };
    let context = TraceContextPropagator::new().extract_with_context(&Context::new(), &incoming);
    // Fails only without tracing, when the context has no effect.
    let _ = span.set_parent(context);
}

/// Returns the headers for a request that `span` describes; `None` without tracing.
pub fn outgoing(span: &Span) -> Option<Outgoing> {
    if span.is_disabled() {
        return None;
    }
    let mut outgoing = Outgoing::default();
    TraceContextPropagator::new().inject_context(&span.context(), &mut outgoing);
    (!outgoing.traceparent.is_empty()).then_some(outgoing)
}

/// Adds an attribute to `span` for the collector, not for the log. Only attributes in [`crate::otlp::ATTRIBUTES`] are
/// sent.
pub fn note(span: &Span, key: &'static str, value: impl Into<Value>) {
    span.set_attribute(key, value);
}

/// Marks `span` as failed, with a reason of one word from a fixed list.
pub fn fail(span: &Span, reason: &str) {
    note(span, "error.type", reason.to_owned());
    span.set_status(Status::error(reason.to_owned()));
}

/// Reports whether `header` is version, trace, span and flags in lower-case hexadecimal digits; later versions may
/// append fields.
fn is_traceparent(header: &str) -> bool {
    let bytes = header.as_bytes();
    let is_right = |(at, byte): (usize, &u8)| match at {
        2 | 35 | 52 | 55 => *byte == b'-',
        0..55 => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
        _ => true,
    };
    let version = header.get(..2).unwrap_or("ff");
    let long_enough = if version == "00" { bytes.len() == 55 } else { bytes.len() >= 55 };
    long_enough && version != "ff" && bytes.iter().enumerate().all(is_right)
}

/// Returns the leading members of `state` that fit.
fn fitting(state: &str) -> &str {
    match state.as_bytes().get(..=MIN_STATE_CHARS) {
        None => state,
        Some(begin) => begin.iter().rposition(|&byte| byte == b',').map_or("", |end| &state[..end]),
    }
}

struct Incoming<'a> {
    traceparent: &'a str,
    tracestate: &'a str,
}

impl Extractor for Incoming<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        match key {
            TRACEPARENT => Some(self.traceparent),
            TRACESTATE => Some(self.tracestate),
            _ => None,
        }
    }

    fn keys(&self) -> Vec<&str> {
        vec![TRACEPARENT, TRACESTATE]
    }
}

impl Injector for Outgoing {
    fn set(&mut self, key: &str, value: String) {
        match key {
            TRACEPARENT => self.traceparent = value,
            TRACESTATE => self.tracestate = value,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VALID: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn a_traceparent_is_validated_strictly() {
        assert!(is_traceparent(VALID));
        let later = VALID.replacen("00", "cc", 1);
        assert!(is_traceparent(&later) && is_traceparent(&format!("{later}-what-comes-then")));
        let wrong = [
            String::new(),
            VALID.to_uppercase(),
            VALID.replacen("00", "ff", 1),
            VALID.replacen("00", "0", 1),
            VALID.replace('-', "_"),
            format!("{VALID}-00"),
            format!("{later}00"),
            VALID.replace("4b", "+b"),
            VALID.replace("4b", "é"),
            VALID[..54].to_owned(),
        ];
        for header in wrong {
            assert!(!is_traceparent(&header), "{header}");
        }
    }

    #[test]
    fn a_long_tracestate_is_cut_between_members() {
        assert_eq!(fitting("a=1,b=2"), "a=1,b=2");
        let member = format!("a={}", "x".repeat(253));
        let two = format!("{member},{member}");
        let full = format!("{two}x");
        assert_eq!((full.len(), fitting(&full)), (MIN_STATE_CHARS, full.as_str()));
        assert_eq!(fitting(&format!("{full},c=3")), full);
        assert_eq!(fitting(&format!("{full}x")), member);
        assert_eq!(fitting(&"x".repeat(600)), "");
    }

    #[test]
    fn no_headers_are_sent_without_tracing() {
        let span = tracing::info_span!("request");
        join(&span, VALID, "");
        assert_eq!(outgoing(&span), None);
        assert_eq!(outgoing(&Span::none()), None);
    }
}
