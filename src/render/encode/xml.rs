//! Text and records as XML: what SVG, WebP and JPEG files have in common.
//!
//! Used by `svg`, `webp` and `jpeg` to write, by `inspect` to read. Whatever a caller wrote stays text: nothing of it can become markup.

use crate::provenance::{Fact, Record};
use std::fmt::{self, Display, Write};

/// The namespace of our facts.
const FACTS: &str = "urn:metricshot:record:1";
/// The namespace of RDF, in which SVG and XMP hold what is said of a file (ISO 16684-1).
const RDF: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#";

/// Text between tags or in an attribute. Characters that XML 1.0 cannot hold become U+FFFD.
pub struct Escaped<'a>(pub &'a str);

impl Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|c| match c {
            '<' => f.write_str("&lt;"),
            '>' => f.write_str("&gt;"),
            '&' => f.write_str("&amp;"),
            '"' => f.write_str("&quot;"),
            '\'' => f.write_str("&#39;"),
            '\t' | '\n' | '\r' => f.write_char(' '),
            '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => f.write_char(char::REPLACEMENT_CHARACTER),
            c => f.write_char(c),
        })
    }
}

/// The facts of `record` that `told` lets through.
pub fn rdf(record: &Record, told: impl Fn(Fact) -> bool) -> String {
    let facts: String = record
        .facts()
        .iter()
        .filter(|(fact, _)| told(*fact))
        .map(|(fact, text)| format!("<m:{0}>{1}</m:{0}>\n", fact.name(), Escaped(text)))
        .collect();
    format!(
        "<rdf:RDF xmlns:rdf=\"{RDF}\">\n<rdf:Description rdf:about=\"\" xmlns:m=\"{FACTS}\">\n{facts}</rdf:Description>\n</rdf:RDF>"
    )
}

/// Returns the facts of `record` that `told` lets through as an XMP packet (ISO 16684-1), without the optional wrapper.
pub fn xmp(record: &Record, told: impl Fn(Fact) -> bool) -> String {
    format!("<x:xmpmeta xmlns:x=\"adobe:ns:meta/\">\n{}\n</x:xmpmeta>", rdf(record, told))
}

/// The facts that a document holds, wherever they are in it; an SVG's title and description are among them.
pub fn facts(document: &roxmltree::Document<'_>) -> Vec<(Fact, String)> {
    let text = |node: roxmltree::Node<'_, '_>| node.text().unwrap_or_default().to_owned();
    let named = |node: &roxmltree::Node<'_, '_>| {
        let own = node.tag_name().namespace() == Some(FACTS);
        let known = |fact: &Fact| own && node.tag_name().name() == fact.name();
        match node.tag_name().name() {
            "title" if is_of_picture(node) => Some(Fact::Title),
            "desc" if is_of_picture(node) => Some(Fact::Description),
            _ => Fact::ALL.into_iter().find(known),
        }
    };
    document.descendants().filter_map(|node| Some((named(&node)?, text(node)))).collect()
}

fn is_of_picture(node: &roxmltree::Node<'_, '_>) -> bool {
    node.parent().is_some_and(|parent| parent.tag_name().name() == "svg")
}

#[cfg(test)]
mod tests {
    use super::Escaped;

    #[test]
    fn markup_in_a_text_is_text() {
        assert_eq!(Escaped("<script>&\"'\u{1}\t]]>").to_string(), "&lt;script&gt;&amp;&quot;&#39;\u{fffd} ]]&gt;");
    }
}
