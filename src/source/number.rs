//! Numbers as the servers of the field write them in JSON.
//!
//! Used by the sources whose replies may have a number in a string, because JSON has no NaN.

use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer};
use std::fmt;

/// A number, bare or in a string, such as `"NaN"`; `null` is NaN as well.
pub(super) struct Number(pub f64);

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl Visitor<'_> for Reader {
            type Value = f64;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number or a number in a string")
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<f64, E> {
                text.parse().map_err(|_| E::custom("a value is not a number"))
            }
            fn visit_f64<E: Error>(self, value: f64) -> Result<f64, E> {
                Ok(value)
            }
            fn visit_i64<E: Error>(self, value: i64) -> Result<f64, E> {
                Ok(value as f64)
            }
            fn visit_u64<E: Error>(self, value: u64) -> Result<f64, E> {
                Ok(value as f64)
            }
            fn visit_unit<E: Error>(self) -> Result<f64, E> {
                Ok(f64::NAN)
            }
        }
        deserializer.deserialize_any(Reader).map(Number)
    }
}

/// Returns the body with `null` for each `NaN`, `Infinity` and `-Infinity` outside of strings; `None` where there is none.
pub(super) fn without_nan(body: &[u8]) -> Option<Vec<u8>> {
    const WORDS: [&[u8]; 3] = [b"NaN", b"-Infinity", b"Infinity"];
    let (mut rest, mut clean, mut found) = (body, Vec::with_capacity(body.len()), false);
    while let Some(&byte) = rest.first() {
        let (piece, length): (&[u8], usize) = match WORDS.iter().find(|word| rest.starts_with(word)) {
            Some(word) => {
                found = true;
                (b"null", word.len())
            }
            None if byte == b'"' => {
                let length = string_length(rest);
                (&rest[..length], length)
            }
            None => (&rest[..1], 1),
        };
        clean.extend_from_slice(piece);
        rest = &rest[length..];
    }
    found.then_some(clean)
}

/// Reads the JSON string at the beginning of `text`, with its quotes.
fn string_length(text: &[u8]) -> usize {
    let mut at = 1;
    while at < text.len() && text[at] != b'"' {
        at += if text[at] == b'\\' { 2 } else { 1 };
    }
    (at + 1).min(text.len())
}
