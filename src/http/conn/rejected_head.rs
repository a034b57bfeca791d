//! Heads that the HTTP parser rejects. They are no requests yet, so no middleware sees them: counted and logged by the connection.

use crate::http::metrics::Metrics;
use std::net::IpAddr;
use tracing::info;

/// Words of hyper's description of a parse error, which are all that it tells of the kind, and ours for it. The first match counts.
const KINDS: [(&str, &str); 10] = [
    ("HTTP2 preface", "http2"),
    ("method", "method"),
    ("version", "version"),
    ("URI too long", "uri_too_long"),
    ("URI", "uri"),
    ("content-length", "content_length"),
    ("transfer-encoding", "transfer_encoding"),
    ("header", "header"),
    ("head is too large", "head_too_large"),
    ("closed before message completed", "incomplete"),
];

/// Counts and logs `error`, which ended a connection from `peer` before the head of a request was complete.
pub(crate) fn report(error: &hyper::Error, peer: IpAddr, metrics: &Metrics) {
    let kind = kind(&error.to_string());
    metrics.rejected_head(kind);
    info!(target: "metricshot::access", caller = %peer, kind, "head rejected");
}

fn kind(description: &str) -> &'static str {
    KINDS.iter().find(|(words, _)| description.contains(words)).map_or("other", |&(_, kind)| kind)
}
