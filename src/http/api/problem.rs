//! Everything that is answered with an error: one match from what went wrong to status, code and word. [`crate::http::api::error_response`] makes the
//! response of it.

use crate::auth::AuthError;
use crate::error::{Failure, Fault, FaultKind, Reason};
use crate::http::BaseUrl;
use crate::http::api::version::{UnknownVersion, Version};
use crate::limits::Limits;
use axum::http::header::HeaderName;
use axum::http::{Method, StatusCode};
use std::time::Duration;

/// The header with the fault's word, for programs, logs and metrics.
pub(crate) const METRICSHOT_FAULT: HeaderName = HeaderName::from_static("metricshot-fault");

/// Why a request gets no answer of its own.
#[derive(Debug)]
pub(crate) enum Problem {
    /// A failure of the pipeline.
    Failed(Failure),
    /// The request is HTTP, but not one that can be understood; what would be.
    BadRequest(&'static str),
    NotFound,
    /// Allowed is this.
    MethodNotAllowed(Method),
    UnexpectedQuery,
    UriTooLong,
    NoSuchVersion,
    /// No format that `Accept` names is one of ours.
    NotAcceptable,
    /// The signature is not believed; where the base URL that it should cover comes from.
    Denied(AuthError, BaseUrl),
    /// The token of an operation of our own is not believed.
    NoBearer(AuthError),
    /// The key has asked for more than it may, and should wait.
    OverQuota {
        /// The time until the next attempt.
        wait: Duration,
    },
    /// Nothing is drawn here any more.
    NotReady,
    /// The caller may not read the metrics with these indices.
    Forbidden(Vec<usize>),
    UnsupportedMediaType,
    UnsupportedEncoding,
    ExpectationFailed,
    BodyTooLarge,
    BodyTimeout,
    /// The connection is one of those beyond the limits.
    TooManyConnections,
    Draining,
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl From<UnknownVersion> for Problem {
    fn from(_: UnknownVersion) -> Self {
        Self::NoSuchVersion
    }
}

impl From<Vec<Fault>> for Problem {
    fn from(faults: Vec<Fault>) -> Self {
        Self::Failed(Failure::Invalid(faults))
    }
}

/// The parts of a response that do not depend on the details.
struct Row {
    status: StatusCode,
    code: &'static str,
    word: &'static str,
    /// Seconds after which another try may do better.
    retry_after: Option<u32>,
}

impl Problem {
    fn row(&self) -> Row {
        let (status, code, word, retry_after) = match self {
            Self::Failed(Failure::Invalid(faults)) => {
                let kind = faults.first().map_or(FaultKind::BadRequest, |fault| fault.kind);
                (StatusCode::BAD_REQUEST, "ValidationError", kind.word(), None)
            }
            Self::Failed(Failure::Sources(reasons)) => match worst(reasons) {
                Reason::Down => (StatusCode::BAD_GATEWAY, "SourceDown", "source_down", Some(5)),
                Reason::Refused => (StatusCode::BAD_GATEWAY, "SourceRefused", "source_refused", None),
                Reason::Malformed => (StatusCode::BAD_GATEWAY, "SourceMalformed", "source_malformed", None),
                Reason::TooBig | Reason::TooManySamples { .. } => {
                    (StatusCode::BAD_GATEWAY, "SourceTooBig", "source_too_big", None)
                }
                Reason::NativeHistogram => {
                    (StatusCode::BAD_GATEWAY, "SourceNativeHistogram", "source_native_histogram", None)
                }
                Reason::Timeout => (StatusCode::GATEWAY_TIMEOUT, "SourceTimeout", "source_timeout", None),
                Reason::CircuitOpen { retry_after_seconds } => (
                    StatusCode::SERVICE_UNAVAILABLE,
                    "SourceCircuitOpen",
                    "source_circuit_open",
                    Some(retry_after_seconds),
                ),
            },
            Self::Failed(Failure::Overloaded { wait }) => {
                let seconds = u32::try_from(wait.as_secs()).unwrap_or(u32::MAX);
                let retry_after = seconds.saturating_add(1).min(5);
                (StatusCode::SERVICE_UNAVAILABLE, "Overloaded", "overloaded", Some(retry_after))
            }
            Self::Failed(Failure::OutOfTime) => (StatusCode::SERVICE_UNAVAILABLE, "OutOfTime", "out_of_time", Some(1)),
            Self::Failed(Failure::RenderTimeout) => {
                (StatusCode::SERVICE_UNAVAILABLE, "RenderTimeout", "render_timeout", Some(1))
            }
            Self::Failed(Failure::Internal(_)) => {
                (StatusCode::INTERNAL_SERVER_ERROR, "ContactAdminForAssistance", "render_failed", None)
            }
            Self::BadRequest(_) => (StatusCode::BAD_REQUEST, "BadRequest", "bad_request", None),
            Self::NotFound => (StatusCode::NOT_FOUND, "NotFound", "not_found", None),
            Self::MethodNotAllowed(_) => {
                (StatusCode::METHOD_NOT_ALLOWED, "MethodNotAllowed", "method_not_allowed", None)
            }
            Self::UnexpectedQuery => (StatusCode::BAD_REQUEST, "UnexpectedQuery", "unexpected_query", None),
            Self::UriTooLong => (StatusCode::URI_TOO_LONG, "UriTooLong", "uri_too_long", None),
            Self::NotAcceptable => (StatusCode::NOT_ACCEPTABLE, "NotAcceptable", "not_acceptable", None),
            Self::NoSuchVersion => (StatusCode::NOT_ACCEPTABLE, "NoSuchVersion", "no_such_version", None),
            Self::Denied(AuthError::Full, _) => (StatusCode::SERVICE_UNAVAILABLE, "Overloaded", "overloaded", Some(5)),
            Self::Denied(denial, _) | Self::NoBearer(denial) => {
                let (code, word) = match denial {
                    AuthError::Missing => ("MissingCredentials", "missing_credentials"),
                    AuthError::Stale => ("StaleTimestamp", "stale_timestamp"),
                    AuthError::Replayed => ("Replayed", "replayed"),
                    AuthError::Invalid if matches!(self, Self::NoBearer(_)) => ("InvalidToken", "invalid_token"),
                    AuthError::Invalid | AuthError::OtherBody | AuthError::Full => {
                        ("InvalidSignature", "invalid_signature")
                    }
                };
                (StatusCode::UNAUTHORIZED, code, word, None)
            }
            Self::OverQuota { wait } => {
                let seconds = u32::try_from(wait.as_secs().saturating_add(1)).unwrap_or(u32::MAX);
                (StatusCode::TOO_MANY_REQUESTS, "QuotaExceeded", "quota_exceeded", Some(seconds))
            }
            Self::NotReady => (StatusCode::SERVICE_UNAVAILABLE, "NotReady", "not_ready", Some(5)),
            Self::Forbidden(_) => (StatusCode::FORBIDDEN, "Forbidden", "forbidden", None),
            Self::UnsupportedMediaType => {
                (StatusCode::UNSUPPORTED_MEDIA_TYPE, "UnsupportedMediaType", "unsupported_media_type", None)
            }
            Self::UnsupportedEncoding => {
                (StatusCode::UNSUPPORTED_MEDIA_TYPE, "UnsupportedEncoding", "unsupported_encoding", None)
            }
            Self::ExpectationFailed => {
                (StatusCode::EXPECTATION_FAILED, "ExpectationFailed", "expectation_failed", None)
            }
            Self::BodyTooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "BodyTooLarge", "body_too_large", None),
            Self::BodyTimeout => (StatusCode::REQUEST_TIMEOUT, "BodyTimeout", "body_timeout", None),
            Self::TooManyConnections => {
                (StatusCode::SERVICE_UNAVAILABLE, "TooManyConnections", "too_many_connections", Some(1))
            }
            Self::Draining => (StatusCode::SERVICE_UNAVAILABLE, "Draining", "draining", Some(5)),
        };
        Row { status, code, word, retry_after }
    }

    /// Returns one sentence per fault: what is wrong and what is expected.
    pub fn detail(&self, limits: &Limits) -> Vec<String> {
        let sentence = match self {
            Self::Failed(Failure::Invalid(faults)) => return listed(faults, limits.listed_faults),
            Self::Failed(Failure::Sources(reasons)) => match worst(reasons) {
                Reason::Down => "No metric has an answer: a source could not be reached.".to_owned(),
                Reason::Refused => "No metric has an answer: a source answered with an error.".to_owned(),
                Reason::Malformed => "No metric has an answer: the answer of a source could not be read.".to_owned(),
                Reason::TooManySamples { fits_seconds: fits_seconds @ 1.. } => {
                    format!(
                        "No metric has an answer: a source has more than {} samples. The time range should be at most {fits_seconds} seconds.",
                        limits.samples_per_fetch
                    )
                }
                Reason::TooBig | Reason::TooManySamples { .. } => {
                    format!(
                        "No metric has an answer: a source answered with more than {} bytes, {} series or {} samples, or all together with more than {} bytes.",
                        limits.source_reply_bytes,
                        limits.series_per_answer,
                        limits.samples_per_fetch,
                        limits.source_request_bytes
                    )
                }
                Reason::NativeHistogram => "No metric has an answer: the samples are native histograms, which have no single value; a rule of the catalogue should have an expression, such as histogram_quantile.".to_owned(),
                Reason::CircuitOpen { retry_after_seconds } => format!(
                    "No metric has an answer: the source failed repeatedly and is not called for now. Retry in {retry_after_seconds} seconds."
                ),
                Reason::Timeout => {
                    format!("No metric has an answer: the sources did not answer within {:?}.", limits.source_total)
                }
            },
            Self::Failed(Failure::Overloaded { .. }) => {
                format!("The service is busy: the request would wait longer than {:?}.", limits.render_queue)
            }
            Self::Failed(Failure::OutOfTime) => format!("The request took longer than {:?}.", limits.request_total),
            Self::Failed(Failure::RenderTimeout) => format!("Drawing took longer than {:?}.", limits.render),
            Self::Failed(Failure::Internal(_)) => {
                "The request failed. Tell the administrator its request_id.".to_owned()
            }
            Self::BadRequest(wanted) => (*wanted).to_owned(),
            Self::NotFound => "The requested resource could not be found.".to_owned(),
            Self::MethodNotAllowed(allowed) => format!("The method should be {allowed}."),
            Self::UnexpectedQuery => "The path should have no query string.".to_owned(),
            Self::UriTooLong => format!("Path and query should be at most {} bytes.", limits.uri_bytes),
            Self::NotAcceptable => "Accept should allow image/png, image/webp, image/jpeg, image/svg+xml, text/csv or application/json.".to_owned(),
            Self::NoSuchVersion => {
                let known = Version::ALL.map(|version| format!("'{version}'")).join(", ");
                format!("Scp-Api-Version should be one of {known}.")
            }
            Self::Denied(denial, base_url) => denied(*denial, *base_url, limits),
            Self::NoBearer(_) => "Authorization should be 'Bearer ' and the token of a key.".to_owned(),
            Self::OverQuota { .. } => format!(
                "The key should ask at most {} times a second, {} at once, and for {:?} of the processors' time a second.",
                limits.key_requests, limits.key_burst, limits.key_work
            ),
            Self::NotReady => "The service does not draw.".to_owned(),
            Self::Forbidden(indices) => return forbidden(indices, limits.listed_faults),
            Self::UnsupportedMediaType => "Content-Type should be application/json in UTF-8.".to_owned(),
            Self::UnsupportedEncoding => "The body should have no Content-Encoding.".to_owned(),
            Self::ExpectationFailed => "Expect should be 100-continue.".to_owned(),
            Self::BodyTooLarge => format!("The body should be at most {} bytes.", limits.body_bytes),
            Self::BodyTimeout => format!("The body should be sent within {:?}.", limits.body_read),
            Self::TooManyConnections => format!(
                "There are too many connections: the service takes at most {}, and {} from one address.",
                limits.connections, limits.connections_per_address
            ),
            Self::Draining => "The service is about to stop.".to_owned(),
        };
        vec![sentence]
    }

    /// The rest of the request was not read, so that what follows on the connection cannot be trusted.
    pub fn ends_connection(&self) -> bool {
        matches!(
            self,
            Self::BadRequest(_)
                | Self::ExpectationFailed
                | Self::BodyTooLarge
                | Self::BodyTimeout
                | Self::TooManyConnections
        )
    }

    /// Returns the status of the response.
    pub fn status(&self) -> StatusCode {
        self.row().status
    }

    /// Returns the vendor's code, which is also the title.
    pub fn code(&self) -> &'static str {
        self.row().code
    }

