//! Durations in the configuration: a number of seconds, or text with a unit such as `"6s"`, `"1500ms"` or `"2m"`.

use serde::de::{Deserializer, Error, Visitor};
use serde::{Deserialize, Serialize, Serializer};
use std::fmt;
use std::time::Duration;

/// A duration setting, in whole milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct DurationSetting(pub Duration);

impl fmt::Display for DurationSetting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_millis() {
            millis if millis % 1000 == 0 => write!(f, "{}s", millis / 1000),
            millis => write!(f, "{millis}ms"),
        }
    }
}

impl Serialize for DurationSetting {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for DurationSetting {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(DurationVisitor)
    }
}

struct DurationVisitor;

const EXPECTED: &str = "a number of seconds, or a time such as \"6s\", \"1500ms\" or \"2m\"";

impl Visitor<'_> for DurationVisitor {
    type Value = DurationSetting;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(EXPECTED)
    }

    fn visit_u64<E: Error>(self, seconds: u64) -> Result<DurationSetting, E> {
        Ok(DurationSetting(Duration::from_secs(seconds)))
    }

    fn visit_i64<E: Error>(self, seconds: i64) -> Result<DurationSetting, E> {
        self.visit_u64(u64::try_from(seconds).map_err(|_| invalid())?)
    }

    fn visit_f64<E: Error>(self, seconds: f64) -> Result<DurationSetting, E> {
        let time = Duration::try_from_secs_f64(seconds).map_err(|_| invalid())?;
        Ok(DurationSetting(Duration::from_millis(u64::try_from(time.as_millis()).map_err(|_| invalid())?)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<DurationSetting, E> {
        let split = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
        let (number, unit) = text.split_at(split);
        let number: f64 = number.parse().map_err(|_| invalid())?;
        match unit.trim() {
            "ms" => self.visit_f64(number / 1000.0),
            "s" | "" => self.visit_f64(number),
            "m" => self.visit_f64(number * 60.0),
            _ => Err(invalid()),
        }
    }
}

fn invalid<E: Error>() -> E {
    E::custom(format!("should be {EXPECTED}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<String> {
        let table: Result<std::collections::BTreeMap<String, DurationSetting>, _> =
            toml::from_str(&format!("t = {text}"));
        table.ok().map(|table| table["t"].to_string())
    }

    #[test]
    fn durations_are_numbers_of_seconds_or_text_with_a_unit() {
        for (text, want) in
            [("6", "6s"), ("1.5", "1500ms"), ("\"6s\"", "6s"), ("\"1500ms\"", "1500ms"), ("\"2m\"", "120s")]
        {
            assert_eq!(read(text).as_deref(), Some(want), "{text}");
        }
        for text in ["-1", "nan", "inf", "\"6h\"", "\"\"", "\"s\"", "true"] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn printed_durations_parse_to_the_same_value() {
        for millis in [1, 999, 1000, 1001, 8999, 60_000] {
            let time = DurationSetting(Duration::from_millis(millis));
            assert_eq!(read(&format!("\"{time}\"")), Some(time.to_string()));
        }
    }
}
