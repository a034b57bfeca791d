//! The value axis: from where to where, which values get a label, and what the labels say.
//!
//! Called by the layout with the extent of what is drawn; gives values and texts, no places. Whatever the extent, the axis is
//! finite, covers it, and its labels differ.

mod domain;
mod dual;
mod logarithm;
mod logarithmic;
mod requested_range;
mod step;

use super::labels::number::{Multiple, NOTHING, Scale, fixed};
use crate::request::{AxisOptions, AxisScale, Quantity, Unit};
use domain::Ends;
pub(super) use dual::value_axes;
use logarithm::log2;
use requested_range::Asked;
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

/// Of two numbers nearer to each other than this part of the larger, the difference is noise.
const NOISE: f64 = 1e-12;

/// Values below this, zero and negative ones have no place on a logarithmic axis.
pub(super) const LEAST_LOGARITHMIC: f64 = NOTHING;

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
    /// The value at the bottom; finite, above 0 where the axis is logarithmic.
    pub low: f64,
    /// The value at the top; finite, above `low`.
    pub high: f64,
    /// How values between them become heights.
    pub scale: AxisScale,
    /// Strictly increasing, between the ends; at least two from 60 px on, at most 12.
    pub ticks: Vec<ValueTick>,
    /// Values between the ticks that show how the axis is divided.
    pub minor: Vec<f64>,
    /// Multiple and unit, where the labels are too long to carry them.
    pub title: Option<String>,
}

impl ValueAxis {
    /// How far up `value` is: 0 at `low`, 1 at `high`. On a logarithmic axis what is not above zero is infinitely far down.
    pub fn share(&self, value: f64) -> f64 {
        self.shares()(value)
    }

    /// The same of many values. Halves first, since the ends may be further apart than a number can say.
    pub(super) fn shares(&self) -> impl Fn(f64) -> f64 + use<> {
        let scale = self.scale;
        let counted = move |value: f64| match scale {
            AxisScale::Linear => value / 2.0,
            AxisScale::Logarithmic => log2(value),
        };
        let low = counted(self.low);
        let whole = counted(self.high) - low;
        move |value| (counted(value) - low) / whole
    }
}

/// The axis for values between the two of `extent`, or for none, on a plot that is `plot_height` pixels high. The unit of `options`
/// is what the values are; without one the labels are plain numbers.
///
/// The step is the smallest round one that leaves easy distances; 4 to 6 labels on 250 to 300 px.
pub fn value_axis(extent: Option<(f64, f64)>, options: AxisOptions, plot_height: i32) -> ValueAxis {
    match (options.scale, extent) {
        (AxisScale::Logarithmic, Some(extent)) if extent.1 >= LEAST_LOGARITHMIC => {
            logarithmic::axis(extent, options, plot_height)
        }
        _ => {
            let linear = Linear::new(extent, options, plot_height);
            linear.axis(&Row::finest(&linear.ends, &linear.scale, plot_height))
        }
    }
}

/// Part of an axis that stays free beside the data: 5 %, and at least 6 px as long as that is not a quarter.
fn room(plot_height: i32) -> f64 {
    (6.0 / f64::from(plot_height.max(1))).clamp(0.05, 0.25)
}

/// What an axis in proportion has to respect.
struct Linear {
    scale: Scale,
    ends: Ends,
    asked: Asked,
    /// What it covers at least.
    extent: (f64, f64),
    /// The largest of it, whatever its sign, in counted numbers.
    magnitude: f64,
}

impl Linear {
    fn new(extent: Option<(f64, f64)>, options: AxisOptions, plot_height: i32) -> Self {
        let unit = options.unit.unwrap_or(Unit::NONE);
        let whole = if unit.quantity == Quantity::Percent { 100.0 } else { 1.0 };
        let asked = Asked::of(options);
        let (min, max) = asked.instead_of(extent.unwrap_or((0.0, 0.0)));
        let magnitude = min.abs().max(max.abs());
        let is_nothing = magnitude < NOTHING;
        let magnitude = if is_nothing { whole } else { magnitude };
        let scale = Scale::of(unit, magnitude);
        let counted = |value: f64| value * scale.factor;
        let cap = (unit.quantity == Quantity::Percent).then(|| counted(100.0));
        let room = room(plot_height);
        let ends = match (is_nothing, asked.max) {
            (true, None) => Ends::exact(0.0, counted(whole), cap, room),
            (true, Some(_)) => Ends::exact(counted(-whole), 0.0, cap, room),
            (false, _) => Ends::around(counted(min), counted(max), cap, room),
        };
        let ends = ends.asked(asked.min.map(counted), asked.max.map(counted));
        Self { ends, asked, extent: (min, max), magnitude: counted(magnitude), scale }
    }

    /// With the ends and the labels of `row`.
    fn axis(&self, row: &Row) -> ValueAxis {
        let (ticks, title) = row.ticks(&self.scale, self.magnitude);
        let (min, max) = self.extent;
        let low = self.asked.min.unwrap_or((row.low / self.scale.factor).max(f64::MIN).min(min));
        let high = self.asked.max.unwrap_or((row.high / self.scale.factor).min(f64::MAX).max(max));
        let within = |tick: ValueTick| ValueTick { value: tick.value.clamp(low, high), ..tick };
        let ticks = ticks.into_iter().map(within).collect();
        ValueAxis { low, high, scale: AxisScale::Linear, ticks, minor: Vec::new(), title }
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
        let ladder = step::ladder(scale.counting);
        let mut finest = Self::all(ends, Step::SMALLEST, scale)[0];
        // Larger steps move ends outwards at most, so these would leave far too many labels.
        let half = finest.high / 2.0 - finest.low / 2.0;
        let is_tiny = |step: &Step| step.size() * f64::from(MOST_LABELS) < half / 2.0;
        let steps = &ladder[ladder.partition_point(is_tiny)..];
        for &step in steps {
            let [best, ..] = Self::all(ends, step, scale);
            if best.count() >= 2.0 {
                finest = best;
                if is_easy(&best) || best.count() == 2.0 {
                    break;
                }
            }
        }
        let others = || steps.iter().flat_map(|&step| Self::all(ends, step, scale)).find(fits);
        // Ends that nothing moves may need labels at less than easy distances.
        let is_near = |row: &Self| {
            let distance = row.step.size() * f64::from(plot_height);
            row.count() >= f64::from(few)
                && row.count() <= f64::from(MOST_LABELS)
                && distance >= f64::from(LABEL_DISTANCE) * (row.high - row.low)
        };
        let near =
            || steps.iter().map(|&step| Self::all(ends, step, scale)[0]).filter(|_| ends.are_asked()).find(is_near);
        if fits(&finest) { finest } else { others().or_else(near).unwrap_or(finest) }
    }

    /// For both lower and both upper ends, the best first. None is beyond the largest number that a value can be.
    fn all(ends: &Ends, step: Step, scale: &Scale) -> [Self; 4] {
        let largest = f64::MAX * scale.factor;
        let row = |low: f64, high: f64| {
            let (low, high) = (low.max(-largest), high.min(largest));
            Self { low, high, step, first: step.above(low), last: step.below(high) }
        };
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
