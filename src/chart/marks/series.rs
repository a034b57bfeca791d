//! A series with its style, as the chart kinds draw it.

use super::line::Curve;
use crate::chart::palette::LineStyle;

/// A series to draw.
#[derive(Debug, Clone, Copy)]
pub(in crate::chart) struct SeriesMark<'a> {
    pub curve: &'a Curve,
    pub style: LineStyle,
    /// False for a grey series among emphasised ones.
    pub emphasised: bool,
}
