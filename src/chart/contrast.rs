//! Detects requested colours with too little contrast to the background.
//!
//! Also finds readable text colours for marks. The check only adds a note to the response; the chart is drawn in the requested colours. Contrast as WCAG 2.2
//! defines it, with `libm::pow`, which is the same on every machine.

use super::theme::Theme;
use crate::request::{Colour, ImageRequest};

/// Contrast below which a line is hardly visible.
const MIN_CONTRAST: f64 = 1.5;
/// Minimum contrast of text (WCAG 2.2, 1.4.3).
const READABLE: f64 = 4.5;

/// Returns the indexes of the metrics in `request` whose requested colour has a contrast below 1.5 to the background of
/// `theme`.
pub fn low_contrast(request: &ImageRequest, theme: &Theme) -> Vec<usize> {
    let has_low_contrast = |colour: Colour| contrast(over(colour, theme.ground), theme.ground) < MIN_CONTRAST;
    let metrics = request.query.metrics.iter().enumerate();
    metrics.filter(|(_, metric)| metric.colour.is_some_and(has_low_contrast)).map(|(index, _)| index).collect()
}

/// Returns a colour for text: that of a mark, moved towards the text colour of `theme` until it is readable.
pub(super) fn readable(colour: Colour, theme: &Theme) -> Colour {
    let mark = Colour { alpha: 255, ..colour };
    let towards_text = |percent: u32| {
        let mixed = |own: u8, text: u8| ((u32::from(own) * (100 - percent) + u32::from(text) * percent) / 100) as u8;
        let text = theme.text;
        let (red, green, blue) =
            (mixed(mark.red, text.red), mixed(mark.green, text.green), mixed(mark.blue, text.blue));
        Colour { red, green, blue, alpha: 255 }
    };
    let is_readable = |colour: &Colour| contrast(*colour, theme.ground) >= READABLE;
    (0..=10).map(|step| towards_text(step * 10)).find(is_readable).unwrap_or(theme.text)
}

/// Returns `colour` composited over the opaque `background`.
fn over(colour: Colour, background: Colour) -> Colour {
    let alpha = u32::from(colour.alpha);
    let mixed = |over: u8, under: u8| ((u32::from(over) * alpha + u32::from(under) * (255 - alpha) + 127) / 255) as u8;
    Colour {
        red: mixed(colour.red, background.red),
        green: mixed(colour.green, background.green),
        blue: mixed(colour.blue, background.blue),
        alpha: 255,
    }
}

/// Returns the contrast of two opaque colours, from 1 for equal ones to 21 (WCAG 2.2, "contrast ratio").
pub fn contrast(a: Colour, b: Colour) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

fn luminance(colour: Colour) -> f64 {
    let [red, green, blue] = [colour.red, colour.green, colour.blue].map(linear);
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

/// Returns the linear light, 0 to 1, of a channel of sRGB.
fn linear(channel: u8) -> f64 {
    let share = f64::from(channel) / 255.0;
    if share <= 0.04045 { share / 12.92 } else { libm::pow((share + 0.055) / 1.055, 2.4) }
}

#[cfg(test)]
mod tests {
    use super::super::compose::tests::Case;
    use super::super::theme::tests;
    use super::super::{DARK, LIGHT};
    use super::*;

    #[test]
    fn contrasts_match_wcag() {
        for (a, b) in [(0, 0xff_ffff), (0xff_ff00, 0xff_ffff), (0x1f_77b4, 0x18_1b1f), (0x50_187e, 0x07_0707)] {
            let (a, b) = (Colour::rgb(a), Colour::rgb(b));
            assert!((contrast(a, b) / tests::contrast(a, b) - 1.0).abs() < 1e-12, "{a} {b}");
        }
    }

    #[test]
    fn a_yellow_line_has_low_contrast_on_white_and_not_on_dark() {
        let line = |case: Case, name| case.line(name, |_| Some(1.0));
        let mut case = ["a", "b", "c"].into_iter().fold(Case::new("", 3600, "UTC"), line);
        case.request.query.metrics[0].colour = Some(Colour::rgb(0xff_ff00));
        case.request.query.metrics[1].colour = Some(Colour { alpha: 40, ..Colour::rgb(0) });
        assert_eq!(low_contrast(&case.request, &LIGHT), [0, 1]);
        assert_eq!(low_contrast(&case.request, &DARK), [1]);
    }
}
