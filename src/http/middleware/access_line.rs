//! The access log line of a request: written once, when the whole response is written or the client is gone.

use crate::clock::Stopwatch;
use crate::error::excerpt;
use crate::http::api::auth::KeyName;
use crate::http::api::problem::METRICSHOT_FAULT;
use crate::http::conn::client_address::CallerAddress;
use crate::http::metrics;
use crate::http::metrics::Metrics;
use crate::http::middleware::request_id::RequestIds;
use crate::http::middleware::trace;
use axum::body::HttpBody;
use axum::extract::Request;
use axum::http::{HeaderValue, Method};
use axum::response::Response;
use std::sync::Arc;
use std::time::Duration;
use tracing::{Span, info};

/// The access log line of one request. Dropped unwritten, it reports that the client is gone.
#[derive(Debug)]
pub(crate) struct AccessLine {
    caller: Option<String>,
    method: Method,
    path: String,
    ids: RequestIds,
    key: KeyName,
    span: Span,
    metrics: Arc<Metrics>,
    begin: Stopwatch,
    is_written: bool,
}

/// A request whose response is ready. Dropped before the response is written, it reports that the client is gone.
#[derive(Debug)]
pub(crate) struct Answered {
    line: AccessLine,
    status: u16,
    fault: Option<String>,
    bytes: Option<u64>,
    /// Time from the head of the request to the head of the response.
    after: Duration,
}

impl AccessLine {
    /// Begins the line of `request`.
    pub fn begin(request: &Request, ids: &RequestIds, key: KeyName, span: Span, metrics: Arc<Metrics>) -> Self {
        metrics.accepted();
        let (method, path) = (request.method().clone(), excerpt(request.uri().path()));
        let caller = request.extensions().get().map(|&CallerAddress(address)| address.to_string());
        Self {
            caller,
            method,
            path,
            ids: ids.clone(),
            key,
            span,
            metrics,
            begin: Stopwatch::start(),
            is_written: false,
        }
    }

    /// Records the head of the response.
    pub fn answered(self, response: &Response) -> Answered {
        let (status, bytes) = (response.status().as_u16(), response.body().size_hint().exact());
        let fault = response.headers().get(METRICSHOT_FAULT).map(HeaderValue::to_str).and_then(Result::ok);
        let after = self.begin.elapsed();
        self.metrics.timed(metrics::operation(&self.path), after);
        Answered { line: self, status, fault: fault.map(str::to_owned), bytes, after }
    }

    fn write(&mut self, status: Option<u16>, fault: Option<&str>, bytes: Option<u64>, after: Duration) {
        self.is_written = true;
        if let Some(key) = self.key.get() {
            self.metrics.ended_of_key(key, status);
        }
        trace::end(&self.span, self.key.get(), status, fault);
        info!(
            target: "metricshot::access",
            caller = self.caller,
            method = %self.method,
            path = self.path,
            key = self.key.get(),
            status,
            fault,
            bytes,
            ms = after.as_secs_f64() * 1000.0,
            request_id = self.ids.own,
            global_request_id = self.ids.global,
            "request"
        );
    }
}

impl Drop for AccessLine {
    fn drop(&mut self) {
        if !self.is_written {
            self.metrics.gone();
            self.write(None, Some("client_gone"), None, self.begin.elapsed());
        }
    }
}

impl Answered {
    /// Records that the whole response is written.
    pub fn written(self) {
        let Self { mut line, status, fault, bytes, after } = self;
        let fault = fault.as_deref();
        line.metrics.answered(metrics::operation(&line.path), status, fault.unwrap_or_default());
        line.write(Some(status), fault, bytes, after);
    }
}
