//! Colours and text sizes of a chart; nothing here depends on data.
//!
//! In the built-in themes text has a contrast of 7 to the background, secondary and warning text of 4.5 (WCAG 2.2,
//! 1.4.3 and 1.4.6); tests hold that. `templates/` holds the same themes as files.

use super::scene::TextStyle;
use crate::geometry::Px;
use crate::request::Colour;
use crate::text::{Font, Weight};
use std::borrow::Cow;

/// All colours and text sizes of a chart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Theme {
    /// Background of the image; opaque.
    pub ground: Colour,
    /// Title, dates and series names.
    pub text: Colour,
    /// Axis labels, sub-title, and names of series without data.
    pub secondary: Colour,
    /// Warnings.
    pub amber: Colour,
    /// Swatch of a series without data.
    pub muted: Colour,
    /// Grid line at a value.
    pub grid_value: Colour,
    /// Grid line at a time.
    pub grid_time: Colour,
    /// Grid line at the start of a day.
    pub grid_day: Colour,
    /// Zero line, tick marks and clock changes.
    pub axis: Colour,
    /// Colours of series without a requested colour, in this order; at least one.
    pub palette: Cow<'static, [Colour]>,
    /// Colours of names such as `2xx` and `5xx` or `ok` and `critical`: good, neutral, warning, critical; `None` to use
    /// the palette.
    pub states: Option<[Colour; 4]>,
    /// Number of series up to which none is dashed; each further round through the palette uses the next dash pattern.
    pub solid_lines: usize,
    /// Number of series without a requested colour from which only some are emphasised.
    pub focus_from: usize,
    /// Maximum number of lines with labels at their ends instead of a legend.
    pub direct_labels: usize,
    /// Text sizes.
    pub sizes: Sizes,
    /// Enlargement of texts, strokes and spaces in large images.
    pub text_scaling: TextScaling,
    /// Weight of the title, and of "no data" in an empty plot.
    pub title_weight: Weight,
}

/// Enlargement of texts, strokes and spaces in images larger than 600 × 400 pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextScaling {
    /// By the square root of the area, up to twice: readable where the image is shown smaller.
    WithImage,
    /// None.
    Fixed,
}

/// Text sizes in whole pixels of the em square, and spacing. The three smaller sizes fit legend rows, which are 18
/// pixels high.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Sizes {
    pub title: i32,
    pub sub_title: i32,
    /// Axis labels, dates, legend and warnings.
    pub label: i32,
    /// Zone, unit, clock changes, annotations and footer.
    pub small: i32,
    /// Percent of the usual free pixels around and between the parts of an image of at least 360 × 260 pixels.
    pub spacing: i32,
}

/// Number of solid lines of a theme for screens, which dashes only more lines than a request has metrics.
const MAX_SOLID: usize = 100;

/// Dark text on white.
pub const LIGHT: Theme = Theme {
    ground: Colour::rgb(0xffffff),
    text: Colour::rgb(0x16191f),
    secondary: Colour::rgb(0x5c6670),
    amber: Colour::rgb(0xa85400),
    muted: Colour::rgb(0xb4bac0),
    grid_value: Colour::rgb(0xe8eaed),
    grid_time: Colour::rgb(0xf1f2f4),
    grid_day: Colour::rgb(0xdcdfe3),
    axis: Colour::rgb(0xc2c7cc),
    palette: Cow::Borrowed(&[
        Colour::rgb(0x2462d1),
        Colour::rgb(0xb24b00),
        Colour::rgb(0x099a87),
        Colour::rgb(0x943a82),
        Colour::rgb(0xa88c06),
        Colour::rgb(0xca5e7d),
        Colour::rgb(0x50834a),
        Colour::rgb(0x8c7ce3),
        Colour::rgb(0x163b7d),
        Colour::rgb(0x6b2d00),
        Colour::rgb(0x055c51),
        Colour::rgb(0x59234e),
        Colour::rgb(0x655404),
        Colour::rgb(0x79384b),
        Colour::rgb(0x304f2c),
        Colour::rgb(0x544a88),
    ]),
    states: Some([Colour::rgb(0x168a5a), Colour::rgb(0x2462d1), Colour::rgb(0xb07d00), Colour::rgb(0xb3261e)]),
    solid_lines: MAX_SOLID,
    focus_from: 13,
    direct_labels: 5,
    sizes: SIZES,
    text_scaling: TextScaling::WithImage,
    title_weight: Weight::SemiBold,
};

