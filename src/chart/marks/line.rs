//! Lines and dots of a series: segments between gaps, thinned to what pixels can show and mapped into the plot.
//!
//! A bucket is drawn at its start, or at the start of the span if it began earlier. No line crosses a gap, an isolated
//! point is a dot, and no value, however large, leaves the range of coordinates.

use crate::chart::palette::{LineStyle, Pattern};
use crate::chart::scene::{Shape, Stroke};
use crate::chart::scene_builder::to_device;
use crate::chart::value_axis::ValueAxis;
use crate::geometry::{Point, Px, Rect};
use crate::request::{Colour, Scale, Span};
use crate::rollup::thin;
use crate::series::{Line, Outcome};

/// Maximum number of series whose points all have dots.
const MAX_LINES_WITH_DOTS: usize = 8;
/// Maximum number of emphasised series with lines wider than a pixel.
const MAX_WIDE_LINES: usize = 12;
/// Maximum number of points of a series that all have dots.
const MAX_DOTS: usize = 60;
/// Minimum distance in pixels between two points that both have a dot.
const MIN_DOT_DISTANCE: f64 = 10.0;

/// The values of one series, in the unit of its axis.
#[derive(Debug, Clone, Default, PartialEq)]
pub(in crate::chart) struct Curve {
    /// Segments of neighbouring points, as Unix seconds and finite values, with a gap between two segments. No segment
    /// is empty.
    pub segments: Vec<Vec<(i64, f64)>>,
    /// Ends of the last buckets of the segments, in Unix seconds.
    pub ends: Vec<i64>,
}

impl Curve {
    /// Returns the points of `line` times `factor`, none before `span`, thinned to what `columns` pixel columns can
    /// show.
    pub fn new(line: &Line, span: Span, factor: f64, columns: usize) -> Self {
        let Outcome::Answered(buckets, _) = &line.outcome else { return Self::default() };
        let mut segments = thin(buckets, columns);
        for segment in &mut segments {
            segment
                .iter_mut()
                .for_each(|(start, value)| (*start, *value) = ((*start).max(span.start()), *value * factor));
        }
        // A factor may exceed the range of finite numbers.
        if segments.iter().flatten().any(|(_, value)| !value.is_finite()) {
            let finite = |segment: Vec<(i64, f64)>| {
                let parts = segment.chunk_by(|a, b| a.1.is_finite() == b.1.is_finite());
                parts.filter(|part| part[0].1.is_finite()).map(<[_]>::to_vec).collect::<Vec<_>>()
            };
            segments = segments.into_iter().flat_map(finite).collect();
        }
        Self { ends: segments.iter().map(|segment| end(line, segment)).collect(), segments }
    }

    /// Returns all points in order of time.
    pub fn points(&self) -> impl DoubleEndedIterator<Item = (i64, f64)> + '_ {
        self.segments.iter().flatten().copied()
    }

    /// Returns the lowest and the highest value.
    pub fn extent(&self) -> Option<(f64, f64)> {
        self.points().map(|(_, v)| (v, v)).reduce(|(low, high), (v, _)| (low.min(v), high.max(v)))
    }

    /// Returns true if there is nothing to draw.
    pub fn is_empty(&self) -> bool {
        self.segments.is_empty()
    }
}

/// Returns the end of the last bucket of a run, in Unix seconds.
fn end(line: &Line, run: &[(i64, f64)]) -> i64 {
    let start = run.last().map_or(0, |point| point.0);
    match &line.outcome {
        Outcome::Answered(buckets, _) => {
            let bucket = buckets.grid().bucket_of(start.saturating_mul(1000));
            bucket.map_or(start, |bucket| buckets.grid().edge(bucket + 1))
        }
        Outcome::Missing(_) => start,
    }
}

/// The mapping from times and values to the plot: the span over its width, the axis over its height, both from the
/// middle of the first pixel to the middle of the last, so that a value on a tick lies on the grid line of that tick.
#[derive(Debug, Clone, Copy)]
pub(in crate::chart) struct PlotTransform<'a> {
    /// Plot in pixels of the image, at least 1 × 1.
    pub plot: Rect,
    /// Span over the width of the plot.
    pub span: Span,
    /// Axis over the height of the plot.
    pub axis: &'a ValueAxis,
    /// Device pixels per pixel.
    pub scale: Scale,
}

