//! XML text and records, shared by the SVG, WebP and JPEG formats.
//!
//! `svg`, `webp` and `jpeg` write them, `inspect` reads them. Text of a client never becomes markup.

use crate::provenance::{Field, Record};
use std::fmt::{self, Display, Write};

/// XML namespace of the provenance fields.
const FIELDS: &str = "urn:metricshot:record:1";
/// XML namespace of RDF, in which SVG and XMP describe a file (ISO 16684-1).
const RDF: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#";

/// Text escaped for element content and attributes. Characters that XML 1.0 cannot hold become U+FFFD.
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

/// Returns the fields of `record` that `is_included` accepts, as RDF.
pub fn rdf(record: &Record, is_included: impl Fn(Field) -> bool) -> String {
    let fields: String = record
        .fields()
        .iter()
        .filter(|(field, _)| is_included(*field))
        .map(|(field, text)| format!("<m:{0}>{1}</m:{0}>\n", field.name(), Escaped(text)))
        .collect();
    format!(
        "<rdf:RDF xmlns:rdf=\"{RDF}\">\n<rdf:Description rdf:about=\"\" xmlns:m=\"{FIELDS}\">\n{fields}</rdf:Description>\n</rdf:RDF>"
    )
}

/// Returns the fields of `record` that `is_included` accepts, as an XMP packet (ISO 16684-1), without the optional
/// wrapper.
pub fn xmp(record: &Record, is_included: impl Fn(Field) -> bool) -> String {
    format!("<x:xmpmeta xmlns:x=\"adobe:ns:meta/\">\n{}\n</x:xmpmeta>", rdf(record, is_included))
}

/// Returns all fields found anywhere in a document, among them an SVG's title and description.
pub fn fields(document: &roxmltree::Document<'_>) -> Vec<(Field, String)> {
    let text = |node: roxmltree::Node<'_, '_>| node.text().unwrap_or_default().to_owned();
    let named = |node: &roxmltree::Node<'_, '_>| {
        let own = node.tag_name().namespace() == Some(FIELDS);
        let known = |field: &Field| own && node.tag_name().name() == field.name();
        match node.tag_name().name() {
            "title" if is_of_image(node) => Some(Field::Title),
            "desc" if is_of_image(node) => Some(Field::Description),
            _ => Field::ALL.into_iter().find(known),
        }
    };
    document.descendants().filter_map(|node| Some((named(&node)?, text(node)))).collect()
}

fn is_of_image(node: &roxmltree::Node<'_, '_>) -> bool {
    node.parent().is_some_and(|parent| parent.tag_name().name() == "svg")
}

#[cfg(test)]
mod tests {
    use super::Escaped;

    #[test]
    fn markup_in_a_text_is_escaped() {
        assert_eq!(Escaped("<script>&\"'\u{1}\t]]>").to_string(), "&lt;script&gt;&amp;&quot;&#39;\u{fffd} ]]&gt;");
    }
}
