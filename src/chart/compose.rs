//! A frame as a picture: gathers what it has to say, gives everything a place, and puts it down in the order in which shapes cover
//! each other.
//!
//! Called by the way once the data is there. Pure: the same request and frame give the same scene everywhere.

use super::content::Content;
use super::layout::{self, Layout, text_width, whole};
use super::lines::{Dots, Field, Pen};
use super::names::cut_end;
use super::rows::{Detail, TimeRows};
use super::sheet::{Anchor, Row, Sheet};
use super::span_text::SpanText;
use super::theme::Theme;
use super::value_axis::value_axis;
use super::{Scene, TextStyle, alt, axes, legend, words};
use crate::geometry::Rect;
use crate::request::ImageRequest;
use crate::series::Frame;

/// Pixels that a sparkline keeps free around it: two, and the radius of its dot.
const SPARKLINE_PADDING: i32 = 4;
/// Height of an empty plot from which zone and range are told in it.
const ROOM_FOR_RANGE: i32 = 64;

/// Lays out the picture of `frame` that `request` asks for.
pub fn compose(request: &ImageRequest, frame: &Frame, theme: &Theme) -> Scene {
    let content = Content::new(request, frame, theme);
    let picture = whole(request.size);
    let mut sheet = Sheet::new(picture, request.chart.scale);
    match Detail::of(request.size) {
        Detail::Bare => draw_lines_alone(&mut sheet, &content, picture, 0, Dots::None),
        Detail::Sparkline => draw_lines_alone(&mut sheet, &content, picture, SPARKLINE_PADDING, Dots::Last),
        _ => draw_chart(&mut sheet, &content, picture, &layout::arrange(&content, request.size)),
    }
    let alt = alt::sentence(&content, &span_text(&content).full());
    sheet.finish(request.size, theme.ground, content.title, alt)
}

fn span_text<'a>(content: &'a Content) -> SpanText<'a> {
    SpanText { span: content.frame.span, zone: &content.frame.zone, zone_text: &content.zone_text }
}

/// Lines over the whole picture, `padding` pixels from its edges; a grey one where there is no data.
fn draw_lines_alone(sheet: &mut Sheet, content: &Content, picture: Rect, padding: i32, dots: Dots) {
    let plot = Rect::new(padding, padding, picture.width - 2 * padding, picture.height - 2 * padding);
    let axis = value_axis(content.extent, content.unit, plot.height);
    let field = Field { plot, span: content.frame.span, axis: &axis, scale: content.chart.scale };
    if content.extent.is_none() {
        sheet.fill(Rect::new(plot.left, plot.top + plot.height / 2, plot.width, 1), content.theme.muted);
    }
    draw_lines(sheet, content, &field, Pen { dots, ..pen(content, picture) });
}

/// Data between grid and texts; what matters most is written first.
fn draw_chart(sheet: &mut Sheet, content: &Content, picture: Rect, layout: &Layout) {
    let field =
        Field { plot: layout.plot, span: content.frame.span, axis: &layout.value_axis, scale: content.chart.scale };
    axes::draw_grid(sheet, layout, &field, content.theme);
    draw_lines(sheet, content, &field, pen(content, picture));
    write_headings(sheet, content, layout);
    match content.extent {
        Some(_) => axes::label_values(sheet, layout, &field, content.theme),
        None => write_no_data(sheet, content, layout),
    }
    match layout.time_rows {
        TimeRows::Caption => {
            let texts = span_text(content).shorter();
            write_first_that_fits(sheet, &texts, content.theme.axis_label(), layout.stack.times, layout.columns);
        }
        _ => axes::label_times(sheet, layout, &field, content.theme),
    }
    if let Some(row) = layout.stack.warning {
        write_first_that_fits(
            sheet,
            &content.warnings,
            content.theme.warning(),
            row,
            (layout.plot.left, layout.plot.right()),
        );
    }
    write_legend(sheet, layout, content.theme);
}

fn pen(content: &Content, picture: Rect) -> Pen {
    Pen::of(content.curves.len(), content.curves.iter().flat_map(|curve| &curve.runs).map(Vec::len).sum(), picture)
}

/// The first line is drawn last, above the others.
fn draw_lines(sheet: &mut Sheet, content: &Content, field: &Field, pen: Pen) {
    for (curve, &colour) in content.curves.iter().zip(&content.colours).rev() {
        sheet.draw(pen.draw(curve, field, colour));
    }
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
        words::no_data(content.language),
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

fn write_legend(sheet: &mut Sheet, layout: &Layout, theme: &Theme) {
    let (width, height) = legend::MARKER;
    for cell in &layout.legend.cells {
        let row = Row { top: layout.stack.legend + cell.row * legend::ROW, height: legend::ROW };
        let left = layout.plot.left + cell.left;
        let marker = Rect::new(left, row.top + (row.height - height) / 2, width, height);
        let (style, from) = match cell.tone {
            legend::Tone::Drawn(colour) => {
                sheet.fill(marker, colour);
                (theme.entry(), legend::TEXT_FROM)
            }
            legend::Tone::Quiet => {
                sheet.fill(marker, theme.muted);
                (theme.quiet_entry(), legend::TEXT_FROM)
            }
            legend::Tone::More => (theme.quiet_entry(), 0),
        };
        sheet.text(&cell.text, style, Anchor::Start(left + from), row);
    }
}

#[cfg(test)]
#[path = "compose_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "sweep_tests.rs"]
mod sweep_tests;
