//! Two axes beside one plot, whose labels stand at the same heights, so that one grid serves both.
//!
//! Called by the layout where the lines have two units. The number of labels is the one with which both axes together leave the least
//! of the plot unused; what a caller asked of the left axis is kept, and the right one follows it.

use super::axis::ValueAxis;
use super::linear::LinearAxis;
use super::single::value_axis;
use super::spacing::{EASY_DISTANCE, ENOUGH_INTERVALS, FEW_LABELS, LABEL_DISTANCE, MAX_LABELS, free_share};
use super::step::{self, Step};
use super::tick_row::TickRow;
use crate::chart::labels::number::ZERO_BELOW;
use crate::request::{AxisOptions, AxisScale};

/// Distance that neighbouring labels may have where that wastes less, in pixels.
const DENSE_DISTANCE: i32 = 40;
/// What a label more or less than usual costs, as part of the plot that is unused.
const ASIDE: f64 = 0.03;
/// What each below few costs besides.
const TOO_FEW: f64 = 0.2;
/// Shares of an axis nearer to each other than this are the same height.
const SAME_HEIGHT: f64 = 1e-6;

/// Labels at even distances, in which everything else is measured.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Lattice {
    /// From the lower end to the first label.
    below: f64,
    /// From the first label to the last; a whole number, at least 1.
    intervals: f64,
    /// From the last label to the upper end.
    above: f64,
}

/// The left and the right axis for values of two extents, each with its options, on a plot that is `plot_height` pixels high. Both
/// have the same ticks, unless those of the left one are at uneven distances or there are none.
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

/// The two rows with as many labels each, which together waste the least.
fn together(left: &LinearAxis, right: &LinearAxis, plot_height: i32) -> Option<(TickRow, TickRow)> {
    let most = (plot_height / EASY_DISTANCE).max((plot_height / LABEL_DISTANCE).min(ENOUGH_INTERVALS));
    let most = most.clamp(1, MAX_LABELS - 1);
    let few = (most / 2 + 1).min(FEW_LABELS - 1);
    let lattices = (1..=most.max(plot_height / DENSE_DISTANCE).min(MAX_LABELS - 1)).flat_map(|intervals| {
        let (share, intervals) = (free_share(plot_height), f64::from(intervals));
        [0.0, intervals * share / (1.0 - share)].map(|above| Lattice { below: 0.0, intervals, above })
    });
    let pairs = lattices.filter_map(|lattice| {
        let ((one, wasted), (other, also_wasted)) = (fitted(left, lattice)?, fitted(right, lattice)?);
        let aside = (f64::from(most) - lattice.intervals).abs();
        let too_few = (f64::from(few) - lattice.intervals).max(0.0);
        Some((wasted + also_wasted + ASIDE * aside + TOO_FEW * too_few, one, other))
    });
    let best = pairs.reduce(|best, next| if next.0 < best.0 { next } else { best });
    best.map(|(_, one, other)| (one, other))
}

/// The row with the smallest step that covers what the axis has to cover, and the part of the plot that it leaves unused.
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
    /// Where the labels of `axis` stand, if at even distances.
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
