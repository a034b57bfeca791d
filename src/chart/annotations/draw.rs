//! Draws thresholds, value bands, instants and time ranges with their labels.
//!
//! Bands lie below the data, lines above it. Labels stay in the plot and overlap no other text. An annotation in time
//! whose label does not fit shows its number, and a key below the plot explains the numbers; the text alternative has
//! the same numbers. A threshold outside the axis is a triangle at the nearer edge. An annotation outside the span
//! appears in the text alternative only.

use crate::chart::chart_model::{ChartModel, SEPARATOR};
use crate::chart::contrast::readable;
use crate::chart::labels::measure::text_width;
use crate::chart::labels::messages;
use crate::chart::labels::number::plain_text;
use crate::chart::labels::shorten::cut_end;
use crate::chart::labels::time_span::SpanText;
use crate::chart::marks::line::PlotTransform;
use crate::chart::palette::with_opacity;
use crate::chart::scene::{Dash, Section, Shape, Stroke, TextStyle};
use crate::chart::scene_builder::{Anchor, Row, SceneBuilder, to_device};
use crate::chart::theme::Theme;
use crate::geometry::{Point, Px, Rect};
use crate::request::{Annotation, Colour, Place, Unit};

/// Opacity of a band in percent.
const FILL: u32 = 10;
/// Strokes and gaps of a threshold.
const DASH: &[Px] = &[Px::whole(4), Px::whole(3)];
/// Height of a label in pixels.
const LABEL: i32 = 12;
/// Distance between stacked labels in pixels.
const NEXT: i32 = LABEL + 2;
/// Maximum number of stacked labels in time.
const ROWS: i32 = 3;
/// Maximum number of rows of the key.
const MAX_KEY_ROWS: usize = 2;
/// Gap in pixels between a label and its line, and between a label and the edge of the plot.
const INSET: i32 = 4;
/// Minimum width and height in pixels of a plot with labels.
const MIN_LABELLED_PLOT: (i32, i32) = (112, 60);
/// Height and half the width of a triangle, in pixels.
const TRIANGLE: i32 = 4;

/// Returns the text alternative of all annotations in order: number, label and position. `None` without annotations.
pub(in crate::chart) fn describe(model: &ChartModel) -> Option<String> {
    let unit = model.axis.unit.unwrap_or(Unit::NONE);
    let (span, language) = (model.frame.span, model.language);
    let span = SpanText { span, zone: &model.frame.zone, zone_text: &model.zone_text, language };
    let (value, instant) = (|value| plain_text(value, unit), |second| span.instant(second));
    let descriptions = model.chart.annotations.iter().enumerate().map(|(index, annotation)| {
        let place = match annotation.place {
            Place::Value(at) => value(at),
            Place::Values(low, high) => format!("{} – {}", value(low), value(high)),
            Place::Time(at) => instant(at),
            Place::Times(start, end) => format!("{} – {}", instant(start), instant(end)),
        };
        let label = annotation.label.as_ref().map(|label| format!(" {}:", label.as_str())).unwrap_or_default();
        format!("({}){label} {place}", index + 1)
    });
    Some(descriptions.collect::<Vec<_>>().join(", ")).filter(|descriptions| !descriptions.is_empty())
}

/// Draws the bands; called before the data is drawn.
pub(in crate::chart) fn draw_bands(builder: &mut SceneBuilder, model: &ChartModel, transform: &PlotTransform) {
    let plot = transform.plot;
    for annotation in shown(model) {
        let area = match annotation.place {
            Place::Values(low, high) => {
                let (top, bottom) = (transform.row(high).max(plot.top), transform.row(low).min(plot.bottom() - 1));
                Rect::new(plot.left, top, plot.width, bottom - top + 1)
            }
            Place::Times(start, end) => {
                let (left, right) = columns(transform, start, end);
                Rect::new(left, plot.top, right - left + 1, plot.height)
            }
            Place::Value(_) | Place::Time(_) => continue,
        };
        builder.fill(area, with_opacity(colour(annotation, model.theme), FILL));
    }
}

