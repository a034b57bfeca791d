//! Draws a chart model: grid, bands, series, markers, texts and legend, in the order in which they cover each other.
//!
//! The scene builder drops a text that would meet an earlier one, so the most important texts are written first.

use super::annotations::draw;
use super::chart_model::ChartModel;
use super::labels::measure::text_width;
use super::labels::shorten::cut_end;
use super::labels::time_span::SpanText;
use super::labels::{alt_text, footer, messages};
use super::layout::axis_assignment::{AxesAllowed, OnAxis, Side};
use super::layout::row_plan::Detail;
use super::layout::{self, GOOD_PLOT_PERCENT, Layout, whole};
use super::legend::model::{self as legend, Legend};
use super::legend::swatch;
use super::marks;
use super::marks::clip_marker::clip_markers;
use super::marks::line::{Dots, MarkStyle, PlotTransform};
use super::marks::series::SeriesMark;
use super::scene::TextStyle;
use super::scene_builder::{Anchor, Row, SceneBuilder};
use super::theme::{TextScaling, Theme};
use super::time_axis::TimeRows;
use super::value_axis::{ValueAxis, value_axis};
use super::{direct_labels, draw_axes};
use crate::geometry::{Px, Rect};
use crate::request::{AxisOptions, IncompleteBuckets, Kind, Size};

/// Free pixels around a sparkline: two, and the radius of its dot.
const SPARKLINE_PADDING: i32 = 4;
/// Height in pixels below which a sparkline keeps less space free above and below.
const LOW_SPARKLINE: i32 = 24;
/// Free pixels above and below a low sparkline.
const LOW_PADDING: i32 = 2;
/// Width of the line of a sparkline: 1.25 px.
const SPARKLINE_WIDTH: Px = Px::from_units(80);
/// Area in pixels from which an image is large.
const USUAL_AREA: u64 = 600 * 400;
/// Minimum height in pixels of an empty plot that also shows the requested range and its zone.
const MIN_HEIGHT_FOR_RANGE: i32 = 64;

/// Draws a model of `size` pixels. `model` builds the model for the number of value axes that the image can hold. Large
/// images are laid out like smaller ones and drawn enlarged, as far as the plot keeps its share of the height.
///
/// Returns the model that was drawn, and the builder with its shapes.
pub(super) fn draw_model<'a>(
    mut model: impl FnMut(AxesAllowed) -> ChartModel<'a>,
    size: Size,
    scaling: TextScaling,
) -> (ChartModel<'a>, SceneBuilder) {
    let lines_only = |model: ChartModel<'a>, padding, dots| {
        let mut builder = SceneBuilder::new(whole(size), model.scale);
        draw_lines_only(&mut builder, &model, whole(size), padding, dots);
        (model, builder)
    };
    match Detail::of(size) {
        Detail::Bare => lines_only(model(AxesAllowed::Two), 0, Dots::None),
        Detail::Sparkline => lines_only(model(AxesAllowed::Two), SPARKLINE_PADDING, Dots::Last),
        _ => {
            let (model, layout, image) = arrange_enlarged(model, size, scaling);
            let mut builder = SceneBuilder::new(image, model.scale);
            draw_chart(&mut builder, &model, image, &layout);
            (model, builder)
        }
    }
}

/// Lays out a chart at the largest enlargement at which the plot keeps its share of the height and no part is lost.
///
/// Returns the area of the image in pixels of the layout as well.
fn arrange_enlarged<'a>(
    mut model: impl FnMut(AxesAllowed) -> ChartModel<'a>,
    size: Size,
    scaling: TextScaling,
) -> (ChartModel<'a>, Layout, Rect) {
    for eighths in (9..=largest_enlargement(size, scaling)).rev() {
        let smaller = size.in_units_of(eighths.unsigned_abs());
        let enlarged = |allowed| {
            let model = model(allowed);
            ChartModel { scale: model.scale.enlarged(eighths), ..model }
        };
        let (model, layout) = arrange_axes(enlarged, smaller);
        let is_high = layout.plot.height * 100 >= GOOD_PLOT_PERCENT * whole(smaller).height;
        if is_high && Detail::of(smaller) == Detail::of(size) {
            return (model, layout, whole(smaller));
        }
    }
    let (model, layout) = arrange_axes(model, size);
    (model, layout, whole(size))
}

