//! Names and last values at the ends of the lines, in their colours, instead of a legend.
//!
//! Only for a few lines with short names: the reader needs no legend to look up, and the labels never collide.

use super::chart_model::ChartModel;
use super::contrast::readable;
use super::labels::measure::text_width;
use super::labels::number::{precise_text, short_text};
use super::layout::Layout;
use super::marks::line::PlotTransform;
use super::scene::TextStyle;
use super::scene_builder::{Anchor, Row, SceneBuilder};
use crate::request::{Kind, LegendPlace};

/// Gap in pixels between the plot and the labels, and between a name and its value.
const GAP: i32 = 8;
/// Gap in pixels between a name and its value.
const BETWEEN: i32 = 6;
/// Maximum width of the labels in percent of the image.
const MAX_WIDTH_PERCENT: i32 = 22;
/// Minimum part of the range, in percent, after which every line must end: the label of one that ends earlier would be
/// far from it.
const MIN_SEEN_PERCENT: i64 = 75;
/// Range of the values, as a share of the largest, below which three digits do not distinguish them.
const LITTLE: f64 = 0.05;
/// Minimum distance in pixels between the middles of two labels.
const DISTANCE: i32 = 17;

/// The label of one line.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct DirectLabel {
    /// Index of the series.
    index: usize,
    /// Name of the series; empty if it is the only one.
    name: String,
    /// Last value, as text and in the unit of the axis.
    text: String,
    value: f64,
}

/// Returns the labels of a chart `image_width` pixels wide, and the width that they need right of the plot; `None` if
/// the chart needs a legend.
pub(super) fn direct_labels(model: &ChartModel, image_width: i32) -> Option<(Vec<DirectLabel>, i32)> {
    let count = model.curves.len();
    let is_line = matches!(model.chart.kind, Kind::Line | Kind::Area | Kind::Step);
    let is_plain = model.chart.legend == LegendPlace::Automatic && model.statistics.columns.is_empty();
    let has_one_axis = model.right.is_none() && model.axis.unit.is_some();
    if !is_line || !is_plain || !has_one_axis || count == 0 || count > model.theme.direct_labels {
        return None;
    }
    let (low, high) = model.extent?;
    let differs_little = high - low < LITTLE * low.abs().max(high.abs());
    let text = if differs_little { precise_text } else { short_text };
    let label = |index: usize| {
        let (last, value) = model.curves[index].points().next_back()?;
        let seen = last - model.frame.span.start();
        if seen * 100 < MIN_SEEN_PERCENT * model.frame.span.seconds() {
            return None;
        }
        let name = if count == 1 { String::new() } else { model.entries.get(index)?.label.text() };
        Some(DirectLabel { index, name, text: text(value, model.lines[index].unit), value })
    };
    let labels: Vec<DirectLabel> = (0..count).map(label).collect::<Option<_>>()?;
    let width = labels.iter().map(|label| width(label, model)).max()?;
    (width * 100 <= MAX_WIDTH_PERCENT * image_width).then_some((labels, GAP + width))
}

/// Returns true if a plot of this height has space for as many labels.
pub(super) fn fits(labels: &[DirectLabel], plot_height: i32) -> bool {
    i32::try_from(labels.len()).is_ok_and(|count| count * DISTANCE <= plot_height)
}

fn width(label: &DirectLabel, model: &ChartModel) -> i32 {
    let font = model.theme.entry().font;
    name_width(label, model) + text_width(&label.text, font)
}

fn name_width(label: &DirectLabel, model: &ChartModel) -> i32 {
    if label.name.is_empty() { 0 } else { text_width(&label.name, model.theme.entry().font) + BETWEEN }
}

/// Writes the labels at the heights of the last values, moved apart where they would collide.
pub(super) fn draw(builder: &mut SceneBuilder, model: &ChartModel, layout: &Layout, transform: &PlotTransform) {
    let plot = layout.plot;
    let mut placed: Vec<(i32, &DirectLabel)> =
        layout.direct_labels.iter().map(|label| (transform.row(label.value), label)).collect();
    placed.sort_by_key(|&(row, label)| (row, label.index));
    let half = DISTANCE / 2;
    let mut lowest = plot.top + half;
    for (row, _) in &mut placed {
        *row = (*row).max(lowest);
        lowest = *row + DISTANCE;
    }
    let mut highest = plot.bottom() - half;
    for (row, _) in placed.iter_mut().rev() {
        *row = (*row).min(highest);
        highest = *row - DISTANCE;
    }
    let left = plot.right() + GAP;
    for (row, label) in placed {
        let colour = readable(model.styles[label.index].colour, model.theme);
        let own = TextStyle { colour, ..model.theme.entry() };
        let of_value = if label.name.is_empty() { own } else { model.theme.secondary_entry() };
        let row = Row::around(row);
        if !label.name.is_empty() {
            builder.text(&label.name, own, Anchor::Start(left), row);
        }
        builder.text_beside(&label.text, of_value, left + name_width(label, model), row);
    }
}