/// Draws labels and then lines, which are interrupted around the labels; called after the data is drawn. Instants are
/// labelled from left to right.
///
/// Returns the annotations that show a number instead of their label.
pub(in crate::chart) fn draw_marks<'a>(
    builder: &mut SceneBuilder,
    model: &ChartModel<'a>,
    transform: &PlotTransform,
) -> Vec<NumberedLabel<'a>> {
    let numbered = || (1..).zip(&model.chart.annotations).filter(|(_, annotation)| is_shown(annotation, model));
    let mut in_time: Vec<(i64, i32, &'a Annotation)> = Vec::new();
    for (number, annotation) in numbered() {
        match annotation.place {
            Place::Value(value) => label_value(builder, model, transform, annotation, (value, value)),
            Place::Values(low, high) => label_value(builder, model, transform, annotation, (low, high)),
            Place::Time(at) | Place::Times(at, _) => in_time.push((at, number, annotation)),
        }
    }
    in_time.sort_by_key(|&(at, ..)| at);
    let labelled: Vec<Labelled> = in_time
        .iter()
        .map(|&(at, number, annotation)| label_time(builder, model, transform, annotation, (at, &number.to_string())))
        .collect();
    for (&(at, _, annotation), labelled) in in_time.iter().zip(&labelled) {
        if let Place::Time(_) = annotation.place {
            let (top, bottom) = (labelled.top, transform.plot.bottom());
            builder.line_between_texts(
                Rect::new(transform.column(at), top, 1, bottom - top),
                colour(annotation, model.theme),
            );
        }
    }
    for (_, annotation) in numbered() {
        if let Place::Value(value) = annotation.place
            && transform.reaches(value)
        {
            draw_threshold(builder, transform, value, colour(annotation, model.theme));
        }
    }
    let numbered = in_time.iter().zip(&labelled).filter(|(_, labelled)| labelled.is_numbered);
    let numbered = numbered.filter_map(|(&(_, number, annotation), _)| {
        annotation.label.as_ref().map(|label| NumberedLabel { number, label: label.as_str() })
    });
    let mut numbered: Vec<NumberedLabel> = numbered.collect();
    numbered.sort_by_key(|numbered| numbered.number);
    numbered
}

/// A label that did not fit into the plot, and the number that replaces it.
#[derive(Debug, Clone, Copy)]
#[allow(missing_docs)]
pub(in crate::chart) struct NumberedLabel<'a> {
    pub number: i32,
    pub label: &'a str,
}

/// Returns the number of rows that the key needs in a chart with this plot.
pub(in crate::chart) fn key_rows(model: &ChartModel, transform: &PlotTransform, image: Rect) -> i32 {
    // Annotation labels are the first texts in a plot, so they find the same places on an empty builder.
    let numbered = draw_marks(&mut SceneBuilder::new(image, transform.scale), model, transform);
    key(&numbered, model, (transform.plot.width, MAX_KEY_ROWS)).len() as i32
}

/// Returns the lines of the key, for example `4 deploy 2.14.0 · 5 rollback`, in at most `max_rows` lines of `max_width`
/// pixels; the last line counts the labels left out.
pub(in crate::chart) fn key(
    numbered: &[NumberedLabel],
    model: &ChartModel,
    (max_width, max_rows): (i32, usize),
) -> Vec<String> {
    let fits = |text: &str| text_width(text, model.theme.small().font) <= max_width;
    let texts = numbered.iter().map(|NumberedLabel { number, label }| format!("{number} {label}"));
    let texts: Vec<String> = texts.filter_map(|text| cut_end(&text, &fits)).collect();
    let of_first = |shown: usize| {
        let more = (shown < numbered.len()).then(|| messages::more(numbered.len() - shown, model.language));
        let mut lines: Vec<String> = Vec::new();
        for text in texts[..shown].iter().cloned().chain(more) {
            let longer = lines.last().map(|line| format!("{line}{SEPARATOR}{text}")).filter(|longer| fits(longer));
            match (longer, lines.last_mut()) {
                (Some(longer), Some(line)) => *line = longer,
                _ => lines.push(text),
            }
        }
        lines
    };
    (1..=texts.len()).rev().map(of_first).find(|lines| lines.len() <= max_rows).unwrap_or_default()
}

