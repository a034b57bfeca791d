//! The response to a rejected request. Every error leaves the service through [`ErrorResponse`].
//!
//! A handler returns a [`Rejection`]: the problem and, where one was rendered, the image that shows it. The router adds the ids of the
//! request and the limits that the text names. The envelope is the vendor's, byte for byte: compact, keys in alphabetical order, one line
//! feed after it. Its text is ours and English; it never contains a cause.

use crate::error::{Failure, Fault, FaultKind};
use crate::http::api::json::{json, of_json};
use crate::http::api::problem::{METRICSHOT_FAULT, Problem};
use crate::http::api::state::Service;
use crate::http::middleware::request_id::RequestIds;
use crate::http::wire;
use crate::limits::Limits;
use crate::suggestion::nearest;
use axum::http::HeaderMap;
use axum::http::header::{
    ALLOW, CACHE_CONTROL, CONNECTION, CONTENT_TYPE, HeaderValue, RETRY_AFTER, VARY, WWW_AUTHENTICATE,
};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use std::sync::Arc;
use tracing::error;

/// A problem, and the image that shows it to a person where one was rendered.
#[derive(Debug)]
pub(crate) struct Rejection {
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
pub(crate) struct ErrorResponse {
    rejection: Rejection,
    ids: RequestIds,
    service: Arc<Service>,
    form: Form,
}

/// Path of the chart operations.
pub(crate) const CHARTS_PATH: &str = "/v1/charts";

/// Form of the body of an error.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Form {
    /// The vendor's envelope.
    #[default]
    Envelope,
    /// `application/problem+json` (RFC 9457), of the chart operations.
    ProblemJson,
}

impl Form {
    /// Returns the form for the operation at `path`.
    pub fn at(path: &str) -> Self {
        let below = path.strip_prefix(CHARTS_PATH);
        if below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/')) {
            Self::ProblemJson
        } else {
            Self::Envelope
        }
    }
}

impl ErrorResponse {
    /// Answers the request with these ids. Logs the cause of an internal failure, which the response does not contain.
    pub fn new(rejection: impl Into<Rejection>, ids: RequestIds, service: Arc<Service>) -> Self {
        let rejection = rejection.into();
        if let Problem::Failed(Failure::Internal(cause)) = &rejection.problem {
            error!(request_id = ids.own, global_request_id = ids.global, cause, "request failed");
        }
        Self { rejection, ids, service, form: Form::default() }
    }

    /// Returns the same error in this form.
    pub fn in_form(self, form: Form) -> Self {
        Self { form, ..self }
    }
}

impl IntoResponse for ErrorResponse {
    /// Status and headers are the same with and without an image, so that programs see the error either way.
    fn into_response(self) -> Response {
        let Self { rejection: Rejection { problem, image }, ids, service, form } = self;
        let mut response = match (image, form) {
            (Some(png), _) => of_image(png),
            (None, Form::Envelope) => of_json(envelope(&problem, &ids, service.limits())),
            (None, Form::ProblemJson) => of_problem(problem_json(&problem, &ids, service.limits())),
        };
        *response.status_mut() = problem.status();
        add_headers(response.headers_mut(), &problem);
        response
    }
}

fn of_problem(text: String) -> Response {
    let mut response = of_json(text);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
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
    json(&Envelope { errors: [error] }) + "\n"
}

/// Returns the body of the response to the request with these ids, with all its faults.
fn problem_json(problem: &Problem, ids: &RequestIds, limits: &Limits) -> String {
    let faults = match problem {
        Problem::Failed(Failure::Invalid(faults)) => faults.as_slice(),
        _ => &[],
    };
    let error = |fault: &Fault| ProblemError {
        pointer: pointer(&fault.path),
        detail: fault.text.to_string(),
        hint: (fault.kind == FaultKind::UnknownField).then(|| hint(&fault.path)).flatten(),
    };
    let body = ProblemBody {
        title: problem.code(),
        status: problem.status().as_u16(),
        detail: if faults.is_empty() { problem.detail(limits).join(" ") } else { "The request has faults.".to_owned() },
        request_id: &ids.own,
        errors: faults.iter().take(limits.listed_faults).map(error).collect(),
        more_errors: faults.len().saturating_sub(limits.listed_faults),
    };
    json(&body) + "\n"
}

