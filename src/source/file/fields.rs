//! Times and values as the formats write them.
//!
//! Used by all readers, so that a file of one format says the same in another. A fault's text says what would be right.

use crate::error::excerpt;
use crate::limits::Limits;

/// What a format counts time in.
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

    /// The same of a number.
    pub(super) fn of(self, number: f64, limits: &Limits) -> Result<i64, String> {
        self.time_ms(number, limits).ok_or_else(|| self.wrong(&number.to_string(), limits))
    }

    fn time_ms(self, number: f64, limits: &Limits) -> Option<i64> {
        // A thousandth, because 0.003 s in binary may be a little less than 3 ms.
        let time = match self {
            Self::Seconds => number * 1000.0 + 0.001,
            Self::Milliseconds => number,
        };
        (0.0..=limits.latest_second as f64 * 1000.0 + 1.0).contains(&time).then(|| time.floor() as i64)
    }

    fn wrong(self, text: &str, limits: &Limits) -> String {
        let (unit, latest) = match self {
            Self::Seconds => ("seconds", limits.latest_second),
            Self::Milliseconds => ("milliseconds", limits.latest_second * 1000),
        };
        format!("time '{}' should be Unix {unit}, 0 to {latest}", excerpt(text))
    }
}

/// A value: a decimal number, `NaN`, `+Inf` or `-Inf`.
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
