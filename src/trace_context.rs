//! The trace that a request is in, as headers of W3C Trace Context say it: read from a caller, written for sources.
//!
//! Pure but for the span that is looked at. What a caller sends is checked to the letter before the library reads it, which takes more
//! than the standard allows.

use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::Status;
use opentelemetry::{Context, Value};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

const TRACEPARENT: &str = "traceparent";
const TRACESTATE: &str = "tracestate";

/// As many characters of `tracestate` as W3C Trace Context (3.3.1.5) wants to be passed on.
const STATE_CHARS: usize = 512;

/// The headers that continue a trace elsewhere.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outgoing {
    /// Which trace, and which of its spans.
    pub traceparent: String,
    /// What others in the trace want to be passed on; empty where there is nothing.
    pub tracestate: String,
}

/// `span` goes on with the trace of these two headers. Where `traceparent` is not one, it begins a trace of its own; of `tracestate`, all
/// of its headers joined by commas, the members that fit are kept. To be called before anything happens within the span.
pub fn join(span: &Span, traceparent: &str, tracestate: &str) {
    if !is_traceparent(traceparent) {
        return;
    }
    let incoming = Incoming { traceparent, tracestate: fitting(tracestate) };
    let context = TraceContextPropagator::new().extract_with_context(&Context::new(), &incoming);
    // Without traces there is nobody to hear it.
    let _ = span.set_parent(context);
}

/// The headers for a call that `span` is about; `None` without traces.
pub fn outgoing(span: &Span) -> Option<Outgoing> {
    if span.is_disabled() {
        return None;
    }
    let mut outgoing = Outgoing::default();
    TraceContextPropagator::new().inject_context(&span.context(), &mut outgoing);
    (!outgoing.traceparent.is_empty()).then_some(outgoing)
}

/// Says something of `span` to the collector, and not to the log. Only what [`crate::otlp::ATTRIBUTES`] names is sent.
pub fn note(span: &Span, key: &'static str, value: impl Into<Value>) {
    span.set_attribute(key, value);
}

/// `span` failed, for a reason that is one word of ours.
pub fn fail(span: &Span, reason: &str) {
    note(span, "error.type", reason.to_owned());
    span.set_status(Status::error(reason.to_owned()));
}

/// Version, trace, span and flags in lower-case hexadecimal digits; a version after ours may have more behind them.
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

/// The members at its begin that fit.
fn fitting(state: &str) -> &str {
    match state.as_bytes().get(..=STATE_CHARS) {
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

    const RIGHT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn a_traceparent_is_taken_to_the_letter() {
        assert!(is_traceparent(RIGHT));
        let later = RIGHT.replacen("00", "cc", 1);
        assert!(is_traceparent(&later) && is_traceparent(&format!("{later}-what-comes-then")));
        let wrong = [
            String::new(),
            RIGHT.to_uppercase(),
            RIGHT.replacen("00", "ff", 1),
            RIGHT.replacen("00", "0", 1),
            RIGHT.replace('-', "_"),
            format!("{RIGHT}-00"),
            format!("{later}00"),
            RIGHT.replace("4b", "+b"),
            RIGHT.replace("4b", "é"),
            RIGHT[..54].to_owned(),
        ];
        for header in wrong {
            assert!(!is_traceparent(&header), "{header}");
        }
    }

    #[test]
    fn of_a_long_tracestate_whole_members_are_kept() {
        assert_eq!(fitting("a=1,b=2"), "a=1,b=2");
        let member = format!("a={}", "x".repeat(253));
        let two = format!("{member},{member}");
        let full = format!("{two}x");
        assert_eq!((full.len(), fitting(&full)), (STATE_CHARS, full.as_str()));
        assert_eq!(fitting(&format!("{full},c=3")), full);
        assert_eq!(fitting(&format!("{full}x")), member);
        assert_eq!(fitting(&"x".repeat(600)), "");
    }

    #[test]
    fn without_traces_nothing_is_passed_on() {
        let span = tracing::info_span!("request");
        join(&span, RIGHT, "");
        assert_eq!(outgoing(&span), None);
        assert_eq!(outgoing(&Span::none()), None);
    }
}
