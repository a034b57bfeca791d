//! Distances and widths on a time axis, in pixels.

use super::tick::{TimeRows, TimeTick};
use crate::geometry::Px;
use crate::request::{Language, Span};
use crate::text::Weight;

/// Minimum gap between two texts in a row, where a clock change or a year brings them together.
pub(super) const MIN_GAP: Px = Px::whole(8);

/// A span mapped to the width of a plot.
pub(super) struct Ruler<'a> {
    pub span: Span,
    /// Width of the plot; at least 0.
    pub plot_width: i32,
    pub language: Language,
    pub rows: TimeRows,
    pub width_of: &'a dyn Fn(&str, Weight) -> Px,
}

impl Ruler<'_> {
    /// Returns the length of `seconds`, at most a few spans, on the plot.
    pub fn distance(&self, seconds: i64) -> Px {
        let units = i128::from(seconds) * i128::from(self.plot_width) * i128::from(Px::PER_PIXEL);
        Px::from_units(i32::try_from(units / i128::from(self.span.seconds())).unwrap_or(i32::MAX))
    }

    pub fn width(&self, label: &str) -> Px {
        (self.width_of)(label, Weight::Regular)
    }

    /// Returns the instant of a tick and the width of its label, which is semi-bold where a day begins.
    pub fn extent(&self, tick: &TimeTick) -> (i64, Px) {
        let weight = if tick.new_day { Weight::SemiBold } else { Weight::Regular };
        (tick.at, (self.width_of)(&tick.label, weight))
    }

    /// Returns true if two texts, centred on two instants, keep the minimum gap.
    pub fn is_clear(&self, (left, left_width): (i64, Px), (right, right_width): (i64, Px)) -> bool {
        self.distance(right - left) >= (left_width + right_width).half() + MIN_GAP
    }

    /// Drops labels that would touch the one before; the start of a day replaces what it touches before it.
    pub fn thinned(&self, ticks: Vec<TimeTick>) -> Vec<TimeTick> {
        let mut kept: Vec<TimeTick> = Vec::with_capacity(ticks.len());
        for tick in ticks {
            let touches = |last: &TimeTick| !self.is_clear(self.extent(last), self.extent(&tick));
            while tick.new_day && kept.last().is_some_and(|last| !last.new_day && touches(last)) {
                kept.pop();
            }
            if !kept.last().is_some_and(touches) {
                kept.push(tick);
            }
        }
        kept
    }
}
