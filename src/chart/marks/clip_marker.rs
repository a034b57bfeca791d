//! Small triangles where a series leaves the requested value range.
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
/// Minimum distance in pixels between two triangles of one series.
const APART: f64 = 10.0;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Low,
    High,
}

/// Returns the triangles of one series, each pointing to where the series continues, in device pixels; `None` without
/// any.
pub(in crate::chart) fn clip_markers(curve: &Curve, transform: &PlotTransform, colour: Colour) -> Option<Shape> {
    let marks = marks(curve, transform);
    let runs: Vec<_> = marks.into_iter().map(|(x, end)| triangle(x, end, transform)).collect();
    let clip = to_device(transform.plot, transform.scale);
    (!runs.is_empty()).then_some(Shape::Area { runs, colour, clip })
}

/// Returns the triangles by x, in pixels of the image.
fn marks(curve: &Curve, transform: &PlotTransform) -> Vec<(f64, End)> {
    let (left, right) = (f64::from(transform.plot.left) + HALF, f64::from(transform.plot.right()) - HALF);
    let beyond = |value: f64| match value {
        value if value > transform.axis.high => Some(End::High),
        value if value < transform.axis.low => Some(End::Low),
        _ => None,
    };
    let mut marks: Vec<(f64, End)> = Vec::new();
    for run in &curve.segments {
        let mut before = None;
        for &(second, value) in run {
            let end = beyond(value);
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
