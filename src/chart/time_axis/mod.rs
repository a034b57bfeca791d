//! Time axes: the round local times that get a label, a date or a mark.
//!
//! Computed from the span and the width of the plot; positions follow in the layout. The span is never rounded, so that
//! the same instants have the same curve in every zone.

mod label;
mod ruler;
mod step;
mod tick;
mod zone;

pub use tick::{ChangeMark, RangeIn, TimeAxis, TimeLabels, TimeRows, TimeTick};
pub use zone::text as zone_text;

use crate::geometry::Px;
use crate::request::{Span, Zone};
use label::{LabelFormat, Offsets};
use ruler::Ruler;
use step::{LADDER, Rung, Step};

/// Maximum number of labels of an axis.
const MAX_LABELS: usize = 16;

/// Minimum distance between two minor ticks.
const MINOR_DISTANCE: Px = Px::whole(8);

/// Returns the axis of `span` with labels in the given space. Without a second row, labels carry dates themselves.
///
/// The step is the smallest of the ladder at which labels keep their gap (18 px between clock times and days, as in
/// uPlot; 16 px between months and years) and at most 16 fit. A month counts as a twelfth of 365.2425 days. The step
/// does not depend on the language. With one row, a date must leave enough space for all other labels. If fewer than
/// two ticks fall into the span, smaller steps are tried.
pub fn time_axis(span: Span, zone: &Zone, labels: TimeLabels<'_>) -> TimeAxis {
    let ruler = Ruler { span, labels };
    let rung = ruler.rung(zone);
    let format = LabelFormat::of(rung.step, &ruler);
    let ticks = match ruler.distance(span.seconds()) < ruler.width("00:00") {
        true => Vec::new(),
        false => ruler.ticks(rung.step, format, zone),
    };
    TimeAxis {
        minor: rung.minor.map_or_else(Vec::new, |step| ruler.minor(step, zone, &ticks)),
        changes: if rung.step.shows_clock_changes() { zone::changes(span, zone) } else { Vec::new() },
        ticks,
    }
}

impl Ruler<'_> {
    fn rung(&self, zone: &Zone) -> &'static Rung {
        let fits = |rung: &&Rung| {
            self.distance(rung.step.seconds()) >= LabelFormat::of(rung.step, self).distance(self)
                && self.span.seconds() / rung.step.seconds() < MAX_LABELS as i64
                && rung.step.instants(self.span, zone).len() <= MAX_LABELS
        };
        let is_even = |rung: &&Rung| self.labels.rows == TimeRows::One && fits(rung) && self.is_even(rung.step, zone);
        if let Some(even) = LADDER.iter().find(is_even) {
            return even;
        }
        let chosen = LADDER.iter().position(|rung| fits(&rung)).unwrap_or(LADDER.len() - 1);
        let downwards = LADDER[..=chosen].iter().rev();
        downwards.clone().find(|rung| rung.step.instants(self.span, zone).len() >= 2).unwrap_or(&LADDER[0])
    }

    /// Returns true if every instant has its label, also beside a date in the same row.
    fn is_even(&self, step: Step, zone: &Zone) -> bool {
        let format = LabelFormat::of(step, self);
        let ticks = self.ticks(step, format, zone);
        ticks.len() >= 2 && ticks.len() == self.labelled_instants(step, format, zone).len()
    }

    /// Returns the instants that get a label. The last day of a range has none if less of it is visible than its label
    /// needs.
    fn labelled_instants(&self, step: Step, format: LabelFormat, zone: &Zone) -> Vec<i64> {
        let mut instants = step.instants(self.span, zone);
        if format == LabelFormat::Day {
            instants.retain(|&at| self.distance(self.span.end() - at) >= self.width("Wed 28"));
        }
        instants
    }

    fn ticks(&self, step: Step, format: LabelFormat, zone: &Zone) -> Vec<TimeTick> {
        let instants = self.labelled_instants(step, format, zone);
        let labelled = |offsets| {
            let ticks = instants.iter().map(|&at| format.tick(at, self, zone, offsets)).collect();
            self.thinned(ticks)
        };
        let mut ticks = labelled(Offsets::Beside);
        if ticks.len() < instants.len() && self.labels.rows == TimeRows::Two {
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