/// Returns the JSON pointer (RFC 6901) of a path such as `metrics[0].period`.
fn pointer(path: &str) -> String {
    let escaped =
        path.replace('~', "~0").replace('/', "~1").replace("].", "/").replace(['[', '.'], "/").replace(']', "");
    if escaped.is_empty() || escaped.starts_with('/') { escaped } else { format!("/{escaped}") }
}

/// Returns the field that an unknown one probably means.
fn hint(path: &str) -> Option<String> {
    let (parent, name) = path.rsplit_once('.').unwrap_or(("", path));
    let known = if parent.starts_with("metrics[") { wire::METRIC_FIELDS } else { wire::CHART_FIELDS };
    nearest(name, known.iter().copied()).map(|meant| format!("did you mean '{meant}'?"))
}

/// A problem of RFC 9457; its type is `about:blank`, so that the title says what it is.
#[derive(Serialize)]
struct ProblemBody<'a> {
    title: &'a str,
    status: u16,
    detail: String,
    request_id: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<ProblemError>,
    #[serde(skip_serializing_if = "is_zero")]
    more_errors: usize,
}

#[derive(Serialize)]
struct ProblemError {
    pointer: String,
    detail: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
}

fn is_zero(count: &usize) -> bool {
    *count == 0
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
    use crate::error::Reason;
    use axum::http::StatusCode;

    fn ids() -> RequestIds {
        RequestIds {
            own: "req-32a096ed-1132-492a-8202-1ce348acec67".to_owned(),
            global: "req-9280ced4-f0f0-4841-9d0d-ff46d6305a70".to_owned(),
        }
    }

    #[test]
    fn a_problem_of_a_chart_names_every_fault_by_its_pointer_with_a_hint() {
        let fault = |kind, text: &'static str, path: &str| Fault::new(kind, text).at(path);
        let problem = Problem::from(vec![
            fault(FaultKind::MissingField, "Field required", "metrics[0].dimensions[1].key"),
            fault(FaultKind::UnknownField, "Extra inputs are not permitted", "tittle"),
            fault(FaultKind::UnknownField, "Extra inputs are not permitted", "metrics[3].splitby"),
            fault(FaultKind::InvalidJson, "Invalid JSON", ""),
        ]);
        let text = problem_json(&problem, &ids(), &Limits::default());
        let body: serde_json::Value = serde_json::from_str(&text).unwrap();
        let expected = serde_json::json!({
            "title": "ValidationError",
            "status": 400,
            "detail": "The request has faults.",
            "request_id": "req-32a096ed-1132-492a-8202-1ce348acec67",
            "errors": [
                {"pointer": "/metrics/0/dimensions/1/key", "detail": "Field required"},
                {"pointer": "/tittle", "detail": "Extra inputs are not permitted", "hint": "did you mean 'title'?"},
                {"pointer": "/metrics/3/splitby", "detail": "Extra inputs are not permitted", "hint": "did you mean 'split_by'?"},
                {"pointer": "", "detail": "Invalid JSON"},
            ],
        });
        assert_eq!(body, expected);
    }

    #[test]
    fn the_chart_operations_alone_answer_with_problem_json() {
        for path in ["/v1/charts", "/v1/charts/cpu.png"] {
            assert_eq!(Form::at(path), Form::ProblemJson, "{path}");
        }
        for path in ["/v1/chartsx", "/v1/metrics/data", "/"] {
            assert_eq!(Form::at(path), Form::Envelope, "{path}");
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
