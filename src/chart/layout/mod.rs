//! Where everything has its place: headings above, axes and legend below, and the plot gets what is left.
//!
//! Used by the composition. Margins come from the labels that stand in them. Rows are chosen first with a draft of the axes, then the
//! axes are made for the plot that the rows leave.

pub(super) mod axis_assignment;
pub(super) mod row_plan;

use super::annotations::draw;
use super::chart_model::{ChartModel, NamedIn, SEPARATOR};
use super::labels::measure::text_width;
use super::labels::shorten::cut_end;
use super::labels::time_span::zone_lines;
use super::legend::model::{Contents, Legend, LegendTextStyle, ROW};
use super::legend::statistics::LegendStatistics;
use super::legend::{below, side_table};
use super::marks::line::PlotTransform;
use super::time_axis::{TimeAxis, TimeRows, TimeTick, time_axis};
use super::value_axis::{ValueAxis, ValueTick, value_axes, value_axis};
use crate::geometry::Rect;
use crate::request::{Footer, LegendPlace, Size};
use crate::text::{Font, width};
use row_plan::{Detail, MIN_PLOT_PERCENT, Rows, Spacing, Stack};

/// Pixels between the plot and what stands in the margin beside it.
pub(super) const LABEL_GAP: i32 = 8;
/// Percent of the width that the left margin has at most.
const MAX_MARGIN_PERCENT: i32 = 40;
/// Percent of the width that the plot has at least between two axes.
const MIN_DUAL_PLOT_PERCENT: i32 = 44;
/// Percent of the height that the legend has at most.
const MAX_LEGEND_PERCENT: i32 = 35;
/// Percent of the height that the plot keeps when few lines are max_legend_rows more than one row of legend.
const GOOD_PLOT_PERCENT: i32 = 55;
/// Lines up to which they are few.
const FEW: usize = 4;
/// Width of a picture from which a legend may stand beside the plot, in pixels.
const MIN_WIDTH_FOR_SIDE_LEGEND: i32 = 480;
/// Percent of the width that a legend beside the plot has at most.
const MAX_SIDE_LEGEND_PERCENT: i32 = 35;
/// Pixels between the plot and a legend beside it.
const BESIDE: i32 = 16;

/// Every place, and what the axes say there.
#[derive(Debug)]
pub(super) struct Layout {
    /// The whole picture within its padding to the left and right.
    pub columns: (i32, i32),
    /// Pixel rows.
    pub stack: Stack,
    /// What stands in the row of the sub-title.
    pub sub_title: String,
    /// Where the data is.
    pub plot: Rect,
    /// Its values; where there are two axes, those of the left one.
    pub value_axis: ValueAxis,
    /// The values of the lines that have their axis on the right.
    pub right_axis: Option<ValueAxis>,
    /// Its times.
    pub time_axis: TimeAxis,
    /// How they are labelled.
    pub time_rows: TimeRows,
    /// The zone, a line for each row of the time axis, in the left margin.
    pub zone: Vec<String>,
    /// Pixels that the label of a time at the plot's left edge may take of the margin, so that it stands below its tick.
    pub overhang: i32,
    /// Below the plot, or beside it.
    pub legend: Legend,
    /// Its left upper corner.
    pub legend_at: (i32, i32),
}

/// All pixels of a picture.
pub(super) fn whole(size: Size) -> Rect {
    let pixels = |side: u32| i32::try_from(side).unwrap_or(i32::MAX);
    Rect::new(0, 0, pixels(size.width()), pixels(size.height()))
}

/// Arranges a picture of a size that has room for axes. Which marks show numbers is known once there is a plot; then they get a key.
pub(super) fn arrange(model: &ChartModel, size: Size) -> Layout {
    let layout = arrange_with_key(model, size, 0);
    let (span, scale) = (model.frame.span, model.chart.scale);
    let transform = PlotTransform { plot: layout.plot, span, axis: &layout.value_axis, scale };
    match draw::key_rows(model, &transform, whole(size)) {
        0 => layout,
        rows => arrange_with_key(model, size, rows),
    }
}

/// The same with so many rows for a key, as far as they fit.
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
    let (context, requested) = match beside {
        Some(width) => {
            let columns = (columns.0, columns.1 - width - BESIDE);
            (LayoutContext { columns, ..context }, Rows { legend: 0, ..requested })
        }
        None => (context, requested),
    };
    let (rows, axes) = context.settle(&requested);
    let Axes { value_axis, right_axis, time_axis, zone, overhang, plot: (left, right) } = axes;
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
        zone,
        overhang,
        legend,
        legend_at,
    }
}