fn shown<'a>(model: &'a ChartModel) -> impl Iterator<Item = &'a Annotation> {
    model.chart.annotations.iter().filter(|annotation| is_shown(annotation, model))
}

/// Returns true if the annotation can be placed: values need an axis with data, instants must lie in the span.
fn is_shown(annotation: &Annotation, model: &ChartModel) -> bool {
    let span = model.frame.span;
    match annotation.place {
        Place::Value(_) | Place::Values(..) => model.extent.is_some(),
        Place::Time(at) => (span.start()..=span.end()).contains(&at),
        Place::Times(start, end) => start < span.end() && end > span.start(),
    }
}

fn colour(annotation: &Annotation, theme: &Theme) -> Colour {
    let usual = match annotation.place {
        Place::Value(_) => theme.amber,
        Place::Values(..) | Place::Time(_) | Place::Times(..) => theme.secondary,
    };
    annotation.colour.unwrap_or(usual)
}

/// Returns the label style: the colour of the mark, readable.
fn label_style(annotation: &Annotation, theme: &Theme) -> TextStyle {
    TextStyle { colour: readable(colour(annotation, theme), theme), ..theme.small() }
}

/// Returns the label, cut to `max_width` pixels; `None` without a label, or if the plot is too small for labels.
fn label(annotation: &Annotation, style: TextStyle, transform: &PlotTransform, max_width: i32) -> Option<String> {
    if transform.plot.width < MIN_LABELLED_PLOT.0 || transform.plot.height < MIN_LABELLED_PLOT.1 {
        return None;
    }
    let label = annotation.label.as_ref()?;
    cut_end(label.as_str(), &|text| text_width(text, style.font) <= max_width)
}

fn inside(plot: Rect) -> (i32, i32) {
    (plot.left + INSET, plot.right() - INSET)
}

/// Draws a dashed line, interrupted around labels.
fn draw_threshold(builder: &mut SceneBuilder, transform: &PlotTransform, value: f64, colour: Colour) {
    let width = transform.scale.of(Px::whole(1)).floor();
    let row = transform.device(0.0, transform.y(value)).y.floor() - (width - 1) / 2;
    let y = Px::whole(row) + Px::whole(width).half();
    let pieces = builder.between_texts(Rect::new(transform.plot.left, transform.row(value), transform.plot.width, 1));
    let run =
        |piece: &Rect| [piece.left, piece.right()].map(|x| Point::new(transform.scale.of(Px::whole(x)), y)).to_vec();
    let stroke = Stroke { width: Px::whole(width), colour, dash: Dash { lengths: DASH, scale: transform.scale } };
    let clip = to_device(transform.plot, transform.scale);
    builder.draw([Shape::Line { runs: pieces.iter().map(run).collect(), stroke, clip }]);
}

/// Writes the label of a threshold above it, or of a band in its upper right corner; else below, or at the left end,
/// but never across a threshold.
fn label_value(
    builder: &mut SceneBuilder,
    model: &ChartModel,
    transform: &PlotTransform,
    annotation: &Annotation,
    (low, high): (f64, f64),
) {
    let plot = transform.plot;
    if low > transform.axis.high || high < transform.axis.low {
        return draw_outside_marker(
            builder,
            model,
            transform,
            annotation,
            if low > transform.axis.high { low } else { high },
        );
    }
    let (top, bottom) = (transform.row(high).max(plot.top), transform.row(low).min(plot.bottom() - 1));
    let tops = if bottom - top >= NEXT { [top + 2, top - NEXT, bottom + 3] } else { [top - NEXT, bottom + 3, top + 2] };
    let (style, within) = (label_style(annotation, model.theme), inside(plot));
    let halo = (style, model.theme.ground);
    let Some(text) = label(annotation, style, transform, within.1 - within.0) else { return };
    let thresholds: Vec<i32> = shown(model)
        .filter_map(|other| if let Place::Value(value) = other.place { Some(transform.row(value)) } else { None })
        .collect();
    let is_free = |top: i32| !thresholds.iter().any(|row| (top..top + LABEL).contains(row));
    let rows = tops.into_iter().filter(|&top| top > plot.top && top + LABEL < plot.bottom() && is_free(top));
    let rows: Vec<Row> = rows.map(|top| Row { top, height: LABEL }).collect();
    let places = [Anchor::End(within.1), Anchor::Start(within.0)]
        .into_iter()
        .flat_map(|anchor| rows.iter().map(move |&row| (anchor, row)));
    builder.label_at_first(&text, halo, places, within);
}

