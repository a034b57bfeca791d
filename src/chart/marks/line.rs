//! Data as lines and dots: runs between gaps, thinned to what pixels can show, mapped into the plot.
//!
//! Used by the composition. A bucket is drawn at its start, or at the span's where it began before. Nothing is drawn across a gap, a
//! point without neighbours is a dot, and no value, however large, leaves the range of coordinates.

use crate::chart::palette::{LineStyle, Pattern};
use crate::chart::scene::{Shape, Stroke};
use crate::chart::scene_builder::to_device;
use crate::chart::value_axis::ValueAxis;
use crate::geometry::{Point, Px, Rect};
use crate::request::{Colour, Scale, Span};
use crate::rollup::thin;
use crate::series::{Line, Outcome};

/// Lines up to which there is room for dots beside each other.
const MAX_LINES_WITH_DOTS: usize = 8;
/// Points of a line up to which each may have a dot.
const MAX_DOTS: usize = 60;
/// Pixels between two points that both have a dot.
const MIN_DOT_DISTANCE: f64 = 10.0;

/// The values of one line, in the axis's unit.
#[derive(Debug, Clone, Default, PartialEq)]
pub(in crate::chart) struct Curve {
    /// Neighbouring points, as Unix seconds and finite values; between two segments there is a gap. None is empty.
    pub segments: Vec<Vec<(i64, f64)>>,
    /// Of each segment, when its last bucket ends.
    pub ends: Vec<i64>,
}

impl Curve {
    /// The points of `line` times `factor`, none before `span`, thinned to what `columns` pixel columns can show.
    pub fn new(line: &Line, span: Span, factor: f64, columns: usize) -> Self {
        let Outcome::Answered(buckets, _) = &line.outcome else { return Self::default() };
        let mut segments = thin(buckets, columns);
        for segment in &mut segments {
            segment
                .iter_mut()
                .for_each(|(start, value)| (*start, *value) = ((*start).max(span.start()), *value * factor));
        }
        // A factor may lead out of all numbers.
        if segments.iter().flatten().any(|(_, value)| !value.is_finite()) {
            let finite = |segment: Vec<(i64, f64)>| {
                let parts = segment.chunk_by(|a, b| a.1.is_finite() == b.1.is_finite());
                parts.filter(|part| part[0].1.is_finite()).map(<[_]>::to_vec).collect::<Vec<_>>()
            };
            segments = segments.into_iter().flat_map(finite).collect();
        }
        Self { ends: segments.iter().map(|segment| end(line, segment)).collect(), segments }
    }

    /// In order.
    pub fn points(&self) -> impl DoubleEndedIterator<Item = (i64, f64)> + '_ {
        self.segments.iter().flatten().copied()
    }

    /// Lowest and highest value.
    pub fn extent(&self) -> Option<(f64, f64)> {
        self.points().map(|(_, v)| (v, v)).reduce(|(low, high), (v, _)| (low.min(v), high.max(v)))
    }

    /// Nothing to draw.
    pub fn is_empty(&self) -> bool {
        self.segments.is_empty()
    }
}

/// When the last bucket of a run ends.
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

/// Where times and values lie: the span over the plot's width, the axis over its height, both from the middle of the first pixel to
/// the middle of the last, so that a value on a tick lies on that tick's grid line.
#[derive(Debug, Clone, Copy)]
pub(in crate::chart) struct PlotTransform<'a> {
    /// In pixels of the picture, at least one each way.
    pub plot: Rect,
    /// Over the width.
    pub span: Span,
    /// Over the height.
    pub axis: &'a ValueAxis,
    /// Device pixels for each pixel.
    pub scale: Scale,
}

impl PlotTransform<'_> {
    /// Pixels from the picture's left edge.
    pub fn x(&self, second: i64) -> f64 {
        self.xs()(second)
    }

    /// The same of many. Multiplied first, so that an instant on an edge of pixels is exactly there.
    fn xs(&self) -> impl Fn(i64) -> f64 + use<> {
        let (seconds, width) = (self.span.seconds() as f64, f64::from(self.plot.width - 1));
        let (start, left) = (self.span.start(), f64::from(self.plot.left) + 0.5);
        move |second| left + (second - start) as f64 * width / seconds
    }

    /// Pixels from the picture's upper edge. What is far off the axis stays within a thousand heights.
    pub fn y(&self, value: f64) -> f64 {
        self.ys()(value)
    }

    /// The same of many.
    fn ys(&self) -> impl Fn(f64) -> f64 + use<> {
        let (share, height) = (self.axis.shares(), f64::from(self.plot.height - 1));
        let top = f64::from(self.plot.top) + 0.5;
        move |value| top + (1.0 - share(value).clamp(-1000.0, 1000.0)) * height
    }

    /// The pixel column of a hairline at `second`.
    pub fn column(&self, second: i64) -> i32 {
        (self.x(second) - 0.5).round() as i32
    }

    /// The pixel row of a hairline at `value`.
    pub fn row(&self, value: f64) -> i32 {
        (self.y(value) - 0.5).round() as i32
    }

    /// A place on the picture in device pixels.
    pub fn device(&self, x: f64, y: f64) -> Point {
        Point::new(Px::nearest(self.scale.of_pixels(x)), Px::nearest(self.scale.of_pixels(y)))
    }

    /// Where a value at an instant is, in device pixels.
    pub fn point(&self, second: i64, value: f64) -> Point {
        self.device(self.x(second), self.y(value))
    }

    /// The column of device pixels at `second`.
    pub fn device_column(&self, second: i64) -> i32 {
        self.scale.of_pixels(self.x(second)).floor() as i32
    }

    /// A value is on the axis.
    pub fn reaches(&self, value: f64) -> bool {
        (self.axis.low..=self.axis.high).contains(&value)
    }

    /// Where a bucket ends that is drawn no further than the span, in device pixels.
    pub fn end(&self, second: i64) -> Px {
        self.device(self.x(second.min(self.span.end())), 0.0).x
    }

    /// Where zero is, or the end of the axis next to it, in device pixels.
    pub fn base(&self) -> Px {
        self.device(0.0, self.y(0_f64.clamp(self.axis.low, self.axis.high))).y
    }

    /// The points of a run, as many as pixels can show, in device pixels.
    pub fn place(&self, run: &[(i64, f64)]) -> Vec<Point> {
        let (x, y, scale) = (self.xs(), self.ys(), self.scale);
        let place = |&(second, value): &(i64, f64)| {
            Point::new(Px::nearest(scale.of_pixels(x(second))), Px::nearest(scale.of_pixels(y(value))))
        };
        run.iter().map(place).collect()
    }
}

