//! Lines as the shapes of a kind of chart.
//!
//! The door to the kinds, used by the composition and by whoever needs to know how far they reach. What is filled comes first, so that
//! no fill dims a line; the first line is drawn last, above the others.

pub(super) mod area;
pub(super) mod bar;
pub(super) mod clip_marker;
pub(super) mod extent;
pub(super) mod line;
pub(super) mod series;
pub(super) mod stacked;

use super::palette::faded;
use super::scene::Shape;
use super::scene_builder::enlarged;
use crate::geometry::{Point, Px};
use crate::request::Kind;
use extent::union;
use line::{Curve, Dots, Field, Pen, Trace};
use series::Figure;
use std::borrow::Cow;

/// Percent of its colour that an area below a line has.
pub(super) const AREA_FILL: u32 = 12;
/// Percent of its colour that a band from least to greatest value has.
const BAND_FILL: u32 = 20;
/// Up to this width a step alone is a dot.
const NARROW: Px = Px::whole(3);

/// Lowest and highest value that a chart of some kind shows; `None` where there is nothing to draw. What is filled shows zero.
pub(super) fn extent(kind: Kind, curves: &[&Curve]) -> Option<(f64, f64)> {
    let own = || curves.iter().filter_map(|curve| curve.extent()).reduce(union);
    match kind {
        Kind::Line | Kind::Step | Kind::Band => own(),
        Kind::Area | Kind::Bar => own().map(|own| union(own, (0.0, 0.0))),
        Kind::Stacked => stacked::extent(curves),
    }
}

/// The outer edges that a chart of some kind shows of lines on one axis.
pub(super) fn edges<'a>(kind: Kind, figures: &[Figure<'a>]) -> Vec<Cow<'a, Curve>> {
    let curves: Vec<&Curve> = figures.iter().map(|figure| figure.curve).collect();
    match kind {
        Kind::Line | Kind::Area | Kind::Step | Kind::Band | Kind::Bar => {
            curves.into_iter().map(Cow::Borrowed).collect()
        }
        Kind::Stacked => stacked::edges(&curves).into_iter().map(Cow::Owned).collect(),
    }
}

/// The shapes of lines that share a field.
pub(super) fn draw(kind: Kind, figures: &[Figure], field: &Field, pen: &Pen) -> Vec<Shape> {
    let each = |draw: &dyn Fn(&Figure) -> Vec<Shape>| figures.iter().rev().flat_map(draw).collect::<Vec<Shape>>();
    match kind {
        Kind::Line => each(&|figure| line(figure, field, pen)),
        Kind::Area => [each(&|figure| beneath(figure, field)), each(&|figure| line(figure, field, pen))].concat(),
        Kind::Step => each(&|figure| step(figure, field, pen)),
        Kind::Band => [each(&|figure| band(figure, field)), each(&|figure| mean(figure, field, pen))].concat(),
        Kind::Stacked => stacked::draw(figures, field, pen),
        Kind::Bar => bar::draw(figures, field, pen),
    }
}

fn line(figure: &Figure, field: &Field, pen: &Pen) -> Vec<Shape> {
    let runs = figure.curve.runs.iter().map(|run| field.place(run)).collect();
    let unfinished_from = pen.last_finished(figure.curve, field);
    pen.draw(Trace { runs, unfinished_from }, figure.curve, field, figure.look)
}

fn beneath(figure: &Figure, field: &Field) -> Vec<Shape> {
    let runs = figure.curve.runs.iter().filter(|run| run.len() > 1);
    let runs: Vec<_> = runs.map(|run| area::beneath(&field.place(run), field.base())).collect();
    let colour = faded(figure.look.colour, AREA_FILL);
    Some(Shape::Area { runs, colour, clip: enlarged(field.plot, field.scale) })
        .filter(|_| figure.curve.runs.iter().any(|run| run.len() > 1))
        .into_iter()
        .collect()
}

fn step(figure: &Figure, field: &Field, pen: &Pen) -> Vec<Shape> {
    let curve = figure.curve;
    let runs = curve.runs.iter().zip(&curve.ends).map(|(run, &end)| steps(&field.place(run), field.end(end))).collect();
    let unfinished_from = pen.first_unfinished(curve, field);
    let pen = Pen { dots: pen.dots.of_lonely(), ..*pen };
    pen.draw(Trace { runs, unfinished_from }, curve, field, figure.look)
}

/// Each value until the next, the last until `end`.
fn steps(run: &[Point], end: Px) -> Vec<Point> {
    if let [only] = run
        && end - only.x <= NARROW
    {
        return vec![*only];
    }
    let nexts = run.iter().skip(1).map(|point| point.x).chain([end]);
    run.iter().zip(nexts).flat_map(|(&from, to)| [from, Point::new(to.max(from.x), from.y)]).collect()
}

fn band(figure: &Figure, field: &Field) -> Vec<Shape> {
    let runs = area::columns(figure.curve, field).into_iter().filter(|run| run.len() > 1);
    let runs: Vec<Vec<_>> = runs.map(|run| run.into_iter().map(|column| column.section).collect()).collect();
    let wide = runs.iter().flatten().any(|section| section.top < section.bottom);
    let clip = enlarged(field.plot, field.scale);
    let band = Shape::Area { runs, colour: faded(figure.look.colour, BAND_FILL), clip };
    Some(band).filter(|_| wide).into_iter().collect()
}

fn mean(figure: &Figure, field: &Field, pen: &Pen) -> Vec<Shape> {
    let columns = area::columns(figure.curve, field).into_iter();
    let runs = columns.map(|run| run.into_iter().map(|column| column.mean).collect()).collect();
    let dots = if pen.dots == Dots::Last { Dots::Last } else { pen.dots.of_lonely() };
    let unfinished_from = pen.last_finished(figure.curve, field);
    let pen = Pen { dots, ..*pen };
    pen.draw(Trace { runs, unfinished_from }, figure.curve, field, figure.look)
}