/// Light text on nearly black.
pub const DARK: Theme = Theme {
    ground: Colour::rgb(0x181b1f),
    text: Colour::rgb(0xd4d4e0),
    secondary: Colour::rgb(0x9da2ac),
    amber: Colour::rgb(0xf0a040),
    muted: Colour::rgb(0x5a6068),
    grid_value: Colour::rgb(0x2d3034),
    grid_time: Colour::rgb(0x24272c),
    grid_day: Colour::rgb(0x373a40),
    axis: Colour::rgb(0x4d5056),
    palette: Cow::Borrowed(&[
        Colour::rgb(0x6da0db),
        Colour::rgb(0xdb5927),
        Colour::rgb(0x0fccb9),
        Colour::rgb(0xbc5b97),
        Colour::rgb(0xcaa70b),
        Colour::rgb(0x7572dc),
        Colour::rgb(0x169c5d),
        Colour::rgb(0xe47f8f),
        Colour::rgb(0xafcbeb),
        Colour::rgb(0xeba488),
        Colour::rgb(0x7be3d8),
        Colour::rgb(0xdaa5c6),
        Colour::rgb(0xe2cf79),
        Colour::rgb(0xb3b1ec),
        Colour::rgb(0x7fc9a6),
        Colour::rgb(0xf0b9c1),
    ]),
    states: Some([Colour::rgb(0x169c5d), Colour::rgb(0x6da0db), Colour::rgb(0xe0b400), Colour::rgb(0xf2555a)]),
    ..LIGHT
};

/// Greys on white, for printers without colour: every line but the first is dashed.
pub const PRINT: Theme = Theme {
    text: Colour::rgb(0x000000),
    secondary: Colour::rgb(0x4a4a4a),
    amber: Colour::rgb(0x000000),
    muted: Colour::rgb(0xb0b0b0),
    grid_value: Colour::rgb(0xe4e4e4),
    grid_time: Colour::rgb(0xeeeeee),
    grid_day: Colour::rgb(0xd4d4d4),
    axis: Colour::rgb(0xa8a8a8),
    palette: Cow::Borrowed(&[
        Colour::rgb(0x000000),
        Colour::rgb(0x707070),
        Colour::rgb(0x3a3a3a),
        Colour::rgb(0x929292),
    ]),
    states: None,
    solid_lines: 1,
    ..LIGHT
};

/// Built-in themes by name.
pub const BUILT_IN: [(&str, Theme); 3] = [("light", LIGHT), ("dark", DARK), ("print", PRINT)];

const SIZES: Sizes = Sizes { title: 15, sub_title: 12, label: 12, small: 12, spacing: 100 };

impl Theme {
    /// Returns the theme for a transparent background: grid and axis lines are black or white with an alpha that gives
    /// the usual colours on the usual background, so that they adapt to the page.
    pub(super) fn over_page(&self) -> Self {
        let channels = |colour: Colour| [colour.red, colour.green, colour.blue].map(i32::from);
        let ground = channels(self.ground);
        let extreme = if ground.iter().sum::<i32>() > 3 * 127 { 0 } else { 255 };
        let adapted = |line: Colour| {
            let away = |from: [i32; 3]| from.iter().zip(ground).map(|(channel, ground)| (channel - ground).abs()).sum();
            let (part, whole): (i32, i32) = (away(channels(line)), away([extreme; 3]));
            let alpha = (255 * part + whole / 2) / whole.max(1);
            let level = extreme as u8;
            Colour { red: level, green: level, blue: level, alpha: u8::try_from(alpha).unwrap_or(u8::MAX) }
        };
        Self {
            grid_value: adapted(self.grid_value),
            grid_time: adapted(self.grid_time),
            grid_day: adapted(self.grid_day),
            axis: adapted(self.axis),
            ..self.clone()
        }
    }

    /// Returns the style of the title.
    pub(super) fn title(&self) -> TextStyle {
        style(self.title_weight, self.sizes.title, self.text)
    }

    /// Returns the style of the sub-title.
    pub(super) fn sub_title(&self) -> TextStyle {
        style(Weight::Regular, self.sizes.sub_title, self.secondary)
    }

    /// Returns the style of values and times at the axes.
    pub(super) fn axis_label(&self) -> TextStyle {
        style(Weight::Regular, self.sizes.label, self.secondary)
    }

