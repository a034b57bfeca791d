//! Around every request: its ids, its line in the access log, its panic, its time.
//!
//! The outermost layer of the router. Whatever happens inside, exactly one answer comes out and exactly one line is written, once all of
//! the answer is: also when the caller hangs up before, and nobody waits for it any more.

use crate::error::Failure;
use crate::http::api::auth::KeyName;
use crate::http::api::error_response::{ErrorResponse, Form};
use crate::http::api::problem::Problem;
use crate::http::api::state::Service;
use crate::http::conn::response_body::ResponseTracker;
use crate::http::conn::unread_body::UnreadBody;
use crate::http::middleware::access_line::AccessLine;
use crate::http::middleware::request_id::RequestIds;
use crate::http::middleware::trace;
use axum::extract::{Request, State};
use axum::http::HeaderValue;
use axum::http::header::CONNECTION;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;
use tracing::{Instrument, info_span};

/// Answers `request` whatever happens.
pub(crate) async fn answer(State(service): State<Arc<Service>>, mut request: Request, next: Next) -> Response {
    let ids = RequestIds::fresh();
    let key = KeyName::default();
    request.extensions_mut().insert(key.clone());
    request.extensions_mut().insert(ids.clone());
    let tracker = request.extensions_mut().remove::<ResponseTracker>().unwrap_or_default();
    let unread = UnreadBody::of(&mut request);
    let span = info_span!("request", request_id = ids.own);
    trace::begin(&span, &request);
    let form = Form::at(request.uri().path());
    let line = AccessLine::begin(&request, &ids, key, span.clone(), Arc::clone(service.metrics()));
    let responding = next.run(request).instrument(span);
    // Reads at most as much as a head may have, so that a rejection costs little.
    let max_drained_bytes = service.limits().header_bytes;
    let mut response = match guarded(service.limits().request_total, responding).await {
        Ok(response) => response,
        Err(problem) => ErrorResponse::new(problem, ids, service).in_form(form).into_response(),
    };
    if !response.headers().contains_key(CONNECTION) && !unread.drain(max_drained_bytes).await {
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    let answered = line.answered(&response);
    tracker.begin(response, answered)
}

/// Runs `responding` within `time`; a panic becomes a failure of this request alone.
async fn guarded<T>(time: Duration, responding: impl Future<Output = T>) -> Result<T, Problem> {
    match AssertUnwindSafe(timeout(time, responding)).catch_unwind().await {
        Ok(Ok(result)) => Ok(result),
        Ok(Err(_)) => Err(Failure::OutOfTime.into()),
        Err(panic) => Err(Failure::Internal(format!("panic: {}", words(&*panic))).into()),
    }
}

/// Returns the message of a panic, for the log alone.
fn words(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("without words")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::api::problem::METRICSHOT_FAULT;
    use crate::http::metrics::Metrics;
    use crate::limits::Limits;
    use axum::Router;
    use axum::body::{Body, HttpBody};
    use axum::middleware::from_fn_with_state;
    use axum::routing::get;
    use std::future::{pending, ready};
    use tower::ServiceExt;
    use tracing::Span;

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
        assert!(matches!(guarded(SHORT, ready(7)).await, Ok(7)));
    }

    /// hyper may take a second answer's head, and write it, before it takes the body.
    #[test]
    fn an_answer_is_over_once_its_body_was_taken_and_then_all_is_written() {
        let (tracker, metrics) = (ResponseTracker::default(), Arc::new(Metrics::new(Arc::default())));
        let answer = || {
            let request = Request::builder().uri("/healthz").body(Body::empty()).unwrap();
            let (ids, key) = (RequestIds::fresh(), KeyName::default());
            let line = AccessLine::begin(&request, &ids, key, Span::none(), Arc::clone(&metrics));
            let response = Response::new(Body::from("well"));
            let answered = line.answered(&response);
            tracker.begin(response, answered).into_body()
        };
        let ends = || metrics.ends("health", 200);
        let (first, second, third) = (answer(), answer(), answer());
        assert_eq!((first.size_hint().exact(), ends()), (Some(4), [0, 0, 3]));
        drop(first);
        assert_eq!(ends(), [0, 0, 3], "it is not written");
        tracker.written();
        assert_eq!(ends(), [1, 0, 2], "the others are not taken");
        drop((second, tracker));
        assert_eq!(ends(), [1, 2, 0], "the connection is gone");
        drop(third);
        assert_eq!(ends(), [1, 2, 0], "each ends once");
    }

    async fn panics() {
        panic!("planted");
    }

    #[tokio::test]
    async fn a_handler_that_panics_or_takes_too_long_is_answered_for() {
        let service = Arc::new(Service::for_tests(Limits { request_total: SHORT, ..Limits::default() }));
        let router = Router::new()
            .route("/panics", get(panics))
            .fallback(pending::<()>)
            .layer(from_fn_with_state(service, answer));
        for (target, expected) in [("/panics", (500, "render_failed")), ("/", (503, "out_of_time"))] {
            let request = Request::builder().uri(target).body(Body::empty()).unwrap();
            let response = router.clone().oneshot(request).await.unwrap();
            assert_eq!((response.status().as_u16(), response.headers()[METRICSHOT_FAULT].to_str().unwrap()), expected);
        }
    }
}
