//! Draws series as the shapes of a chart kind.
//!
//! Dispatches to the kinds. Fills come first, so that no fill dims a line; the first series is drawn last, above the
//! others.

pub(super) mod area;
pub(super) mod bar;
pub(super) mod clip_marker;
pub(super) mod extent;
pub(super) mod line;
pub(super) mod series;
pub(super) mod stacked;

use super::palette::with_opacity;
use super::scene::Shape;
use super::scene_builder::to_device;
use crate::geometry::{Point, Px};
use crate::request::Kind;
use extent::union;
use line::{Curve, Dots, MarkPath, MarkStyle, PlotTransform};
use series::SeriesMark;
use std::borrow::Cow;

/// Opacity of an area below a line in percent.
pub(super) const AREA_FILL: u32 = 12;
/// Opacity of a band from the lowest to the highest value in percent.
const BAND_FILL: u32 = 20;
/// Maximum width of an isolated step that is drawn as a dot.
const NARROW: Px = Px::whole(3);

/// Returns the lowest and the highest value that a chart of this kind shows; `None` without data. Kinds with fills
/// include zero.
pub(super) fn extent(kind: Kind, curves: &[&Curve]) -> Option<(f64, f64)> {
    let own = || curves.iter().filter_map(|curve| curve.extent()).reduce(union);
    match kind {
        Kind::Line | Kind::Step | Kind::Band => own(),
        Kind::Area | Kind::Bar => own().map(|own| union(own, (0.0, 0.0))),
        Kind::Stacked => stacked::extent(curves),
    }
}

/// Returns the outer edges of the series on one axis: the sums if the kind stacks them, else their values.
pub(super) fn edges<'a>(kind: Kind, marks: &[SeriesMark<'a>]) -> Vec<Cow<'a, Curve>> {
    let curves: Vec<&Curve> = marks.iter().map(|mark| mark.curve).collect();
    match kind {
        Kind::Line | Kind::Area | Kind::Step | Kind::Band | Kind::Bar => {
            curves.into_iter().map(Cow::Borrowed).collect()
        }
        Kind::Stacked => stacked::edges(&curves).into_iter().map(Cow::Owned).collect(),
    }
}

/// Returns the shapes of the series on one axis.
pub(super) fn draw(kind: Kind, marks: &[SeriesMark], transform: &PlotTransform, mark_style: &MarkStyle) -> Vec<Shape> {
    let each = |draw: &dyn Fn(&SeriesMark) -> Vec<Shape>| marks.iter().rev().flat_map(draw).collect::<Vec<Shape>>();
    match kind {
        Kind::Line => each(&|mark| line(mark, transform, mark_style)),
        Kind::Area => {
            [each(&|mark| beneath(mark, transform, marks.len())), each(&|mark| line(mark, transform, mark_style))]
                .concat()
        }
        Kind::Step => each(&|mark| step(mark, transform, mark_style)),
        Kind::Band => [each(&|mark| band(mark, transform)), each(&|mark| mean(mark, transform, mark_style))].concat(),
        Kind::Stacked => stacked::draw(marks, transform, mark_style),
        Kind::Bar => bar::draw(marks, transform, mark_style),
    }
}

fn line(mark: &SeriesMark, transform: &PlotTransform, mark_style: &MarkStyle) -> Vec<Shape> {
    let runs = mark.curve.segments.iter().map(|run| transform.place(run)).collect();
    let unfinished_from = mark_style.last_finished(mark.curve, transform);
    mark_style.draw(MarkPath { runs, unfinished_from }, mark.curve, transform, mark.style)
}

/// Returns the fill below one of `count` lines: paler among others, none among many, whose fills would mix to grey.
fn beneath(mark: &SeriesMark, transform: &PlotTransform, count: usize) -> Vec<Shape> {
    // 12 % over the square root of the number of lines.
    let Some(percent) = [AREA_FILL, AREA_FILL, 8, 7, 6].get(count).copied() else { return Vec::new() };
    let runs = mark.curve.segments.iter().filter(|run| run.len() > 1);
    let runs: Vec<_> = runs.map(|run| area::below_line(&transform.place(run), transform.base())).collect();
    let colour = with_opacity(mark.style.colour, percent);
    Some(Shape::Area { runs, colour, clip: to_device(transform.plot, transform.scale) })
        .filter(|_| mark.curve.segments.iter().any(|run| run.len() > 1))
        .into_iter()
        .collect()
}

fn step(mark: &SeriesMark, transform: &PlotTransform, mark_style: &MarkStyle) -> Vec<Shape> {
    let curve = mark.curve;
    let runs = curve
        .segments
        .iter()
        .zip(&curve.ends)
        .map(|(run, &end)| steps(&transform.place(run), transform.end(end)))
        .collect();
    let unfinished_from = mark_style.first_unfinished(curve, transform);
    let mark_style = MarkStyle { dots: mark_style.dots.isolated_only(), ..*mark_style };
    mark_style.draw(MarkPath { runs, unfinished_from }, curve, transform, mark.style)
}

/// Returns a run as steps: each value lasts until the next point, the last one until `end`.
fn steps(run: &[Point], end: Px) -> Vec<Point> {
    if let [only] = run
        && end - only.x <= NARROW
    {
        return vec![*only];
    }
    let nexts = run.iter().skip(1).map(|point| point.x).chain([end]);
    run.iter().zip(nexts).flat_map(|(&from, to)| [from, Point::new(to.max(from.x), from.y)]).collect()
}

fn band(mark: &SeriesMark, transform: &PlotTransform) -> Vec<Shape> {
    let runs = area::columns(mark.curve, transform).into_iter().filter(|run| run.len() > 1);
    let runs: Vec<Vec<_>> = runs.map(|run| run.into_iter().map(|column| column.section).collect()).collect();
    let wide = runs.iter().flatten().any(|section| section.top < section.bottom);
    let clip = to_device(transform.plot, transform.scale);
    let band = Shape::Area { runs, colour: with_opacity(mark.style.colour, BAND_FILL), clip };
    Some(band).filter(|_| wide).into_iter().collect()
}

fn mean(mark: &SeriesMark, transform: &PlotTransform, mark_style: &MarkStyle) -> Vec<Shape> {
    let columns = area::columns(mark.curve, transform).into_iter();
    let runs = columns.map(|run| run.into_iter().map(|column| column.mean).collect()).collect();
    let dots = if mark_style.dots == Dots::Last { Dots::Last } else { mark_style.dots.isolated_only() };
    let unfinished_from = mark_style.last_finished(mark.curve, transform);
    let mark_style = MarkStyle { dots, ..*mark_style };
    mark_style.draw(MarkPath { runs, unfinished_from }, mark.curve, transform, mark.style)
}
