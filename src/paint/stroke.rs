//! Lines with round joins and ends, and areas, for curves that are functions of x.
//!
//! At any x such a stroke covers one interval of y: it is the union of discs around connected points. So it is kept as the upper
//! and lower edge at eight places in every pixel column. A vertex widens the edges by its disc, a segment by its two offset lines;
//! there are no joins, no polygon and no sorting, and the cost is the points plus the columns that they reach. Coverage is exact
//! in y and the mean of the eight places in x. Fed and read by the backend.
//!
//! The loops over eight places are plain ones that compilers turn into vectors; [`fearless_simd::dispatch`] has them compiled for each
//! kind of processor. Only sums, products, quotients, roots and comparisons: every processor gives the same bits.

use super::canvas::{Canvas, Coverage};
use crate::chart::Dash;
use crate::geometry::Rect;
use crate::stop::{Stop, Stopped};
use fearless_simd::{Level, dispatch};

/// Places in a pixel column where the edges are known.
const SAMPLES: usize = 8;

/// Points, and columns, between two looks at the stop flag.
const POINTS_PER_LOOK: usize = 4096;
const COLUMNS_PER_LOOK: usize = 256;

/// A number for each of the places.
type Eight = [f32; SAMPLES];

/// Where in a column the places are.
const PLACES: Eight = [0.0625, 0.1875, 0.3125, 0.4375, 0.5625, 0.6875, 0.8125, 0.9375];

/// The edges of the stroke in a column, in pixels from the upper edge of the picture; nothing is covered while top is below bottom.
#[derive(Debug, Clone, Copy)]
#[repr(align(64))]
struct Column {
    top: Eight,
    bottom: Eight,
}

impl Column {
    const EMPTY: Self = Self { top: [f32::INFINITY; SAMPLES], bottom: [f32::NEG_INFINITY; SAMPLES] };
}

/// A point of a curve, in pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
#[allow(missing_docs)]
pub struct Vertex {
    pub x: f32,
    pub y: f32,
}

/// Where an area begins and ends at one x, in pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
#[allow(missing_docs)]
pub struct Span {
    pub x: f32,
    pub top: f32,
    pub bottom: f32,
}

/// The edges of one stroke. Its memory is used again for the next.
#[derive(Debug, Default)]
pub struct Envelope {
    clip: Rect,
    /// The pixel column of the first one.
    left: i32,
    columns: Vec<Column>,
}

/// Why a stroke was not drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// Someone raised the stop flag.
    Stopped,
    /// A curve is a function of x and this one is not.
    GoesBack,
}

impl From<Stopped> for Refused {
    fn from(_: Stopped) -> Self {
        Self::Stopped
    }
}

impl Envelope {
    /// The stroke through `points`, `half_width` pixels to each side; one point is a disc. Nothing outside `clip` will be covered.
    pub fn stroke(
        &mut self,
        points: &[Vertex],
        half_width: f32,
        clip: Rect,
        (level, stop): (Level, &Stop),
    ) -> Result<(), Refused> {
        let (Some(first), Some(last)) = (points.first(), points.last()) else {
            self.start(clip, 0.0, 0.0);
            return Ok(());
        };
        if !points.is_sorted_by(|a, b| a.x <= b.x) {
            return Err(Refused::GoesBack);
        }
        self.start(clip, first.x - half_width, last.x + half_width);
        let left = self.left as f32;
        dispatch!(level, _simd => add_disc(&mut self.columns, left, *first, half_width));
        for start in (0..points.len() - 1).step_by(POINTS_PER_LOOK) {
            stop.check()?;
            let part = &points[start..points.len().min(start + POINTS_PER_LOOK + 1)];
            dispatch!(level, _simd => add_segments(&mut self.columns, left, part, half_width));
        }
        Ok(())
    }

    /// What lies between the two edges of `spans`.
    pub fn fill(&mut self, spans: &[Span], clip: Rect, (level, stop): (Level, &Stop)) -> Result<(), Refused> {
        let (Some(first), Some(last)) = (spans.first(), spans.last()) else {
            self.start(clip, 0.0, 0.0);
            return Ok(());
        };
        if !spans.is_sorted_by(|a, b| a.x <= b.x) {
            return Err(Refused::GoesBack);
        }
        self.start(clip, first.x, last.x);
        let left = self.left as f32;
        for start in (0..spans.len() - 1).step_by(POINTS_PER_LOOK) {
            stop.check()?;
            let part = &spans[start..spans.len().min(start + POINTS_PER_LOOK + 1)];
            dispatch!(level, _simd => add_spans(&mut self.columns, left, part));
        }
        Ok(())
    }

