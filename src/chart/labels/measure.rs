//! Widths of texts in pixels.

use crate::text::{Font, width};

/// Returns the width of a text in pixels, rounded up.
pub(in crate::chart) fn text_width(text: &str, font: Font) -> i32 {
    width(text, font).ceil()
}
