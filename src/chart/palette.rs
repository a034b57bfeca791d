//! Which line has which colour.
//!
//! Used by lines and legend. The colours can be told apart by eyes of every kind and seen on the ground; the tests hold both.

use crate::request::Colour;
use crate::series::Line;

/// For lines without a colour of their own, in this order.
const LIGHT: [Colour; 8] = [
    Colour::rgb(0x5b78f8),
    Colour::rgb(0xe84090),
    Colour::rgb(0x166f63),
    Colour::rgb(0x796c2c),
    Colour::rgb(0x50187e),
    Colour::rgb(0x6aa214),
    Colour::rgb(0x4418fb),
    Colour::rgb(0x363f08),
];

/// The colour of each line: as asked for, or the next of the palette. A line that failed keeps its place, so that the others look the
/// same when it comes back.
pub(super) fn colours(lines: &[Line]) -> Vec<Colour> {
    let mut next = LIGHT.into_iter().cycle();
    lines.iter().map(|line| line.colour.or_else(|| next.next()).unwrap_or(LIGHT[0])).collect()
}

#[cfg(test)]
#[path = "palette_tests.rs"]
mod tests;
