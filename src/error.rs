//! What can go wrong, seen from the caller: one fault for each thing, one failure for each request. No HTTP in it;
//! `http::problem` turns a [`Failure`] into status and body in one match.

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
    /// The word that travels.
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

/// One thing that is wrong with a request's content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What kind of thing.
    pub kind: FaultKind,
    /// What is wrong and what would be right, for a person.
    pub text: Cow<'static, str>,
    /// Where, as in `metrics[0].period`; empty where the fault concerns the whole.
    pub path: String,
}

impl Fault {
    /// A fault whose place is not known yet: values do not know which field they were read from.
    pub fn new(kind: FaultKind, text: impl Into<Cow<'static, str>>) -> Self {
        Self { kind, text: text.into(), path: String::new() }
    }

    /// The same at `path`.
    pub fn at(mut self, path: impl Into<String>) -> Self {
        self.path = path.into();
        self
    }

    /// The text, then the place.
    pub fn sentence(&self) -> String {
        if self.path.is_empty() { self.text.to_string() } else { format!("{}: {}", self.text, self.path) }
    }
}

/// At most 64 characters of what a caller wrote, escaped, to be quoted in a fault's text.
pub fn excerpt(value: &str) -> String {
    let short: String = value.chars().take(64).flat_map(char::escape_debug).collect();
    if value.chars().nth(64).is_some() { format!("{short}…") } else { short }
}

/// Why a whole request has no answer.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Failure {
    /// The request's content: every fault that was found, in the model's field order.
    #[error("{} faults in the request", .0.len())]
    Invalid(Vec<Fault>),
    /// No metric has an answer; one reason each.
    #[error("no source answered")]
    Sources(Vec<Reason>),
    /// There is no room now: it would take so long to get to the request.
    #[error("overloaded")]
    Overloaded {
        /// By estimate.
        wait: Duration,
    },
    /// The whole request ran out of time.
    #[error("request ran out of time")]
    OutOfTime,
    /// Drawing took too long and was ended.
    #[error("drawing ran out of time")]
    RenderTimeout,
    /// A bug of ours. The text is for the log only.
    #[error("internal: {0}")]
    Internal(String),
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        Self::Invalid(vec![fault])
    }
}
