//! Positions of everything in a chart: headings above, axes and legend below; the plot gets the rest.
//!
//! Margins come from the labels in them. Rows are chosen with a draft of the axes, then the axes are computed for the
//! plot that the rows leave.

pub(super) mod axis_assignment;
pub(super) mod row_plan;

use super::annotations::draw;
use super::chart_model::{ChartModel, NamedIn};
use super::direct_labels::{self, DirectLabel, direct_labels};
use super::labels::heading::Heading;
use super::labels::measure::text_width;
use super::legend::model::{Contents, Legend, LegendTextStyle, ROW};
use super::legend::statistics::LegendStatistics;
use super::legend::{below, side_table};
use super::marks::line::PlotTransform;
use super::time_axis::{RangeIn, TimeAxis, TimeLabels, TimeRows, time_axis};
use super::value_axis::{ValueAxis, ValueTick, value_axes, value_axis};
use crate::geometry::Rect;
use crate::request::{Footer, Kind, LegendPlace, Size};
use crate::series::Line;
use crate::text::width;
use row_plan::{Detail, MIN_PLOT_PERCENT, Rows, Spacing, Stack};

/// Gap in pixels between the plot and the labels beside it.
pub(super) const LABEL_GAP: i32 = 8;
/// Maximum width of the left margin in percent of the image.
const MAX_MARGIN_PERCENT: i32 = 40;
/// Minimum width of a plot between two value axes in percent of the image.
const MIN_DUAL_PLOT_PERCENT: i32 = 44;
/// Maximum height of the legend in percent of the image.
const MAX_LEGEND_PERCENT: i32 = 35;
/// Minimum height of the plot in percent of the image if a chart of at most `FEW` series gets a second legend row.
pub(super) const GOOD_PLOT_PERCENT: i32 = 55;
/// Number of series up to which [`GOOD_PLOT_PERCENT`] applies.
const FEW: usize = 4;
/// Minimum width in pixels of an image with a legend beside the plot.
const MIN_WIDTH_FOR_SIDE_LEGEND: i32 = 480;
/// Maximum width of a legend beside the plot in percent of the image.
const MAX_SIDE_LEGEND_PERCENT: i32 = 35;
/// Gap in pixels between the plot and a legend beside it.
const BESIDE: i32 = 16;

/// Positions, and the axes computed for them.
#[derive(Debug)]
pub(super) struct Layout {
    /// First pixel column within the padding, and the first after it.
    pub columns: (i32, i32),
    /// Pixel rows of all parts.
    pub stack: Stack,
    /// Text of the sub-title.
    pub sub_title: String,
    /// Plot area.
    pub plot: Rect,
    /// Value axis; the left one of two.
    pub value_axis: ValueAxis,
    /// Right value axis.
    pub right_axis: Option<ValueAxis>,
    pub time_axis: TimeAxis,
    /// Labelling of the time axis.
    pub time_rows: TimeRows,
    /// Labels at the ends of the lines, instead of a legend.
    pub direct_labels: Vec<DirectLabel>,
    /// Legend, below the plot or beside it.
    pub legend: Legend,
    /// Upper left corner of the legend.
    pub legend_at: (i32, i32),
}

/// Returns the area of an image.
pub(super) fn whole(size: Size) -> Rect {
    let pixels = |side: u32| i32::try_from(side).unwrap_or(i32::MAX);
    Rect::new(0, 0, pixels(size.width()), pixels(size.height()))
}

/// Lays out an image that is large enough for axes. The first pass finds the annotations that show numbers; if there
/// are any, a second pass adds rows for their key.
pub(super) fn arrange(model: &ChartModel, size: Size) -> Layout {
    let layout = arrange_with_key(model, size, 0);
    let (span, scale) = (model.frame.span, model.scale);
    let transform = PlotTransform { plot: layout.plot, span, axis: &layout.value_axis, scale };
    match draw::key_rows(model, &transform, whole(size)) {
        0 => layout,
        rows => arrange_with_key(model, size, rows),
    }
}