    /// Returns the style of zone, unit and clock changes.
    pub(super) fn small(&self) -> TextStyle {
        style(Weight::Regular, self.sizes.small, self.secondary)
    }

    /// Returns the style of names in the legend.
    pub(super) fn entry(&self) -> TextStyle {
        style(Weight::Regular, self.sizes.label, self.text)
    }

    /// Returns the style of names of series without data.
    pub(super) fn secondary_entry(&self) -> TextStyle {
        style(Weight::Regular, self.sizes.label, self.secondary)
    }

    /// Returns the style of warnings.
    pub(super) fn warning(&self) -> TextStyle {
        style(Weight::Regular, self.sizes.label, self.amber)
    }

    /// Returns the style of "no data" in an empty plot.
    pub(super) fn nothing(&self) -> TextStyle {
        style(self.title_weight, self.sizes.title, self.secondary)
    }
}

fn style(weight: Weight, pixels: i32, colour: Colour) -> TextStyle {
    TextStyle { font: Font { weight, size: Px::whole(pixels) }, colour }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Returns the contrast of two opaque colours as WCAG defines it, 1 to 21.
    pub fn contrast(a: Colour, b: Colour) -> f64 {
        let luminance = |c: Colour| {
            let [r, g, b] = linear(c);
            0.2126 * r + 0.7152 * g + 0.0722 * b
        };
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    /// Returns linear sRGB, 0 to 1 per channel.
    #[expect(clippy::disallowed_methods, reason = "checks a bound with tolerance; draws nothing")]
    pub fn linear(colour: Colour) -> [f64; 3] {
        [colour.red, colour.green, colour.blue].map(|channel| {
            let c = f64::from(channel) / 255.0;
            if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
        })
    }

    #[test]
    fn text_has_enough_contrast_to_the_background() {
        for theme in [LIGHT, DARK, PRINT] {
            for (colour, min_contrast) in [(theme.text, 7.0), (theme.secondary, 4.5), (theme.amber, 4.5)] {
                assert!(contrast(colour, theme.ground) >= min_contrast, "{colour}: {}", contrast(colour, theme.ground));
            }
        }
    }

    #[test]
    fn grid_lines_grow_stronger_from_time_to_value_to_day_to_zero() {
        for theme in [LIGHT, DARK, PRINT] {
            let lines = [theme.grid_time, theme.grid_value, theme.grid_day, theme.axis];
            let steps = lines.map(|line| contrast(line, theme.ground));
            assert!(steps.is_sorted_by(|a, b| a < b), "{steps:?}");
        }
    }

    #[test]
    fn grid_lines_are_a_tenth_from_the_background_to_black_or_white_and_zero_a_quarter() {
        for (theme, extreme) in [(LIGHT, 0.0), (DARK, 255.0)] {
            let part = |line: Colour| {
                let [background, line] =
                    [theme.ground, line].map(|c| f64::from(c.red) + f64::from(c.green) + f64::from(c.blue));
                (line - background) / (3.0 * extreme - background)
            };
            let (grid, zero) = (part(theme.grid_value), part(theme.axis));
            assert!((0.075..=0.1).contains(&grid) && (0.2..=0.25).contains(&zero), "{grid} {zero}");
        }
    }

    #[test]
    fn lines_over_a_page_have_an_alpha_that_gives_their_colour_on_the_usual_background() {
        for theme in [LIGHT, DARK, PRINT] {
            let page = theme.over_page();
            for (line, usual) in [(page.grid_value, theme.grid_value), (page.axis, theme.axis)] {
                let share = f64::from(line.alpha) / 255.0;
                let seen = f64::from(line.red) * share + f64::from(theme.ground.red) * (1.0 - share);
                assert!(line.alpha < 100 && (seen - f64::from(usual.red)).abs() < 6.0, "{line} {usual} {seen}");
            }
        }
    }

    #[test]
    fn the_dark_theme_is_no_inversion_and_its_background_is_not_black() {
        let inverted = |c: Colour| Colour { red: 255 - c.red, green: 255 - c.green, blue: 255 - c.blue, ..c };
        assert!(
            DARK.palette
                .iter()
                .all(|&colour| !LIGHT.palette.iter().any(|&light| inverted(light) == colour || light == colour))
        );
        assert!(contrast(DARK.ground, Colour::rgb(0)) > 1.1 && DARK.text != inverted(LIGHT.text));
    }
}
