//! Chooses the series that a chart of many series emphasises: the others become thin grey lines below them, because
//! nobody can follow thirty colours.

use super::marks::line::Curve;
use super::theme::Theme;
use crate::request::Kind;
use crate::series::Line;

/// Number of emphasised series.
const EMPHASISED: usize = 6;

/// The emphasis of each series of a chart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Focus {
    /// True for a series in its own colour, false for a grey one.
    pub is_emphasised: Vec<bool>,
}

impl Focus {
    /// Returns the focus on the series with the largest maximum, if at least `focus_from` of the theme have no requested
    /// colour. Series with a requested colour, and kinds that fill, need no focus.
    pub fn new(lines: &[Line], curves: &[Curve], kind: Kind, theme: &Theme) -> Self {
        let plain: Vec<usize> = (0..lines.len()).filter(|&index| lines[index].colour.is_none()).collect();
        let mut is_emphasised = vec![true; lines.len()];
        let is_filled = match kind {
            Kind::Stacked | Kind::Bar => true,
            Kind::Line | Kind::Area | Kind::Step | Kind::Band => false,
        };
        if is_filled || plain.len() < theme.focus_from {
            return Self { is_emphasised };
        }
        let maximum = |index: usize| curves[index].extent().map(|(_, high)| high);
        let mut by_maximum: Vec<(usize, f64)> =
            plain.iter().filter_map(|&index| Some((index, maximum(index)?))).collect();
        by_maximum.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        for &(index, _) in by_maximum.iter().skip(EMPHASISED) {
            is_emphasised[index] = false;
        }
        Self { is_emphasised }
    }

    /// Returns the number of grey series.
    pub fn others(&self) -> usize {
        self.is_emphasised.iter().filter(|emphasised| !**emphasised).count()
    }

    /// Returns the items of the emphasised series.
    pub fn of<T>(&self, items: Vec<T>) -> Vec<T> {
        items
            .into_iter()
            .zip(&self.is_emphasised)
            .filter(|(_, emphasised)| **emphasised)
            .map(|(item, _)| item)
            .collect()
    }
}
