//! Small triangles where a series leaves the requested value range, and bars along the edge while it is outside.
//!
//! Drawn above the lines, one for each time that a series crosses an end of the axis; triangles nearer than `APART` are
//! merged.

use super::line::{Curve, PlotTransform};
use crate::chart::scene::{Section, Shape};
use crate::chart::scene_builder::to_device;
use crate::geometry::Px;
use crate::request::Colour;

/// Half the width of a triangle in pixels.
const HALF: f64 = 4.0;
/// Height of a triangle in pixels.
const HEIGHT: f64 = 6.0;
/// Height in pixels of a bar along the edge.
const BAR: f64 = 3.0;
/// Minimum distance in pixels between two triangles of one series.
const APART: f64 = 10.0;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Low,
    High,
}

/// Returns the markers of one series in device pixels: triangles that point to where the series continues, and bars
/// along the edge while it is outside.
pub(in crate::chart) fn clip_markers(curve: &Curve, transform: &PlotTransform, colour: Colour) -> Vec<Shape> {
    let triangles: Vec<_> = marks(curve, transform).into_iter().map(|(x, end)| triangle(x, end, transform)).collect();
    let clip = to_device(transform.plot, transform.scale);
    let shape = |runs: Vec<Vec<Section>>| (!runs.is_empty()).then_some(Shape::Area { runs, colour, clip });
    [shape(bars(curve, transform)), shape(triangles)].into_iter().flatten().collect()
}

fn beyond(value: f64, transform: &PlotTransform) -> Option<End> {
    match value {
        value if value > transform.axis.high => Some(End::High),
        value if value < transform.axis.low => Some(End::Low),
        _ => None,
    }
}

/// Returns the bars along the edges of the plot, from the first to the last point outside, at least a pixel wide.
fn bars(curve: &Curve, transform: &PlotTransform) -> Vec<Vec<Section>> {
    let place = |pixels: f64| Px::nearest(transform.scale.of_pixels(pixels));
    let (first, last) = (f64::from(transform.plot.top), f64::from(transform.plot.bottom()));
    let side = |point: &(i64, f64)| beyond(point.1, transform);
    let runs = curve.segments.iter().flat_map(|run| run.chunk_by(|a, b| side(a) == side(b)));
    let mut bars: Vec<Vec<Section>> = Vec::new();
    for part in runs {
        let ([from, ..], [.., to]) = (part, part) else { continue };
        let (top, bottom) = match side(from) {
            Some(End::High) => (first, first + BAR),
            Some(End::Low) => (last - BAR, last),
            None => continue,
        };
        let (left, right) = (transform.x(from.0) - 0.5, transform.x(to.0) + 0.5);
        bars.push([left, right].map(|x| Section { x: place(x), top: place(top), bottom: place(bottom) }).to_vec());
    }
    bars
}

/// Returns the triangles by x, in pixels of the image.
fn marks(curve: &Curve, transform: &PlotTransform) -> Vec<(f64, End)> {
    let (left, right) = (f64::from(transform.plot.left) + HALF, f64::from(transform.plot.right()) - HALF);
    let mut marks: Vec<(f64, End)> = Vec::new();
    for run in &curve.segments {
        let mut before = None;
        for &(second, value) in run {
            let end = beyond(value, transform);
            if let Some(end) = end.filter(|_| end != before) {
                let x = transform.x(second).clamp(left, right.max(left));
                let nearest = marks.iter().rev().find(|(_, other)| *other == end);
                if nearest.is_none_or(|(other, _)| x - other >= APART) {
                    marks.push((x, end));
                }
            }
            before = end;
        }
    }
    marks
}

/// Returns a triangle whose tip is on the edge of the plot.
fn triangle(x: f64, end: End, transform: &PlotTransform) -> Vec<Section> {
    let edge = match end {
        End::High => f64::from(transform.plot.top),
        End::Low => f64::from(transform.plot.bottom()),
    };
    let place = |pixels: f64| Px::nearest(transform.scale.of_pixels(pixels));
    let section = |aside: f64, height: f64| {
        let x = place(x + aside);
        match end {
            End::High => Section { x, top: place(edge + HEIGHT - height), bottom: place(edge + HEIGHT) },
            End::Low => Section { x, top: place(edge - HEIGHT), bottom: place(edge - HEIGHT + height) },
        }
    };
    vec![section(-HALF, 0.0), section(0.0, HEIGHT), section(HALF, 0.0)]
}
