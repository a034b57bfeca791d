//! Validates a frame's file: shapes and embedded logos only, nothing that must be opened, run or looked up.
//!
//! Called when templates are read. All faults are reported at once, each with its line.

use super::logo;
use crate::limits::Limits;
use resvg::usvg::roxmltree::{Document, Error, Node, ParsingOptions};

/// A fault of a frame's file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {text}")]
pub struct FrameFault {
    /// Line number, from 1.
    pub line: u32,
    /// Description of the fault and its correction.
    pub text: String,
}

impl FrameFault {
    pub(in crate::render) fn new(line: u32, text: impl Into<String>) -> Self {
        Self { line, text: text.into() }
    }

    fn at(node: Node, text: impl Into<String>) -> Self {
        Self::new(node.document().text_pos_at(node.range().start).row, text)
    }
}

/// Ids of the rectangles that mark the chart's position; the first is required.
pub(in crate::render) const PLACES: [&str; 3] = ["plot", "title", "legend"];

/// Elements that a frame must not have, and their replacements.
const REJECTED: &[(&str, &str)] = &[
    ("text", "<text> is not drawn, because frames have no fonts: convert text to paths"),
    ("textPath", "<textPath> is not drawn, because frames have no fonts: convert text to paths"),
    ("filter", "<filter> is not drawn, because filters can take seconds: remove it"),
    ("foreignObject", "<foreignObject> is not drawn: remove it"),
    ("script", "nothing runs in a frame: remove <script>"),
];

/// Parses the file as XML, or returns all of its faults.
pub(in crate::render) fn parse<'a>(text: &'a str, limits: &Limits) -> Result<Document<'a>, Vec<FrameFault>> {
    if text.len() > limits.template_bytes {
        return Err(vec![FrameFault::new(1, format!("the file should have at most {} bytes", limits.template_bytes))]);
    }
    // Text nodes stand between elements.
    let nodes_limit = u32::try_from(limits.frame_elements * 4).unwrap_or(u32::MAX);
    let options = ParsingOptions { allow_dtd: false, nodes_limit, ..ParsingOptions::default() };
    let document =
        Document::parse_with_options(text, options).map_err(|error| vec![unreadable(text, &error, limits)])?;
    let root = document.root_element();
    let mut faults: Vec<FrameFault> = document.descendants().flat_map(|node| node_faults(node, limits)).collect();
    if root.tag_name().name() != "svg" {
        faults.push(FrameFault::at(root, "the outermost element should be <svg>"));
    }
    for id in PLACES {
        let named: Vec<Node> = document.descendants().filter(|node| node.attribute("id") == Some(id)).collect();
        match named[..] {
            [] if id == PLACES[0] => {
                faults.push(FrameFault::at(root, "there should be a <rect id=\"plot\">, where the chart is drawn"));
            }
            [] => {}
            [one] if one.tag_name().name() == "rect" => {}
            [one] => faults.push(FrameFault::at(one, format!("what has the id '{id}' should be a <rect>"))),
            [_, other, ..] => faults.push(FrameFault::at(other, format!("the id '{id}' is there twice"))),
        }
    }
    if faults.is_empty() { Ok(document) } else { Err(faults) }
}

fn unreadable(text: &str, error: &Error, limits: &Limits) -> FrameFault {
    match error {
        Error::DtdDetected => {
            let before = text.find("<!DOCTYPE").and_then(|at| text.get(..at)).unwrap_or_default();
            let line = u32::try_from(before.matches('\n').count() + 1).unwrap_or(u32::MAX);
            FrameFault::new(line, "remove the DOCTYPE: a frame has no entities")
        }
        Error::NodesLimitReached => {
            FrameFault::new(1, format!("there should be at most {} elements", limits.frame_elements))
        }
        other => FrameFault::new(other.pos().row, format!("this is no XML: {other}")),
    }
}

fn node_faults(node: Node, limits: &Limits) -> Vec<FrameFault> {
    if node.is_text() && node.parent().is_some_and(|parent| parent.tag_name().name() == "style") {
        return style_fault(node.text().unwrap_or_default())
            .map(|text| FrameFault::at(node, text))
            .into_iter()
            .collect();
    }
    let name = node.tag_name().name();
    let refused = REJECTED.iter().filter(|(refused, _)| *refused == name).map(|(_, text)| (*text).to_owned());
    let deep = (node.ancestors().take(limits.frame_depth + 3).count() == limits.frame_depth + 3)
        .then(|| format!("elements should be nested at most {} deep", limits.frame_depth));
    let attributes =
        node.attributes().filter_map(|attribute| attribute_fault(name, attribute.name(), attribute.value(), limits));
    let empty = (name == "image" && node.attribute("href").is_none()).then(|| "<image> should have an href".to_owned());
    refused.chain(deep).chain(empty).chain(attributes).map(|text| FrameFault::at(node, text)).collect()
}

fn attribute_fault(element: &str, name: &str, value: &str, limits: &Limits) -> Option<String> {
    let is_refused = REJECTED.iter().any(|(refused, _)| *refused == element);
    match name {
        "href" if element == "image" => logo::fault(value, limits),
        "href" if element != "a" && !is_refused && !value.starts_with('#') => {
            Some(format!("the href of <{element}> leads out of the file; a frame opens nothing"))
        }
        "filter" if value.trim() != "none" => Some("filters can take seconds: remove the attribute filter".to_owned()),
        _ if name.starts_with("on") => Some(format!("nothing runs in a frame: remove the attribute {name}")),
        _ => style_fault(value),
    }
}

/// Returns the fault of a style, or of the value of any other attribute.
fn style_fault(text: &str) -> Option<String> {
    let outside = |reference: &str| !reference.trim_start_matches(['"', '\'', ' ']).starts_with('#');
    let filter = |value: &str| !value.trim_start_matches([' ', ':']).starts_with("none");
    if text.contains("@import") || text.split("url(").skip(1).any(outside) {
        Some("url(…) and @import should not lead out of the file; a frame opens nothing".to_owned())
    } else if text.split("filter:").skip(1).any(filter) {
        Some("filters can take seconds: remove 'filter' from the style".to_owned())
    } else {
        None
    }
}
