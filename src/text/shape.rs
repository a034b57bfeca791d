//! From a text to placed glyphs, and what they measure.
//!
//! Called by the chart for room and by the painter for ink, so both always agree. Every text has a run, whatever is in it: what no
//! font has becomes a box and is counted, what is never shown (joiners, variation selectors, direction marks) becomes nothing.
//! Text runs from left to right in logical order, right-to-left scripts too.

use super::Font;
use super::face::{Face, PathSink, draw_outline};
use crate::geometry::Px;
use harfrust::{Buffer, ClusterLevel, Direction, GlyphId, GlyphInfo, GlyphPosition, ShapeOptions, ShaperFont};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

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

/// The glyphs of `text`, which is one line: a line break or a tab in it is a space.
pub fn shape(text: &str, font: Font) -> Rc<Run> {
    KEPT.with_borrow_mut(|kept| kept.run(text, font))
}

/// Height of a digit above the base line as it is drawn, for centring: whole pixels, as outlines are fitted to them.
pub fn cap_height(font: Font) -> Px {
    KEPT.with_borrow_mut(|kept| kept.cap_height(font))
}

thread_local! {
    static KEPT: RefCell<Kept> = const { RefCell::new(Kept::new()) };
}

/// What a thread has shaped and measured. It depends on nothing but its keys, so what was asked before cannot show.
struct Kept {
    runs: BTreeMap<Font, BTreeMap<Box<str>, Rc<Run>>>,
    count: usize,
    cap_heights: BTreeMap<Font, Px>,
}

/// Runs that a thread keeps, of some 500 bytes each: those of a few hundred pictures.
const KEPT_RUNS: usize = 8192;
/// Bytes of the longest text that is kept.
const KEPT_TEXT: usize = 128;

impl Kept {
    const fn new() -> Self {
        Self { runs: BTreeMap::new(), count: 0, cap_heights: BTreeMap::new() }
    }

    fn run(&mut self, text: &str, font: Font) -> Rc<Run> {
        if let Some(known) = self.runs.get(&font).and_then(|runs| runs.get(text)) {
            return known.clone();
        }
        let run = Rc::new(shaped(text, font));
        if text.len() <= KEPT_TEXT {
            if self.count >= KEPT_RUNS {
                *self = Self::new();
            }
            self.runs.entry(font).or_default().insert(text.into(), run.clone());
            self.count += 1;
        }
        run
    }

    fn cap_height(&mut self, font: Font) -> Px {
        if let Some(known) = self.cap_heights.get(&font) {
            return *known;
        }
        let mut top = Top(0.0);
        if let Some(Glyph { ink: Ink::Outline(one), .. }) = self.run("1", font).glyphs.first() {
            draw_outline(*one, font, &mut top);
        }
        let height = Px::nearest(f64::from(top.0));
        if self.cap_heights.len() >= KEPT_RUNS {
            self.cap_heights.clear();
        }
        self.cap_heights.insert(font, height);
        height
    }
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

/// The glyphs of `text`, as [`shape`] gives them.
fn shaped(text: &str, font: Font) -> Run {
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
