//! Text shaping and measuring with the embedded fonts; system fonts are never used.
//!
//! The chart uses the widths, the renderer the glyphs. Pure: a text and a font give the same glyphs at the same
//! positions on every machine.

mod face;
mod font;
mod shape;

pub use face::{PathSink, draw_outline};
pub use font::{Font, Weight};
pub use shape::{Glyph, GlyphShape, Run, cap_height, shape, width};

#[cfg(test)]
mod tests;