/// Returns the square root of the area in units of 600 × 400 pixels, in eighths, from 8 to 16.
fn largest_enlargement(size: Size, scaling: TextScaling) -> i32 {
    let area = u64::from(size.width()) * u64::from(size.height()) * 64;
    // The nearest eighth n has (n − ½)² ≤ area; with 2 n − 1 it is a whole number.
    let reaches = |eighths: &u64| (2 * eighths - 1) * (2 * eighths - 1) * USUAL_AREA <= 4 * area;
    match scaling {
        TextScaling::WithImage => (8..=16_u64).rev().find(reaches).map_or(8, |eighths| eighths as i32),
        TextScaling::Fixed => 8,
    }
}

/// Lays out a chart with two value axes if its series have two units and the plot stays wide enough, else with one.
pub(super) fn arrange_axes<'a>(
    mut model: impl FnMut(AxesAllowed) -> ChartModel<'a>,
    size: Size,
) -> (ChartModel<'a>, Layout) {
    let mut arrange = |allowed| {
        let model = model(allowed);
        let layout = layout::arrange(&model, size);
        (model, layout)
    };
    let both = arrange(AxesAllowed::Two);
    if both.1.has_space_for_right_axis(whole(size)) { both } else { arrange(AxesAllowed::One) }
}

/// Returns the text alternative of the image: one sentence.
pub(super) fn alt_sentence(model: &ChartModel) -> String {
    alt_text::sentence(model, &span_text(model).full())
}

fn span_text<'a>(model: &'a ChartModel) -> SpanText<'a> {
    SpanText { span: model.frame.span, zone: &model.frame.zone, zone_text: &model.zone_text, language: model.language }
}

/// Draws the series over the whole image, `padding` pixels from its edges, from their lowest to their highest value;
/// without data, a grey line in the middle.
fn draw_lines_only(builder: &mut SceneBuilder, model: &ChartModel, image: Rect, padding: i32, dots: Dots) {
    let above = if image.height < LOW_SPARKLINE { padding.min(LOW_PADDING) } else { padding };
    let plot = Rect::new(padding, above, image.width - 2 * padding, image.height - 2 * above);
    let axis = sparkline_axis(model, Side::Left, model.extent, model.axis, plot.height);
    let right = model.right.map(|right| sparkline_axis(model, Side::Right, right.extent, right.options(), plot.height));
    let transform = PlotTransform { plot, span: model.frame.span, axis: &axis, scale: model.scale };
    if model.is_empty() {
        builder.fill(Rect::new(plot.left, plot.top + plot.height / 2, plot.width, 1), model.theme.muted);
    }
    draw::draw_bands(builder, model, &transform);
    let style = MarkStyle { dots, width: SPARKLINE_WIDTH, ..mark_style(model, image) };
    draw_lines(builder, model, (&transform, right.as_ref()), style);
    draw::draw_marks(builder, model, &transform);
}

/// Returns an axis that ends at the lowest and the highest value, so that the series use the whole height. Bars and
/// stacks stand on zero; requested ends and a constant have their usual axis.
fn sparkline_axis(
    model: &ChartModel,
    side: Side,
    extent: Option<(f64, f64)>,
    options: AxisOptions,
    height: i32,
) -> ValueAxis {
    let usual = value_axis(extent, options, height);
    let is_on = |on: &OnAxis| on.side == side;
    let own = model.curves.iter().zip(&model.lines).filter(|(_, on)| is_on(on)).filter_map(|(curve, _)| curve.extent());
    let own = own.reduce(|(low, high), other| (low.min(other.0), high.max(other.1)));
    let is_based = matches!(model.chart.kind, Kind::Bar | Kind::Stacked);
    match own {
        Some((low, high)) if !is_based && options.min.is_none() && options.max.is_none() && high - low > 0.0 => {
            let is_noise = high - low <= 1e-9 * low.abs().max(high.abs());
            if is_noise { usual } else { ValueAxis { low, high, ..usual } }
        }
        _ => usual,
    }
}

