//! Periods: the length of a bucket.

use crate::error::{Fault, FaultKind, excerpt};
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

/// The requested period of a chart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PeriodChoice {
    /// This period.
    Fixed(Period),
    /// The shortest suitable one; see [`Period::automatic`].
    Automatic,
}

/// Seconds of the automatic periods: 1 s to 30 s, 1 min to 30 min, 1 h to 12 h, a day, a week.
const LADDER: [i64; 19] =
    [1, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, DAY, 7 * DAY, 30 * DAY];

/// Pixels of an image's width that its plot does not have, about: labels of the value axis and padding.
const BESIDE_PLOT: i64 = 72;

impl PeriodChoice {
    /// Parses `auto`, or a length such as `30s`, `5m`, `1h`, `1d` or `7d`.
    pub fn parse(text: &str, limits: &Limits) -> Result<Self, Fault> {
        if text == "auto" {
            return Ok(Self::Automatic);
        }
        let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let unit = match &text[digits.len()..] {
            "s" => Some(1),
            "m" | "min" => Some(60),
            "h" => Some(3600),
            "d" => Some(DAY),
            "w" => Some(7 * DAY),
            _ => None,
        };
        let number = digits.parse::<i64>().ok().filter(|_| digits.bytes().all(|byte| byte.is_ascii_digit()));
        let Some((number, unit)) = number.zip(unit) else {
            let text = format!(
                "Input should be seconds, 'auto', or a length such as '30s', '5m', '1h' or '1d', not '{}'",
                excerpt(text)
            );
            return Err(Fault::new(FaultKind::InvalidPeriod, text));
        };
        Period::new(number.saturating_mul(unit), limits).map(Self::Fixed)
    }

    /// Returns the period for a range of `seconds` in an image `width` pixels wide; an automatic one is no shorter than
    /// `resolution` seconds.
    pub fn period(self, seconds: i64, width: u32, resolution: i64, limits: &Limits) -> Period {
        match self {
            Self::Fixed(period) => period,
            Self::Automatic => Period::automatic(seconds, width, resolution, limits),
        }
    }
}

impl Period {
    /// Returns the shortest of 1, 5, 10, 15, 30 seconds, 1, 2, 5, 10, 15, 30 minutes, 1, 2, 3, 6, 12 hours, 1 and 7
    /// days, and 30 days, that gives at most one bucket per two pixels of the plot and is no shorter than `resolution`.
    fn automatic(seconds: i64, width: u32, resolution: i64, limits: &Limits) -> Self {
        let buckets = ((i64::from(width) - BESIDE_PLOT) / 2).max(1);
        let suits = |period: &i64| *period >= resolution && *period * buckets >= seconds;
        let period = LADDER.into_iter().find(suits).unwrap_or(30 * DAY);
        Self(period.min(limits.period_seconds))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_automatic_period_is_the_shortest_that_leaves_two_pixels_a_bucket() {
        let limits = Limits::default();
        let automatic = |seconds, width, resolution| Period::automatic(seconds, width, resolution, &limits).seconds();
        // 600 - 72 pixels have 264 buckets.
        for (seconds, expected) in [
            (264, 1),
            (265, 5),
            (3600, 15),
            (3 * 3600, 60),
            (24 * 3600, 600),
            (7 * DAY, 3600),
            (30 * DAY, 10_800),
            (365 * DAY, 7 * DAY),
        ] {
            assert_eq!(automatic(seconds, 600, 1), expected, "{seconds} s");
        }
        assert_eq!(automatic(3600, 600, 300), 300, "no shorter than the resolution of the source");
        assert_eq!(automatic(3600, 40, 1), 3600, "one bucket where there is no room for two");
    }

    #[test]
    fn a_period_is_a_whole_number_with_one_unit_or_automatic() {
        let limits = Limits::default();
        let parse = |text| PeriodChoice::parse(text, &limits);
        for (text, seconds) in [("30s", 30), ("5m", 300), ("5min", 300), ("1h", 3600), ("1d", DAY), ("1w", 7 * DAY)] {
            assert_eq!(parse(text), Ok(PeriodChoice::Fixed(Period(seconds))), "{text}");
        }
        assert_eq!(parse("auto"), Ok(PeriodChoice::Automatic));
        for text in ["", "5", "m", "-5m", "+5m", "1.5h", "5M", "1mo", "0s", "9999999999999999999d", "99999d", "\u{c4}m"]
        {
            assert_eq!(parse(text).unwrap_err().kind, FaultKind::InvalidPeriod, "{text}");
        }
    }
}
