//! The response to a rejected request. Every error leaves the service through [`ErrorResponse`].
//!
//! A handler returns a [`Rejection`]: the problem and, where one was rendered, the image that shows it. The router adds the ids of the
//! request and the limits that the text names. The envelope is the vendor's, byte for byte: compact, keys in alphabetical order, one line
//! feed after it. Its text is ours and English; it never contains a cause.

use super::problem::{METRICSHOT_FAULT, Problem};
use super::reply;
use super::request_id::RequestIds;
use super::service::Service;
use crate::error::Failure;
use crate::limits::Limits;
use axum::http::HeaderMap;
use axum::http::header::{ALLOW, CONNECTION, CONTENT_TYPE, HeaderValue, RETRY_AFTER, VARY, WWW_AUTHENTICATE};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use std::sync::Arc;
use tracing::error;

/// A problem, and the image that shows it to a person where one was rendered.
#[derive(Debug)]
pub(super) struct Rejection {
    problem: Problem,
    image: Option<Vec<u8>>,
}

impl<P: Into<Problem>> From<P> for Rejection {
    fn from(problem: P) -> Self {
        Self { problem: problem.into(), image: None }
    }
}

impl Rejection {
    /// Shows `failure` as this PNG where there is one.
    pub fn shown_as(failure: Failure, image: Option<Vec<u8>>) -> Self {
        Self { problem: failure.into(), image }
    }
}

/// The response to one rejected request.
#[derive(Debug)]
pub(super) struct ErrorResponse {
    rejection: Rejection,
    ids: RequestIds,
    service: Arc<Service>,
}

impl ErrorResponse {
    /// Answers the request with these ids. Logs the cause of an internal failure, which the response does not contain.
    pub fn new(rejection: impl Into<Rejection>, ids: RequestIds, service: Arc<Service>) -> Self {
        let rejection = rejection.into();
        if let Problem::Failed(Failure::Internal(cause)) = &rejection.problem {
            error!(request_id = ids.own, global_request_id = ids.global, cause, "request failed");
        }
        Self { rejection, ids, service }
    }
}

impl IntoResponse for ErrorResponse {
    /// Status and headers are the same with and without an image, so that programs see the error either way.
    fn into_response(self) -> Response {
        let Self { rejection: Rejection { problem, image }, ids, service } = self;
        let mut response = match image {
            None => reply::of_json(envelope(&problem, &ids, service.limits())),
            Some(png) => of_image(png),
        };
        *response.status_mut() = problem.status();
        add_headers(response.headers_mut(), &problem);
        response
    }
}

fn of_image(png: Vec<u8>) -> Response {
    let mut response = Response::new(png.into());
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("image/png"));
    headers.insert(VARY, HeaderValue::from_static("Accept-Language"));
    response
}

fn add_headers(headers: &mut HeaderMap, problem: &Problem) {
    headers.insert(METRICSHOT_FAULT, HeaderValue::from_static(problem.word()));
    if let Some(seconds) = problem.retry_after() {
        headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    if let Problem::MethodNotAllowed(allowed) = problem
        && let Ok(allowed) = HeaderValue::from_str(allowed.as_str())
    {
        headers.insert(ALLOW, allowed);
    }
    if let Some(challenge) = problem.challenge() {
        headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
    }
    if problem.ends_connection() {
        headers.insert(CONNECTION, HeaderValue::from_static("close"));
    }
}

/// Returns the body of the response to the request with these ids.
fn envelope(problem: &Problem, ids: &RequestIds, limits: &Limits) -> String {
    let error = Error {
        code: problem.code(),
        detail: problem.detail(limits),
        global_request_id: &ids.global,
        links: [],
        related_resources: [],
        request_id: &ids.own,
        response: (),
        status: problem.status().as_u16(),
        title: problem.code(),
    };
    reply::json(&Envelope { errors: [error] }) + "\n"
}

#[derive(Serialize)]
struct Envelope<'a> {
    errors: [Error<'a>; 1],
}

#[derive(Serialize)]
struct Error<'a> {
    code: &'a str,
    detail: Vec<String>,
    global_request_id: &'a str,
    links: [(); 0],
    related_resources: [(); 0],
    request_id: &'a str,
    response: (),
    status: u16,
    title: &'a str,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{Fault, FaultKind, Reason};
    use axum::http::StatusCode;

    fn ids() -> RequestIds {
        RequestIds {
            own: "req-32a096ed-1132-492a-8202-1ce348acec67".to_owned(),
            global: "req-9280ced4-f0f0-4841-9d0d-ff46d6305a70".to_owned(),
        }
    }

    #[test]
    fn the_envelope_is_the_vendors_byte_for_byte() {
        let missing = |name: &str| Fault::new(FaultKind::MissingField, "Field required").at(name);
        let problem = Problem::from(vec![missing("start"), missing("end")]);
        let expected = concat!(
            r#"{"errors":[{"code":"ValidationError","detail":["Field required: start","Field required: end"],"#,
            r#""global_request_id":"req-9280ced4-f0f0-4841-9d0d-ff46d6305a70","links":[],"related_resources":[],"#,
            r#""request_id":"req-32a096ed-1132-492a-8202-1ce348acec67","response":null,"status":400,"title":"ValidationError"}]}"#,
            "\n"
        );
        assert_eq!(envelope(&problem, &ids(), &Limits::default()), expected);
    }

    #[test]
    fn an_image_takes_the_place_of_the_envelope_and_the_headers_stay() {
        let failure = || Failure::Sources(vec![Reason::Down]);
        let response = |image| {
            let service = Arc::new(Service::for_tests(Limits::default()));
            ErrorResponse::new(Rejection::shown_as(failure(), image), ids(), service).into_response()
        };
        for (image, kind) in [(None, "application/json"), (Some(b"png".to_vec()), "image/png")] {
            let response = response(image);
            assert_eq!(response.status(), StatusCode::BAD_GATEWAY);
            let header = |name: &str| response.headers()[name].to_str().unwrap().to_owned();
            assert_eq!(
                (header("content-type"), header("metricshot-fault"), header("retry-after")),
                (kind.to_owned(), "source_down".to_owned(), "5".to_owned())
            );
        }
    }
}
