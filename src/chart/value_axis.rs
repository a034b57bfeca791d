//! The value axis: from where to where, which values get a label, and what the labels say.
//!
//! Called by the layout with the extent of what is drawn; gives values and texts, no places. Whatever the extent, the axis is
//! finite, covers it, and its labels differ.

mod ends;
mod step;

use crate::chart::number::{Multiple, NOTHING, Scale, fixed};
use crate::request::{Quantity, Unit};
use ends::Ends;
use step::Step;

/// Least distance between neighbouring labels, in pixels.
const LABEL_DISTANCE: i32 = 30;

/// Distance that neighbouring labels have at least where the plot is large enough, in pixels.
const EASY_DISTANCE: i32 = 50;

/// Up to so many intervals, labels may be as near as the least distance.
const ENOUGH_INTERVALS: i32 = 5;

/// Most labels of an axis.
const MOST_LABELS: i32 = 12;

/// Fewer labels than that are few on a plot with room for more.
const FEW_LABELS: i32 = 4;

/// Characters of a label above which the unit moves into the title of the axis.
const LABEL_CHARS: usize = 11;

/// A labelled value.
#[derive(Debug, Clone, PartialEq)]
pub struct ValueTick {
    /// In the unit of what is drawn.
    pub value: f64,
    /// Its text.
    pub label: String,
}

/// What a value axis shows.
#[derive(Debug, Clone, PartialEq)]
pub struct ValueAxis {
    /// The value at the bottom; finite.
    pub low: f64,
    /// The value at the top; finite, above `low`.
    pub high: f64,
    /// Strictly increasing, between the ends; at least two from 60 px on, at most 12.
    pub ticks: Vec<ValueTick>,
    /// Multiple and unit, where the labels are too long to carry them.
    pub title: Option<String>,
}

impl ValueAxis {
    /// How far up `value` is: 0 at `low`, 1 at `high`. Halves first, since the ends may be further apart than a number can say.
    pub fn share(&self, value: f64) -> f64 {
        let low = self.low / 2.0;
        (value / 2.0 - low) / (self.high / 2.0 - low)
    }
}

/// The axis for values between the two of `extent`, or for none, on a plot that is `plot_height` pixels high. Without a unit the
/// labels are plain numbers.
///
/// The step is the smallest round one that leaves easy distances; 4 to 6 labels on 250 to 300 px.
pub fn value_axis(extent: Option<(f64, f64)>, unit: Option<Unit>, plot_height: i32) -> ValueAxis {
    let unit = unit.unwrap_or(Unit::NONE);
    let whole = if unit.quantity == Quantity::Percent { 100.0 } else { 1.0 };
    let (min, max) = extent.unwrap_or((0.0, 0.0));
    let magnitude = min.abs().max(max.abs());
    let is_nothing = magnitude < NOTHING;
    let magnitude = if is_nothing { whole } else { magnitude };
    let scale = Scale::of(unit, magnitude);
    let counted = |value: f64| value * scale.factor;
    let cap = (unit.quantity == Quantity::Percent).then(|| counted(100.0));
    let room = (6.0 / f64::from(plot_height.max(1))).clamp(0.05, 0.25);
    let ends = match is_nothing {
        true => Ends::exact(0.0, counted(whole), room),
        false => Ends::around(counted(min), counted(max), cap, room),
    };
    let row = Row::finest(&ends, &scale, plot_height);
    let (ticks, title) = row.ticks(&scale, counted(magnitude));
    ValueAxis {
        low: (row.low / scale.factor).max(f64::MIN).min(min),
        high: (row.high / scale.factor).min(f64::MAX).max(max),
        ticks,
        title,
    }
}

/// An axis with labels at every step, in counted numbers.
#[derive(Clone, Copy)]
struct Row {
    low: f64,
    high: f64,
    step: Step,
    /// The lowest and the highest label, in steps from zero.
    first: f64,
    last: f64,
}

impl Row {
    /// The one with the smallest step whose labels are far enough apart, but never with fewer than two. It has the best ends of
    /// its step, unless that leaves few labels and other ends allow a smaller step.
    fn finest(ends: &Ends, scale: &Scale, plot_height: i32) -> Self {
        let intervals = (plot_height / EASY_DISTANCE).max((plot_height / LABEL_DISTANCE).min(ENOUGH_INTERVALS));
        let most = intervals.clamp(1, MOST_LABELS - 1) + 1;
        let few = (most / 2 + 1).min(FEW_LABELS);
        let is_easy = |row: &Self| {
            let distance = row.step.size() * f64::from(plot_height);
            row.count() <= f64::from(most) && distance >= f64::from(LABEL_DISTANCE) * (row.high - row.low)
        };
        let fits = |row: &Self| is_easy(row) && row.count() >= f64::from(few);
        let steps = step::ladder(scale.counting);
        let mut finest = Self::all(ends, Step::SMALLEST)[0];
        for &step in &steps {
            let [best, ..] = Self::all(ends, step);
            if best.count() >= 2.0 {
                finest = best;
                if is_easy(&best) || best.count() == 2.0 {
                    break;
                }
            }
        }
        let others = || steps.iter().flat_map(|&step| Self::all(ends, step)).find(fits);
        if fits(&finest) { finest } else { others().unwrap_or(finest) }
    }

    /// For both lower and both upper ends, the best first.
    fn all(ends: &Ends, step: Step) -> [Self; 4] {
        let row = |low, high| Self { low, high, step, first: step.above(low), last: step.below(high) };
        let [best, other] = ends.lows(step).map(|low| ends.highs(step, low).map(|high| row(low, high)));
        [best[0], best[1], other[0], other[1]]
    }

    /// How many labels it has.
    fn count(&self) -> f64 {
        self.last - self.first + 1.0
    }

    /// The ticks, all in one multiple with the same decimals, and the title.
    fn ticks(&self, scale: &Scale, magnitude: f64) -> (Vec<ValueTick>, Option<String>) {
        let multiple = self.multiple(scale, magnitude);
        let decimals = self.step.decimals(multiple.size);
        let steps = std::iter::successors(Some(self.first), |steps| Some(steps + 1.0)).take(MOST_LABELS as usize);
        let numbers = steps.take_while(|&steps| steps <= self.last).map(|steps| self.step.times(steps));
        let mut ticks: Vec<ValueTick> = numbers
            .map(|number| {
                let label = if number == 0.0 { "0".to_owned() } else { fixed(number / multiple.size, decimals) };
                ValueTick { value: number / scale.factor, label }
            })
            .filter(|tick| tick.value.is_finite())
            .collect();
        let suffix = &multiple.suffix;
        let longest = ticks.iter().map(|tick| tick.label.chars().count()).max().unwrap_or(0);
        if longest + suffix.chars().count() > LABEL_CHARS && !suffix.is_empty() {
            return (ticks, Some(suffix.trim_start().to_owned()));
        }
        ticks.iter_mut().filter(|tick| tick.value != 0.0).for_each(|tick| tick.label += suffix);
        (ticks, None)
    }

    /// The largest that numbers up to `magnitude` reach and in which the labels stay short.
    fn multiple<'a>(&self, scale: &'a Scale, magnitude: f64) -> &'a Multiple {
        let reads_well = |multiple: &&Multiple| {
            multiple.size <= magnitude && self.step.decimals(multiple.size) <= multiple.most_decimals
        };
        scale.multiples.iter().rev().find(reads_well).unwrap_or(&scale.multiples[0])
    }
}

#[cfg(test)]
mod tests;
