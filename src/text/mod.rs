//! Fonts: what a text measures, and which glyphs it is. The fonts are inside the program; the system's are never asked.
//!
//! Used by the chart, which needs widths, and by the painter, which needs glyphs. Pure: a text and a font give the same glyphs at
//! the same places on every machine.

mod font;

pub use font::{Font, Weight};
