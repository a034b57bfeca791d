//! Data as lines and dots: runs between gaps, thinned to what pixels can show, mapped into the plot.
//!
//! Used by the composition. A bucket is drawn at its start, or at the span's where it began before. Nothing is drawn across a gap, a
//! point without neighbours is a dot, and no value, however large, leaves the range of coordinates.

use super::sheet::enlarged;
use super::value_axis::ValueAxis;
use super::{Dash, Shape, Stroke};
use crate::geometry::{Point, Px, Rect};
use crate::request::{Colour, Scale, Span};
use crate::rollup::thin;
use crate::series::{Line, Outcome};

/// Points of a run in one pixel column above which it is thinned.
pub(super) const DENSE: usize = 4;
/// Points of a line up to which each may have a dot.
const DOTTED: usize = 60;
/// Pixels between two points that both have a dot.
const APART: f64 = 10.0;

/// The values of one line, in the axis's unit.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Curve {
    /// Neighbouring points, as Unix seconds and finite values; between two runs there is a gap. None is empty.
    pub runs: Vec<Vec<(i64, f64)>>,
}

impl Curve {
    /// The points of `line` times `factor`, none before `span`.
    pub fn new(line: &Line, span: Span, factor: f64) -> Self {
        let mut runs = vec![Vec::new()];
        if let Outcome::Answered(buckets, _) = &line.outcome {
            for (start, value) in buckets.iter() {
                match (value.map(|v| v * factor).filter(|v| v.is_finite()), runs.last_mut()) {
                    (Some(value), Some(run)) => run.push((start.max(span.start()), value)),
                    (None, Some(run)) if !run.is_empty() => runs.push(Vec::new()),
                    _ => {}
                }
            }
        }
        runs.retain(|run| !run.is_empty());
        Self { runs }
    }

    /// In order.
    pub fn points(&self) -> impl DoubleEndedIterator<Item = (i64, f64)> + '_ {
        self.runs.iter().flatten().copied()
    }

    /// Lowest and highest value.
    pub fn extent(&self) -> Option<(f64, f64)> {
        self.points().map(|(_, v)| (v, v)).reduce(|(low, high), (v, _)| (low.min(v), high.max(v)))
    }

    /// Nothing to draw.
    pub fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }
}

/// Where times and values lie: the span over the plot's width, the axis over its height, both from the middle of the first pixel to
/// the middle of the last, so that a value on a tick lies on that tick's grid line.
#[derive(Debug, Clone, Copy)]
pub(super) struct Field<'a> {
    /// In pixels of the picture, at least one each way.
    pub plot: Rect,
    /// Over the width.
    pub span: Span,
    /// Over the height.
    pub axis: &'a ValueAxis,
    /// Device pixels for each pixel.
    pub scale: Scale,
}

impl Field<'_> {
    /// Pixels from the picture's left edge.
    pub fn x(&self, second: i64) -> f64 {
        let share = (second - self.span.start()) as f64 / self.span.seconds() as f64;
        f64::from(self.plot.left) + 0.5 + share * f64::from(self.plot.width - 1)
    }

    /// Pixels from the picture's upper edge. What is far off the axis stays within a thousand heights.
    pub fn y(&self, value: f64) -> f64 {
        let share = self.axis.share(value);
        f64::from(self.plot.top) + 0.5 + (1.0 - share.clamp(-1000.0, 1000.0)) * f64::from(self.plot.height - 1)
    }

    /// The pixel column of a hairline at `second`.
    pub fn column(&self, second: i64) -> i32 {
        (self.x(second) - 0.5).round() as i32
    }

    /// The pixel row of a hairline at `value`.
    pub fn row(&self, value: f64) -> i32 {
        (self.y(value) - 0.5).round() as i32
    }

    /// Columns of device pixels.
    pub fn columns(&self) -> usize {
        usize::try_from(self.scale.of_edge(self.plot.width)).unwrap_or(1)
    }

    fn place(&self, run: &[(i64, f64)]) -> Vec<Point> {
        let device = |pixels: f64| self.scale.of_pixels(pixels);
        let column = |second| device(self.x(second)).floor() as i32;
        let place = |&(second, value): &(i64, f64)| {
            Point::new(Px::nearest(device(self.x(second))), Px::nearest(device(self.y(value))))
        };
        match run {
            [(first, _), .., (last, _)] if run.len() > DENSE * columns(column(*first), column(*last)) => {
                thin(run, column).iter().map(place).collect()
            }
            _ => run.iter().map(place).collect(),
        }
    }
}

