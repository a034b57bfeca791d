//! The two embedded fonts, parsed once, and the outlines of their glyphs.
//!
//! `shape` uses the fonts and their shaping plans, the renderer uses the outlines. Outlines are fitted to the pixel
//! grid vertically only, so horizontal stems are sharp and glyph widths do not change.

use super::{Font, Weight};
use harfrust::{Direction, Feature, Script, ShapePlan, Tag};
use skrifa::{DrawMemory, GlyphId, HintOptions, RasterTarget, ScalerFont};
use std::sync::LazyLock;

pub use skrifa::PathSink;

pub(super) const REGULAR: &[u8] = include_bytes!("../../fonts/PretendardJP-Regular.otf");
pub(super) const SEMI_BOLD: &[u8] = include_bytes!("../../fonts/PretendardJP-SemiBold.otf");

/// A font of one weight, for shaping and drawing.
pub(super) struct Face {
    pub(super) font: skrifa::Font,
    pub(super) features: [Feature; 3],
    alphabetic: ShapePlan,
    syllabic: ShapePlan,
}

impl Face {
    /// Returns the face of a weight.
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
        // Tabular digits. Without ligatures, which would show `->` as an arrow: names are shown as written.
        let features = [feature(b"tnum", 1), feature(b"calt", 0), feature(b"clig", 0)];
        let plan = |script| ShapePlan::new(&font, Direction::LeftToRight, Some(script), None, &features);
        Self { alphabetic: plan(Script::LATIN), syllabic: plan(Script::HANGUL), features, font }
    }

    /// Returns the shaping plan for `text`: conjoining jamo need to be composed to Hangul syllables, all other text
    /// shares one plan.
    pub(super) fn plan(&self, text: &str) -> (&ShapePlan, Script) {
        let spelled = text.chars().any(|c| ('\u{1100}'..='\u{11ff}').contains(&c));
        if spelled { (&self.syllabic, Script::HANGUL) } else { (&self.alphabetic, Script::LATIN) }
    }

    /// Reports whether the font has a glyph for `character`.
    pub(super) fn has(&self, character: char) -> bool {
        self.font.charmap().map_unicode(character).is_some()
    }
}

/// Draws the outline of a glyph of [`GlyphShape::Outline`](super::GlyphShape::Outline) into `sink`: pixels, y upwards from the base line. A blank
/// glyph draws nothing.
pub fn draw_outline(glyph: u32, font: Font, sink: &mut impl PathSink) {
    let options = HintOptions::auto().with_target(RasterTarget::Light).with_preserve_linear_metrics(true);
    let scaler = ScalerFont::hinted(Face::of(font.weight).font.clone(), font.size.to_f64() as f32, options);
    if let Some(outline) = scaler.outline(GlyphId::new(glyph)) {
        // Fails only for a broken glyph program; a test draws every glyph of both fonts.
        let _ = outline.draw(DrawMemory::Scratch, sink);
    }
}
