//! Distances between labels, and the free part of an axis.

/// Least distance between neighbouring labels, in pixels.
pub(super) const LABEL_DISTANCE: i32 = 30;

/// Distance that neighbouring labels have at least where the plot is large enough, in pixels.
pub(super) const EASY_DISTANCE: i32 = 50;

/// Up to so many intervals, labels may be as near as the least distance.
pub(super) const ENOUGH_INTERVALS: i32 = 5;

/// Most labels of an axis.
pub(super) const MAX_LABELS: i32 = 12;

/// Fewer labels than that are few on a plot with room for more.
pub(super) const FEW_LABELS: i32 = 4;

/// Characters of a label above which the unit moves into the title of the axis.
pub(super) const LABEL_CHARS: usize = 11;

/// Part of an axis that stays free beside the data: 5 %, and at least 6 px as long as that is not a quarter.
pub(super) fn free_share(plot_height: i32) -> f64 {
    (6.0 / f64::from(plot_height.max(1))).clamp(0.05, 0.25)
}
