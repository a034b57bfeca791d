//! Periods: the length of a bucket.

use crate::error::{Fault, FaultKind};
use crate::limits::Limits;
use std::fmt;

/// A positive number of whole seconds, at most the configured limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Period(i64);

const DAY: i64 = 86_400;

impl Period {
    /// Checks `seconds` against [`Limits::period_seconds`].
    pub fn new(seconds: i64, limits: &Limits) -> Result<Self, Fault> {
        if (1..=limits.period_seconds).contains(&seconds) {
            Ok(Self(seconds))
        } else {
            let max = limits.period_seconds;
            Err(Fault::new(FaultKind::InvalidPeriod, format!("Input should be a period of 1 to {max} seconds")))
        }
    }

    /// Returns the length in seconds; for whole days the nominal length.
    pub fn seconds(self) -> i64 {
        self.0
    }

    /// Returns the number of civil days, if the period is whole days.
    pub fn days(self) -> Option<i64> {
        (self.0 % DAY == 0).then_some(self.0 / DAY)
    }
}

impl fmt::Display for Period {
    /// Writes the length in the largest unit that divides it: `30 s`, `5 min`, `1 h`, `7 d`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (unit, name) =
            [(DAY, "d"), (3600, "h"), (60, "min")].into_iter().find(|(unit, _)| self.0 % unit == 0).unwrap_or((1, "s"));
        write!(f, "{} {name}", self.0 / unit)
    }
}