    /// Returns the word of the header `Metricshot-Fault`.
    pub fn word(&self) -> &'static str {
        self.row().word
    }

    /// Returns the seconds after which another try may succeed.
    pub fn retry_after(&self) -> Option<u32> {
        self.row().retry_after
    }

    /// Returns the value of `WWW-Authenticate`.
    pub fn challenge(&self) -> Option<&'static str> {
        match self {
            Self::NoBearer(_) => Some("Bearer"),
            Self::Denied(..) if self.status() == StatusCode::UNAUTHORIZED => Some("Scp-Signature"),
            _ => None,
        }
    }
}

/// Returns the reason that stands for all of a request without an answer, which chooses its status:
///
/// 1. a timeout where any source timed out (504),
/// 2. else the first failure of a source (502),
/// 3. else every call was rejected by an open circuit breaker (503): the one that lets a call through first, because a retry then may draw
///    at least that metric.
pub(crate) fn worst(reasons: &[Reason]) -> Reason {
    let rank = |reason: &Reason| match reason {
        Reason::Timeout => (0, 0),
        Reason::Down | Reason::Refused | Reason::Malformed | Reason::TooBig => (1, 0),
        Reason::TooManySamples { .. } | Reason::NativeHistogram => (1, 0),
        Reason::CircuitOpen { retry_after_seconds } => (2, *retry_after_seconds),
    };
    reasons.iter().copied().min_by_key(rank).unwrap_or(Reason::Timeout)
}

