//! `display_text`: any text → one line of valid XML characters, without control and override characters; cleaning is idempotent.

use crate::words;
use metricshot::limits::Limits;
use metricshot::request::DisplayText;

pub fn check(input: &[u8]) {
    let text = words::text(input);
    let limits = Limits::default();
    let lossy = DisplayText::lossy(&text);
    assert_eq!(DisplayText::lossy(lossy.as_str()), lossy);
    is_clean(lossy.as_str());
    if let Ok(Some(taken)) = DisplayText::new(&text, &limits) {
        assert_eq!(DisplayText::new(taken.as_str(), &limits), Ok(Some(taken.clone())));
        assert_eq!(DisplayText::lossy(taken.as_str()), taken, "what is taken needs no cleaning");
        is_clean(taken.as_str());
    }
}

fn is_clean(text: &str) {
    let wrong = |c: char| {
        c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}')
    };
    assert_eq!(text.find(wrong), None, "{text:?}");
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let document = format!("<a b=\"{}\">{escaped}</a>", escaped.replace('"', "&quot;"));
    let read = roxmltree::Document::parse(&document).unwrap_or_else(|error| panic!("{text:?} is no XML text: {error}"));
    assert_eq!(
        (read.root_element().text().unwrap_or_default(), read.root_element().attribute("b")),
        (text, Some(text))
    );
}
