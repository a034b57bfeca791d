//! Errors from the client's view: one fault for each problem, one failure for each request. Independent of HTTP;
//! `http::problem` maps a [`Failure`] to status and body in one match.

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

/// A reason why a fetch failed, as a stable word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    /// The source is unreachable or closed the connection.
    Down,
    /// The source did not respond in time.
    Timeout,
    /// The source responded with an error.
    Refused,
    /// The source's response is malformed.
    Malformed,
    /// The source's response exceeds the size limit.
    TooBig,
    /// The metric has more samples than one fetch may have.
    TooManySamples {
        /// Longest time range in seconds that would fit, by the density of the samples read so far; 0 if none would.
        fits_seconds: u32,
    },
    /// The samples are native histograms, which have no single value.
    NativeHistogram,
    /// It was not called, because the circuit breaker of its source is open.
    CircuitOpen {
        /// Seconds until the circuit breaker lets a call try the source, rounded up.
        retry_after_seconds: u32,
    },
}

impl Reason {
    /// Every reason for which a call of a source fails, one for each word. A call that an open circuit breaker rejects is none.
    pub const OF_FAILED_CALLS: [Self; 6] =
        [Self::Down, Self::Timeout, Self::Refused, Self::Malformed, Self::TooBig, Self::NativeHistogram];

    /// Returns the stable word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Down => "down",
            Self::Timeout => "timeout",
            Self::Refused => "refused",
            Self::Malformed => "malformed",
            Self::TooBig | Self::TooManySamples { .. } => "too_big",
            Self::NativeHistogram => "native_histogram",
            Self::CircuitOpen { .. } => "circuit_open",
        }
    }
}

/// A failed call: the reason for the caller, the detail for the log. The detail never holds a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {detail}", .reason.word())]
pub struct SourceError {
    /// Reason, for the client.
    pub reason: Reason,
    /// Detail, for the log only.
    pub detail: String,
    /// Pause that the upstream server requests of all clients.
    pub pause: Option<Duration>,
    /// HTTP status of the response that was an error, where it is known.
    pub status: Option<u16>,
}

impl SourceError {
    /// Makes an error with a detail for the log.
    pub fn new(reason: Reason, detail: impl Into<String>) -> Self {
        Self { reason, detail: detail.into(), pause: None, status: None }
    }

    /// Returns the error for more than `most` samples, after `read` of them in `seconds` seconds. The reason has the number of seconds that
    /// would fit at this density.
    pub fn too_many_samples(seconds: i64, read: usize, most: usize) -> Self {
        let fitting = i128::from(seconds) * most as i128 / read.max(1) as i128;
        let fits_seconds = u32::try_from(fitting).unwrap_or(u32::MAX);
        let detail = format!("{read} samples in {seconds} s, at most {most} are kept");
        Self::new(Reason::TooManySamples { fits_seconds }, detail)
    }

    /// Returns the same error where the samples of `seconds` more seconds are read than the time range has.
    pub fn with_less_room(mut self, seconds: i64) -> Self {
        if let Reason::TooManySamples { fits_seconds } = &mut self.reason {
            *fits_seconds = fits_seconds.saturating_sub(u32::try_from(seconds).unwrap_or(u32::MAX));
        }
        self
    }

    /// Returns the same error of a response with this HTTP status.
    pub fn with_status(self, status: u16) -> Self {
        Self { status: Some(status), ..self }
    }

    /// Returns the same error with a pause that the server requests of all clients.
    pub fn pausing(self, pause: Duration) -> Self {
        Self { pause: Some(pause), ..self }
    }
}

/// Returns at most 200 characters of an upstream text, escaped, for the log.
pub fn log_excerpt(text: &str) -> String {
    text.chars().take(200).flat_map(char::escape_debug).collect()
}

/// Replaces the five entities that servers write into JSON for browsers by their characters.
pub fn without_html_entities(text: &str) -> String {
    let entities = [("&#39;", "'"), ("&quot;", "\""), ("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")];
    entities.into_iter().fold(text.to_owned(), |text, (entity, character)| text.replace(entity, character))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entities_are_what_they_mean_and_are_read_once() {
        assert_eq!(
            without_html_entities("No such name for &#39;metrics&#39;: &quot;a &lt;&amp;lt;&quot;"),
            "No such name for 'metrics': \"a <&lt;\""
        );
    }

    #[test]
    fn an_excerpt_is_short_and_on_one_line() {
        assert_eq!(log_excerpt("a\nb"), "a\\nb");
        assert_eq!(log_excerpt(&"é".repeat(300)).chars().count(), 200);
    }
}