/// Describes a valid signature. An unknown key and a wrong secret have the same text.
fn denied(error: AuthError, base_url: BaseUrl, limits: &Limits) -> String {
    match error {
        AuthError::Missing => "Scp-Accesskey, Scp-Timestamp, Scp-ClientType and Scp-Signature should each be there once, and Metricshot-Body-Sha256 where the key wants it.".to_owned(),
        AuthError::Invalid => format!(
            "Scp-Signature should be the Base64 of HMAC-SHA256, by the secret of Scp-Accesskey, over method, URL, timestamp of 13 digits, access key, account id and client type. Scheme and host of that URL are those of {}.",
            base_url.from()
        ),
        AuthError::Stale => format!("Scp-Timestamp should be within {:?} of the service's time.", limits.signature_skew),
        AuthError::Replayed => "Every request should have a signature of its own.".to_owned(),
        AuthError::OtherBody => "Metricshot-Body-Sha256 should be the SHA-256 of the body.".to_owned(),
        AuthError::Full => format!("The key has sent {} signatures; it should wait.", limits.signatures_remembered),
    }
}

/// One sentence for each metric that may not be read.
fn forbidden(indices: &[usize], most: usize) -> Vec<String> {
    let fault = |&index: &usize| {
        let text = "The key may not read this namespace";
        Fault::new(FaultKind::UnknownNamespace, text).at(format!("metrics[{index}].namespace_name"))
    };
    listed(&indices.iter().map(fault).collect::<Vec<_>>(), most)
}

