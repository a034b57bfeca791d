//! Where everything has its place: headings above, axes and legend below, and the plot gets what is left.
//!
//! Used by the composition. Margins come from the labels that stand in them. Rows are chosen first with a draft of the axes, then the
//! axes are made for the plot that the rows leave.

pub(super) mod axis_assignment;
pub(super) mod row_plan;

use super::annotations::draw;
use super::chart_model::{Content, DOT, NamedIn};
use super::labels::measure::text_width;
use super::labels::shorten::cut_end;
use super::labels::time_span::zone_lines;
use super::legend::model::{self, Contents, Legend, Writing};
use super::legend::statistics::Figures;
use super::legend::{below, side_table};
use super::marks::line::Field;
use super::time_axis::{TimeAxis, TimeRows, TimeTick, time_axis};
use super::value_axis::{ValueAxis, ValueTick, value_axes, value_axis};
use crate::geometry::Rect;
use crate::request::{Footer, LegendPlace, Size};
use crate::text::{Font, width};
use row_plan::{Detail, LEAST_PLOT, Rows, Spacing, Stack};

/// Pixels between the plot and what stands in the margin beside it.
pub(super) const LABEL_GAP: i32 = 8;
/// Percent of the width that the left margin has at most.
const MOST_MARGIN: i32 = 40;
/// Percent of the width that the plot has at least between two axes.
const LEAST_WIDTH: i32 = 44;
/// Percent of the height that the legend has at most.
const MOST_LEGEND: i32 = 35;
/// Percent of the height that the plot keeps when few lines are granted more than one row of legend.
const GOOD_PLOT: i32 = 55;
/// Lines up to which they are few.
const FEW: usize = 4;
/// Width of a picture from which a legend may stand beside the plot, in pixels.
const WIDE_FOR_LEGEND: i32 = 480;
/// Percent of the width that a legend beside the plot has at most.
const MOST_BESIDE: i32 = 35;
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
pub(super) fn arrange(content: &Content, size: Size) -> Layout {
    let layout = arrange_with_key(content, size, 0);
    let (span, scale) = (content.frame.span, content.chart.scale);
    let field = Field { plot: layout.plot, span, axis: &layout.value_axis, scale };
    match draw::key_rows(content, &field, whole(size)) {
        0 => layout,
        rows => arrange_with_key(content, size, rows),
    }
}