    /// Makes room for what reaches from `first` to `last`, in pixels, as far as it lies in `clip`.
    fn start(&mut self, clip: Rect, first: f32, last: f32) {
        self.clip = clip;
        self.left = (first.floor() as i32).clamp(clip.left, clip.right().max(clip.left));
        let right = (last.floor() as i32).saturating_add(1).clamp(self.left, clip.right().max(self.left));
        self.columns.clear();
        self.columns.resize((right - self.left) as usize, Column::EMPTY);
    }

    /// Takes out what lies in the gaps of `dash`, which begins at the clip's left edge.
    pub fn interrupt(&mut self, dash: Dash) {
        let lengths = || dash.lengths.iter().map(|&length| dash.scale.of(length).to_f64());
        let period: f64 = lengths().sum();
        if period <= 0.0 {
            return;
        }
        for (x, column) in (self.left - self.clip.left..).zip(&mut self.columns) {
            for (sample, place) in PLACES.iter().enumerate() {
                let mut rest = (f64::from(x) + f64::from(*place)) % period;
                let part = lengths().position(|length| {
                    rest -= length;
                    rest < 0.0
                });
                if part.is_some_and(|part| part % 2 == 1) {
                    (column.top[sample], column.bottom[sample]) = (f32::INFINITY, f32::NEG_INFINITY);
                }
            }
        }
    }

    /// Covers every pixel of `canvas` that the stroke reaches with `ink`.
    pub fn cover<C: Canvas>(&self, canvas: &mut C, ink: C::Ink, (level, stop): (Level, &Stop)) -> Result<(), Stopped> {
        for (x, columns) in (self.left..).step_by(COLUMNS_PER_LOOK).zip(self.columns.chunks(COLUMNS_PER_LOOK)) {
            stop.check()?;
            let rows = (self.clip.top, self.clip.bottom());
            dispatch!(level, _simd => cover_columns(columns, x, rows, canvas, ink));
        }
        Ok(())
    }
}

/// The lesser; no operand is NaN, so that this is one instruction.
#[inline(always)]
fn lesser(a: f32, b: f32) -> f32 {
    if a < b { a } else { b }
}

#[inline(always)]
fn greater(a: f32, b: f32) -> f32 {
    if a > b { a } else { b }
}

/// The columns that the pixels from `first` to `last` touch, and where each begins.
#[inline(always)]
fn between(columns: &mut [Column], left: f32, first: f32, last: f32) -> impl Iterator<Item = (f32, &mut Column)> {
    let (first, last) = (first - left, last - left);
    let start = first as usize;
    let end = if last < 0.0 { 0 } else { (last as usize).saturating_add(1).min(columns.len()) };
    let columns = columns.get_mut(start.min(end)..end).unwrap_or_default();
    columns.iter_mut().zip(start..).map(move |(column, index)| (left + index as f32, column))
}

#[inline(always)]
fn add_disc(columns: &mut [Column], left: f32, centre: Vertex, radius: f32) {
    for (column_x, column) in between(columns, left, centre.x - radius, centre.x + radius) {
        for (place, at) in PLACES.iter().enumerate() {
            let dx = column_x + at - centre.x;
            let square = radius * radius - dx * dx;
            let reach = greater(square, 0.0).sqrt();
            let (top, bottom) =
                if square >= 0.0 { (centre.y - reach, centre.y + reach) } else { (f32::INFINITY, f32::NEG_INFINITY) };
            column.top[place] = lesser(column.top[place], top);
            column.bottom[place] = greater(column.bottom[place], bottom);
        }
    }
}

/// Each segment with the disc at its end.
#[inline(always)]
fn add_segments(columns: &mut [Column], left: f32, points: &[Vertex], half_width: f32) {
    for pair in points.windows(2) {
        add_segment(columns, left, pair[0], pair[1], half_width);
        add_disc(columns, left, pair[1], half_width);
    }
}