/// The first `most` faults, and how many more there are.
fn listed(faults: &[Fault], most: usize) -> Vec<String> {
    let more = faults.len().saturating_sub(most);
    let rest = (more > 0).then(|| format!("and {more} more"));
    faults.iter().take(most).map(Fault::sentence).chain(rest).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KINDS: [FaultKind; 26] = [
        FaultKind::BadRequest,
        FaultKind::InvalidJson,
        FaultKind::InvalidUtf8,
        FaultKind::NotAnObject,
        FaultKind::MissingField,
        FaultKind::UnknownField,
        FaultKind::DuplicateField,
        FaultKind::WrongType,
        FaultKind::Empty,
        FaultKind::OutOfRange,
        FaultKind::InvalidPeriod,
        FaultKind::InvalidTimeRange,
        FaultKind::RangeTooLong,
        FaultKind::UnknownStatistic,
        FaultKind::UnknownTimezone,
        FaultKind::InvalidText,
        FaultKind::TooLong,
        FaultKind::InvalidColour,
        FaultKind::TooMany,
        FaultKind::InvalidName,
        FaultKind::Duplicate,
        FaultKind::UnknownNamespace,
        FaultKind::UnknownMetric,
        FaultKind::UnknownTemplate,
        FaultKind::CostTooHigh,
        FaultKind::TooExpensive,
    ];

    fn every_problem() -> Vec<Problem> {
        let faults = KINDS.map(|kind| Problem::from(vec![Fault::new(kind, "what is wrong").at("field")]));
        let reasons = [
            Reason::Down,
            Reason::Refused,
            Reason::Malformed,
            Reason::TooBig,
            Reason::NativeHistogram,
            Reason::Timeout,
            Reason::CircuitOpen { retry_after_seconds: 5 },
        ];
        let sources = reasons.map(|reason| Failure::Sources(vec![reason]).into());
        let rest = [
            Failure::Overloaded { wait: Duration::from_millis(1500) }.into(),
            Failure::OutOfTime.into(),
            Failure::RenderTimeout.into(),
            Failure::Internal("a secret at 10.0.0.1".to_owned()).into(),
            Problem::BadRequest("The request should be right."),
            Problem::NotFound,
            Problem::MethodNotAllowed(Method::POST),
            Problem::UnexpectedQuery,
            Problem::UriTooLong,
            Problem::NoSuchVersion,
            Problem::Denied(AuthError::Missing, BaseUrl::Host),
            Problem::Denied(AuthError::Invalid, BaseUrl::Host),
            Problem::Denied(AuthError::Stale, BaseUrl::Host),
            Problem::Denied(AuthError::Replayed, BaseUrl::Host),
            Problem::Denied(AuthError::OtherBody, BaseUrl::Host),
            Problem::Denied(AuthError::Full, BaseUrl::Host),
            Problem::NoBearer(AuthError::Missing),
            Problem::NoBearer(AuthError::Invalid),
            Problem::OverQuota { wait: Duration::from_millis(1500) },
            Problem::NotReady,
            Problem::Forbidden(vec![1, 3]),
            Problem::UnsupportedMediaType,
            Problem::UnsupportedEncoding,
            Problem::ExpectationFailed,
            Problem::BodyTooLarge,
            Problem::BodyTimeout,
            Problem::TooManyConnections,
            Problem::Draining,
        ];
        faults.into_iter().chain(sources).chain(rest).collect()
    }

    #[test]
    fn the_table_of_all_problems_is_as_printed() {
        let line = |problem: Problem| {
            let row = problem.row();
            let retry = row.retry_after.map_or("-".to_owned(), |seconds| seconds.to_string());
            let close = if problem.ends_connection() { "close" } else { "-" };
            let detail = problem.detail(&Limits::default()).join(" / ");
            format!("{} {:<25} {:<22} {retry:<2} {close:<5} {detail}\n", row.status.as_u16(), row.code, row.word)
        };
        let table: String = every_problem().into_iter().map(line).collect();
        assert!(!table.contains("10.0.0.1"));
        insta::with_settings!({ snapshot_path => "../../../snapshots", prepend_module_to_snapshot => false }, {
            insta::assert_snapshot!("problems", table);
        });
    }

    #[test]
    fn faults_beyond_the_first_twenty_are_counted() {
        let fault = |index: usize| Fault::new(FaultKind::UnknownField, "no").at(format!("f{index}"));
        let faults: Vec<Fault> = (0..23).map(fault).collect();
        let detail = listed(&faults, 20);
        assert_eq!((detail.len(), &*detail[19], &*detail[20]), (21, "no: f19", "and 3 more"));
        assert_eq!(listed(&faults[..20], 20).len(), 20);
    }

    #[test]
    fn one_timeout_is_504_else_a_failure_502_and_open_circuit_breakers_alone_503() {
        let open = |retry_after_seconds| Reason::CircuitOpen { retry_after_seconds };
        let answer = |reasons: &[Reason]| {
            let problem = Problem::from(Failure::Sources(reasons.to_vec()));
            (problem.status().as_u16(), problem.word(), problem.retry_after())
        };
        assert_eq!(answer(&[Reason::Malformed, Reason::Timeout, open(1)]), (504, "source_timeout", None));
        assert_eq!(answer(&[open(1), Reason::Malformed, Reason::Down]), (502, "source_malformed", None));
        assert_eq!(answer(&[open(7), Reason::Down]), (502, "source_down", Some(5)));
        assert_eq!(answer(&[open(7), open(3), open(300)]), (503, "source_circuit_open", Some(3)));
    }
}
