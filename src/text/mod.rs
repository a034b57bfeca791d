//! Fonts: what a text measures, and which glyphs it is. The fonts are inside the program; the system's are never asked.
//!
//! Used by the chart, which needs widths, and by the painter, which needs glyphs. Pure: a text and a font give the same glyphs at
//! the same places on every machine.

mod face;
mod font;
mod shape;

pub use face::{PathSink, draw_outline};
pub use font::{Font, Weight};
pub use shape::{Glyph, Ink, Run, cap_height, shape, width};

#[cfg(test)]
mod tests;
