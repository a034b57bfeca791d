//! Which line has which colour.
//!
//! Used by lines and legend. The colours can be told apart by eyes of every kind and seen on the ground; the tests hold both.

use super::theme::Theme;
use crate::request::Colour;
use crate::series::Line;

/// The colour of each line: as asked for, or the next of the palette. A line that failed keeps its place, so that the others look the
/// same when it comes back.
pub(super) fn colours(lines: &[Line], theme: &Theme) -> Vec<Colour> {
    let mut next = theme.palette.iter().copied().cycle();
    lines.iter().map(|line| line.colour.or_else(|| next.next()).unwrap_or(theme.text)).collect()
}

#[cfg(test)]
#[path = "palette_tests.rs"]
mod tests;
