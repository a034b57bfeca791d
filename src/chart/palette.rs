//! Which line has which look: a colour, and a pattern where the colour alone does not tell it apart.
//!
//! Used by lines and legend. The colours can be told apart by eyes of every kind and seen on the ground; the tests hold both. Up to
//! four lines of one colour differ by their patterns; so do 32 lines of a palette of eight.

use super::scene::Dash;
use super::theme::Theme;
use crate::geometry::Px;
use crate::request::{Colour, Scale};
use crate::series::Line;

/// How a line is told apart from others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct LineStyle {
    /// As asked for, or of the palette.
    pub colour: Colour,
    /// What else tells it apart.
    pub pattern: Pattern,
}

/// What tells lines of one colour apart: gaps in what is a line, paleness of what is filled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub(super) enum Pattern {
    Solid,
    Dashed,
    Dotted,
    DashDotted,
}

impl Pattern {
    /// In the order in which they are used.
    const ALL: [Self; 4] = [Self::Solid, Self::Dashed, Self::Dotted, Self::DashDotted];

    /// Strokes and gaps. A legend's marker, 14 pixels wide, shows each of them whole.
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

    /// Percent of its colour's strength that a filled shape has.
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
    /// What a shape is filled with whose fill has `percent` of its colour's strength.
    pub fn fill(self, percent: u32) -> Colour {
        with_opacity(with_opacity(self.colour, self.pattern.strength()), percent)
    }
}

/// The same colour with `percent` of its strength.
pub(super) fn with_opacity(colour: Colour, percent: u32) -> Colour {
    let alpha = (u32::from(colour.alpha) * percent + 50) / 100;
    Colour { alpha: u8::try_from(alpha).unwrap_or(u8::MAX), ..colour }
}

/// The look of each line. Its colour is as asked for, or the next of the palette. A line that failed keeps its place, so that the
/// others look the same when it comes back. A theme's first lines are solid, but for two of one colour.
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
