//! The two fonts inside the program, parsed once, and the outlines of their glyphs.
//!
//! Asked by shaping for the font and its plans, and by the painter for outlines. Outlines are fitted to the pixel grid vertically
//! only, so that horizontal stems are sharp and no glyph changes its width.

use super::{Font, Weight};
use harfrust::{Direction, Feature, Script, ShapePlan, Tag};
use skrifa::{DrawMemory, GlyphId, HintOptions, RasterTarget, ScalerFont};
use std::sync::LazyLock;

pub use skrifa::PathSink;

pub(super) const REGULAR: &[u8] = include_bytes!("../../fonts/PretendardJP-Regular.otf");
pub(super) const SEMI_BOLD: &[u8] = include_bytes!("../../fonts/PretendardJP-SemiBold.otf");

/// A font of one weight, ready to shape with and to draw from.
pub(super) struct Face {
    pub(super) font: skrifa::Font,
    pub(super) features: [Feature; 3],
    alphabetic: ShapePlan,
    syllabic: ShapePlan,
}

impl Face {
    /// The face of a weight.
    pub(super) fn of(weight: Weight) -> &'static Self {
        static REGULAR_FACE: LazyLock<Face> = LazyLock::new(|| Face::parse(REGULAR));
        static SEMI_BOLD_FACE: LazyLock<Face> = LazyLock::new(|| Face::parse(SEMI_BOLD));
        match weight {
            Weight::Regular => &REGULAR_FACE,
            Weight::SemiBold => &SEMI_BOLD_FACE,
        }
    }

    fn parse(bytes: &'static [u8]) -> Self {
        let font = skrifa::Font::new(bytes, 0).expect("the fonts inside the program are whole");
        let feature = |tag, value| Feature::new(Tag::new(tag), value, ..);
        // Digits of one width everywhere. The ligatures would show `->` as an arrow, and names are shown as they are written.
        let features = [feature(b"tnum", 1), feature(b"calt", 0), feature(b"clig", 0)];
        let plan = |script| ShapePlan::new(&font, Direction::LeftToRight, Some(script), None, &features);
        Self { alphabetic: plan(Script::LATIN), syllabic: plan(Script::HANGUL), features, font }
    }

    /// How to shape `text`: Hangul that is spelled in single letters needs them joined to syllables, all else is shaped alike.
    pub(super) fn plan(&self, text: &str) -> (&ShapePlan, Script) {
        let spelled = text.chars().any(|c| ('\u{1100}'..='\u{11ff}').contains(&c));
        if spelled { (&self.syllabic, Script::HANGUL) } else { (&self.alphabetic, Script::LATIN) }
    }

    /// Whether the font has a glyph for `character`.
    pub(super) fn has(&self, character: char) -> bool {
        self.font.charmap().map_unicode(character).is_some()
    }
}

/// Draws the outline of a glyph of [`Ink::Outline`](super::Ink::Outline) into `sink`: pixels, y upwards from the base line. A blank
/// glyph draws nothing.
pub fn draw_outline(glyph: u32, font: Font, sink: &mut impl PathSink) {
    let options = HintOptions::auto().with_target(RasterTarget::Light).with_preserve_linear_metrics(true);
    let scaler = ScalerFont::hinted(Face::of(font.weight).font.clone(), font.size.to_f64() as f32, options);
    if let Some(outline) = scaler.outline(GlyphId::new(glyph)) {
        // Err only for a broken glyph program; a test draws every glyph of both fonts.
        let _ = outline.draw(DrawMemory::Scratch, sink);
    }
}
