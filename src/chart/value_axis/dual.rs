//! A left and a right value axis with labels at the same heights, so that one grid serves both.
//!
//! Chooses the number of labels at which both axes together waste the least of the plot. Requested ends of the left
//! axis are kept, and the right axis follows.

use super::axis::ValueAxis;
use super::linear::LinearAxis;
use super::single::value_axis;
use super::spacing::{EASY_DISTANCE, ENOUGH_INTERVALS, FEW_LABELS, LABEL_DISTANCE, MAX_LABELS, free_share};
use super::step::{self, Step};
use super::tick_row::TickRow;
use crate::chart::labels::number::ZERO_BELOW;
use crate::request::{AxisOptions, AxisScale};

/// Minimum distance in pixels between labels if that wastes less.
const DENSE_DISTANCE: i32 = 40;
/// Cost of each label more or less than usual, as a share of the plot.
const DEVIATION_COST: f64 = 0.03;
/// Additional cost of each label below the usual minimum, as a share of the plot.
const TOO_FEW_COST: f64 = 0.2;
/// Difference of shares below which two heights are equal.
const SAME_HEIGHT: f64 = 1e-6;

/// Labels at even distances; the distance is the unit.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Lattice {
    /// Distance from the lower end to the first label.
    below: f64,
    /// Distance from the first label to the last; a whole number, at least 1.
    intervals: f64,
    /// Distance from the last label to the upper end.
    above: f64,
}

/// Returns the left and the right axis for two extents, each with its options, on a plot of `plot_height` pixels.
///
/// Both have ticks at the same heights, unless the left ticks are uneven or absent.
pub fn value_axes(
    left: (Option<(f64, f64)>, AxisOptions),
    right: (Option<(f64, f64)>, AxisOptions),
    plot_height: i32,
) -> (ValueAxis, ValueAxis) {
    let follower = LinearAxis::new(right.0, right.1, plot_height);
    let is_free = left.1.scale == AxisScale::Linear && left.1.min.is_none() && left.1.max.is_none();
    if is_free && left.0.is_some() {
        let leader = LinearAxis::new(left.0, left.1, plot_height);
        if let Some((one, other)) = together(&leader, &follower, plot_height) {
            return (leader.axis(&one), follower.axis(&other));
        }
    }
    let leader = value_axis(left.0, left.1, plot_height);
    let followed = Lattice::of(&leader).and_then(|lattice| fitted(&follower, lattice));
    let alone = || value_axis(right.0, right.1, plot_height);
    let right = followed.map_or_else(alone, |(row, _)| follower.axis(&row));
    (leader, right)
}

/// Returns the two tick rows with equally many labels that together waste the least.
fn together(left: &LinearAxis, right: &LinearAxis, plot_height: i32) -> Option<(TickRow, TickRow)> {
    let max_intervals = (plot_height / EASY_DISTANCE).max((plot_height / LABEL_DISTANCE).min(ENOUGH_INTERVALS));
    let max_intervals = max_intervals.clamp(1, MAX_LABELS - 1);
    let min_intervals = (max_intervals / 2 + 1).min(FEW_LABELS - 1);
    let lattices = (1..=max_intervals.max(plot_height / DENSE_DISTANCE).min(MAX_LABELS - 1)).flat_map(|intervals| {
        let (share, intervals) = (free_share(plot_height), f64::from(intervals));
        [0.0, intervals * share / (1.0 - share)].map(|above| Lattice { below: 0.0, intervals, above })
    });
    let pairs = lattices.filter_map(|lattice| {
        let ((one, wasted), (other, also_wasted)) = (fitted(left, lattice)?, fitted(right, lattice)?);
        let deviation = (f64::from(max_intervals) - lattice.intervals).abs();
        let missing = (f64::from(min_intervals) - lattice.intervals).max(0.0);
        Some((wasted + also_wasted + DEVIATION_COST * deviation + TOO_FEW_COST * missing, one, other))
    });
    let best = pairs.reduce(|best, next| if next.0 < best.0 { next } else { best });
    best.map(|(_, one, other)| (one, other))
}

/// Returns the tick row with the smallest step that covers the domain, and the share of the plot that it wastes.
fn fitted(axis: &LinearAxis, lattice: Lattice) -> Option<(TickRow, f64)> {
    let Lattice { below, intervals, above } = lattice;
    let ((low, high), (lowest_label, limit)) = (axis.domain.required(), axis.domain.label_limits());
    let noise = (high - low) * SAME_HEIGHT / 1000.0;
    let row = |step: Step| {
        let highest_first = step.below(limit) - intervals;
        let first = step.below(low + below * step.size() + noise).min(highest_first);
        let last = first + intervals;
        let row = TickRow {
            low: step.times(first) - below * step.size(),
            high: step.times(last) + above * step.size(),
            step,
            first,
            last,
        };
        let covers = row.low <= low + noise && row.high >= high - noise && step.times(first) >= lowest_label;
        let is_exact = first.abs().max(last.abs()) < 1.0 / SAME_HEIGHT && row.low.is_finite() && row.high.is_finite();
        (covers && is_exact).then_some(row)
    };
    let row = step::ladder(axis.scale.counting).into_iter().find_map(row)?;
    let ends = [row.low / axis.scale.factor, row.high / axis.scale.factor];
    let wasted = 1.0 - (high - low) / (row.high - row.low);
    ends.iter().all(|end| end.is_finite()).then_some((row, wasted))
}

impl Lattice {
    /// Returns the lattice of the labels of `axis`; `None` if their distances are uneven.
    fn of(axis: &ValueAxis) -> Option<Self> {
        let shares: Vec<f64> = axis.ticks.iter().map(|tick| axis.share(tick.value)).collect();
        let ([first, .., last], intervals) = (shares.as_slice(), shares.len().checked_sub(1)? as f64) else {
            return None;
        };
        let distance = (last - first) / intervals;
        let is_even = shares.windows(2).all(|pair| (pair[1] - pair[0] - distance).abs() < SAME_HEIGHT);
        let lattice = Self { below: first / distance, intervals, above: (1.0 - last) / distance };
        (is_even && distance > ZERO_BELOW).then_some(lattice)
    }
}
