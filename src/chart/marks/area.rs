//! Areas between a line and a base below or above it, as sections.
//!
//! Used by the chart kinds with fills. Where a line crosses its base, the area has no height.

use super::line::{Curve, PlotTransform};
use crate::chart::scene::Section;
use crate::geometry::{Point, Px};

/// Returns the sections between the placed points of a run and the height `base`.
pub(in crate::chart) fn below_line(run: &[Point], base: Px) -> Vec<Section> {
    let section = |point: &Point| Section { x: point.x, top: point.y.min(base), bottom: point.y.max(base) };
    let mut sections: Vec<Section> = run.iter().take(1).map(section).collect();
    for pair in run.windows(2) {
        sections.extend(crossing(pair[0], pair[1], base).map(|x| Section { x, top: base, bottom: base }));
        sections.push(section(&pair[1]));
    }
    sections
}

/// Returns the x at which the line from `a` to `b` crosses the height `base`; `None` if both lie on one side.
fn crossing(a: Point, b: Point, base: Px) -> Option<Px> {
    let [from, to] = [a, b].map(|point| i64::from(point.y.units()) - i64::from(base.units()));
    let width = i64::from(b.x.units()) - i64::from(a.x.units());
    let along = || i32::try_from(width * from / (from - to)).ok();
    if from.signum() * to.signum() < 0 { along().map(|along| a.x + Px::from_units(along)) } else { None }
}

/// Width in pixels of the columns in which a band shows mean and extremes; the line of the means would hide narrower
/// ones.
const COLUMN: i32 = 4;

/// The points of a run that share a pixel column.
#[derive(Debug)]
pub(in crate::chart) struct Column {
    /// Mean of the points, at their mean time.
    pub mean: Point,
    /// Section from the highest to the lowest value.
    pub section: Section,
}

/// Returns the columns of each segment of a curve, in order.
pub(in crate::chart) fn columns(curve: &Curve, transform: &PlotTransform) -> Vec<Vec<Column>> {
    let column = |points: &[(i64, f64)]| {
        let count = points.len() as f64;
        let mean = |of: &dyn Fn(&(i64, f64)) -> f64| points.iter().map(|point| of(point) / count).sum::<f64>();
        let (x, value) = (mean(&|point| transform.x(point.0)), mean(&|point| point.1));
        let (low, high) = points
            .iter()
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), point| (low.min(point.1), high.max(point.1)));
        let place = |value| transform.device(x, transform.y(value));
        let section = Section { x: place(value).x, top: place(high).y, bottom: place(low).y };
        Column { mean: place(value), section }
    };
    let index = |point: &(i64, f64)| (transform.column(point.0) - transform.plot.left).div_euclid(COLUMN);
    let together = |a: &(i64, f64), b: &(i64, f64)| index(a) == index(b);
    curve.segments.iter().map(|run| run.chunk_by(together).map(column).collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(x: i32, y: i32) -> Point {
        Point::new(Px::whole(x), Px::whole(y))
    }

    #[test]
    fn an_area_has_no_height_where_its_line_crosses_the_base() {
        let sections = below_line(&[point(0, 2), point(4, 6), point(8, 6)], Px::whole(4));
        let heights: Vec<(i32, i32, i32)> =
            sections.iter().map(|s| (s.x.round(), s.top.round(), s.bottom.round())).collect();
        assert_eq!(heights, [(0, 2, 4), (2, 4, 4), (4, 4, 6), (8, 4, 6)]);
    }

    #[test]
    fn an_area_of_one_point_is_one_section() {
        assert_eq!(below_line(&[point(3, 2)], Px::whole(4)).len(), 1);
    }
}