/// Draws a triangle that points to a threshold outside the axis, with its label.
fn draw_outside_marker(
    builder: &mut SceneBuilder,
    model: &ChartModel,
    transform: &PlotTransform,
    annotation: &Annotation,
    value: f64,
) {
    let (plot, above) = (transform.plot, value > transform.axis.high);
    let (tip, foot) = if above { (plot.top, plot.top + TRIANGLE) } else { (plot.bottom(), plot.bottom() - TRIANGLE) };
    let middle = plot.right() - INSET - TRIANGLE;
    let section = |x: i32, end: i32| {
        let [x, end, foot] = [x, end, foot].map(|pixels| transform.scale.of(Px::whole(pixels)));
        Section { x, top: end.min(foot), bottom: end.max(foot) }
    };
    let run = vec![section(middle - TRIANGLE, foot), section(middle, tip), section(middle + TRIANGLE, foot)];
    let clip = to_device(plot, transform.scale);
    builder.draw([Shape::Area { runs: vec![run], colour: colour(annotation, model.theme), clip }]);
    let (style, within) = (label_style(annotation, model.theme), (plot.left + INSET, middle - TRIANGLE - INSET));
    let halo = (style, model.theme.ground);
    let Some(text) = label(annotation, style, transform, within.1 - within.0) else { return };
    let first = if above { plot.top + 1 } else { plot.bottom() - 1 - LABEL };
    let step = if above { NEXT } else { -NEXT };
    let rows = (0..ROWS).map(|row| (Anchor::End(within.1), Row { top: first + row * step, height: LABEL }));
    builder.label_at_first(&text, halo, rows, within);
}

/// Returns the first and the last pixel column between two instants, clipped to the span.
fn columns(transform: &PlotTransform, start: i64, end: i64) -> (i32, i32) {
    (transform.column(start.max(transform.span.start())), transform.column(end.min(transform.span.end())))
}

/// The placed label of an annotation in time.
struct Labelled {
    /// Top pixel row of the annotation's line.
    top: i32,
    /// True if the number stands instead of the label.
    is_numbered: bool,
}

/// Writes a label beside its instant in the first free row from the top, else its number below those rows.
fn label_time(
    builder: &mut SceneBuilder,
    model: &ChartModel,
    transform: &PlotTransform,
    annotation: &Annotation,
    (at, number): (i64, &str),
) -> Labelled {
    let (plot, style, within) = (transform.plot, label_style(annotation, model.theme), inside(transform.plot));
    let halo = (style, model.theme.ground);
    let Some(text) = label(annotation, style, transform, within.1 - within.0) else {
        return Labelled { top: plot.top, is_numbered: false };
    };
    let column = transform.column(at.max(transform.span.start()));
    let places = |text: &str, rows: std::ops::Range<i32>| {
        let right = column + INSET + text_width(text, style.font) <= within.1;
        let anchor = if right { Anchor::Start(column + INSET) } else { Anchor::End(column - INSET + 1) };
        rows.map(move |row| (anchor, Row { top: plot.top + 2 + row * NEXT, height: LABEL }))
    };
    // The data begins below these rows.
    let rows = (plot.height / 3 / NEXT).clamp(1, ROWS);
    if let Some(row) = builder.label_at_first(&text, halo, places(&text, 0..rows), within) {
        return Labelled { top: row.top, is_numbered: false };
    }
    let row = builder.label_at_first(number, halo, places(number, rows..2 * rows), within);
    Labelled { top: row.map_or(plot.top + 2 + rows * NEXT, |row| row.top), is_numbered: row.is_some() }
}