/// Draws a chart with axes: data between grid and texts, the most important texts first.
fn draw_chart(builder: &mut SceneBuilder, model: &ChartModel, image: Rect, layout: &Layout) {
    let transform =
        PlotTransform { plot: layout.plot, span: model.frame.span, axis: &layout.value_axis, scale: model.scale };
    draw_axes::draw_grid(builder, layout, &transform, model.theme);
    draw::draw_bands(builder, model, &transform);
    draw_lines(builder, model, (&transform, layout.right_axis.as_ref()), mark_style(model, image));
    draw_clip_markers(builder, model, (&transform, layout.right_axis.as_ref()));
    let numbered = draw::draw_marks(builder, model, &transform);
    write_headings(builder, model, layout);
    if model.is_empty() {
        write_no_data(builder, model, layout);
    }
    draw_axes::label_values(builder, layout, &transform, model.theme);
    direct_labels::draw(builder, model, layout, &transform);
    if let Some(axis) = &layout.right_axis {
        draw_axes::label_right(builder, layout, axis, &transform, model.theme);
    }
    match layout.time_rows {
        TimeRows::Caption => {
            let texts = span_text(model).shorter();
            write_first_that_fits(builder, &texts, model.theme.axis_label(), layout.stack.times, layout.columns);
        }
        _ => draw_axes::label_times(builder, layout, &transform, model.theme),
    }
    let key = draw::key(&numbered, model, (layout.plot.width, layout.stack.key.len()));
    for (line, &row) in key.iter().zip(&layout.stack.key) {
        builder.text(line, model.theme.small(), Anchor::Start(layout.plot.left), row);
    }
    if let Some(row) = layout.stack.warning {
        let within = (layout.plot.left, layout.plot.right());
        write_first_that_fits(builder, &model.warnings, model.theme.warning(), row, within);
    }
    write_legend(builder, &layout.legend, layout.legend_at, model.theme);
    if let Some(row) = layout.stack.footer {
        let texts = footer::texts(model, &span_text(model));
        write_first_that_fits(builder, &texts, model.theme.small(), row, layout.columns);
    }
}

fn mark_style(model: &ChartModel, image: Rect) -> MarkStyle {
    let points = model.curves.iter().flat_map(|curve| &curve.segments).map(Vec::len).sum();
    let complete_until = match model.chart.unfinished {
        IncompleteBuckets::Plain => None,
        IncompleteBuckets::Marked => model.frame.complete_until,
    };
    let lines = model.curves.len();
    let style = MarkStyle::of(lines, lines - model.focus.others(), points, image);
    MarkStyle { complete_until, background: model.theme.ground, ..style }
}

/// Draws each series on its axis: first those without emphasis; those of the left axis above those of the right.
fn draw_lines(
    builder: &mut SceneBuilder,
    model: &ChartModel,
    transforms: (&PlotTransform, Option<&ValueAxis>),
    mark_style: MarkStyle,
) {
    for (emphasised, style) in [(false, mark_style.of_others()), (true, mark_style)] {
        for side in [Side::Right, Side::Left] {
            let (marks, transform) = on_axis(model, transforms, side);
            let of_emphasis = |mark: &SeriesMark| mark.emphasised == emphasised;
            let marks: Vec<SeriesMark> = marks.into_iter().filter(of_emphasis).collect();
            builder.draw(marks::draw(model.chart.kind, &marks, &transform, &style));
        }
    }
}

/// Draws triangles where series leave the requested value range, and bars as long as they are outside.
fn draw_clip_markers(builder: &mut SceneBuilder, model: &ChartModel, transforms: (&PlotTransform, Option<&ValueAxis>)) {
    // An axis without requested ends covers every value.
    if model.axis.min.is_none() && model.axis.max.is_none() {
        return;
    }
    for side in [Side::Right, Side::Left] {
        let (marks, transform) = on_axis(model, transforms, side);
        let curves = marks::edges(model.chart.kind, &marks);
        let marks = marks.iter().zip(&curves).rev();
        builder.draw(marks.flat_map(|(mark, curve)| clip_markers(curve, &transform, mark.style.colour)));
    }
}

