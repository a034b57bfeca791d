//! `class{label=value}`: which series. Whatever a caller wrote is percent-encoded in it.
//!
//! Pure. Warp 10 splits the text first and decodes the parts then, so no encoded character separates anything. A class that
//! begins with `~` after decoding would be a pattern; `=` before it says that it is none.

use crate::catalog::Selector;
use std::fmt::Write;

/// Returns the text of `selector`.
pub fn selector(selector: &Selector) -> String {
    let exactly = if selector.name.starts_with(['~', '=']) { "=" } else { "" };
    let pair = |(label, value): &(String, String)| format!("{}={}", encoded(label), encoded(value));
    let labels: Vec<String> = selector.labels.iter().map(pair).collect();
    format!("{exactly}{}{{{}}}", encoded(&selector.name), labels.join(","))
}

fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' | b'_' => encoded.push(char::from(byte)),
            // Writing to a String cannot fail.
            _ => write!(encoded, "%{byte:02X}").unwrap_or_default(),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(name: &str, labels: &[(&str, &str)]) -> String {
        let labels = labels.iter().map(|&(label, value)| (label.to_owned(), value.to_owned())).collect();
        selector(&Selector { name: name.to_owned(), labels })
    }

    #[test]
    fn plain_words_stay_as_they_are() {
        let labels = [("datacenter", "pcc-1_datacenter869"), ("host", "172.17.86.51")];
        let wanted = "vscope.host.mem.usage.perc{datacenter=pcc-1_datacenter869,host=172.17.86.51}";
        assert_eq!(text("vscope.host.mem.usage.perc", &labels), wanted);
        assert_eq!(text("cpu", &[]), "cpu{}");
    }

    #[test]
    fn what_separates_or_matches_is_encoded() {
        let hostile = text("a{b} c", &[("l~", "x},~.*{y=z%41+\n")]);
        assert_eq!(hostile, "a%7Bb%7D%20c{l%7E=x%7D%2C%7E.%2A%7By%3Dz%2541%2B%0A}");
        assert_eq!(text("~.*", &[]), "=%7E.%2A{}");
        assert_eq!(text("=a", &[]), "=%3Da{}");
        assert_eq!(text("온", &[]), "%EC%98%A8{}");
    }
}
