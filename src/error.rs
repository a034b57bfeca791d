//! Errors from the client's view: one fault for each problem, one failure for each request. Independent of HTTP;
//! `http::problem` maps a [`Failure`] to status and body in one match.

use crate::series::Reason;
use std::borrow::Cow;
use std::time::Duration;

/// The kind of a fault, a stable word for programs, logs and metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum FaultKind {
    BadRequest,
    InvalidJson,
    InvalidUtf8,
    NotAnObject,
    MissingField,
    UnknownField,
    DuplicateField,
    WrongType,
    Empty,
    OutOfRange,
    InvalidPeriod,
    InvalidTimeRange,
    RangeTooLong,
    UnknownStatistic,
    UnknownTimezone,
    InvalidText,
    TooLong,
    InvalidColour,
    TooMany,
    InvalidName,
    Duplicate,
    UnknownNamespace,
    UnknownMetric,
    UnknownTemplate,
    CostTooHigh,
    TooExpensive,
}

impl FaultKind {
    /// Returns the stable word.
    pub fn word(self) -> &'static str {
        match self {
            Self::BadRequest => "bad_request",
            Self::InvalidJson => "invalid_json",
            Self::InvalidUtf8 => "invalid_utf8",
            Self::NotAnObject => "not_an_object",
            Self::MissingField => "missing_field",
            Self::UnknownField => "unknown_field",
            Self::DuplicateField => "duplicate_field",
            Self::WrongType => "wrong_type",
            Self::Empty => "empty",
            Self::OutOfRange => "out_of_range",
            Self::InvalidPeriod => "invalid_period",
            Self::InvalidTimeRange => "invalid_time_range",
            Self::RangeTooLong => "range_too_long",
            Self::UnknownStatistic => "unknown_statistic",
            Self::UnknownTimezone => "unknown_timezone",
            Self::InvalidText => "invalid_text",
            Self::TooLong => "too_long",
            Self::InvalidColour => "invalid_colour",
            Self::TooMany => "too_many",
            Self::InvalidName => "invalid_name",
            Self::Duplicate => "duplicate",
            Self::UnknownNamespace => "unknown_namespace",
            Self::UnknownMetric => "unknown_metric",
            Self::UnknownTemplate => "unknown_template",
            Self::CostTooHigh => "cost_too_high",
            Self::TooExpensive => "too_expensive",
        }
    }
}

/// A fault of a request's content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Kind of the fault.
    pub kind: FaultKind,
    /// Description of the fault and its correction, for people.
    pub text: Cow<'static, str>,
    /// Path of the field, such as `metrics[0].period`; empty for the whole request.
    pub path: String,
}

impl Fault {
    /// Makes a fault without a path: values do not know the field that they were read from.
    pub fn new(kind: FaultKind, text: impl Into<Cow<'static, str>>) -> Self {
        Self { kind, text: text.into(), path: String::new() }
    }

    /// Returns the fault with a path.
    pub fn at(mut self, path: impl Into<String>) -> Self {
        self.path = path.into();
        self
    }

    /// Returns the text, then the path.
    pub fn sentence(&self) -> String {
        if self.path.is_empty() { self.text.to_string() } else { format!("{}: {}", self.text, self.path) }
    }
}

/// Quotes at most 64 characters of a client's text, escaped, for a fault's text.
pub fn excerpt(value: &str) -> String {
    let short: String = value.chars().take(64).flat_map(char::escape_debug).collect();
    if value.chars().nth(64).is_some() { format!("{short}…") } else { short }
}

/// Reasons why a whole request fails.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Failure {
    /// Invalid content: every fault that was found, in the model's field order.
    #[error("{} faults in the request", .0.len())]
    Invalid(Vec<Fault>),
    /// Failure of every metric; one reason each.
    #[error("no source answered")]
    Sources(Vec<Reason>),
    /// Overload: the queueing delay would be too long.
    #[error("overloaded")]
    Overloaded {
        /// Estimated queueing delay.
        wait: Duration,
    },
    /// Timeout of the whole request.
    #[error("request ran out of time")]
    OutOfTime,
    /// Timeout of rendering.
    #[error("drawing ran out of time")]
    RenderTimeout,
    /// A bug. The text is for the log only.
    #[error("internal: {0}")]
    Internal(String),
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        Self::Invalid(vec![fault])
    }
}