/// Returns the series of one axis and the transform with that axis.
fn on_axis<'a>(
    model: &'a ChartModel,
    (transform, right): (&'a PlotTransform, Option<&'a ValueAxis>),
    side: Side,
) -> (Vec<SeriesMark<'a>>, PlotTransform<'a>) {
    let marks = model.curves.iter().zip(&model.styles).zip(&model.focus.is_emphasised).zip(&model.lines);
    let marks = marks.filter(|(_, on)| on.side == side || right.is_none() && side == Side::Left);
    let axis = right.filter(|_| side == Side::Right).unwrap_or(transform.axis);
    let mark = |((curve, &style), &emphasised)| SeriesMark { curve, style, emphasised };
    (marks.map(|(series, _)| mark(series)).collect(), PlotTransform { axis, ..*transform })
}

fn write_headings(builder: &mut SceneBuilder, model: &ChartModel, layout: &Layout) {
    let (left, right) = layout.columns;
    if let (Some(row), Some(title)) = (layout.stack.title, &model.heading.title) {
        let cut = cut_end(title, &|text| text_width(text, model.theme.title().font) <= right - left);
        builder.text(&cut.unwrap_or_default(), model.theme.title(), Anchor::Start(left), row);
    }
    if let Some(row) = layout.stack.sub_title {
        builder.text(&layout.sub_title, model.theme.sub_title(), Anchor::Start(left), row);
    }
}

/// Writes "no data" in the middle of the plot, with the range and its zone below if the plot is high enough.
fn write_no_data(builder: &mut SceneBuilder, model: &ChartModel, layout: &Layout) {
    let plot = layout.plot;
    let (middle, centre) = (plot.top + plot.height / 2, Anchor::Middle(plot.left + plot.width / 2));
    let within = (plot.left, plot.right());
    let ranges = span_text(model).shorter();
    let range = ranges.iter().find(|text| text_width(text, model.theme.sub_title().font) <= plot.width);
    let range = range.filter(|_| plot.height >= MIN_HEIGHT_FOR_RANGE);
    let above = if range.is_some() { 20 } else { 10 };
    builder.text_within(
        messages::no_data(model.language),
        model.theme.nothing(),
        centre,
        Row { top: middle - above, height: 20 },
        within,
    );
    if let Some(range) = range {
        builder.text_within(range, model.theme.sub_title(), centre, Row { top: middle + 4, height: 16 }, within);
    }
}

fn write_first_that_fits(builder: &mut SceneBuilder, texts: &[String], style: TextStyle, row: Row, within: (i32, i32)) {
    if let Some(text) = texts.iter().find(|text| text_width(text, style.font) <= within.1 - within.0) {
        builder.text(text, style, Anchor::Start(within.0), row);
    }
}

/// Writes the legend with its upper left corner at `(left, top)`.
pub(super) fn write_legend(builder: &mut SceneBuilder, legend: &Legend, (left, top): (i32, i32), theme: &Theme) {
    let row = |row: i32| Row { top: top + row * legend::ROW, height: legend::ROW };
    for cell in &legend.cells {
        let (row, left) = (row(cell.row), left + cell.left);
        let (style, from) = match cell.emphasis {
            legend::Emphasis::Drawn(swatch) => {
                swatch.draw(builder, left, row);
                (theme.entry(), legend::TEXT_FROM)
            }
            legend::Emphasis::Secondary => {
                swatch::draw_secondary(builder, left, row, theme);
                (theme.secondary_entry(), legend::TEXT_FROM)
            }
            legend::Emphasis::More => (theme.secondary_entry(), 0),
        };
        builder.text(&cell.text, style, Anchor::Start(left + from), row);
    }
    for note in &legend.notes {
        let style = match note.part {
            legend::Part::Heading => theme.small(),
            legend::Part::Number => theme.entry(),
            legend::Part::Nothing => theme.secondary_entry(),
        };
        builder.text(&note.text, style, note.at.moved(left), row(note.row));
    }
}
