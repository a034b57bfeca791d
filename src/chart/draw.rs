//! Draws a chart model on a scene builder.

use super::annotations::draw;
use super::chart_model::Content;
use super::draw_axes;
use super::labels::measure::text_width;
use super::labels::shorten::cut_end;
use super::labels::time_span::SpanText;
use super::labels::{alt_text, footer, messages};
use super::layout::axis_assignment::{AxesAllowed, Side};
use super::layout::row_plan::Detail;
use super::layout::{self, Layout, whole};
use super::legend::model::{self as legend, Legend};
use super::legend::swatch;
use super::marks;
use super::marks::clip_marker::excursions;
use super::marks::line::{Dots, Field, Pen};
use super::marks::series::Figure;
use super::scene::TextStyle;
use super::scene_builder::{Anchor, Row, Sheet};
use super::theme::Theme;
use super::time_axis::TimeRows;
use super::value_axis::{ValueAxis, value_axis};
use crate::geometry::Rect;
use crate::request::{Size, Unfinished};

/// Pixels that a sparkline keeps free around it: two, and the radius of its dot.
const SPARKLINE_PADDING: i32 = 4;
/// Height of an empty plot from which zone and range are told in it.
const ROOM_FOR_RANGE: i32 = 64;

/// All that there is to say, on a sheet of `size`.
pub(super) fn drawn<'a>(mut content: impl FnMut(AxesAllowed) -> Content<'a>, size: Size) -> (Content<'a>, Sheet) {
    let picture = whole(size);
    let on_sheet = |content: Content<'a>, draw: &dyn Fn(&mut Sheet, &Content)| {
        let mut sheet = Sheet::new(picture, content.chart.scale);
        draw(&mut sheet, &content);
        (content, sheet)
    };
    let alone = |padding, dots| {
        move |sheet: &mut Sheet, content: &Content| draw_lines_alone(sheet, content, picture, padding, dots)
    };
    match Detail::of(size) {
        Detail::Bare => on_sheet(content(AxesAllowed::Two), &alone(0, Dots::None)),
        Detail::Sparkline => on_sheet(content(AxesAllowed::Two), &alone(SPARKLINE_PADDING, Dots::Last)),
        _ => {
            let (content, layout) = arranged(content, size);
            on_sheet(content, &|sheet, content| draw_chart(sheet, content, picture, &layout))
        }
    }
}

/// With two axes where there are two units and room for both.
pub(super) fn arranged<'a>(mut content: impl FnMut(AxesAllowed) -> Content<'a>, size: Size) -> (Content<'a>, Layout) {
    let mut settled = |allowed| {
        let content = content(allowed);
        let layout = layout::arrange(&content, size);
        (content, layout)
    };
    let both = settled(AxesAllowed::Two);
    if both.1.has_room_for_right(whole(size)) { both } else { settled(AxesAllowed::One) }
}

/// What the picture shows, in a sentence.
pub(super) fn sentence(content: &Content) -> String {
    alt_text::sentence(content, &span_text(content).full())
}

fn span_text<'a>(content: &'a Content) -> SpanText<'a> {
    SpanText { span: content.frame.span, zone: &content.frame.zone, zone_text: &content.zone_text }
}

/// Lines over the whole picture, `padding` pixels from its edges; a grey one where there is no data.
fn draw_lines_alone(sheet: &mut Sheet, content: &Content, picture: Rect, padding: i32, dots: Dots) {
    let plot = Rect::new(padding, padding, picture.width - 2 * padding, picture.height - 2 * padding);
    let axis = value_axis(content.extent, content.axis, plot.height);
    let right = content.right.map(|right| value_axis(right.extent, right.options(), plot.height));
    let field = Field { plot, span: content.frame.span, axis: &axis, scale: content.chart.scale };
    if content.is_empty() {
        sheet.fill(Rect::new(plot.left, plot.top + plot.height / 2, plot.width, 1), content.theme.muted);
    }
    draw::draw_bands(sheet, content, &field);
    draw_lines(sheet, content, (&field, right.as_ref()), Pen { dots, ..pen(content, picture) });
    draw::draw_marks(sheet, content, &field);
}

/// Data between grid and texts; what matters most is written first.
fn draw_chart(sheet: &mut Sheet, content: &Content, picture: Rect, layout: &Layout) {
    let field =
        Field { plot: layout.plot, span: content.frame.span, axis: &layout.value_axis, scale: content.chart.scale };
    draw_axes::draw_grid(sheet, layout, &field, content.theme);
    draw::draw_bands(sheet, content, &field);
    draw_lines(sheet, content, (&field, layout.right_axis.as_ref()), pen(content, picture));
    mark_excursions(sheet, content, (&field, layout.right_axis.as_ref()));
    let numbered = draw::draw_marks(sheet, content, &field);
    write_headings(sheet, content, layout);
    if content.is_empty() {
        write_no_data(sheet, content, layout);
    }
    draw_axes::label_values(sheet, layout, &field, content.theme);
    if let Some(axis) = &layout.right_axis {
        draw_axes::label_right(sheet, layout, axis, &field, content.theme);
    }
    match layout.time_rows {
        TimeRows::Caption => {
            let texts = span_text(content).shorter();
            write_first_that_fits(sheet, &texts, content.theme.axis_label(), layout.stack.times, layout.columns);
        }
        _ => draw_axes::label_times(sheet, layout, &field, content.theme),
    }
    let key = draw::key(&numbered, content, (layout.plot.width, layout.stack.key.len()));
    for (line, &row) in key.iter().zip(&layout.stack.key) {
        sheet.text(line, content.theme.small(), Anchor::Start(layout.plot.left), row);
    }
    if let Some(row) = layout.stack.warning {
        let within = (layout.plot.left, layout.plot.right());
        write_first_that_fits(sheet, &content.warnings, content.theme.warning(), row, within);
    }
    write_legend(sheet, &layout.legend, layout.legend_at, content.theme);
    if let Some(row) = layout.stack.footer {
        let texts = footer::texts(content, &span_text(content));
        write_first_that_fits(sheet, &texts, content.theme.small(), row, layout.columns);
    }
}