impl Layout {
    /// The plot has its share of the width beside the labels of the right axis.
    pub fn has_space_for_right_axis(&self, image: Rect) -> bool {
        self.right_axis.is_none() || self.plot.width * 100 >= MIN_DUAL_PLOT_PERCENT * image.width
    }
}

pub(super) fn legend_text_style(model: &ChartModel) -> LegendTextStyle {
    LegendTextStyle { language: model.language, font: model.theme.entry().font, heading: model.theme.small().font }
}

/// All rows that a picture with that much detail may have.
fn requested_rows(model: &ChartModel, detail: Detail, sub_title: &str, named_in: NamedIn) -> Rows {
    let sub_title = detail == Detail::Full && !sub_title.is_empty();
    let in_legend = model.chart.legend != LegendPlace::Hidden
        && (named_in == NamedIn::Legend || named_in == NamedIn::SubTitle && !sub_title);
    Rows {
        title: model.title.is_some(),
        sub_title,
        unit: false,
        time: if detail >= Detail::Axes { TimeRows::Two } else { TimeRows::Caption },
        warning: !model.warnings.is_empty(),
        legend: i32::from(in_legend && detail >= Detail::Legend),
        key: 0,
        footer: model.chart.footer == Footer::Shown && detail >= Detail::Legend,
        sub_title_names: named_in == NamedIn::SubTitle,
    }
}

/// What the sub-title says in `room` pixels. A name that would be cut goes to the legend, if it is the picture's only one.
pub(super) fn sub_title(model: &ChartModel, max_width: i32) -> (String, NamedIn) {
    let label = &model.sub_title;
    let fits = |text: &str| text_width(text, model.theme.sub_title().font) <= max_width;
    let without_name = label.suffix.trim_start_matches(SEPARATOR);
    if fits(&label.text()) {
        (label.text(), model.named_in)
    } else if model.named_in == NamedIn::SubTitle && model.chart.legend != LegendPlace::Hidden {
        (without_name.to_owned(), NamedIn::Legend)
    } else {
        let cut = cut_end(&label.name, &|name| fits(&format!("{name}{}", label.suffix)));
        (cut.map_or(without_name.to_owned(), |name| name + &label.suffix), model.named_in)
    }
}

/// The axes of a plot of some height, and its first pixel column and the first after it.
struct Axes {
    value_axis: ValueAxis,
    right_axis: Option<ValueAxis>,
    time_axis: TimeAxis,
    zone: Vec<String>,
    overhang: i32,
    plot: (i32, i32),
}

/// What a layout has to do with.
struct LayoutContext<'a> {
    model: &'a ChartModel<'a>,
    /// In the legend.
    statistics: &'a LegendStatistics,
    image: Rect,
    /// Of plot and margin; what is right of it is the legend's.
    columns: (i32, i32),
    spacing: Spacing,
}

