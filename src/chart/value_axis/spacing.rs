//! Distances between labels, and the share of an axis that stays free.

/// Minimum distance between neighbouring labels, in pixels.
pub(super) const LABEL_DISTANCE: i32 = 30;

/// Minimum distance between neighbouring labels on large plots, in pixels.
pub(super) const EASY_DISTANCE: i32 = 50;

/// Number of intervals up to which labels may be as near as [`LABEL_DISTANCE`].
pub(super) const ENOUGH_INTERVALS: i32 = 5;

/// Maximum number of labels of an axis.
pub(super) const MAX_LABELS: i32 = 12;

/// Minimum number of labels on a plot with space for more.
pub(super) const FEW_LABELS: i32 = 4;

/// Number of characters of a label above which the unit moves into the title of the axis.
pub(super) const LABEL_CHARS: usize = 11;

/// Returns the share of an axis that stays free beside the data: 5 %, and at least 6 px up to a quarter.
pub(super) fn free_share(plot_height: i32) -> f64 {
    (6.0 / f64::from(plot_height.max(1))).clamp(0.05, 0.25)
}