/// The two lines beside a segment. Each touches both end discs, so each has a range of x of its own.
#[inline(always)]
fn add_segment(columns: &mut [Column], left: f32, from: Vertex, to: Vertex, half_width: f32) {
    let (dx, dy) = (to.x - from.x, to.y - from.y);
    if dx <= 0.0 {
        return; // The discs of both ends already reach over all that lies between them.
    }
    let length = (dx * dx + dy * dy).sqrt();
    let (slope, reach, shift) = (dy / dx, half_width * length / dx, half_width * dy / length);
    let line = |x: f32| from.y + slope * (x - from.x);
    let (start, end) = (from.x + shift, to.x + shift);
    for (column_x, column) in between(columns, left, start, end) {
        for (top, at) in column.top.iter_mut().zip(PLACES) {
            let x = column_x + at;
            let edge = if (x >= start) & (x <= end) { line(x) - reach } else { f32::INFINITY };
            *top = lesser(*top, edge);
        }
    }
    let (start, end) = (from.x - shift, to.x - shift);
    for (column_x, column) in between(columns, left, start, end) {
        for (bottom, at) in column.bottom.iter_mut().zip(PLACES) {
            let x = column_x + at;
            let edge = if (x >= start) & (x <= end) { line(x) + reach } else { f32::NEG_INFINITY };
            *bottom = greater(*bottom, edge);
        }
    }
}

#[inline(always)]
fn add_spans(columns: &mut [Column], left: f32, spans: &[Span]) {
    for pair in spans.windows(2) {
        let (from, to) = (pair[0], pair[1]);
        let (start, end) = (from.x, to.x);
        if end <= start {
            continue; // A step covers nothing by itself.
        }
        let slope = |from: f32, to: f32| (to - from) / (end - start);
        let (top_slope, bottom_slope) = (slope(from.top, to.top), slope(from.bottom, to.bottom));
        for (column_x, column) in between(columns, left, start, end) {
            for (place, at) in PLACES.iter().enumerate() {
                let x = column_x + at;
                let inside = (x >= start) & (x <= end);
                let top = if inside { from.top + top_slope * (x - start) } else { f32::INFINITY };
                let bottom = if inside { from.bottom + bottom_slope * (x - start) } else { f32::NEG_INFINITY };
                column.top[place] = lesser(column.top[place], top);
                column.bottom[place] = greater(column.bottom[place], bottom);
            }
        }
    }
}

#[inline(always)]
fn cover_columns<C: Canvas>(columns: &[Column], left: i32, rows: (i32, i32), canvas: &mut C, ink: C::Ink) {
    for (x, column) in (left..).zip(columns) {
        cover_column(column, x, rows, canvas, ink);
    }
}

/// Whole pixels between the edges as one stretch, and the share of each pixel that an edge passes through.
#[inline(always)]
fn cover_column<C: Canvas>(column: &Column, x: i32, (first, end): (i32, i32), canvas: &mut C, ink: C::Ink) {
    let top = fold(column.top, lesser).floor() as i32;
    let bottom = ceil(fold(column.bottom, greater)).min(end);
    let solid_top = ceil(fold(column.top, greater)).max(first);
    let solid_bottom = (fold(column.bottom, lesser).floor() as i32).min(end);
    let mut edge = |y: i32| {
        let row = y as f32;
        let mut shares = [0.0; SAMPLES];
        for (place, share) in shares.iter_mut().enumerate() {
            *share = greater(lesser(column.bottom[place], row + 1.0) - greater(column.top[place], row), 0.0);
        }
        let coverage = Coverage::of_area(fold(shares, |a, b| a + b) / SAMPLES as f32);
        if coverage.steps() > 0 {
            canvas.edge(x, y, coverage, ink);
        }
    };
    if solid_top < solid_bottom {
        (top.max(first)..solid_top).for_each(&mut edge);
        (solid_bottom..bottom).for_each(&mut edge);
        canvas.solid(x, solid_top..solid_bottom, ink);
    } else {
        (top.max(first)..bottom).for_each(&mut edge);
    }
}

/// Upwards to a whole number; infinities saturate.
#[inline(always)]
fn ceil(number: f32) -> i32 {
    let whole = number.floor() as i32;
    if (whole as f32) < number { whole.saturating_add(1) } else { whole }
}

