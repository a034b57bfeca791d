//! Around every request: its ids, its line in the access log, its panic, its time.
//!
//! Called by the connection for each request. Whatever happens inside, exactly one answer comes out and exactly one line is
//! written, also when the caller hangs up and nobody waits for the answer any more.

use super::problem::{METRICSHOT_FAULT, Problem};
use super::reply::Body;
use super::request_id::RequestIds;
use super::service::Service;
use crate::clock::Stopwatch;
use crate::error::{Failure, excerpt};
use futures_util::FutureExt;
use hyper::body::{Body as _, Incoming};
use hyper::header::HeaderValue;
use hyper::{Method, Request, Response};
use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::time::Duration;
use tokio::time::timeout;
use tracing::{Instrument, error, info, info_span};

/// Answers `request` whatever happens.
pub(super) async fn answer(service: &Service, request: Request<Incoming>) -> Response<Body> {
    let ids = RequestIds::fresh();
    let line = AccessLine::begin(&request, &ids);
    let span = info_span!("request", request_id = ids.own);
    let result = guarded(service.limits().request_total, service.respond(request).instrument(span)).await;
    let response = result.unwrap_or_else(|problem| {
        if let Problem::Failed(Failure::Internal(cause)) = &problem {
            error!(request_id = ids.own, global_request_id = ids.global, cause, "request failed");
        }
        problem.response(&ids, service.limits())
    });
    line.end(&response);
    response
}

/// What comes of `responding`, if it comes in time; a panic becomes a failure of this request alone.
async fn guarded<T>(time: Duration, responding: impl Future<Output = Result<T, Problem>>) -> Result<T, Problem> {
    match AssertUnwindSafe(timeout(time, responding)).catch_unwind().await {
        Ok(Ok(result)) => result,
        Ok(Err(_)) => Err(Failure::OutOfTime.into()),
        Err(panic) => Err(Failure::Internal(format!("panic: {}", words(&*panic))).into()),
    }
}

/// What a panic said, for the log alone.
fn words(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("without words")
}

/// The line of one request in the access log. Dropped before its end, it says that the caller is gone.
#[derive(Debug)]
struct AccessLine {
    method: Method,
    path: String,
    ids: RequestIds,
    begin: Stopwatch,
    ended: bool,
}

impl AccessLine {
    fn begin<B>(request: &Request<B>, ids: &RequestIds) -> Self {
        let (method, path) = (request.method().clone(), excerpt(request.uri().path()));
        Self { method, path, ids: ids.clone(), begin: Stopwatch::start(), ended: false }
    }

    fn end(mut self, response: &Response<Body>) {
        self.ended = true;
        let fault = response.headers().get(METRICSHOT_FAULT).map(HeaderValue::to_str).and_then(Result::ok);
        let bytes = response.body().size_hint().exact();
        self.write(Some(response.status().as_u16()), fault, bytes);
    }

    fn write(&self, status: Option<u16>, fault: Option<&str>, bytes: Option<u64>) {
        info!(
            target: "metricshot::access",
            method = %self.method,
            path = self.path,
            status,
            fault,
            bytes,
            ms = self.begin.elapsed().as_secs_f64() * 1000.0,
            request_id = self.ids.own,
            global_request_id = self.ids.global,
            "request"
        );
    }
}

impl Drop for AccessLine {
    fn drop(&mut self) {
        if !self.ended {
            self.write(None, Some("client_gone"), None);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::{pending, ready};

    const SHORT: Duration = Duration::from_millis(10);

    #[tokio::test]
    async fn a_panic_is_a_failure_of_one_request_and_its_words_are_for_the_log() {
        for said in ["planted", "planted 7"] {
            let panics = async { if said.ends_with('7') { panic!("planted {}", 7) } else { panic!("planted") } };
            let result: Result<(), _> = guarded(SHORT, panics).await;
            let Err(Problem::Failed(Failure::Internal(cause))) = result else { panic!("{result:?}") };
            assert_eq!(cause, format!("panic: {said}"));
        }
    }

    #[tokio::test]
    async fn what_takes_too_long_is_ended() {
        let result: Result<(), _> = guarded(SHORT, pending()).await;
        assert!(matches!(result, Err(Problem::Failed(Failure::OutOfTime))));
        assert!(matches!(guarded(SHORT, ready(Ok(7))).await, Ok(7)));
    }
}