/// How lines are drawn in one picture.
#[derive(Debug, Clone, Copy)]
pub(in crate::chart) struct MarkStyle {
    /// Of every line.
    pub width: Px,
    /// Which points are marked.
    pub dots: Dots,
    /// The whole picture, which dots at the plot's edge may use.
    pub image: Rect,
    /// Buckets that end later may still change and look so; `None` where all look alike.
    pub complete_until: Option<i64>,
    /// What everything stands on.
    pub ground: Colour,
}

/// Which points of a line get a dot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::chart) enum Dots {
    /// Those without neighbours, and all where there is room; of this radius for those without neighbours.
    Readable(Px),
    /// Those without neighbours, of this radius.
    Isolated(Px),
    /// Those without neighbours, and the last.
    Last,
    /// None; a point without neighbours is as wide as the line.
    None,
}

impl Dots {
    /// For kinds of chart in which a dot beside others says nothing.
    pub fn isolated_only(self) -> Self {
        match self {
            Self::Readable(radius) => Self::Isolated(radius),
            Self::Last => Self::Isolated(LAST_DOT_RADIUS),
            other => other,
        }
    }
}

/// Radius of a dot beside others.
const DOT_RADIUS: Px = Px::from_units(144);
/// Radius of the dot at the end of a sparkline.
const LAST_DOT_RADIUS: Px = Px::whole(2);
/// Width of the ring that a dot is which may still change.
const RING_WIDTH: Px = Px::whole(1);

/// A line's way over the picture.
#[derive(Debug)]
pub(in crate::chart) struct MarkPath {
    /// In device pixels.
    pub runs: Vec<Vec<Point>>,
    /// Where the last run goes on to what may still change.
    pub unfinished_from: Option<Px>,
}

impl MarkStyle {
    /// For a picture of `lines` lines with `points` points in all.
    pub fn of(lines: usize, points: usize, image: Rect) -> Self {
        let radius = if points == 1 { Px::whole(3) } else { DOT_RADIUS };
        let (width, dots) = match lines {
            0 | 1 => (Px::whole(2), Dots::Readable(radius)),
            2..=MAX_LINES_WITH_DOTS => (Px::from_units(96), Dots::Readable(radius)),
            _ => (Px::whole(1), Dots::Isolated(radius)),
        };
        Self { width, dots, image, complete_until: None, ground: Colour::rgb(0xffffff) }
    }

    /// Where the first unfinished bucket of a curve is.
    pub fn first_unfinished(&self, curve: &Curve, transform: &PlotTransform) -> Option<Px> {
        let (run, index) = self.unfinished(curve)?;
        Some(transform.point(run[index].0, 0.0).x)
    }

    /// Where the last bucket before the first unfinished one of a curve is; its own place where it follows a gap.
    pub fn last_finished(&self, curve: &Curve, transform: &PlotTransform) -> Option<Px> {
        let (run, index) = self.unfinished(curve)?;
        Some(transform.point(run[index.saturating_sub(1)].0, 0.0).x)
    }

    /// The last run and the index of its first bucket that ends too late.
    fn unfinished<'a>(&self, curve: &'a Curve) -> Option<(&'a [(i64, f64)], usize)> {
        let (until, run, end) = (self.complete_until?, curve.segments.last()?, *curve.ends.last()?);
        // A bucket ends where the next one begins.
        let index = run.iter().skip(1).filter(|point| point.0 <= until).count();
        (index + 1 < run.len() || end > until).then_some((run, index))
    }

    /// The shapes of one line, in device pixels. Its full thickness shows where it touches the plot's edge.
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
        let dots = [dots(centres, radius, style.colour), dots(hollow, radius - RING_WIDTH, self.ground)];
        lines.into_iter().chain(dots).flatten().collect()
    }

    /// The plot grown by what reaches over its edge, in device pixels.
    fn around(&self, transform: &PlotTransform, by: Px) -> Rect {
        let (plot, by) = (transform.plot, by.ceil());
        let area = Rect::new(plot.left - by, plot.top - by, plot.width + 2 * by, plot.height + 2 * by);
        to_device(area.intersect(self.image), transform.scale)
    }
}

impl MarkPath {
    /// Takes away and gives what may still change, if that is more than a point.
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

/// There are few points, and none is near another.
fn has_space_for_dots(curve: &Curve, transform: &PlotTransform) -> bool {
    let xs: Vec<f64> = curve.points().take(MAX_DOTS + 1).map(|(second, _)| transform.x(second)).collect();
    xs.len() <= MAX_DOTS && xs.windows(2).all(|pair| pair[1] - pair[0] >= MIN_DOT_DISTANCE)
}
