//! Guarantees of text shaping for the chart and the renderer.

use super::face::Face;
use super::*;
use crate::geometry::Px;
use proptest::prelude::*;
use sha2::{Digest, Sha256};

const LABEL: Font = Font::regular(12);
const TITLE: Font = Font::semi_bold(15);

fn shapes(text: &str) -> Vec<GlyphShape> {
    shape(text, LABEL).glyphs.iter().map(|glyph| glyph.shape).collect()
}

/// The number of strokes of an outline.
#[derive(Default)]
struct Strokes(usize);

impl Strokes {
    fn of(glyph: u32, font: Font) -> usize {
        let mut strokes = Self::default();
        draw_outline(glyph, font, &mut strokes);
        strokes.0
    }
}

impl PathSink for Strokes {
    fn move_to(&mut self, _: f32, _: f32) {}
    fn line_to(&mut self, _: f32, _: f32) {
        self.0 += 1;
    }
    fn quad_to(&mut self, _: f32, _: f32, _: f32, _: f32) {
        self.0 += 1;
    }
    fn curve_to(&mut self, _: f32, _: f32, _: f32, _: f32, _: f32, _: f32) {
        self.0 += 1;
    }
    fn close(&mut self) {}
}

#[test]
fn the_embedded_fonts_match_the_checksums() {
    let sums = include_str!("../../fonts/SHA256SUMS");
    let fonts = [("PretendardJP-Regular.otf", face::REGULAR), ("PretendardJP-SemiBold.otf", face::SEMI_BOLD)];
    for (name, bytes) in fonts {
        let digest: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        assert!(sums.lines().any(|line| line == format!("{digest}  {name}")), "{name} {digest}");
    }
}

#[test]
fn all_digits_are_equally_wide() {
    for font in [LABEL, TITLE] {
        for digit in "023456789".chars() {
            assert_eq!(width(&digit.to_string(), font), width("1", font), "{digit} in {font}");
        }
    }
    assert_eq!(width("값 1111", LABEL), width("값 8888", LABEL));
}

#[test]
fn letters_are_kerned() {
    assert!(width("AV", LABEL) < width("A", LABEL) + width("V", LABEL));
}

#[test]
fn semi_bold_is_wider_than_regular_and_width_grows_with_the_size() {
    let text = "CPU Usage/Core[Basic]";
    assert!(width(text, Font::semi_bold(12)) > width(text, LABEL));
    let (small, large) = (width(text, Font::regular(10)).to_f64(), width(text, Font::regular(20)).to_f64());
    assert!((large / small - 2.0).abs() < 0.02, "{small} {large}");
}

#[test]
fn names_in_the_clients_languages_have_all_their_glyphs() {
    let names = [
        "CPU Usage/Core[Basic] 한글 日本語 ⚠ → µ °C",
        "한글 제목과 매우 긴 지표 이름",
        "Ä Ö ß é ñ ‰ − … · ± ≥ × 中文 Жук Ωμέγα",
        "<script>&\"'",
    ];
    for name in names {
        for font in [LABEL, TITLE] {
            assert_eq!(shape(name, font).missing, 0, "{name} in {font}");
        }
    }
}

#[test]
fn a_missing_glyph_is_a_counted_box_with_its_own_width() {
    let run = shape("a🚀b\u{5d0}", LABEL);
    assert_eq!(run.missing, 2);
    assert_eq!(run.glyphs.iter().filter(|glyph| glyph.shape == GlyphShape::Box).count(), 2);
    let advance = GlyphShape::box_width(LABEL);
    assert_eq!(run.width, width("ab", LABEL) + advance + advance);
}

#[test]
fn an_invisible_character_has_no_width_and_is_not_missing() {
    for hidden in ["\u{200d}", "\u{fe0f}", "\u{200e}", "\u{200f}", "\u{2066}", "\u{feff}", "\u{ad}", "\u{e0101}"] {
        let run = shape(&format!("a{hidden}b"), LABEL);
        assert_eq!((run.missing, run.width), (0, width("a", LABEL) + width("b", LABEL)), "{hidden:?}");
    }
    assert_eq!(shape("⚠\u{fe0f}", LABEL).missing, 0);
}

