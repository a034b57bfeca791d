//! Assigns line styles to series: a colour, and a dash pattern where the colour alone is not distinct.
//!
//! Used by marks and legend. The palettes are distinct for readers with and without colour vision deficiency and
//! visible on the background; tests hold both. On screens all lines are solid; in print up to four series of one colour
//! differ by pattern.

use super::focus::Focus;
use super::scene::Dash;
use super::states;
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

/// Returns the style of each series: the requested colour, that of the state which its name (one of `names`) means, or
/// the next one of the palette.
///
/// A failed series keeps its palette entry, so that the others keep their colours when it recovers. With at most
/// `solid_lines` series of a theme all are solid: dashes on dense lines look like gaps. With more, series of one colour
/// differ by their dashes.
///
/// Series without emphasis in `focus` are grey and use no palette entry.
pub(super) fn line_styles(lines: &[Line], names: &[String], focus: &Focus, theme: &Theme) -> Vec<LineStyle> {
    let states = states::colours(names, theme);
    let mut line_styles: Vec<LineStyle> = Vec::with_capacity(lines.len());
    let mut from_palette = 0;
    for (index, line) in lines.iter().enumerate() {
        if !focus.is_emphasised[index] {
            line_styles.push(LineStyle { colour: theme.muted, pattern: Pattern::Solid });
            continue;
        }
        let of_state = states.as_ref().and_then(|states| states.get(index)).copied();
        let (colour, round) = line.colour.or(of_state).map_or_else(
            || {
                let place = from_palette;
                from_palette += 1;
                let colour = theme.palette.get(place % theme.palette.len().max(1)).copied();
                (colour.unwrap_or(theme.text), place / theme.solid_lines.max(1))
            },
            |colour| (colour, 0),
        );
        if lines.len() <= theme.solid_lines {
            line_styles.push(LineStyle { colour, pattern: Pattern::Solid });
            continue;
        }
        let patterns = Pattern::ALL.into_iter().cycle().skip(round % Pattern::ALL.len()).take(Pattern::ALL.len());
        let requested = patterns.map(|pattern| LineStyle { colour, pattern });
        let free = requested.clone().find(|style| !line_styles.contains(style));
        line_styles.extend(free.or_else(|| requested.clone().next()));
    }
    line_styles
}

#[cfg(test)]
mod tests;