fn pen(content: &Content, picture: Rect) -> Pen {
    let points = content.curves.iter().flat_map(|curve| &curve.runs).map(Vec::len).sum();
    let complete_until = match content.chart.unfinished {
        Unfinished::Plain => None,
        Unfinished::Marked => content.frame.complete_until,
    };
    Pen { complete_until, ground: content.theme.ground, ..Pen::of(content.curves.len(), points, picture) }
}

/// Each line on its axis; those on the left axis are drawn last, above the others.
fn draw_lines(sheet: &mut Sheet, content: &Content, fields: (&Field, Option<&ValueAxis>), pen: Pen) {
    for side in [Side::Right, Side::Left] {
        let (figures, field) = on_axis(content, fields, side);
        sheet.draw(marks::draw(content.chart.kind, &figures, &field, &pen));
    }
}

/// Where lines leave the axis that was asked for.
fn mark_excursions(sheet: &mut Sheet, content: &Content, fields: (&Field, Option<&ValueAxis>)) {
    // An axis without ends that were asked for reaches everything.
    if content.axis.min.is_none() && content.axis.max.is_none() {
        return;
    }
    for side in [Side::Right, Side::Left] {
        let (figures, field) = on_axis(content, fields, side);
        let curves = marks::edges(content.chart.kind, &figures);
        let marks = figures.iter().zip(&curves).rev();
        sheet.draw(marks.filter_map(|(figure, curve)| excursions(curve, &field, figure.look.colour)));
    }
}

/// The lines of one axis, and where their values are.
fn on_axis<'a>(
    content: &'a Content,
    (field, right): (&'a Field, Option<&'a ValueAxis>),
    side: Side,
) -> (Vec<Figure<'a>>, Field<'a>) {
    let figures = content.curves.iter().zip(&content.looks).zip(&content.lines);
    let figures = figures.filter(|(_, on)| on.side == side || right.is_none() && side == Side::Left);
    let axis = right.filter(|_| side == Side::Right).unwrap_or(field.axis);
    (figures.map(|((curve, &look), _)| Figure { curve, look }).collect(), Field { axis, ..*field })
}

fn write_headings(sheet: &mut Sheet, content: &Content, layout: &Layout) {
    let (left, right) = layout.columns;
    if let (Some(row), Some(title)) = (layout.stack.title, content.title) {
        let cut = cut_end(title, &|text| text_width(text, content.theme.title().font) <= right - left);
        sheet.text(&cut.unwrap_or_default(), content.theme.title(), Anchor::Start(left), row);
    }
    if let Some(row) = layout.stack.sub_title {
        sheet.text(&layout.sub_title, content.theme.sub_title(), Anchor::Start(left), row);
    }
}

/// In the middle of the plot, with zone and range below where there is room.
fn write_no_data(sheet: &mut Sheet, content: &Content, layout: &Layout) {
    let plot = layout.plot;
    let (middle, centre) = (plot.top + plot.height / 2, Anchor::Middle(plot.left + plot.width / 2));
    let within = (plot.left, plot.right());
    let ranges = span_text(content).shorter();
    let range = ranges.iter().find(|text| text_width(text, content.theme.sub_title().font) <= plot.width);
    let range = range.filter(|_| plot.height >= ROOM_FOR_RANGE);
    let above = if range.is_some() { 20 } else { 10 };
    sheet.text_within(
        messages::no_data(content.language),
        content.theme.nothing(),
        centre,
        Row { top: middle - above, height: 20 },
        within,
    );
    if let Some(range) = range {
        sheet.text_within(range, content.theme.sub_title(), centre, Row { top: middle + 4, height: 16 }, within);
    }
}

fn write_first_that_fits(sheet: &mut Sheet, texts: &[String], style: TextStyle, row: Row, within: (i32, i32)) {
    if let Some(text) = texts.iter().find(|text| text_width(text, style.font) <= within.1 - within.0) {
        sheet.text(text, style, Anchor::Start(within.0), row);
    }
}

/// From its upper left corner on.
pub(super) fn write_legend(sheet: &mut Sheet, legend: &Legend, (left, top): (i32, i32), theme: &Theme) {
    let row = |row: i32| Row { top: top + row * legend::ROW, height: legend::ROW };
    for cell in &legend.cells {
        let (row, left) = (row(cell.row), left + cell.left);
        let (style, from) = match cell.tone {
            legend::Tone::Drawn(marker) => {
                marker.draw(sheet, left, row);
                (theme.entry(), legend::TEXT_FROM)
            }
            legend::Tone::Quiet => {
                swatch::draw_quiet(sheet, left, row, theme);
                (theme.quiet_entry(), legend::TEXT_FROM)
            }
            legend::Tone::More => (theme.quiet_entry(), 0),
        };
        sheet.text(&cell.text, style, Anchor::Start(left + from), row);
    }
    for note in &legend.notes {
        let style = match note.part {
            legend::Part::Heading => theme.small(),
            legend::Part::Number => theme.entry(),
            legend::Part::Nothing => theme.quiet_entry(),
        };
        sheet.text(&note.text, style, note.at.moved(left), row(note.row));
    }
}