/// All eight together, always in the same order.
#[inline(always)]
fn fold(eight: Eight, both: impl Fn(f32, f32) -> f32) -> f32 {
    let [a, b, c, d, e, f, g, h] = eight;
    let (a, b, c, d) = (both(a, e), both(b, f), both(c, g), both(d, h));
    both(both(a, c), both(b, d))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::paint::direct::DirectCanvas;
    use crate::request::Colour;
    use fearless_simd::Simd;

    const PICTURE: Rect = Rect::new(0, 0, 200, 150);

    fn vertices(points: &[(f32, f32)]) -> Vec<Vertex> {
        points.iter().map(|&(x, y)| Vertex { x, y }).collect()
    }

    /// How dark each pixel is, 0 to 1, column by column.
    fn ink(points: &[(f32, f32)], half_width: f32, level: Level) -> Vec<f64> {
        let (mut envelope, mut canvas, stop) =
            (Envelope::default(), DirectCanvas::new(PICTURE, [255; 3]), Stop::default());
        envelope.stroke(&vertices(points), half_width, PICTURE, (level, &stop)).unwrap();
        envelope.cover(&mut canvas, Colour::rgb(0), (level, &stop)).unwrap();
        canvas.pixels().iter().map(|pixel| f64::from(255 - pixel[0]) / 255.0).collect()
    }

    #[test]
    fn what_a_straight_line_covers_is_its_area() {
        for (dx, dy) in [(100.0, 100.0), (100.0, 13.0), (100.0, 0.0), (20.0, -110.0), (150.0, -60.0), (1.0, 110.0)] {
            for half_width in [0.5, 0.75, 1.0, 2.5_f32] {
                let (x, y, reach) = (20.3, if dy < 0.0 { 130.1 } else { 15.7 }, f64::from(half_width));
                let length = f64::hypot(dx.into(), dy.into());
                let area = length * 2.0 * reach + std::f64::consts::PI * reach * reach;
                let covered: f64 = ink(&[(x, y), (x + dx, y + dy)], half_width, Level::new()).iter().sum();
                // Either edge may be half a step of coverage off in each of the pixels along it.
                let steps = 2.0 * length * 0.5 / f64::from(Coverage::STEPS);
                assert!(
                    (covered - area).abs() < 0.01 * area + steps,
                    "{dx},{dy} half {half_width}: {covered} for {area}"
                );
            }
        }
    }

    #[test]
    fn every_kind_of_processor_draws_the_same() {
        let points: Vec<_> = (0..400_u16).map(|n| (f32::from(n) / 2.0, f32::from(n * 79 % 9600) / 64.0)).collect();
        let detected = Level::new();
        let levels = [
            Some(Level::baseline()),
            detected.as_sse4_2().map(|simd| simd.level()),
            detected.as_avx2().map(|simd| simd.level()),
        ];
        for half_width in [0.5, 0.75, 1.0] {
            let expected = ink(&points, half_width, detected);
            for level in levels.into_iter().flatten() {
                assert_eq!(ink(&points, half_width, level), expected, "{level:?}");
            }
        }
    }

    #[test]
    fn a_curve_that_goes_back_is_refused() {
        let stroke = |points: &[(f32, f32)]| {
            Envelope::default().stroke(&vertices(points), 1.0, PICTURE, (Level::new(), &Stop::default()))
        };
        assert_eq!(stroke(&[(2.0, 1.0), (2.0, 5.0)]), Ok(()));
        assert_eq!(stroke(&[(2.0, 1.0), (2.0, 5.0), (1.9, 5.0)]), Err(Refused::GoesBack));
    }

    #[test]
    fn a_stop_ends_a_stroke() {
        let (mut envelope, mut canvas, stop) =
            (Envelope::default(), DirectCanvas::new(PICTURE, [255; 3]), Stop::default());
        let points = vertices(&[(2.0, 1.0), (9.0, 9.0)]);
        envelope.stroke(&points, 1.0, PICTURE, (Level::new(), &stop)).unwrap();
        stop.raise();
        assert_eq!(envelope.cover(&mut canvas, Colour::rgb(0), (Level::new(), &stop)), Err(Stopped));
        assert_eq!(envelope.stroke(&points, 1.0, PICTURE, (Level::new(), &stop)), Err(Refused::Stopped));
    }
}
