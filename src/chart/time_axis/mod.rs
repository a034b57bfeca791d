//! Time axes: the round local times that get a label, a date or a mark.
//!
//! Computed from the span and the width of the plot; positions follow in the layout. The span is never rounded, so that
//! the same instants have the same curve in every zone.

mod label;
mod ruler;
mod step;
mod tick;
mod zone;

pub use tick::{ChangeMark, TimeAxis, TimeRows, TimeTick};
pub use zone::text as zone_text;

use crate::geometry::Px;
use crate::request::{Language, Span, Zone};
use crate::text::Weight;
use label::{LabelFormat, Offsets};
use ruler::{MIN_GAP, Ruler};
use step::{LADDER, Rung, Step};

/// Maximum number of labels of an axis.
const MAX_LABELS: usize = 16;

/// Minimum distance between two minor ticks.
const MINOR_DISTANCE: Px = Px::whole(8);

/// Pixels of the gap between two texts that rounding to whole pixels may cost.
const ROUNDING: Px = Px::whole(2);

/// Returns the axis of `span` on a plot of `plot_width` pixels. `width_of` measures texts in the font of the axis.
/// Without a second row, labels carry dates and years themselves.
///
/// The step is the smallest of the ladder at which labels keep their gap (18 px between clock times and days, as in
/// uPlot; 16 px between months and years, which contain more space) and at most 16 fit. A month counts as a twelfth of
/// 365.2425 days. The step does not depend on the language. With one row, the first date must leave enough space for
/// all other labels. If fewer than two ticks fall into the span, smaller steps are tried.
pub fn time_axis(
    span: Span,
    zone: &Zone,
    plot_width: i32,
    (language, rows): (Language, TimeRows),
    width_of: &dyn Fn(&str, Weight) -> Px,
) -> TimeAxis {
    let ruler = Ruler { span, plot_width: plot_width.max(0), language, rows, width_of };
    let rung = ruler.rung(zone);
    let format = ruler.format(rung.step);
    let ticks = match ruler.distance(span.seconds()) < ruler.width(format.specimen()) {
        true => Vec::new(),
        false => ruler.ticks(rung.step, format, zone),
    };
    TimeAxis {
        minor: rung.minor.map_or_else(Vec::new, |step| ruler.minor(step, zone, &ticks)),
        changes: if rung.step.is_within_a_day() { zone::changes(span, zone) } else { Vec::new() },
        ticks,
    }
}

impl Ruler<'_> {
    fn format(&self, step: Step) -> LabelFormat {
        LabelFormat::of(step, self.span, self.language, self.rows)
    }

    fn rung(&self, zone: &Zone) -> &'static Rung {
        let fits = |rung: &&Rung| {
            let format = self.format(rung.step);
            self.distance(rung.step.seconds()) >= self.width(format.specimen()) + format.gap()
                && self.span.seconds() / rung.step.seconds() < MAX_LABELS as i64
                && rung.step.instants(self.span, zone).len() <= MAX_LABELS
        };
        let is_even =
            |rung: &&Rung| self.rows == TimeRows::One && fits(rung) && self.has_space_for_year(rung.step, zone);
        if let Some(even) = LADDER.iter().find(is_even) {
            return even;
        }
        let chosen = LADDER.iter().position(|rung| fits(&rung)).unwrap_or(LADDER.len() - 1);
        let downwards = LADDER[..=chosen].iter().rev();
        downwards.clone().find(|rung| rung.step.instants(self.span, zone).len() >= 2).unwrap_or(&LADDER[0])
    }

    /// Returns true if the first date fits among the labels of one row without displacing any; at the edge it is moved
    /// inward.
    fn has_space_for_year(&self, step: Step, zone: &Zone) -> bool {
        let (ticks, end) = (self.ticks(step, self.format(step), zone), Px::whole(self.plot_width));
        let ends = |tick: &TimeTick| {
            let is_bold = tick.date.is_some() || tick.new_day;
            let weight = if is_bold { Weight::SemiBold } else { Weight::Regular };
            let width = (self.width_of)(tick.date.as_ref().unwrap_or(&tick.label), weight);
            let left = (self.distance(tick.at - self.span.start()) - width.half()).min(end - width).max(Px::ZERO);
            (left, left + width)
        };
        let are_clear = |pair: &[TimeTick]| ends(&pair[1]).0 - ends(&pair[0]).1 >= MIN_GAP + ROUNDING;
        ticks.len() >= 2 && ticks.len() == step.instants(self.span, zone).len() && ticks.windows(2).all(are_clear)
    }

    fn ticks(&self, step: Step, format: LabelFormat, zone: &Zone) -> Vec<TimeTick> {
        let instants = step.instants(self.span, zone);
        let labelled = |offsets| {
            let ticks = instants.iter().map(|&at| format.tick(at, zone, offsets)).collect();
            self.thinned(ticks)
        };
        let mut ticks = labelled(Offsets::Beside);
        if ticks.len() < instants.len() && self.rows == TimeRows::Two {
            let below = labelled(Offsets::Below);
            ticks = if below.len() > ticks.len() { below } else { ticks };
        }
        format.date(&mut ticks, self, zone);
        ticks
    }

    fn minor(&self, step: Step, zone: &Zone, ticks: &[TimeTick]) -> Vec<i64> {
        if self.distance(step.seconds()) < MINOR_DISTANCE {
            return Vec::new();
        }
        let mut minor = step.instants(self.span, zone);
        minor.retain(|at| ticks.iter().all(|tick| tick.at != *at));
        minor.dedup_by(|next, last| self.distance(*next - *last) < MINOR_DISTANCE);
        minor
    }
}

#[cfg(test)]
mod tests;