impl PlotTransform<'_> {
    /// Returns the pixels from the left edge of the image.
    pub fn x(&self, second: i64) -> f64 {
        self.xs()(second)
    }

    /// Returns the mapping from Unix seconds to pixels from the left edge. Multiplies before it divides, so that an
    /// instant on an edge of pixels lies exactly on it.
    fn xs(&self) -> impl Fn(i64) -> f64 + use<> {
        let (seconds, width) = (self.span.seconds() as f64, f64::from(self.plot.width - 1));
        let (start, left) = (self.span.start(), f64::from(self.plot.left) + 0.5);
        move |second| left + (second - start) as f64 * width / seconds
    }

    /// Returns the pixels from the upper edge of the image. A value far outside the axis stays within a thousand plot
    /// heights.
    pub fn y(&self, value: f64) -> f64 {
        self.ys()(value)
    }

    /// Returns the mapping from values to pixels from the upper edge.
    fn ys(&self) -> impl Fn(f64) -> f64 + use<> {
        let (share, height) = (self.axis.shares(), f64::from(self.plot.height - 1));
        let top = f64::from(self.plot.top) + 0.5;
        move |value| top + (1.0 - share(value).clamp(-1000.0, 1000.0)) * height
    }

    /// Returns the pixel column of a hairline at `second`.
    pub fn column(&self, second: i64) -> i32 {
        (self.x(second) - 0.5).round() as i32
    }

    /// Returns the pixel row of a hairline at `value`.
    pub fn row(&self, value: f64) -> i32 {
        (self.y(value) - 0.5).round() as i32
    }

    /// Converts a position on the image to device pixels.
    pub fn device(&self, x: f64, y: f64) -> Point {
        Point::new(Px::nearest(self.scale.of_pixels(x)), Px::nearest(self.scale.of_pixels(y)))
    }

    /// Returns the position of a value at an instant, in device pixels.
    pub fn point(&self, second: i64, value: f64) -> Point {
        self.device(self.x(second), self.y(value))
    }

    /// Returns the column of device pixels at `second`.
    pub fn device_column(&self, second: i64) -> i32 {
        self.scale.of_pixels(self.x(second)).floor() as i32
    }

    /// Returns true if the value lies on the axis.
    pub fn reaches(&self, value: f64) -> bool {
        (self.axis.low..=self.axis.high).contains(&value)
    }

    /// Returns the end of a bucket, clipped to the span, in device pixels.
    pub fn end(&self, second: i64) -> Px {
        self.device(self.x(second.min(self.span.end())), 0.0).x
    }

    /// Returns the height of zero, or of the end of the axis nearest to it, in device pixels.
    pub fn base(&self) -> Px {
        self.device(0.0, self.y(0_f64.clamp(self.axis.low, self.axis.high))).y
    }

    /// Returns the points of a run in device pixels.
    pub fn place(&self, run: &[(i64, f64)]) -> Vec<Point> {
        let (x, y, scale) = (self.xs(), self.ys(), self.scale);
        let place = |&(second, value): &(i64, f64)| {
            Point::new(Px::nearest(scale.of_pixels(x(second))), Px::nearest(scale.of_pixels(y(value))))
        };
        run.iter().map(place).collect()
    }
}

/// The style that all series of one image share.
#[derive(Debug, Clone, Copy)]
pub(in crate::chart) struct MarkStyle {
    /// Line width.
    pub width: Px,
    /// Points that get a dot.
    pub dots: Dots,
    /// Area of the image; dots at the edge of the plot may extend into it.
    pub image: Rect,
    /// End of complete data, in Unix seconds. Buckets that end later may still change and are drawn differently; `None`
    /// to draw all alike.
    pub complete_until: Option<i64>,
    /// Background colour, inside rings.
    pub background: Colour,
}

/// The points of a series that get a dot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::chart) enum Dots {
    /// Isolated points, and all points if they are far enough apart; the radius is that of isolated points.
    Readable(Px),
    /// Isolated points, with this radius.
    Isolated(Px),
    /// Isolated points, and the last point.
    Last,
    /// No point; an isolated point is as wide as the line.
    None,
}

impl Dots {
    /// Returns the same without dots on connected points, which some chart kinds do not need.
    pub fn isolated_only(self) -> Self {
        match self {
            Self::Readable(radius) => Self::Isolated(radius),
            Self::Last => Self::Isolated(LAST_DOT_RADIUS),
            other => other,
        }
    }
}

/// Radius of a dot among others.
const DOT_RADIUS: Px = Px::from_units(144);
/// Radius of the dot at the end of a sparkline.
const LAST_DOT_RADIUS: Px = Px::whole(2);
/// Width of the ring that marks a point that may still change.
const RING_WIDTH: Px = Px::whole(1);

/// The path of a series over the image.
#[derive(Debug)]
pub(in crate::chart) struct MarkPath {
    /// Runs of points in device pixels.
    pub runs: Vec<Vec<Point>>,
    /// The x from which the last run shows buckets that may still change.
    pub unfinished_from: Option<Px>,
}

impl MarkStyle {
    /// Returns the style for an image of `lines` series, `emphasised` of them in colour, with `points` points in total.
    pub fn of(lines: usize, emphasised: usize, points: usize, image: Rect) -> Self {
        let radius = if points == 1 { Px::whole(3) } else { DOT_RADIUS };
        let width = match emphasised {
            0 | 1 => Px::whole(2),
            2..=MAX_WIDE_LINES => Px::from_units(96),
            _ => Px::whole(1),
        };
        let dots = if lines <= MAX_LINES_WITH_DOTS { Dots::Readable(radius) } else { Dots::Isolated(radius) };
        Self { width, dots, image, complete_until: None, background: Colour::rgb(0xffffff) }
    }

