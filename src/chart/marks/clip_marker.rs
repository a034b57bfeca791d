//! Small triangles where a line leaves the value axis that was asked for.
//!
//! Used by the composition, over the lines. One for each time that a line goes beyond an end, where it leaves; nearer ones are one.

use super::line::{Curve, PlotTransform};
use crate::chart::scene::{Section, Shape};
use crate::chart::scene_builder::to_device;
use crate::geometry::Px;
use crate::request::Colour;

/// Half the width of a triangle in pixels.
const HALF: f64 = 4.0;
/// Its height in pixels.
const HEIGHT: f64 = 6.0;
/// Pixels between two triangles of one line below which they are one.
const APART: f64 = 10.0;

/// An end of the axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Low,
    High,
}

/// The triangles of one line as it is drawn within the plot, each pointing to where the line goes, in device pixels.
pub(in crate::chart) fn clip_markers(curve: &Curve, transform: &PlotTransform, colour: Colour) -> Option<Shape> {
    let marks = marks(curve, transform);
    let runs: Vec<_> = marks.into_iter().map(|(x, end)| triangle(x, end, transform)).collect();
    let clip = to_device(transform.plot, transform.scale);
    (!runs.is_empty()).then_some(Shape::Area { runs, colour, clip })
}

/// Where triangles are, in pixels of the picture, by x.
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

/// Its tip is on the plot's edge.
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
