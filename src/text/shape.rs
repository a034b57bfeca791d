//! From a text to placed glyphs, and what they measure.
//!
//! Called by the chart for room and by the painter for ink, so both always agree. Every text has a run, whatever is in it: what no
//! font has becomes a box and is counted, what is never shown (joiners, variation selectors, direction marks) becomes nothing.
//! Text runs from left to right in logical order, right-to-left scripts too.

use super::Font;
use super::face::{Face, PathSink, draw_outline};
use crate::geometry::Px;
use harfrust::{Buffer, ClusterLevel, Direction, GlyphId, GlyphInfo, GlyphPosition, ShapeOptions, ShaperFont};

/// A line of text as glyphs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// What it was shaped in.
    pub font: Font,
    /// In the order of the text. Those of spaces have no outline.
    pub glyphs: Vec<Glyph>,
    /// From the start of the first glyph to where a next one would start.
    pub width: Px,
    /// How many of the glyphs are boxes.
    pub missing: usize,
}

/// A placed glyph.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Glyph {
    /// What is drawn.
    pub ink: Ink,
    /// Its origin, to the right of the run's start.
    pub x: Px,
    /// Its origin, above the base line; not zero for some accents.
    pub rise: Px,
}

/// What is drawn for a glyph.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ink {
    /// The outline of this number in the font.
    Outline(u32),
    /// A box, for what no font has: as high as a digit, [`Ink::box_width`] wide with its margins.
    Box,
}

impl Ink {
    /// Room that a box takes, margins included.
    pub fn box_width(font: Font) -> Px {
        Px::nearest(font.size.to_f64() * 0.625)
    }
}

/// How far `text` reaches: the sum of its advances.
pub fn width(text: &str, font: Font) -> Px {
    shape(text, font).width
}

/// Height of a digit above the base line as it is drawn, for centring: whole pixels, as outlines are fitted to them.
pub fn cap_height(font: Font) -> Px {
    let mut top = Top(0.0);
    if let Some(Glyph { ink: Ink::Outline(one), .. }) = shape("1", font).glyphs.first() {
        draw_outline(*one, font, &mut top);
    }
    Px::nearest(f64::from(top.0))
}

/// The highest point of an outline of straight lines.
struct Top(f32);

impl PathSink for Top {
    fn move_to(&mut self, _: f32, y: f32) {
        self.0 = self.0.max(y);
    }
    fn line_to(&mut self, _: f32, y: f32) {
        self.0 = self.0.max(y);
    }
    fn quad_to(&mut self, _: f32, _: f32, _: f32, y: f32) {
        self.0 = self.0.max(y);
    }
    fn curve_to(&mut self, _: f32, _: f32, _: f32, _: f32, _: f32, y: f32) {
        self.0 = self.0.max(y);
    }
    fn close(&mut self) {}
}

/// The glyphs of `text`, which is one line: a line break or a tab in it is a space.
pub fn shape(text: &str, font: Font) -> Run {
    let face = Face::of(font.weight);
    let shaper = ShaperFont::new(&face.font).with_scale(font.size.units());
    let (plan, script) = face.plan(text);
    let mut buffer = Buffer::new();
    buffer.set_cluster_level(ClusterLevel::Characters);
    buffer.set_direction(Direction::LeftToRight);
    buffer.set_script(Some(script));
    for (index, character) in (0..).zip(text.chars()) {
        let shown = if character.is_whitespace() && !face.has(character) { ' ' } else { character };
        buffer.push(u32::from(shown), index);
    }
    let options = ShapeOptions::new().plan(Some(plan)).features(&face.features);
    let mut run = Run { font, glyphs: Vec::new(), width: Px::ZERO, missing: 0 };
    // Err only for a plan that does not fit the buffer, and both are made of the same script and direction.
    if harfrust::shape(&shaper, &mut buffer, options).is_ok() {
        for (info, position) in buffer.glyph_infos().iter().zip(buffer.glyph_positions()) {
            run.push(info, position);
        }
    }
    run
}

impl Run {
    fn push(&mut self, info: &GlyphInfo, position: &GlyphPosition) {
        let (ink, advance) = if info.glyph_id == GlyphId::NOTDEF.to_u32() {
            self.missing += 1;
            (Ink::Box, Ink::box_width(self.font))
        } else {
            (Ink::Outline(info.glyph_id), Px::from_units(position.x_advance))
        };
        let x = self.width + Px::from_units(position.x_offset);
        self.glyphs.push(Glyph { ink, x, rise: Px::from_units(position.y_offset) });
        self.width += advance;
    }
}