fn columns(first: i32, last: i32) -> usize {
    usize::try_from(last - first + 1).unwrap_or(1)
}

/// How lines are drawn in one picture.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pen {
    /// Of every line.
    pub width: Px,
    /// Which points are marked.
    pub dots: Dots,
    /// The whole picture, which dots at the plot's edge may use.
    pub picture: Rect,
}

/// Which points of a line get a dot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dots {
    /// Those without neighbours, and all where there is room; of this radius for those without neighbours.
    Readable(Px),
    /// Those without neighbours, and the last.
    Last,
    /// None; a point without neighbours is as wide as the line.
    None,
}

/// Radius of a dot beside others.
const DOT: Px = Px::from_units(144);
/// Radius of the dot at the end of a sparkline.
const LAST_DOT: Px = Px::whole(2);

impl Pen {
    /// For a picture of `lines` lines with `points` points in all.
    pub fn of(lines: usize, points: usize, picture: Rect) -> Self {
        let width = match lines {
            0 | 1 => Px::whole(2),
            2..=8 => Px::from_units(96),
            _ => Px::whole(1),
        };
        Self { width, dots: Dots::Readable(if points == 1 { Px::whole(3) } else { DOT }), picture }
    }

    /// The shapes of one line, in device pixels. Its full thickness shows where it touches the plot's edge.
    pub fn draw(&self, curve: &Curve, field: &Field, colour: Colour) -> impl Iterator<Item = Shape> + use<> {
        let mut runs: Vec<Vec<Point>> = curve.runs.iter().map(|run| field.place(run)).collect();
        let (radius, centres): (Px, Vec<Point>) = match self.dots {
            Dots::None => (DOT, Vec::new()),
            Dots::Last => (LAST_DOT, lonely(&runs).chain(runs.iter().flatten().last().copied()).collect()),
            Dots::Readable(radius) if roomy(curve, field) => (radius, runs.iter().flatten().copied().collect()),
            Dots::Readable(radius) => (radius, lonely(&runs).collect()),
        };
        if self.dots != Dots::None {
            runs.retain(|run| run.len() > 1);
        }
        let (width, dash) = (field.scale.of(self.width), Dash::default());
        let (stroke, clip) = (Stroke { width, colour, dash }, self.around(field, self.width.half()));
        let line = (!runs.is_empty()).then_some(Shape::Line { runs, stroke, clip });
        let (clip, radius) = (self.around(field, radius), field.scale.of(radius));
        let dots = (!centres.is_empty()).then_some(Shape::Dots { centres, radius, colour, clip });
        line.into_iter().chain(dots)
    }

    /// The plot grown by what reaches over its edge, in device pixels.
    fn around(&self, field: &Field, by: Px) -> Rect {
        let (plot, by) = (field.plot, by.ceil());
        let area = Rect::new(plot.left - by, plot.top - by, plot.width + 2 * by, plot.height + 2 * by);
        enlarged(area.intersect(self.picture), field.scale)
    }
}

fn lonely(runs: &[Vec<Point>]) -> impl Iterator<Item = Point> + '_ {
    runs.iter().filter_map(|run| if let [point] = run[..] { Some(point) } else { None })
}

/// There are few points, and none is near another.
fn roomy(curve: &Curve, field: &Field) -> bool {
    let xs: Vec<f64> = curve.points().take(DOTTED + 1).map(|(second, _)| field.x(second)).collect();
    xs.len() <= DOTTED && xs.windows(2).all(|pair| pair[1] - pair[0] >= APART)
}
