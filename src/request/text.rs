//! Client texts that appear in the chart.

use crate::error::{Fault, FaultKind};
use crate::limits::Limits;

/// Visible, single-line text without control characters or direction overrides, within [`Limits::text_chars`].
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct DisplayText(String);

impl DisplayText {
    /// Checks a client's text. Returns `None` if nothing of it is visible. Line breaks and tabs become spaces.
    pub fn new(text: &str, limits: &Limits) -> Result<Option<Self>, Fault> {
        if text.chars().count() > limits.text_chars || text.len() > limits.text_bytes {
            let (chars, bytes) = (limits.text_chars, limits.text_bytes);
            let text = format!("String should have at most {chars} characters and {bytes} bytes");
            return Err(Fault::new(FaultKind::TooLong, text));
        }
        let text = text.replace("\r\n", " ").replace(is_line_space, " ");
        if let Some(wrong) = text.chars().find(|&c| is_forbidden(c)) {
            let text =
                format!("String should have no control or direction characters, such as U+{:04X}", u32::from(wrong));
            return Err(Fault::new(FaultKind::InvalidText, text));
        }
        Ok(text.chars().any(is_visible).then_some(Self(text)))
    }

    /// Cleans text of a source or the catalogue: forbidden characters are replaced, never rejected.
    pub fn lossy(text: &str) -> Self {
        let clean = |c: char| match c {
            c if is_line_space(c) => ' ',
            c if is_forbidden(c) => char::REPLACEMENT_CHARACTER,
            c => c,
        };
        Self(text.chars().map(clean).collect())
    }

    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_line_space(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{2028}' | '\u{2029}')
}

/// Reports controls, non-characters, direction overrides and isolates, and language tags.
pub(super) fn is_forbidden(c: char) -> bool {
    let code = u32::from(c);
    c.is_control()
        || matches!(code, 0x202A..=0x202E | 0x2066..=0x2069 | 0xE0000..=0xE007F | 0xFDD0..=0xFDEF)
        || code & 0xFFFE == 0xFFFE
}

fn is_visible(c: char) -> bool {
    let marks_and_joiners = matches!(u32::from(c),
        0x0300..=0x036F | 0x1AB0..=0x1AFF | 0x1DC0..=0x1DFF | 0x20D0..=0x20FF | 0xFE00..=0xFE0F | 0xFE20..=0xFE2F
        | 0x00AD | 0x200B..=0x200F | 0x2060..=0x2064 | 0xFEFF | 0x3164);
    !c.is_whitespace() && !marks_and_joiners
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Option<String>, FaultKind> {
        let read = DisplayText::new(text, &Limits::default());
        read.map(|text| text.map(|t| t.as_str().to_owned())).map_err(|fault| fault.kind)
    }

    #[test]
    fn markup_and_templates_stay_literal() {
        for text in
            ["<script>alert(1)</script>", "&amp;", "]]>", "{{7*7}}", "$(id)", "' OR 1=1 --", "한글 제목", "👩‍👩‍👧 🇰🇷"]
        {
            assert_eq!(read(text), Ok(Some(text.to_owned())));
        }
    }

    #[test]
    fn invisible_text_is_no_text() {
        for text in ["", "   ", "\u{301}\u{302}", "\u{200d}", "\t\n"] {
            assert_eq!(read(text), Ok(None), "{text:?}");
        }
    }

    #[test]
    fn line_breaks_become_one_space() {
        assert_eq!(read("a\r\nb\tc\u{2028}d\ne"), Ok(Some("a b c d e".to_owned())));
    }

    #[test]
    fn controls_and_overrides_are_rejected() {
        for text in [
            "a\0",
            "\u{7}",
            "\u{1b}[2J",
            "\u{7f}",
            "\u{85}",
            "\u{fffe}",
            "\u{ffff}",
            "\u{202e}x",
            "\u{2066}",
            "\u{e0041}",
        ] {
            assert_eq!(read(text), Err(FaultKind::InvalidText), "{text:?}");
        }
        assert!(read("a\u{200e}b\u{200f}").is_ok());
    }

    #[test]
    fn length_counts_characters_and_bytes() {
        assert!(read(&"x".repeat(256)).is_ok());
        assert_eq!(read(&"x".repeat(257)), Err(FaultKind::TooLong));
        assert_eq!(read(&("한".repeat(250) + &"😀".repeat(69))), Err(FaultKind::TooLong));
        assert_eq!(read(&format!("{}{}", "😀".repeat(250), "x".repeat(25))), Err(FaultKind::TooLong));
    }

    #[test]
    fn text_of_a_source_is_never_rejected() {
        assert_eq!(DisplayText::lossy("a\0b\nc").as_str(), "a\u{fffd}b c");
    }
}