/// Lays out an image with up to `key` rows for the key, as far as they fit.
fn arrange_with_key(model: &ChartModel, size: Size, key: i32) -> Layout {
    let (detail, spacing) = (Detail::of(size), Spacing::of(size, &model.theme.sizes));
    let image = whole(size);
    let columns = (spacing.side, image.width - spacing.side);
    let (sub_title, named_in) = sub_title(model, columns.1 - columns.0);
    let no_figures = LegendStatistics::default();
    let statistics = if detail == Detail::Full { &model.statistics } else { &no_figures };
    let context = LayoutContext { model, statistics, image, columns, spacing };
    let requested = requested_rows(model, detail, &sub_title, named_in);
    let unit = context.has_unit(image.height / 2);
    let requested = Rows { unit, key: if detail >= Detail::Legend { key } else { 0 }, ..requested };
    let beside = if model.chart.legend == LegendPlace::Right { context.width_beside(&requested) } else { None };
    let (direct_labels, at_ends) = context.direct_labels(&requested, detail);
    let (context, requested) = match (beside, at_ends) {
        (Some(width), _) => {
            let columns = (columns.0, columns.1 - width - BESIDE);
            (LayoutContext { columns, ..context }, Rows { legend: 0, ..requested })
        }
        (None, 1..) => {
            let columns = (columns.0, columns.1 - at_ends);
            (LayoutContext { columns, ..context }, Rows { legend: 0, ..requested })
        }
        (None, _) => (context, requested),
    };
    let (rows, axes) = context.settle(&requested);
    let Axes { value_axis, right_axis, time_axis, plot: (left, right) } = axes;
    let stack = rows.stack(image.height, &spacing);
    let plot = Rect::new(left, stack.plot.0, right - left, stack.plot.1 - stack.plot.0);
    let (legend, legend_at) = match beside {
        Some(width) => (context.beside(width, plot.height).unwrap_or_default(), (columns.1 - width, plot.top)),
        None => (context.below(context.columns.1 - left, rows.legend), (left, stack.legend)),
    };
    Layout {
        columns,
        stack,
        sub_title,
        plot,
        value_axis,
        right_axis,
        time_axis,
        time_rows: rows.time,
        direct_labels,
        legend,
        legend_at,
    }
}

impl Layout {
    /// Returns true if the plot keeps its minimum width beside the labels of the right axis.
    pub fn has_space_for_right_axis(&self, image: Rect) -> bool {
        self.right_axis.is_none() || self.plot.width * 100 >= MIN_DUAL_PLOT_PERCENT * image.width
    }
}

pub(super) fn legend_text_style(model: &ChartModel) -> LegendTextStyle {
    LegendTextStyle { language: model.language, font: model.theme.entry().font, heading: model.theme.small().font }
}

/// Returns the rows that an image of this detail would show with unlimited height.
fn requested_rows(model: &ChartModel, detail: Detail, sub_title: &str, named_in: NamedIn) -> Rows {
    let sub_title = detail == Detail::Full && !sub_title.is_empty();
    let in_legend = model.chart.legend != LegendPlace::Hidden
        && (named_in == NamedIn::Legend || named_in == NamedIn::SubTitle && !sub_title);
    Rows {
        title: model.heading.title.is_some() && (model.heading.is_requested || detail >= Detail::Legend),
        sub_title,
        unit: false,
        time: if detail >= Detail::Axes { TimeRows::Two } else { TimeRows::Caption },
        warning: !model.warnings.is_empty(),
        legend: i32::from(in_legend && detail >= Detail::Legend),
        key: 0,
        footer: model.chart.footer == Footer::Shown && detail >= Detail::Legend,
        sub_title_names: named_in == NamedIn::SubTitle,
        title_repeats: !model.heading.is_requested && named_in == NamedIn::Legend,
    }
}

/// Returns the sub-title in `max_width` pixels. A name that would be cut moves to the legend if it is the only name of
/// the series.
pub(super) fn sub_title(model: &ChartModel, max_width: i32) -> (String, NamedIn) {
    let fits = |text: &str| text_width(text, model.theme.sub_title().font) <= max_width;
    let must_move = model.named_in == NamedIn::SubTitle && model.chart.legend != LegendPlace::Hidden;
    if must_move && !model.heading.fits_whole(&fits) {
        let nameless = Heading { name: String::new(), ..model.heading.clone() };
        return (nameless.sub_title(&fits), NamedIn::Legend);
    }
    (model.heading.sub_title(&fits), model.named_in)
}

