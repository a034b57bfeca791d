//! One part of a call's path: the name of a service, or the id of one of its things.

use serde::de::{Deserializer, Error, Visitor};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Letters, digits, `-`, `_` and `.`, so that it cannot leave its place in a path. Written as text or as a whole number.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct PathSegment(String);

impl PathSegment {
    /// Returns the text of the segment.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<u64> for PathSegment {
    fn from(id: u64) -> Self {
        Self(id.to_string())
    }
}

impl TryFrom<&str> for PathSegment {
    type Error = &'static str;

    fn try_from(text: &str) -> Result<Self, Self::Error> {
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if text.is_empty() || text == "." || text == ".." || !text.chars().all(fits) {
            return Err("should be a name of letters, digits, '-', '_' and '.', or a number");
        }
        Ok(Self(text.to_owned()))
    }
}

impl<'de> Deserialize<'de> for PathSegment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

struct Reader;

impl Visitor<'_> for Reader {
    type Value = PathSegment;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name or a number")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<PathSegment, E> {
        PathSegment::try_from(text).map_err(E::custom)
    }

    fn visit_u64<E: Error>(self, id: u64) -> Result<PathSegment, E> {
        Ok(PathSegment::from(id))
    }

    fn visit_i64<E: Error>(self, id: i64) -> Result<PathSegment, E> {
        self.visit_str(&id.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_stays_in_its_place() {
        for right in ["pcc-37-187-228-180", "869", "a_b.c"] {
            assert!(PathSegment::try_from(right).is_ok(), "{right}");
        }
        for wrong in ["", ".", "..", "a/b", "a?b", "a#b", "a%2fb", "a b", "é"] {
            assert!(PathSegment::try_from(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_number_is_a_part_as_well() {
        let read = |text: &str| serde_json::from_str::<PathSegment>(text).map(|part| part.0).ok();
        assert_eq!(read("123").as_deref(), Some("123"));
        assert_eq!(read("\"123\"").as_deref(), Some("123"));
        assert_eq!(read("1.5"), None);
    }
}
