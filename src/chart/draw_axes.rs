//! Draws the axes: grid lines below the data, labels and tick marks around it.
//!
//! A label that would leave the ends of the time axis is moved inward; where two would overlap, the one with a date
//! stays.

use super::layout::{LABEL_GAP, Layout, shown_ticks};
use super::marks::line::PlotTransform;
use super::scene_builder::{Anchor, Row, SceneBuilder};
use super::theme::Theme;
use super::time_axis::{TimeRows, TimeTick};
use super::value_axis::ValueAxis;
use crate::geometry::Rect;
use crate::request::Colour;

/// Length of a tick mark in pixels.
const TICK: i32 = 4;
/// Length of a tick mark without a label in pixels.
const MINOR: i32 = 2;

/// Draws hairlines behind the data: times, above them values, then zero, and one at the foot of the plot that the ticks
/// of the time axis hang on.
pub(super) fn draw_grid(builder: &mut SceneBuilder, layout: &Layout, transform: &PlotTransform, theme: &Theme) {
    let plot = layout.plot;
    let vertical = |x: i32| Rect::new(x, plot.top, 1, plot.height);
    let horizontal = |y: i32| Rect::new(plot.left, y, plot.width, 1);
    if layout.time_rows != TimeRows::Caption {
        for tick in &layout.time_axis.ticks {
            let colour = if tick.new_day { theme.grid_day } else { theme.grid_time };
            builder.fill(vertical(transform.column(tick.at)), colour);
        }
    }
    if layout.time_rows != TimeRows::Caption {
        layout
            .value_axis
            .minor
            .iter()
            .for_each(|&value| builder.fill(horizontal(transform.row(value)), theme.grid_time));
    }
    builder.fill(horizontal(plot.bottom() - 1), theme.grid_value);
    for row in shown_ticks(&layout.value_axis, layout.time_rows).map(|tick| transform.row(tick.value)) {
        if row != plot.bottom() - 1 {
            builder.fill(horizontal(row), theme.grid_value);
        }
    }
    if has_zero(&layout.value_axis) && layout.right_axis.as_ref().is_none_or(|right| is_zero_shared(right, transform)) {
        builder.fill(horizontal(transform.row(0.0)), theme.axis);
    }
}

fn has_zero(axis: &ValueAxis) -> bool {
    axis.low <= 0.0 && axis.high >= 0.0
}

/// Returns true if the zero of the left axis is not another value of the right one.
fn is_zero_shared(right: &ValueAxis, transform: &PlotTransform) -> bool {
    let on_right = PlotTransform { axis: right, ..*transform };
    !has_zero(right) || (on_right.row(0.0) - transform.row(0.0)).abs() <= 1
}

/// Writes the values left of the plot and their unit above.
pub(super) fn label_values(builder: &mut SceneBuilder, layout: &Layout, transform: &PlotTransform, theme: &Theme) {
    let end = layout.plot.left - LABEL_GAP;
    for tick in shown_ticks(&layout.value_axis, layout.time_rows) {
        let row = Row::around(transform.row(tick.value));
        builder.text_within(&tick.label, theme.axis_label(), Anchor::End(end), row, (layout.columns.0, end));
    }
    if let (Some(row), Some(unit)) = (layout.stack.unit, &layout.value_axis.title) {
        builder.text_within(unit, theme.small(), Anchor::Start(layout.columns.0), row, layout.columns);
    }
}

/// Writes the values right of the plot and their unit above; draws a tick mark where the grid of the left axis has no
/// line.
pub(super) fn label_right(
    builder: &mut SceneBuilder,
    layout: &Layout,
    axis: &ValueAxis,
    transform: &PlotTransform,
    theme: &Theme,
) {
    let (plot, start) = (layout.plot, layout.plot.right() + LABEL_GAP);
    let grid: Vec<i32> = layout.value_axis.ticks.iter().map(|tick| transform.row(tick.value)).collect();
    let transform = PlotTransform { axis, ..*transform };
    for tick in shown_ticks(axis, layout.time_rows) {
        // Rounding may put the same height on the next pixel row.
        let row = transform.row(tick.value);
        let y = grid.iter().copied().find(|line| (line - row).abs() <= 1).unwrap_or(row);
        if !grid.contains(&y) {
            builder.fill(Rect::new(plot.right(), y, TICK, 1), theme.axis);
        }
        let within = (start, layout.columns.1);
        builder.text_within(&tick.label, theme.axis_label(), Anchor::Start(start), Row::around(y), within);
    }
    if let (Some(row), Some(unit)) = (layout.stack.unit, &axis.title) {
        builder.text_within(unit, theme.small(), Anchor::End(layout.columns.1), row, layout.columns);
    }
}

/// Draws tick marks, times and dates below the plot, and clock changes in it.
pub(super) fn label_times(builder: &mut SceneBuilder, layout: &Layout, transform: &PlotTransform, theme: &Theme) {
    let (axis, plot, stack) = (&layout.time_axis, layout.plot, &layout.stack);
    let mut mark = |at: i64, height: i32, colour: Colour| {
        builder.fill(Rect::new(transform.column(at), plot.bottom(), 1, height), colour)
    };
    axis.ticks.iter().for_each(|tick| mark(tick.at, TICK, theme.axis));
    axis.minor.iter().for_each(|&at| mark(at, MINOR, theme.axis));

    let (style, within) = (theme.axis_label(), layout.columns);
    let dated = |tick: &&TimeTick| tick.date.is_some() || tick.new_day;
    let ticks = axis.ticks.iter().filter(dated).chain(axis.ticks.iter().filter(|tick| !dated(tick)));
    for tick in ticks {
        let anchor = Anchor::Middle(transform.column(tick.centre));
        match (&tick.date, layout.time_rows) {
            (Some(date), TimeRows::One) => builder.text_within(date, style, anchor, stack.times, within),
            (date, _) => {
                builder.text_within(&tick.label, style, anchor, stack.times, within);
                if let Some(date) = date {
                    builder.text_within(date, style, anchor, stack.dates, within);
                }
            }
        }
    }
    for change in &axis.changes {
        // Above the data, which would hide it if it is filled.
        builder.fill(Rect::new(transform.column(change.at), plot.top, 1, plot.height), theme.axis);
        let row = Row { top: plot.top + 4, height: 12 };
        builder.text_within(&change.label, theme.small(), Anchor::Start(transform.column(change.at) + 4), row, within);
    }
}
