//! Widths of texts in whole pixels.

use crate::text::{Font, width};

/// Whole pixels that a text takes.
pub(in crate::chart) fn text_width(text: &str, font: Font) -> i32 {
    width(text, font).ceil()
}
