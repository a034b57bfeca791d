//! Assigns line styles to series: a colour, and a dash pattern where the colour alone is not distinct.
//!
//! Used by marks and legend. The palettes are distinct for readers with and without colour vision deficiency and
//! visible on the background; tests hold both. Up to four series of one colour differ by pattern, so 32 series of a
//! palette of eight are distinct.

use super::scene::Dash;
use super::theme::Theme;
use crate::geometry::Px;
use crate::request::{Colour, Scale};
use crate::series::Line;

/// The style that distinguishes a series from others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct LineStyle {
    /// Requested colour, or one of the palette.
    pub colour: Colour,
    /// Dash pattern.
    pub pattern: Pattern,
}

/// The distinction between series of one colour: gaps in lines, opacity of fills.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub(super) enum Pattern {
    Solid,
    Dashed,
    Dotted,
    DashDotted,
}

impl Pattern {
    /// All patterns, in the order of use.
    const ALL: [Self; 4] = [Self::Solid, Self::Dashed, Self::Dotted, Self::DashDotted];

    /// Returns strokes and gaps. A swatch, 14 pixels wide, shows each pattern whole.
    pub fn dash(self, scale: Scale) -> Dash {
        const DASHED: &[Px] = &[Px::whole(5), Px::whole(4)];
        const DOTTED: &[Px] = &[Px::whole(2), Px::whole(2)];
        const DASH_DOTTED: &[Px] = &[Px::whole(8), Px::whole(2), Px::whole(2), Px::whole(2)];
        let lengths = match self {
            Self::Solid => return Dash::default(),
            Self::Dashed => DASHED,
            Self::Dotted => DOTTED,
            Self::DashDotted => DASH_DOTTED,
        };
        Dash { lengths, scale }
    }

    /// Returns the opacity of a fill in percent of that of its colour.
    fn strength(self) -> u32 {
        match self {
            Self::Solid => 100,
            Self::Dashed => 66,
            Self::Dotted => 42,
            Self::DashDotted => 24,
        }
    }
}

impl LineStyle {
    /// Returns the fill colour with `percent` of its opacity, times the opacity of the pattern.
    pub fn fill(self, percent: u32) -> Colour {
        with_opacity(with_opacity(self.colour, self.pattern.strength()), percent)
    }
}

/// Returns the colour with `percent` of its opacity.
pub(super) fn with_opacity(colour: Colour, percent: u32) -> Colour {
    let alpha = (u32::from(colour.alpha) * percent + 50) / 100;
    Colour { alpha: u8::try_from(alpha).unwrap_or(u8::MAX), ..colour }
}

/// Returns the style of each series: the requested colour, or the next one of the palette.
///
/// A failed series keeps its palette entry, so that the others keep their colours when it recovers. The first
/// `solid_lines` series of a theme are solid, unless two share a colour.
pub(super) fn line_styles(lines: &[Line], theme: &Theme) -> Vec<LineStyle> {
    let mut line_styles: Vec<LineStyle> = Vec::with_capacity(lines.len());
    let mut from_palette = 0;
    for line in lines {
        let (colour, round) = line.colour.map_or_else(
            || {
                let place = from_palette;
                from_palette += 1;
                let colour = theme.palette.get(place % theme.palette.len().max(1)).copied();
                (colour.unwrap_or(theme.text), place / theme.solid_lines.max(1))
            },
            |colour| (colour, 0),
        );
        let patterns = Pattern::ALL.into_iter().cycle().skip(round % Pattern::ALL.len()).take(Pattern::ALL.len());
        let requested = patterns.map(|pattern| LineStyle { colour, pattern });
        let free = requested.clone().find(|style| !line_styles.contains(style));
        line_styles.extend(free.or_else(|| requested.clone().next()));
    }
    line_styles
}

#[cfg(test)]
mod tests;