    /// Returns the style of series without emphasis.
    pub fn of_others(self) -> Self {
        Self { width: Px::whole(1), ..self }
    }

    /// Returns the x of the first incomplete bucket of a curve.
    pub fn first_unfinished(&self, curve: &Curve, transform: &PlotTransform) -> Option<Px> {
        let (run, index) = self.unfinished(curve)?;
        Some(transform.point(run[index].0, 0.0).x)
    }

    /// Returns the x of the last complete bucket before an incomplete one; that of the incomplete one if it follows a
    /// gap.
    pub fn last_finished(&self, curve: &Curve, transform: &PlotTransform) -> Option<Px> {
        let (run, index) = self.unfinished(curve)?;
        Some(transform.point(run[index.saturating_sub(1)].0, 0.0).x)
    }

    /// Returns the last segment and the index of its first incomplete bucket.
    fn unfinished<'a>(&self, curve: &'a Curve) -> Option<(&'a [(i64, f64)], usize)> {
        let (until, run, end) = (self.complete_until?, curve.segments.last()?, *curve.ends.last()?);
        // A bucket ends where the next one begins.
        let index = run.iter().skip(1).filter(|point| point.0 <= until).count();
        (index + 1 < run.len() || end > until).then_some((run, index))
    }

    /// Returns the shapes of one series, in device pixels. At the edge of the plot a line keeps its full width.
    pub fn draw(&self, mut path: MarkPath, curve: &Curve, transform: &PlotTransform, style: LineStyle) -> Vec<Shape> {
        let (radius, centres): (Px, Vec<Point>) = match self.dots {
            Dots::None => (DOT_RADIUS, Vec::new()),
            Dots::Last => {
                (LAST_DOT_RADIUS, isolated(&path.runs).chain(path.runs.iter().flatten().last().copied()).collect())
            }
            Dots::Readable(radius) if has_space_for_dots(curve, transform) => {
                (radius, path.runs.iter().flatten().copied().collect())
            }
            Dots::Readable(radius) | Dots::Isolated(radius) => (radius, isolated(&path.runs).collect()),
        };
        let is_unfinished =
            |dot: &&Point| path.unfinished_from.is_some() && Some(*dot) == path.runs.iter().flatten().last();
        let hollow: Vec<Point> = centres.last().filter(is_unfinished).copied().into_iter().collect();
        let tail: Vec<Vec<Point>> = path.cut_tail().into_iter().collect();
        if self.dots != Dots::None {
            path.runs.retain(|run| run.len() > 1);
        }
        let line = |runs: Vec<Vec<Point>>, pattern: Pattern| {
            let (width, dash) = (transform.scale.of(self.width), pattern.dash(transform.scale));
            let (stroke, clip) =
                (Stroke { width, colour: style.colour, dash }, self.around(transform, self.width.half()));
            (!runs.is_empty()).then_some(Shape::Line { runs, stroke, clip })
        };
        let dots = |centres: Vec<Point>, radius: Px, colour: Colour| {
            let (clip, radius) = (self.around(transform, radius), transform.scale.of(radius));
            (!centres.is_empty()).then_some(Shape::Dots { centres, radius, colour, clip })
        };
        let lines = [line(path.runs, style.pattern), line(tail, Pattern::Dotted)];
        let dots = [dots(centres, radius, style.colour), dots(hollow, radius - RING_WIDTH, self.background)];
        lines.into_iter().chain(dots).flatten().collect()
    }

    /// Returns the plot enlarged by `by` on all sides, in device pixels.
    fn around(&self, transform: &PlotTransform, by: Px) -> Rect {
        let (plot, by) = (transform.plot, by.ceil());
        let area = Rect::new(plot.left - by, plot.top - by, plot.width + 2 * by, plot.height + 2 * by);
        to_device(area.intersect(self.image), transform.scale)
    }
}

impl MarkPath {
    /// Cuts off and returns the part that may still change, if it is longer than a point.
    fn cut_tail(&mut self) -> Option<Vec<Point>> {
        let (from, run) = (self.unfinished_from?, self.runs.last_mut()?);
        let at = run.partition_point(|point| point.x <= from).checked_sub(1)?;
        let tail = run[at..].to_vec();
        let is_line = tail.len() > 1;
        if is_line {
            run.truncate(at + 1);
        }
        is_line.then_some(tail)
    }
}

fn isolated(runs: &[Vec<Point>]) -> impl Iterator<Item = Point> + '_ {
    runs.iter().filter_map(|run| if let [point] = run[..] { Some(point) } else { None })
}

/// Returns true if the points are few and far enough apart for dots.
fn has_space_for_dots(curve: &Curve, transform: &PlotTransform) -> bool {
    let xs: Vec<f64> = curve.points().take(MAX_DOTS + 1).map(|(second, _)| transform.x(second)).collect();
    xs.len() <= MAX_DOTS && xs.windows(2).all(|pair| pair[1] - pair[0] >= MIN_DOT_DISTANCE)
}
