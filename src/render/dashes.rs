//! Dashed lines as solid strokes, for the SVG backend.
//!
//! A line is cut at the same x as on the canvas, and left whole where it is as steep as the canvas would not cut it.
//! Coordinates are 1/64 pixel. Parts outside the clip are left out, so the number of strokes is bounded by the clip's
//! width, whatever the length of the line.

use super::stroke::STEEP;
use crate::chart::Dash;
use crate::geometry::{Px, Rect};
use plotters_backend::BackendCoord;

/// Returns the strokes of `dash` along `points`, in which x never decreases, for a line of the given width. The pattern
/// begins at the left edge of `clip`.
pub fn strokes(points: &[BackendCoord], dash: Dash, width: Px, clip: Rect) -> Vec<Vec<BackendCoord>> {
    let pattern = Pattern::new(dash, clip);
    let mut strokes: Vec<Vec<BackendCoord>> = Vec::new();
    let mut going_on = false;
    for pair in points.windows(2) {
        let (mut at, to) = (pair[0], pair[1]);
        let steep = is_steep(at, to, width);
        loop {
            let part = if steep { Part { drawn: true, end: to.0 } } else { pattern.part(at.0) };
            let next = if part.end < to.0 { (part.end, between(pair[0], to, part.end)) } else { to };
            if part.drawn && !going_on {
                strokes.push(vec![at]);
            }
            going_on = part.drawn;
            if let (true, Some(stroke)) = (part.drawn, strokes.last_mut()) {
                stroke.push(next);
            }
            at = next;
            if at.0 >= to.0 {
                break;
            }
        }
    }
    strokes
}

/// Reports whether the line's section between two points is at least [`STEEP`] times as tall as the line is wide: a gap
/// would hide such a spike.
fn is_steep(from: BackendCoord, to: BackendCoord, width: Px) -> bool {
    let (dx, dy) = (f64::from(to.0) - f64::from(from.0), f64::from(to.1) - f64::from(from.1));
    let (steep, width) = (f64::from(STEEP), f64::from(width.units()));
    dy.abs() + width >= steep * width && dx * dx + dy * dy >= steep * steep * dx * dx
}

/// Interpolates y at `x` between two points of different x, to the nearest unit.
fn between(from: BackendCoord, to: BackendCoord, x: i32) -> i32 {
    let [x0, y0, x1, y1, x] = [from.0, from.1, to.0, to.1, x].map(f64::from);
    (y0 + (y1 - y0) * ((x - x0) / (x1 - x0))).round() as i32
}

/// A pattern of strokes and gaps over a clip.
struct Pattern {
    lengths: Vec<i32>,
    left: i32,
    right: i32,
}

/// A stroke or a gap, and the x at which the next part begins.
struct Part {
    drawn: bool,
    end: i32,
}

impl Pattern {
    fn new(dash: Dash, clip: Rect) -> Self {
        let lengths = dash.lengths.iter().map(|&length| dash.scale.of(length).units().max(1)).collect();
        Self { lengths, left: Px::whole(clip.left).units(), right: Px::whole(clip.right()).units() }
    }

    /// Returns the part that contains `x`.
    fn part(&self, x: i32) -> Part {
        if x < self.left || x >= self.right {
            return Part { drawn: false, end: if x < self.left { self.left } else { i32::MAX } };
        }
        let period: i32 = self.lengths.iter().sum();
        let mut place = (x - self.left) % period.max(1);
        for (index, &length) in self.lengths.iter().enumerate() {
            if place < length {
                return Part { drawn: index % 2 == 0, end: (x + length - place).min(self.right) };
            }
            place -= length;
        }
        Part { drawn: true, end: self.right }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::Scale;

    fn dash(lengths: &'static [Px]) -> Dash {
        Dash { lengths, scale: Scale::ONE }
    }

    #[test]
    fn a_line_is_cut_where_the_canvas_cuts_it() {
        const LENGTHS: &[Px] = &[Px::from_units(30), Px::from_units(20)];
        let clip = Rect::new(0, 0, 10, 10);
        let cut = strokes(&[(0, 0), (100, 100)], dash(LENGTHS), Px::whole(1), clip);
        assert_eq!(cut, [[(0, 0), (30, 30)], [(50, 50), (80, 80)]]);
        let upright = strokes(&[(10, 0), (10, 90), (40, 90), (40, 0), (60, 0)], dash(LENGTHS), Px::whole(1), clip);
        assert_eq!(upright, [vec![(10, 0), (10, 90), (30, 90)], vec![(50, 0), (60, 0)]]);
    }

    #[test]
    fn a_spike_in_a_gap_is_whole() {
        const LENGTHS: &[Px] = &[Px::from_units(30), Px::from_units(60)];
        let spike = [(0, 640), (50, 640), (52, 64), (54, 640), (90, 640)];
        let cut = strokes(&spike, dash(LENGTHS), Px::whole(1), Rect::new(0, 0, 10, 10));
        assert_eq!(cut, [vec![(0, 640), (30, 640)], vec![(50, 640), (52, 64), (54, 640)]]);
    }

    #[test]
    fn a_line_beyond_the_clip_is_cut_only_inside_the_clip() {
        const LENGTHS: &[Px] = &[Px::from_units(1), Px::from_units(1)];
        let cut = strokes(&[(i32::MIN, 0), (i32::MAX, 0)], dash(LENGTHS), Px::whole(1), Rect::new(1, 0, 1, 1));
        assert_eq!((cut.len(), cut[0][0], cut[31][1]), (32, (64, 0), (127, 0)));
    }
}
