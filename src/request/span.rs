//! The stretch of time that is asked for.

use crate::error::{Fault, FaultKind};
use crate::limits::Limits;

/// Half-open, in Unix seconds: `start < end`, both in `1..=latest_second`, no longer than the configured limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Span {
    start: i64,
    end: i64,
}

impl Span {
    /// Checks one instant of it, so that both can be found wrong at once.
    pub fn instant(second: i64, limits: &Limits) -> Result<i64, Fault> {
        let most = limits.latest_second;
        let text = match second {
            ..=0 => "Input should be greater than or equal to 1".to_owned(),
            // Read as milliseconds, the number is an instant between the 1980s and the limit, so the client probably means milliseconds.
            s if s / 100 >= most && s / 1000 <= most => {
                format!("Input should be less than or equal to {most} (seconds expected, not milliseconds)")
            }
            s if s > most => format!("Input should be less than or equal to {most}"),
            _ => return Ok(second),
        };
        Err(Fault::new(FaultKind::OutOfRange, text))
    }

    /// From two instants that are right by themselves.
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

    /// First second.
    pub fn start(self) -> i64 {
        self.start
    }

    /// First second after it.
    pub fn end(self) -> i64 {
        self.end
    }

    /// Length in seconds, at least 1.
    pub fn seconds(self) -> i64 {
        self.end - self.start
    }
}
