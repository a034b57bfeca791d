//! Times and values as the formats write them.
//!
//! Used by all readers, so that a file of one format says the same in another. A fault's text says what would be right.

use crate::error::excerpt;
use crate::limits::Limits;
use crate::request::unix_millisecond;

/// Smaller numbers are seconds, up to the year 2286; as milliseconds they would be in the first four months of 1970.
pub(super) const FIRST_MILLISECONDS: i64 = 10_000_000_000;

/// Unit of times in a format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TimeUnit {
    Seconds,
    Milliseconds,
}

impl TimeUnit {
    /// Milliseconds since the epoch; what is finer is cut off.
    pub(super) fn read(self, text: &str, limits: &Limits) -> Result<i64, String> {
        text.parse().ok().and_then(|number| self.time_ms(number, limits)).ok_or_else(|| self.wrong(text, limits))
    }

    /// Converts a number to a time.
    pub(super) fn of(self, number: f64, limits: &Limits) -> Result<i64, String> {
        self.time_ms(number, limits).ok_or_else(|| self.wrong(&number.to_string(), limits))
    }

    fn time_ms(self, number: f64, limits: &Limits) -> Option<i64> {
        // A thousandth, because 0.003 s in binary may be a little less than 3 ms.
        let time = match self {
            Self::Seconds => number * 1000.0 + 0.001,
            Self::Milliseconds => number,
        };
        let first = match self {
            Self::Seconds => 0.0,
            Self::Milliseconds => FIRST_MILLISECONDS as f64,
        };
        (first..=limits.latest_second as f64 * 1000.0 + 1.0).contains(&time).then(|| time.floor() as i64)
    }

    fn wrong(self, text: &str, limits: &Limits) -> String {
        let (unit, first, latest) = match self {
            Self::Seconds => ("seconds", 0, limits.latest_second),
            Self::Milliseconds => ("milliseconds", FIRST_MILLISECONDS, limits.latest_second * 1000),
        };
        format!("time '{}' should be Unix {unit}, {first} to {latest}", excerpt(text))
    }
}

/// Reads Unix seconds, or a date and time with its offset as in RFC 3339, into milliseconds since the epoch.
pub(super) fn time(text: &str, limits: &Limits) -> Result<i64, String> {
    TimeUnit::Seconds.read(text, limits).or_else(|fault| {
        let date = unix_millisecond(text).filter(|ms| (0..=limits.latest_second * 1000).contains(ms));
        date.ok_or_else(|| format!("{fault}, or a date such as 2026-01-01T00:00:00Z"))
    })
}

/// Parses a value: a decimal number, `NaN`, `+Inf` or `-Inf`.
pub(super) fn value(text: &str) -> Result<f64, String> {
    text.parse().map_err(|_| format!("value '{}' should be a number, NaN, +Inf or -Inf", excerpt(text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fractions_of_a_second_are_cut_to_milliseconds() {
        let limits = Limits::default();
        for (text, expected) in [
            ("1640995200", 1_640_995_200_000),
            ("1640995200.123", 1_640_995_200_123),
            ("1640995259.9999", 1_640_995_259_999),
            ("1.6409952e9", 1_640_995_200_000),
            ("0", 0),
            ("4102444800", 4_102_444_800_000),
        ] {
            assert_eq!(TimeUnit::Seconds.read(text, &limits), Ok(expected));
        }
        assert!((0..1000).all(|ms| TimeUnit::Seconds.read(&format!("1640995200.{ms:03}"), &limits) == Ok(1_640_995_200_000 + ms)));
        assert_eq!(TimeUnit::Milliseconds.read("1640995200123", &limits), Ok(1_640_995_200_123));
    }

    #[test]
    fn dates_with_their_offset_are_times() {
        let limits = Limits::default();
        for (text, expected) in [
            ("2022-01-01T00:00:00Z", 1_640_995_200_000),
            ("2022-01-01 00:00:00.25Z", 1_640_995_200_250),
            ("2022-01-01T09:00:00+09:00", 1_640_995_200_000),
            ("2021-12-31T19:00:00.1239-05:00", 1_640_995_200_123),
            ("1640995200", 1_640_995_200_000),
        ] {
            assert_eq!(time(text, &limits), Ok(expected), "{text}");
        }
        for text in
            ["2022-01-01T00:00:00", "2022-01-01", "01.01.2022", "2022-13-01T00:00:00Z", "1969-12-31T23:59:59Z", ""]
        {
            let fault = time(text, &limits).unwrap_err();
            let wanted = "should be Unix seconds, 0 to 4102444800, or a date such as 2026-01-01T00:00:00Z";
            assert_eq!(fault, format!("time '{text}' {wanted}"));
        }
    }

    #[test]
    fn milliseconds_that_would_be_in_1970_are_faults_since_they_are_seconds() {
        let fault = TimeUnit::Milliseconds.read("1640995200", &Limits::default()).unwrap_err();
        assert_eq!(fault, "time '1640995200' should be Unix milliseconds, 10000000000 to 4102444800000");
    }

    #[test]
    fn other_times_are_faults_that_name_the_unit() {
        for text in ["1640995200000", "-1", "NaN", "inf", "", "2022-01-01T00:00:00Z", "0x10"] {
            let fault = TimeUnit::Seconds.read(text, &Limits::default()).unwrap_err();
            assert_eq!(fault, format!("time '{text}' should be Unix seconds, 0 to 4102444800"));
        }
    }

    #[test]
    fn values_are_numbers_and_the_words_of_the_formats() {
        assert_eq!(value("1e3"), Ok(1000.0));
        assert_eq!(value("+Inf"), Ok(f64::INFINITY));
        assert_eq!(value("-Inf"), Ok(f64::NEG_INFINITY));
        assert!(value("NaN").unwrap().is_nan());
        assert_eq!(value("1,5").unwrap_err(), "value '1,5' should be a number, NaN, +Inf or -Inf");
    }
}
