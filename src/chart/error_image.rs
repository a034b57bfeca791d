//! The image that reports why a chart cannot be drawn.
//!
//! Replaces the chart if no metric could be fetched. It has no axes, which would look like data, and nothing red. It
//! shows only the given texts.

use super::labels::measure::text_width;
use super::labels::shorten::cut_end;
use super::layout::row_plan::Spacing;
use super::layout::whole;
use super::scene::{Scene, TextStyle};
use super::scene_builder::{Anchor, Row, SceneBuilder};
use super::theme::Theme;
use crate::geometry::Rect;
use crate::request::{Scale, Size};

/// Height of a line of the reason, in pixels.
const REASON: i32 = 22;
/// Height of the line with the request id, in pixels.
const NAMED: i32 = 18;
/// Gap between reason and request id, in pixels.
const BETWEEN: i32 = 6;
/// Maximum number of lines of the reason.
const MAX_LINES: i32 = 3;

/// Returns the scene of a grey image with a short public `reason` and with `request_id`, by which the operator finds
/// the log lines.
///
/// In small images the reason takes precedence; if no word fits, a line crosses the middle.
pub fn error_image(size: Size, scale: Scale, reason: &str, request_id: &str, theme: &Theme) -> Scene {
    let (image, spacing) = (whole(size), Spacing::of(size, &theme.sizes));
    let mut builder = SceneBuilder::new(image, scale);
    builder.fill(image, theme.grid_time);
    let (width, height) = (image.width - 2 * spacing.side, image.height - spacing.top - spacing.bottom);
    let named = fitting(request_id, theme.small(), width).filter(|text| text == request_id);
    let reason_lines = (height / REASON).clamp(0, MAX_LINES);
    let lines = wrapped(reason, theme.nothing(), width, reason_lines);
    let reason_height = lines.len() as i32 * REASON;
    let named = named.filter(|_| reason_height + BETWEEN + NAMED <= height);
    let text_height = reason_height + if named.is_some() { BETWEEN + NAMED } else { 0 };
    let (mut top, centre) = ((image.height - text_height) / 2, Anchor::Middle(image.width / 2));
    for line in &lines {
        builder.text(line, theme.nothing(), centre, Row { top, height: REASON });
        top += REASON;
    }
    if let Some(named) = named.filter(|text| !text.is_empty()) {
        builder.text(&named, theme.small(), centre, Row { top: top + BETWEEN, height: NAMED });
    }
    if lines.is_empty() {
        builder.fill(Rect::new(0, image.height / 2, image.width, 1), theme.muted);
    }
    builder.finish((size, scale), theme.ground, None, format!("{reason}. {request_id}"))
}

/// Breaks `text` between words into at most `max_lines` lines of `width` pixels; the last one is cut if text is left over.
fn wrapped(text: &str, style: TextStyle, width: i32, max_lines: i32) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let longer = lines.last().map(|line| format!("{line} {word}"));
        let is_last = lines.len() as i32 == max_lines;
        match (longer, lines.last_mut()) {
            (Some(longer), Some(line)) if is_last || text_width(&longer, style.font) <= width => *line = longer,
            _ => lines.push(word.to_owned()),
        }
    }
    if max_lines == 0 {
        return Vec::new();
    }
    lines.iter().filter_map(|line| fitting(line, style, width)).collect()
}

fn fitting(text: &str, style: TextStyle, width: i32) -> Option<String> {
    cut_end(text, &|text| text_width(text, style.font) <= width)
}
