//! Shapes texts to positioned glyphs and measures them.
//!
//! Chart layout and rendering use the same result, so they always agree. Every text can be shaped: characters that no
//! font has become counted boxes; invisible characters (joiners, variation selectors, direction marks) become nothing.
//! Text runs from left to right in logical order, also in right-to-left scripts.

use super::Font;
use super::face::{Face, PathSink, draw_outline};
use crate::geometry::Px;
use harfrust::{Buffer, ClusterLevel, Direction, GlyphId, GlyphInfo, GlyphPosition, ShapeOptions, ShaperFont};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// A single line of text, as glyphs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Font that the text was shaped with.
    pub font: Font,
    /// Glyphs in the order of the text. Glyphs of spaces have no outline.
    pub glyphs: Vec<Glyph>,
    /// Advance from the start of the first glyph to the end of the last.
    pub width: Px,
    /// Number of glyphs that are boxes.
    pub missing: usize,
}

/// A positioned glyph.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Glyph {
    /// Shape of the glyph.
    pub shape: GlyphShape,
    /// Horizontal distance of its origin from the run's start.
    pub x: Px,
    /// Height of its origin above the base line; not zero for some accents.
    pub rise: Px,
}

/// Shape of a glyph.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GlyphShape {
    /// Outline with this number in the font.
    Outline(u32),
    /// Box for a character that no font has: as high as a digit, [`GlyphShape::box_width`] wide with its margins.
    Box,
}

impl GlyphShape {
    /// Returns the advance of a box, margins included.
    pub fn box_width(font: Font) -> Px {
        Px::nearest(font.size.to_f64() * 0.625)
    }
}

/// Returns the width of `text`: the sum of its advances.
pub fn width(text: &str, font: Font) -> Px {
    shape(text, font).width
}

/// Shapes `text` as a single line: line breaks and tabs in it become spaces.
pub fn shape(text: &str, font: Font) -> Rc<Run> {
    CACHE.with_borrow_mut(|cache| cache.run(text, font))
}

/// Returns the height of a digit above the base line as rendered, for centring: whole pixels, because outlines are
/// fitted to them.
pub fn cap_height(font: Font) -> Px {
    CACHE.with_borrow_mut(|cache| cache.cap_height(font))
}

thread_local! {
    static CACHE: RefCell<ShapeCache> = const { RefCell::new(ShapeCache::new()) };
}

/// A thread's cache of shaped texts and heights. Entries depend only on their keys, so a cached result equals a new
/// one.
struct ShapeCache {
    runs: BTreeMap<Font, BTreeMap<Box<str>, Rc<Run>>>,
    count: usize,
    cap_heights: BTreeMap<Font, Px>,
}

/// Maximum cached runs of a thread, of about 500 bytes each: the texts of a few hundred charts.
const CACHED_RUNS: usize = 8192;
/// Maximum bytes of a text that is cached.
const MAX_CACHED_TEXT_BYTES: usize = 128;

impl ShapeCache {
    const fn new() -> Self {
        Self { runs: BTreeMap::new(), count: 0, cap_heights: BTreeMap::new() }
    }

    fn run(&mut self, text: &str, font: Font) -> Rc<Run> {
        if let Some(known) = self.runs.get(&font).and_then(|runs| runs.get(text)) {
            return known.clone();
        }
        let run = Rc::new(shaped(text, font));
        if text.len() <= MAX_CACHED_TEXT_BYTES {
            if self.count >= CACHED_RUNS {
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
        if let Some(Glyph { shape: GlyphShape::Outline(one), .. }) = self.run("1", font).glyphs.first() {
            draw_outline(*one, font, &mut top);
        }
        let height = Px::nearest(f64::from(top.0));
        if self.cap_heights.len() >= CACHED_RUNS {
            self.cap_heights.clear();
        }
        self.cap_heights.insert(font, height);
        height
    }
}

/// A path sink that finds the highest point of an outline of straight lines.
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

/// Shapes `text` for [`shape`], without the cache.
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
    // Fails only for a plan that does not fit the buffer, and both have the same script and direction.
    if harfrust::shape(&shaper, &mut buffer, options).is_ok() {
        for (info, position) in buffer.glyph_infos().iter().zip(buffer.glyph_positions()) {
            run.push(info, position);
        }
    }
    run
}

impl Run {
    fn push(&mut self, info: &GlyphInfo, position: &GlyphPosition) {
        let (shape, advance) = if info.glyph_id == GlyphId::NOTDEF.to_u32() {
            self.missing += 1;
            (GlyphShape::Box, GlyphShape::box_width(self.font))
        } else {
            (GlyphShape::Outline(info.glyph_id), Px::from_units(position.x_advance))
        };
        let x = self.width + Px::from_units(position.x_offset);
        self.glyphs.push(Glyph { shape, x, rise: Px::from_units(position.y_offset) });
        self.width += advance;
    }
}