#[test]
fn tabs_and_line_breaks_are_spaces() {
    for space in ["\t", "\n", "\u{2028}", "\u{85}"] {
        assert_eq!(shape(&format!("a{space}b"), LABEL), shape("a b", LABEL), "{space:?}");
    }
}

#[test]
fn a_name_is_shown_as_it_is_written() {
    assert_eq!(shapes("a->b")[1..3], [shapes("-")[0], shapes(">")[0]]);
    assert_eq!(shapes("4x4")[1], shapes("x")[0]);
}

#[test]
fn hangul_in_single_letters_looks_like_hangul_in_syllables() {
    assert_eq!(shapes("CPU \u{1112}\u{1161}\u{11ab}\u{1100}\u{1173}\u{11af}"), shapes("CPU 한글"));
}

#[test]
fn accents_written_apart_look_like_accented_letters() {
    assert_eq!(shapes("e\u{301}"), shapes("é"));
}

#[test]
fn right_to_left_text_stays_in_logical_order() {
    let run = shape("שלום a", LABEL);
    assert_eq!((run.missing, run.glyphs.len()), (4, 6));
    assert!(run.glyphs.windows(2).all(|pair| pair[0].x < pair[1].x));
}

#[test]
fn an_empty_text_is_an_empty_run() {
    assert_eq!(*shape("", TITLE), Run { font: TITLE, glyphs: vec![], width: Px::ZERO, missing: 0 });
}

#[test]
fn the_cap_height_is_whole_pixels_near_seven_tenths_of_the_size() {
    for size in 8..40 {
        for font in [Font::regular(size), Font::semi_bold(size)] {
            let height = cap_height(font);
            assert_eq!(height, Px::whole(height.round()), "{font}");
            assert!((height.to_f64() - 0.707 * f64::from(size)).abs() < 1.25, "{font}: {height}");
        }
    }
}

/// A character map entry of the font therefore implies an outline, so shaping needs no check for it.
#[test]
fn only_spaces_and_hidden_characters_have_no_outline() {
    let hidden = ['\u{34f}', '\u{200b}', '\u{200c}', '\u{200d}', '\u{2060}', '\u{3164}', '\u{feff}'];
    for font in [LABEL, TITLE] {
        for (code, glyph) in Face::of(font.weight).font.charmap().unicodes() {
            let character = char::from_u32(code).unwrap();
            let blank = character.is_whitespace() || hidden.contains(&character);
            assert_eq!(Strokes::of(glyph.to_u32(), font) == 0, blank, "{font} U+{code:04X}");
        }
    }
}

proptest! {
    #[test]
    fn every_text_has_a_run(text in any::<String>(), size in 1..200_i32) {
        let run = shape(&text, Font::regular(size));
        prop_assert!(run.missing <= run.glyphs.len());
        prop_assert_eq!(run.missing, run.glyphs.iter().filter(|glyph| glyph.shape == GlyphShape::Box).count());
        prop_assert!(run.width >= Px::ZERO);
    }

    #[test]
    fn every_size_has_a_run(units in any::<i32>()) {
        shape("한 CPU 🚀", Font { weight: Weight::Regular, size: Px::from_units(units) });
    }

    #[test]
    fn text_in_odd_scripts_has_a_run(text in "[\u{0}-\u{20}\u{300}-\u{36f}\u{590}-\u{6ff}\u{900}-\u{97f}\u{1100}-\u{11ff}\u{200b}-\u{206f}\u{fe00}-\u{fe0f}\u{1f1e6}-\u{1f6ff}]{0,40}") {
        prop_assert!(width(&text, TITLE) >= Px::ZERO);
    }
}
