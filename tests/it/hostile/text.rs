//! Escapes in the texts of a row: `<<3*ab>>` is `ababab`, in which `{i}` counts from 0; `<<now-60>>` is a time in Unix seconds; `\xff` is
//! that byte.

use std::time::{SystemTime, UNIX_EPOCH};

pub type Bytes = Vec<u8>;

/// Expands a text to bytes.
pub fn expand(text: &str) -> Bytes {
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some((before, inside, after)) = marked(rest) {
        bytes.extend(escaped(before));
        bytes.extend(made_of(inside));
        rest = after;
    }
    bytes.extend(escaped(rest));
    bytes
}

/// Splits a text at its first escape into the parts before, inside and after it; escapes may be nested.
fn marked(text: &str) -> Option<(&str, &str, &str)> {
    let begin = text.find("<<")?;
    let (mut depth, mut at) = (1, begin + 2);
    while depth > 0 {
        let next = at + text[at..].find(['<', '>'])?;
        match text.get(next..next + 2) {
            Some("<<") => (depth, at) = (depth + 1, next + 2),
            Some(">>") => (depth, at) = (depth - 1, next + 2),
            _ => at = next + 1,
        }
    }
    Some((&text[..begin], &text[begin + 2..at - 2], &text[at..]))
}

fn made_of(inside: &str) -> Bytes {
    if let Some(offset) = inside.strip_prefix("now") {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs();
        let offset: i64 = if offset.is_empty() { 0 } else { offset.parse().expect("an offset in seconds") };
        return now.checked_add_signed(offset).expect("a second").to_string().into_bytes();
    }
    let (times, text) = inside.split_once('*').expect("<<times*text>>");
    let times: usize = times.parse().expect("a number of times");
    (0..times).flat_map(|index| expand(&text.replace("{i}", &index.to_string()))).collect()
}

fn escaped(text: &str) -> Bytes {
    let mut parts = text.split("\\x");
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        let (hex, rest) = part.split_at(2);
        bytes.push(u8::from_str_radix(hex, 16).expect("two hexadecimal digits"));
        bytes.extend(rest.bytes());
    }
    bytes
}

#[test]
fn row_texts_are_converted_to_bytes() {
    assert_eq!(expand("a<<3*b{i}>>c"), b"ab0b1b2c");
    assert_eq!(expand("<<2*<<2*x>>,>>\\xff<a>"), b"xx,xx,\xff<a>");
    assert!(expand("<<now-60>>") < expand("<<now+60>>"));
}