impl LayoutContext<'_> {
    /// The rows of the picture, and their axes: what fits of `wished`, with as much legend as is needed and max_legend_rows.
    fn settle(&self, requested: &Rows) -> (Rows, Axes) {
        let draft = requested.fitting(self.image.height, &self.spacing);
        let axes = self.axes(&draft);
        let dated = axes.time_axis.ticks.iter().any(|tick| tick.date.is_some());
        let is_one = draft.time == TimeRows::Two && !dated && axes.zone.len() < 2;
        let rows = Rows { time: if is_one { TimeRows::One } else { draft.time }, ..draft };
        let width = self.columns.1 - axes.plot.0;
        let legend = self.below(width, self.max_legend_rows(&rows)).rows;
        // Without a name in it a legend is no use, and its row may be of use to others.
        if legend == 0 && rows.legend > 0 {
            return self.settle(&Rows { legend: 0, ..*requested });
        }
        let rows = Rows { legend, ..rows };
        let axes = if rows == draft { axes } else { self.axes(&rows) };
        (rows, axes)
    }

    /// The legend in `rows` rows below a plot of `width` pixels.
    fn below(&self, width: i32, rows: i32) -> Legend {
        below::below(self.contents(), width, rows, legend_text_style(self.model))
    }

    /// The legend in `width` pixels beside a plot of `height` pixels.
    fn beside(&self, width: i32, height: i32) -> Option<Legend> {
        side_table::beside(self.contents(), width, height / ROW, legend_text_style(self.model))
    }

    /// Pixels of a legend beside the plot, where it is wished and can stand there.
    fn width_beside(&self, requested: &Rows) -> Option<i32> {
        let may = requested.legend > 0 && self.image.width >= MIN_WIDTH_FOR_SIDE_LEGEND;
        let rows = Rows { legend: 0, ..*requested }.fitting(self.image.height, &self.spacing);
        let (top, bottom) = rows.stack(self.image.height, &self.spacing).plot;
        let most = self.image.width * MAX_SIDE_LEGEND_PERCENT / 100;
        if may { self.beside(most, bottom - top).map(|legend| legend.width) } else { None }
    }

    /// An axis of a plot of some height says its unit above it.
    fn has_unit(&self, plot_height: i32) -> bool {
        let (axis, right) = self.value_axes(plot_height);
        axis.title.is_some() || right.is_some_and(|axis| axis.title.is_some())
    }

    fn contents(&self) -> Contents<'_> {
        Contents { entries: &self.model.entries, statistics: self.statistics }
    }

    /// Rows that the legend may have.
    fn max_legend_rows(&self, rows: &Rows) -> i32 {
        let few = self.model.entries.len() <= FEW && self.statistics.columns.is_empty();
        let percent = if few { GOOD_PLOT_PERCENT } else { MIN_PLOT_PERCENT };
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
        let most = self.image.width * MAX_MARGIN_PERCENT / 100 - LABEL_GAP;
        let widest = |axis: &ValueAxis| {
            let labels = shown_ticks(axis, rows.time);
            let widths = labels.map(|tick| text_width(&tick.label, self.model.theme.axis_label().font));
            widths.filter(|&width| width <= most).max().unwrap_or(0)
        };
        let labels = widest(&value_axis);
        let right = match right_axis.as_ref().map_or(0, widest) {
            0 => self.columns.1,
            labels => self.columns.1 - labels - LABEL_GAP,
        };
        let overhang = self.overhang(rows.time);
        let small = self.model.theme.small().font;
        let zone = zone_block(&self.model.zone_text, rows.time, labels - overhang, small);
        let widths = zone.iter().map(|line| text_width(line, small) + overhang);
        let beside = widths.filter(|&width| width <= most).fold(labels, i32::max);
        let left = self.columns.0 + if beside == 0 { 0 } else { beside + LABEL_GAP };
        let time_axis = self.time_axis(right - left, rows.time);
        Axes { value_axis, right_axis, time_axis, zone, overhang, plot: (left, right) }
    }

    /// What the first label reaches over the left edge, where the picture is large enough to grant it.
    fn overhang(&self, rows: TimeRows) -> i32 {
        let axis = self.time_axis(self.columns.1 - self.columns.0, rows);
        let span = self.model.frame.span;
        let first = axis.ticks.first().filter(|_| rows == TimeRows::Two && self.spacing.wide);
        let reach = |tick: &TimeTick| {
            let width = f64::from(self.columns.1 - self.columns.0);
            let from_edge = (tick.at - span.start()) as f64 / span.seconds() as f64 * width;
            text_width(&tick.label, self.model.theme.axis_label().font) / 2 - from_edge as i32
        };
        first.map_or(0, reach).max(0)
    }

    /// Where there are no values, the axis has nothing to tell.
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

    fn time_axis(&self, plot_width: i32, rows: TimeRows) -> TimeAxis {
        let frame = self.model.frame;
        let width_of = |text: &str, weight| width(text, Font { weight, ..self.model.theme.axis_label().font });
        time_axis(frame.span, &frame.zone, plot_width, (self.model.language, rows), &width_of)
    }
}

/// The labelled ticks of a value axis: all, or both ends where times have no ticks either.
pub(super) fn shown_ticks(axis: &ValueAxis, time_rows: TimeRows) -> impl Iterator<Item = &ValueTick> {
    let last = axis.ticks.len().saturating_sub(1);
    let ends_only = time_rows == TimeRows::Caption;
    axis.ticks
        .iter()
        .enumerate()
        .filter(move |&(index, _)| !ends_only || index == 0 || index == last)
        .map(|(_, tick)| tick)
}

/// The zone's lines beside labels of `labels` pixels: in one line where that fits, else its name above its offset.
fn zone_block(zone: &str, rows: TimeRows, labels: i32, font: Font) -> Vec<String> {
    let (name, offset) = zone_lines(zone);
    match rows {
        TimeRows::Caption => Vec::new(),
        _ if text_width(zone, font) <= labels => vec![zone.to_owned()],
        TimeRows::One => vec![name.to_owned()],
        TimeRows::Two => [Some(name), offset].into_iter().flatten().map(str::to_owned).collect(),
    }
}
