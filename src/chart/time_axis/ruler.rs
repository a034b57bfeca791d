//! Distances and widths on a time axis, in pixels.
//!
//! Texts are measured where they are drawn: centred, and moved inward at the ends of the space that labels have.

use super::tick::{TimeLabels, TimeRows, TimeTick};
use crate::geometry::Px;
use crate::request::Span;

/// Minimum gap between two texts in a row, where a clock change or a date brings them together; what drawing needs, and
/// two pixels that rounding to whole pixels may cost.
const MIN_GAP: Px = Px::whole(8);

/// A span mapped to the width of a plot.
pub(super) struct Ruler<'a> {
    pub span: Span,
    pub labels: TimeLabels<'a>,
}

impl Ruler<'_> {
    /// Returns the length of `seconds`, at most a few spans, on the plot.
    pub fn distance(&self, seconds: i64) -> Px {
        let width = i128::from(self.labels.plot_width.max(0));
        let units = i128::from(seconds) * width * i128::from(Px::PER_PIXEL);
        Px::from_units(i32::try_from(units / i128::from(self.span.seconds())).unwrap_or(i32::MAX))
    }

    pub fn width(&self, label: &str) -> Px {
        (self.labels.width_of)(label)
    }

    /// Returns the width of the space that labels have.
    pub fn space(&self) -> Px {
        Px::whole(self.labels.left + self.labels.plot_width + self.labels.right)
    }

    /// Returns the left and the right end of a text centred on an instant, from the left edge of the plot.
    fn ends(&self, centre: i64, text: &str) -> (Px, Px) {
        let width = self.width(text);
        let (first, end) = (Px::whole(-self.labels.left), Px::whole(self.labels.plot_width + self.labels.right));
        let left = (self.distance(centre - self.span.start()) - width.half()).min(end - width).max(first);
        (left, left + width)
    }

    /// Returns the text of a tick in the first row.
    pub fn first_line<'t>(&self, tick: &'t TimeTick) -> &'t str {
        match (&tick.date, self.labels.rows) {
            (Some(date), TimeRows::One) => date,
            _ => &tick.label,
        }
    }

    /// Returns true if the first line of two ticks keep the minimum gap.
    pub fn is_clear(&self, left: &TimeTick, right: &TimeTick) -> bool {
        let text = |tick| self.first_line(tick);
        self.are_clear((left.centre, text(left)), (right.centre, text(right)))
    }

    /// Returns true if two texts, centred on two instants, keep the minimum gap.
    pub fn are_clear(&self, left: (i64, &str), right: (i64, &str)) -> bool {
        self.ends(right.0, right.1).0 - self.ends(left.0, left.1).1 >= MIN_GAP
    }

    /// Drops labels that would touch the one before; the start of a day, and a date, replace what they touch before
    /// them. The first date stays.
    pub fn thinned(&self, ticks: Vec<TimeTick>) -> Vec<TimeTick> {
        let is_strong = |tick: &TimeTick| tick.new_day || tick.date.is_some() && self.labels.rows == TimeRows::One;
        let mut kept: Vec<TimeTick> = Vec::with_capacity(ticks.len());
        for tick in ticks {
            while is_strong(&tick) && kept.last().is_some_and(|last| !is_strong(last) && !self.is_clear(last, &tick)) {
                kept.pop();
            }
            if kept.last().is_none_or(|last| self.is_clear(last, &tick)) {
                kept.push(tick);
            }
        }
        kept
    }
}
