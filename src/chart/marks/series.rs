//! One series and its style.

use super::line::Curve;
use crate::chart::palette::LineStyle;

/// One line to be drawn.
#[derive(Debug, Clone, Copy)]
pub(in crate::chart) struct SeriesMark<'a> {
    /// Its values.
    pub curve: &'a Curve,
    /// How it is told apart.
    pub style: LineStyle,
}