/// The axes of a plot of some height, with its first pixel column and the first after it.
struct Axes {
    value_axis: ValueAxis,
    right_axis: Option<ValueAxis>,
    time_axis: TimeAxis,
    plot: (i32, i32),
}

/// The input of a layout.
struct LayoutContext<'a> {
    model: &'a ChartModel<'a>,
    /// Statistics shown in the legend.
    statistics: &'a LegendStatistics,
    image: Rect,
    /// Columns of plot and margins; a legend beside the plot lies right of them.
    columns: (i32, i32),
    spacing: Spacing,
}

impl LayoutContext<'_> {
    /// Returns the rows that fit of `requested`, with as many legend rows as needed and allowed, and their axes.
    fn settle(&self, requested: &Rows) -> (Rows, Axes) {
        let draft = requested.fitting(self.image.height, &self.spacing);
        let axes = self.axes(&draft);
        let dated = axes.time_axis.ticks.iter().any(|tick| tick.date.is_some());
        let is_one = draft.time == TimeRows::Two && !dated;
        let rows = Rows { time: if is_one { TimeRows::One } else { draft.time }, ..draft };
        let width = self.columns.1 - axes.plot.0;
        let legend = self.below(width, self.max_legend_rows(&rows));
        // A legend without a name is useless, and its row may serve another part.
        if legend.rows == 0 && rows.legend > 0 {
            return self.settle(&Rows { legend: 0, ..*requested });
        }
        let loses_statistics = !self.statistics.columns.is_empty() && legend.notes.is_empty();
        if rows.title && requested.title_repeats && loses_statistics {
            return self.settle(&Rows { title: false, ..*requested });
        }
        let rows = Rows { legend: legend.rows, ..rows };
        let axes = if rows == draft { axes } else { self.axes(&rows) };
        (rows, axes)
    }

    /// Returns the legend in at most `rows` rows below a plot of `width` pixels.
    fn below(&self, width: i32, rows: i32) -> Legend {
        below::below(self.contents(), width, rows, legend_text_style(self.model))
    }

    /// Returns the legend in `width` pixels beside a plot of `height` pixels; `None` if it does not fit.
    fn beside(&self, width: i32, height: i32) -> Option<Legend> {
        side_table::beside(self.contents(), width, height / ROW, legend_text_style(self.model))
    }

    /// Returns the width in pixels of a legend beside the plot; `None` if none is requested or it does not fit.
    fn width_beside(&self, requested: &Rows) -> Option<i32> {
        let may = requested.legend > 0 && self.image.width >= MIN_WIDTH_FOR_SIDE_LEGEND;
        let rows = Rows { legend: 0, ..*requested }.fitting(self.image.height, &self.spacing);
        let (top, bottom) = rows.stack(self.image.height, &self.spacing).plot;
        let max_width = self.image.width * MAX_SIDE_LEGEND_PERCENT / 100;
        if may { self.beside(max_width, bottom - top).map(|legend| legend.width) } else { None }
    }

    /// Returns the labels at the ends of the lines, and their width in pixels; none if the chart needs a legend.
    fn direct_labels(&self, requested: &Rows, detail: Detail) -> (Vec<DirectLabel>, i32) {
        let labels = Some(self.model).filter(|_| detail == Detail::Full);
        let labels = labels.and_then(|model| direct_labels(model, self.image.width));
        let rows = Rows { legend: 0, ..*requested }.fitting(self.image.height, &self.spacing);
        let (top, bottom) = rows.stack(self.image.height, &self.spacing).plot;
        labels.filter(|(labels, _)| direct_labels::fits(labels, bottom - top)).unwrap_or_default()
    }

    /// Returns true if an axis of a plot of this height has its unit above it.
    fn has_unit(&self, plot_height: i32) -> bool {
        let (axis, right) = self.value_axes(plot_height);
        axis.title.is_some() || right.is_some_and(|axis| axis.title.is_some())
    }

    fn contents(&self) -> Contents<'_> {
        Contents { entries: &self.model.entries, statistics: self.statistics }
    }

    /// Returns the maximum number of legend rows.
    fn max_legend_rows(&self, rows: &Rows) -> i32 {
        let has_few_series = self.model.entries.len() <= FEW && self.statistics.columns.is_empty();
        let percent = if has_few_series { GOOD_PLOT_PERCENT } else { MIN_PLOT_PERCENT };
        let height = self.image.height;
        let fits = |&legend: &i32| {
            legend * ROW + self.spacing.legend <= height * MAX_LEGEND_PERCENT / 100
                && Rows { legend, ..*rows }.leaves(percent, height, &self.spacing)
        };
        if rows.legend == 0 { 0 } else { (2..).take_while(fits).last().unwrap_or(1) }
    }

    fn axes(&self, rows: &Rows) -> Axes {
        let (top, bottom) = rows.stack(self.image.height, &self.spacing).plot;
        let (value_axis, right_axis) = self.value_axes(bottom - top);
        let max_width = self.image.width * MAX_MARGIN_PERCENT / 100 - LABEL_GAP;
        let widest = |axis: &ValueAxis| {
            let labels = shown_ticks(axis, rows.time);
            let widths = labels.map(|tick| text_width(&tick.label, self.model.theme.axis_label().font));
            widths.filter(|&width| width <= max_width).max().unwrap_or(0)
        };
        let labels = widest(&value_axis);
        let right = match right_axis.as_ref().map_or(0, widest) {
            0 => self.columns.1,
            labels => self.columns.1 - labels - LABEL_GAP,
        };
        let left = self.columns.0 + if labels == 0 { 0 } else { labels + LABEL_GAP };
        let time_axis = self.time_axis((left, right), rows);
        Axes { value_axis, right_axis, time_axis, plot: (left, right) }
    }

    /// Returns the value axes of a plot of this height; without data the left one has no ticks.
    fn value_axes(&self, plot_height: i32) -> (ValueAxis, Option<ValueAxis>) {
        let model = self.model;
        let (axis, right) = match model.right {
            None => (value_axis(model.extent, model.axis, plot_height), None),
            Some(right) => {
                let right = (right.extent, right.options());
                let (axis, right) = value_axes((model.extent, model.axis), right, plot_height);
                (axis, Some(right))
            }
        };
        if model.extent.is_some() {
            (axis, right)
        } else {
            (ValueAxis { ticks: Vec::new(), title: None, ..axis }, right)
        }
    }

    /// Returns the time axis of a plot between two pixel columns.
    fn time_axis(&self, (left, right): (i32, i32), rows: &Rows) -> TimeAxis {
        let model = self.model;
        let width_of = |text: &str| width(text, model.theme.axis_label().font);
        let labels = TimeLabels {
            plot_width: right - left,
            left: left - self.columns.0,
            right: self.columns.1 - right,
            language: model.language,
            rows: rows.time,
            range: if rows.sub_title { RangeIn::SubTitle } else { model.range_in },
            bar: bar_seconds(model),
            width_of: &width_of,
        };
        time_axis(model.frame.span, &model.frame.zone, labels)
    }
}

/// Returns the length in seconds of the bars of a chart if it is whole days, else 0.
fn bar_seconds(model: &ChartModel) -> i64 {
    let is_days = |line: &Line| line.period.days().is_some();
    match (model.chart.kind, model.frame.lines.as_slice()) {
        (Kind::Bar, [line, ..]) if is_days(line) => line.period.seconds(),
        _ => 0,
    }
}

/// Returns the labelled ticks of a value axis: all, or the first and the last if the time axis has no ticks.
pub(super) fn shown_ticks(axis: &ValueAxis, time_rows: TimeRows) -> impl Iterator<Item = &ValueTick> {
    let last = axis.ticks.len().saturating_sub(1);
    let ends_only = time_rows == TimeRows::Caption;
    axis.ticks
        .iter()
        .enumerate()
        .filter(move |&(index, _)| !ends_only || index == 0 || index == last)
        .map(|(_, tick)| tick)
}
