//! How the chart looks: colours, fonts and nothing that depends on data.
//!
//! Used by whatever places a shape. Text reaches 7:1 against the ground, secondary and amber text 4.5:1 (WCAG 2.2, 1.4.3 and 1.4.6);
//! the tests hold that.

use super::TextStyle;
use crate::request::Colour;
use crate::text::Font;

/// The colours of everything that is not a line of data.
#[derive(Debug, Clone, Copy)]
pub(super) struct Theme {
    /// What everything stands on.
    pub ground: Colour,
    /// Title, dates, names.
    pub text: Colour,
    /// Labels of axes, sub-title, and what is said of lines without data.
    pub secondary: Colour,
    /// Warnings.
    pub amber: Colour,
    /// Marker of a line without data.
    pub muted: Colour,
    /// Grid line at a value.
    pub grid_value: Colour,
    /// Grid line at a time.
    pub grid_time: Colour,
    /// Grid line where a day begins.
    pub grid_day: Colour,
    /// Zero line, tick marks and clock changes.
    pub axis: Colour,
}

/// Dark on white.
pub(super) const LIGHT: Theme = Theme {
    ground: Colour::rgb(0xffffff),
    text: Colour::rgb(0x16191f),
    secondary: Colour::rgb(0x5c6670),
    amber: Colour::rgb(0xa85400),
    muted: Colour::rgb(0xb4bac0),
    grid_value: Colour::rgb(0xe8eaed),
    grid_time: Colour::rgb(0xf1f2f4),
    grid_day: Colour::rgb(0xdcdfe3),
    axis: Colour::rgb(0xc2c7cc),
};

/// The headline.
pub(super) const TITLE: TextStyle = TextStyle { font: Font::semi_bold(15), colour: LIGHT.text };
/// The line below it.
pub(super) const SUB_TITLE: TextStyle = TextStyle { font: Font::regular(12), colour: LIGHT.secondary };
/// Values and times of the axes.
pub(super) const AXIS_LABEL: TextStyle = TextStyle { font: Font::regular(12), colour: LIGHT.secondary };
/// Dates below the times.
pub(super) const DATE: TextStyle = TextStyle { font: Font::semi_bold(12), colour: LIGHT.text };
/// Zone, unit, clock changes.
pub(super) const SMALL: TextStyle = TextStyle { font: Font::regular(11), colour: LIGHT.secondary };
/// Names in the legend.
pub(super) const ENTRY: TextStyle = TextStyle { font: Font::regular(12), colour: LIGHT.text };
/// Names of lines without data.
pub(super) const QUIET_ENTRY: TextStyle = TextStyle { font: Font::regular(12), colour: LIGHT.secondary };
/// What is wrong with some of the lines.
pub(super) const WARNING: TextStyle = TextStyle { font: Font::regular(12), colour: LIGHT.amber };
/// Said in the middle of an empty plot.
pub(super) const NOTHING: TextStyle = TextStyle { font: Font::semi_bold(15), colour: LIGHT.secondary };

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Contrast of two opaque colours as WCAG defines it, 1 to 21.
    pub fn contrast(a: Colour, b: Colour) -> f64 {
        let luminance = |c: Colour| {
            let [r, g, b] = linear(c);
            0.2126 * r + 0.7152 * g + 0.0722 * b
        };
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    /// Linear sRGB, 0 to 1.
    #[expect(clippy::disallowed_methods, reason = "a threshold with room around it, in no picture")]
    pub fn linear(colour: Colour) -> [f64; 3] {
        [colour.red, colour.green, colour.blue].map(|channel| {
            let c = f64::from(channel) / 255.0;
            if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
        })
    }

    #[test]
    fn text_can_be_read_on_the_ground() {
        for (colour, least) in [(LIGHT.text, 7.0), (LIGHT.secondary, 4.5), (LIGHT.amber, 4.5)] {
            assert!(contrast(colour, LIGHT.ground) >= least, "{colour}: {}", contrast(colour, LIGHT.ground));
        }
    }

    #[test]
    fn grid_lines_grow_stronger_from_time_to_value_to_day_to_zero() {
        let steps = [LIGHT.grid_time, LIGHT.grid_value, LIGHT.grid_day, LIGHT.axis].map(|c| contrast(c, LIGHT.ground));
        assert!(steps.is_sorted_by(|a, b| a < b), "{steps:?}");
    }
}
