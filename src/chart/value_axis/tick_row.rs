//! Labels at every step between the ends of an axis.

use super::axis::ValueTick;
use super::domain::Domain;
use super::spacing::{EASY_DISTANCE, ENOUGH_INTERVALS, FEW_LABELS, LABEL_CHARS, LABEL_DISTANCE, MAX_LABELS};
use super::step::{self, Step};
use crate::chart::labels::number::{Multiple, Scale, fixed, grouped};

/// A linear axis with labels at every step, in counted numbers.
#[derive(Clone, Copy)]
pub(super) struct TickRow {
    pub low: f64,
    pub high: f64,
    pub step: Step,
    /// Lowest and highest label, in steps from zero.
    pub first: f64,
    pub last: f64,
}

impl TickRow {
    /// Returns the row with the smallest step whose labels are far enough apart, with at least two labels. It has the
    /// best ends of its step, unless those leave few labels and other ends, or a step between the usual ones, allow a
    /// smaller step.
    pub fn finest(domain: &Domain, scale: &Scale, plot_height: i32) -> Self {
        let intervals = (plot_height / EASY_DISTANCE).max((plot_height / LABEL_DISTANCE).min(ENOUGH_INTERVALS));
        let max_labels = intervals.clamp(1, MAX_LABELS - 1) + 1;
        let min_labels = (max_labels / 2 + 1).min(FEW_LABELS);
        let is_easy = |row: &Self| {
            let distance = row.step.size() * f64::from(plot_height);
            row.count() <= f64::from(max_labels) && distance >= f64::from(LABEL_DISTANCE) * (row.high - row.low)
        };
        let fits = |row: &Self| is_easy(row) && row.count() >= f64::from(min_labels);
        let ladder = step::ladder(scale.counting);
        let mut finest = Self::all(domain, Step::smallest(scale.counting), scale)[0];
        // A larger step moves the ends outwards at most, so these steps would leave far too many labels.
        let half = finest.high / 2.0 - finest.low / 2.0;
        let is_tiny = |step: &Step| step.size() * f64::from(MAX_LABELS) < half / 2.0;
        let steps = &ladder[ladder.partition_point(is_tiny)..];
        for &step in steps {
            let [best, ..] = Self::all(domain, step, scale);
            if best.count() >= 2.0 {
                finest = best;
                if is_easy(&best) || best.count() == 2.0 {
                    break;
                }
            }
        }
        let others = || steps.iter().flat_map(|&step| Self::all(domain, step, scale)).find(fits);
        // Fixed ends may need labels at less than comfortable distances.
        let is_near = |row: &Self| {
            let distance = row.step.size() * f64::from(plot_height);
            row.count() >= f64::from(min_labels)
                && row.count() <= f64::from(MAX_LABELS)
                && distance >= f64::from(LABEL_DISTANCE) * (row.high - row.low)
        };
        let near = || {
            steps.iter().map(|&step| Self::all(domain, step, scale)[0]).filter(|_| domain.are_requested()).find(is_near)
        };
        let between =
            || step::between(scale.counting).into_iter().flat_map(|step| Self::all(domain, step, scale)).find(fits);
        if fits(&finest) { finest } else { others().or_else(near).or_else(between).unwrap_or(finest) }
    }

    /// Returns the rows of both lower and both upper ends, the best first. No end exceeds the largest value.
    fn all(domain: &Domain, step: Step, scale: &Scale) -> [Self; 4] {
        let largest = f64::MAX * scale.factor;
        let row = |low: f64, high: f64| {
            let (low, high) = (low.max(-largest), high.min(largest));
            Self { low, high, step, first: step.above(low), last: step.below(high) }
        };
        let [best, other] = domain.lows(step).map(|low| domain.highs(step, low).map(|high| row(low, high)));
        [best[0], best[1], other[0], other[1]]
    }

    /// Returns the number of labels.
    pub fn count(&self) -> f64 {
        self.last - self.first + 1.0
    }

    /// Returns the ticks, all in one multiple with the same decimals, and the title of the axis.
    pub fn ticks(&self, scale: &Scale, magnitude: f64) -> (Vec<ValueTick>, Option<String>) {
        let multiple = self.multiple(scale, magnitude);
        let decimals = self.step.decimals(multiple.size);
        let steps = std::iter::successors(Some(self.first), |steps| Some(steps + 1.0)).take(MAX_LABELS as usize);
        let numbers = steps.take_while(|&steps| steps <= self.last).map(|steps| self.step.times(steps));
        let mut ticks: Vec<ValueTick> = numbers
            .map(|number| {
                let label =
                    if number == 0.0 { "0".to_owned() } else { grouped(&fixed(number / multiple.size, decimals)) };
                ValueTick { value: number / scale.factor, label }
            })
            .filter(|tick| tick.value.is_finite())
            .collect();
        let suffix = &multiple.suffix;
        let longest = ticks.iter().map(|tick| tick.label.chars().filter(|&c| c != ',').count()).max().unwrap_or(0);
        if longest + suffix.chars().count() > LABEL_CHARS && !suffix.is_empty() {
            return (ticks, Some(suffix.trim_start().to_owned()));
        }
        ticks.iter_mut().filter(|tick| tick.value != 0.0).for_each(|tick| tick.label += suffix);
        (ticks, None)
    }

    /// Returns the largest multiple that numbers up to `magnitude` reach and in which the labels stay short.
    fn multiple<'a>(&self, scale: &'a Scale, magnitude: f64) -> &'a Multiple {
        let reads_well = |multiple: &&Multiple| {
            multiple.from <= magnitude && self.step.decimals(multiple.size) <= multiple.max_decimals
        };
        scale.multiples.iter().rev().find(reads_well).unwrap_or(&scale.multiples[0])
    }
}