/// The same with so many rows for a key, as far as they fit.
fn arrange_with_key(content: &Content, size: Size, key: i32) -> Layout {
    let (detail, spacing) = (Detail::of(size), Spacing::of(size, &content.theme.sizes));
    let picture = whole(size);
    let columns = (spacing.side, picture.width - spacing.side);
    let (sub_title, named_in) = sub_title(content, columns.1 - columns.0);
    let no_figures = Figures::default();
    let figures = if detail == Detail::Full { &content.figures } else { &no_figures };
    let room = Room { content, figures, picture, columns, spacing };
    let wished = wished(content, detail, &sub_title, named_in);
    let unit = room.has_unit(picture.height / 2);
    let wished = Rows { unit, key: if detail >= Detail::Legend { key } else { 0 }, ..wished };
    let beside = if content.chart.legend == LegendPlace::Right { room.width_beside(&wished) } else { None };
    let (room, wished) = match beside {
        Some(width) => {
            let columns = (columns.0, columns.1 - width - BESIDE);
            (Room { columns, ..room }, Rows { legend: 0, ..wished })
        }
        None => (room, wished),
    };
    let (rows, axes) = room.settled(&wished);
    let Axes { value_axis, right_axis, time_axis, zone, overhang, plot: (left, right) } = axes;
    let stack = rows.stack(picture.height, &spacing);
    let plot = Rect::new(left, stack.plot.0, right - left, stack.plot.1 - stack.plot.0);
    let (legend, legend_at) = match beside {
        Some(width) => (room.beside(width, plot.height).unwrap_or_default(), (columns.1 - width, plot.top)),
        None => (room.below(room.columns.1 - left, rows.legend), (left, stack.legend)),
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
    pub fn has_room_for_right(&self, picture: Rect) -> bool {
        self.right_axis.is_none() || self.plot.width * 100 >= LEAST_WIDTH * picture.width
    }
}

pub(super) fn writing(content: &Content) -> Writing {
    Writing { language: content.language, font: content.theme.entry().font, heading: content.theme.small().font }
}

/// All rows that a picture with that much detail may have.
fn wished(content: &Content, detail: Detail, sub_title: &str, named_in: NamedIn) -> Rows {
    let sub_title = detail == Detail::Full && !sub_title.is_empty();
    let in_legend = content.chart.legend != LegendPlace::Hidden
        && (named_in == NamedIn::Legend || named_in == NamedIn::SubTitle && !sub_title);
    Rows {
        title: content.title.is_some(),
        sub_title,
        unit: false,
        time: if detail >= Detail::Axes { TimeRows::Two } else { TimeRows::Caption },
        warning: !content.warnings.is_empty(),
        legend: i32::from(in_legend && detail >= Detail::Legend),
        key: 0,
        footer: content.chart.footer == Footer::Shown && detail >= Detail::Legend,
        sub_title_names: named_in == NamedIn::SubTitle,
    }
}

/// What the sub-title says in `room` pixels. A name that would be cut goes to the legend, if it is the picture's only one.
pub(super) fn sub_title(content: &Content, room: i32) -> (String, NamedIn) {
    let label = &content.sub_title;
    let fits = |text: &str| text_width(text, content.theme.sub_title().font) <= room;
    let without_name = label.suffix.trim_start_matches(DOT);
    if fits(&label.text()) {
        (label.text(), content.named_in)
    } else if content.named_in == NamedIn::SubTitle && content.chart.legend != LegendPlace::Hidden {
        (without_name.to_owned(), NamedIn::Legend)
    } else {
        let cut = cut_end(&label.name, &|name| fits(&format!("{name}{}", label.suffix)));
        (cut.map_or(without_name.to_owned(), |name| name + &label.suffix), content.named_in)
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
struct Room<'a> {
    content: &'a Content<'a>,
    /// In the legend.
    figures: &'a Figures,
    picture: Rect,
    /// Of plot and margin; what is right of it is the legend's.
    columns: (i32, i32),
    spacing: Spacing,
}

impl Room<'_> {
    /// The rows of the picture, and their axes: what fits of `wished`, with as much legend as is needed and granted.
    fn settled(&self, wished: &Rows) -> (Rows, Axes) {
        let draft = wished.fitting(self.picture.height, &self.spacing);
        let axes = self.axes(&draft);
        let dated = axes.time_axis.ticks.iter().any(|tick| tick.date.is_some());
        let is_one = draft.time == TimeRows::Two && !dated && axes.zone.len() < 2;
        let rows = Rows { time: if is_one { TimeRows::One } else { draft.time }, ..draft };
        let width = self.columns.1 - axes.plot.0;
        let legend = self.below(width, self.granted(&rows)).rows;
        // Without a name in it a legend is no use, and its row may be of use to others.
        if legend == 0 && rows.legend > 0 {
            return self.settled(&Rows { legend: 0, ..*wished });
        }
        let rows = Rows { legend, ..rows };
        let axes = if rows == draft { axes } else { self.axes(&rows) };
        (rows, axes)
    }

    /// The legend in `rows` rows below a plot of `width` pixels.
    fn below(&self, width: i32, rows: i32) -> Legend {
        below::below(self.contents(), width, rows, writing(self.content))
    }

    /// The legend in `width` pixels beside a plot of `height` pixels.
    fn beside(&self, width: i32, height: i32) -> Option<Legend> {
        side_table::beside(self.contents(), width, height / model::ROW, writing(self.content))
    }

    /// Pixels of a legend beside the plot, where it is wished and can stand there.
    fn width_beside(&self, wished: &Rows) -> Option<i32> {
        let may = wished.legend > 0 && self.picture.width >= WIDE_FOR_LEGEND;
        let rows = Rows { legend: 0, ..*wished }.fitting(self.picture.height, &self.spacing);
        let (top, bottom) = rows.stack(self.picture.height, &self.spacing).plot;
        let most = self.picture.width * MOST_BESIDE / 100;
        if may { self.beside(most, bottom - top).map(|legend| legend.width) } else { None }
    }

    /// An axis of a plot of some height says its unit above it.
    fn has_unit(&self, plot_height: i32) -> bool {
        let (axis, right) = self.value_axes(plot_height);
        axis.title.is_some() || right.is_some_and(|axis| axis.title.is_some())
    }

    fn contents(&self) -> Contents<'_> {
        Contents { entries: &self.content.entries, figures: self.figures }
    }

    /// Rows that the legend may have.
    fn granted(&self, rows: &Rows) -> i32 {
        let few = self.content.entries.len() <= FEW && self.figures.columns.is_empty();
        let percent = if few { GOOD_PLOT } else { LEAST_PLOT };
        let height = self.picture.height;
        let grants = |&legend: &i32| {
            legend * model::ROW + self.spacing.legend <= height * MOST_LEGEND / 100
                && Rows { legend, ..*rows }.leaves(percent, height, &self.spacing)
        };
        if rows.legend == 0 { 0 } else { (2..).take_while(grants).last().unwrap_or(1) }
    }

    fn axes(&self, rows: &Rows) -> Axes {
        let (top, bottom) = rows.stack(self.picture.height, &self.spacing).plot;
        let (value_axis, right_axis) = self.value_axes(bottom - top);
        let most = self.picture.width * MOST_MARGIN / 100 - LABEL_GAP;
        let widest = |axis: &ValueAxis| {
            let labels = shown_ticks(axis, rows.time);
            let widths = labels.map(|tick| text_width(&tick.label, self.content.theme.axis_label().font));
            widths.filter(|&width| width <= most).max().unwrap_or(0)
        };
        let labels = widest(&value_axis);
        let right = match right_axis.as_ref().map_or(0, widest) {
            0 => self.columns.1,
            labels => self.columns.1 - labels - LABEL_GAP,
        };
        let overhang = self.overhang(rows.time);
        let small = self.content.theme.small().font;
        let zone = zone_block(&self.content.zone_text, rows.time, labels - overhang, small);
        let widths = zone.iter().map(|line| text_width(line, small) + overhang);
        let beside = widths.filter(|&width| width <= most).fold(labels, i32::max);
        let left = self.columns.0 + if beside == 0 { 0 } else { beside + LABEL_GAP };
        let time_axis = self.time_axis(right - left, rows.time);
        Axes { value_axis, right_axis, time_axis, zone, overhang, plot: (left, right) }
    }

    /// What the first label reaches over the left edge, where the picture is large enough to grant it.
    fn overhang(&self, rows: TimeRows) -> i32 {
        let axis = self.time_axis(self.columns.1 - self.columns.0, rows);
        let span = self.content.frame.span;
        let first = axis.ticks.first().filter(|_| rows == TimeRows::Two && self.spacing.wide);
        let reach = |tick: &TimeTick| {
            let width = f64::from(self.columns.1 - self.columns.0);
            let from_edge = (tick.at - span.start()) as f64 / span.seconds() as f64 * width;
            text_width(&tick.label, self.content.theme.axis_label().font) / 2 - from_edge as i32
        };
        first.map_or(0, reach).max(0)
    }

    /// Where there are no values, the axis has nothing to tell.
    fn value_axes(&self, plot_height: i32) -> (ValueAxis, Option<ValueAxis>) {
        let content = self.content;
        let (axis, right) = match content.right {
            None => (value_axis(content.extent, content.axis, plot_height), None),
            Some(right) => {
                let right = (right.extent, right.options());
                let (axis, right) = value_axes((content.extent, content.axis), right, plot_height);
                (axis, Some(right))
            }
        };
        if content.extent.is_some() {
            (axis, right)
        } else {
            (ValueAxis { ticks: Vec::new(), title: None, ..axis }, right)
        }
    }

    fn time_axis(&self, plot_width: i32, rows: TimeRows) -> TimeAxis {
        let frame = self.content.frame;
        let width_of = |text: &str, weight| width(text, Font { weight, ..self.content.theme.axis_label().font });
        time_axis(frame.span, &frame.zone, plot_width, (self.content.language, rows), &width_of)
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
