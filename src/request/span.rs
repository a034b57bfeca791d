//! The requested time range.

use crate::error::{Fault, FaultKind};
use crate::limits::Limits;

/// A half-open time range in Unix seconds: `start < end`, both in `1..=latest_second`, no longer than the configured
/// limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Span {
    start: i64,
    end: i64,
}

impl Span {
    /// Checks one end alone, so that faults of both ends are reported at once.
    pub fn instant(second: i64, limits: &Limits) -> Result<i64, Fault> {
        let max = limits.latest_second;
        let text = match second {
            ..=0 => "Input should be greater than or equal to 1".to_owned(),
            // A number that is an instant between the 1980s and the limit when read as milliseconds: the client
            // probably means milliseconds.
            s if s / 100 >= max && s / 1000 <= max => {
                format!("Input should be less than or equal to {max} (seconds expected, not milliseconds)")
            }
            s if s > max => format!("Input should be less than or equal to {max}"),
            _ => return Ok(second),
        };
        Err(Fault::new(FaultKind::OutOfRange, text))
    }

    /// Makes a range of two valid instants. Fails if it is empty or too long.
    pub fn new(start: i64, end: i64, limits: &Limits) -> Result<Self, Fault> {
        let (start, end) = (Self::instant(start, limits)?, Self::instant(end, limits)?);
        if start >= end {
            return Err(Fault::new(FaultKind::InvalidTimeRange, "Input should be greater than start"));
        }
        if end - start > limits.span_seconds {
            let days = limits.span_seconds / 86_400;
            return Err(Fault::new(
                FaultKind::RangeTooLong,
                format!("Input should be at most {days} days after start"),
            ));
        }
        Ok(Self { start, end })
    }

    /// Returns the first second.
    pub fn start(self) -> i64 {
        self.start
    }

    /// Returns the first second after the range.
    pub fn end(self) -> i64 {
        self.end
    }

    /// Returns the length in seconds, at least 1.
    pub fn seconds(self) -> i64 {
        self.end - self.start
    }
}
