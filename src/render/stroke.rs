//! Rasterises lines with round joins and ends, and areas, for curves that are functions of x.
//!
//! At any x such a stroke covers one interval of y, because it is the union of discs around connected points. It is
//! stored as the upper and lower edge at eight sample positions in every pixel column. A vertex widens the edges by its
//! disc, a segment by its two offset lines; no joins, polygons or sorting are needed, and the cost is the number of
//! points plus the number of columns that they reach. Coverage is exact in y and the mean of the eight samples in x.
//!
//! The eight samples are one vector; [`fearless_simd::dispatch`] compiles the loops for each kind of processor. The
//! code uses only sums, products, quotients, roots and comparisons, so every processor gives the same bits.

use super::canvas::{BLOCK, Block, Canvas, Coverage, RenderContext};
use crate::cancel::Stopped;
use crate::chart::Dash;
use crate::geometry::{Px, Rect};
use fearless_simd::prelude::*;
use fearless_simd::{Simd, dispatch, f32x8, i16x16, i32x8, u8x16};
use std::ops::Range;

/// Sample positions in a pixel column at which the edges are known.
const SAMPLES: usize = 8;

/// Width of a column and of a sample's share of it, in 1/64 pixel.
const COLUMN: i64 = Px::PER_PIXEL as i64;
const SAMPLE: i64 = COLUMN / SAMPLES as i64;

/// Steepness from which a dashed line is drawn in its gaps: the height of a section divided by the line's width. Such a
/// section rises at more than 80 degrees, and a spike of one sample would fall into a gap.
pub const STEEP: f32 = 6.0;

/// Points, and columns, between two checks of the stop flag.
const POINTS_PER_CHECK: usize = 4096;
const COLUMNS_PER_CHECK: usize = 256;

/// A number for each sample position.
type Eight = [f32; SAMPLES];

/// Sample positions within a column.
const SAMPLE_OFFSETS: Eight = [0.0625, 0.1875, 0.3125, 0.4375, 0.5625, 0.6875, 0.8125, 0.9375];

/// The edges of the stroke in a column, in pixels from the upper edge of the image; nothing is covered while top is
/// below bottom.
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

/// Upper and lower edge of an area at one x, in pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
#[allow(missing_docs)]
pub struct Span {
    pub x: f32,
    pub top: f32,
    pub bottom: f32,
}

/// The edges of one stroke, in a buffer that is reused for the next stroke.
#[derive(Debug, Default)]
pub struct Envelope {
    clip: Rect,
    /// Pixel column of the first entry.
    left: i32,
    columns: Vec<Column>,
}

/// Errors of a stroke.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StrokeError {
    /// The caller raised the stop flag.
    Stopped,
    /// A path in which x decreases; a curve must be a function of x.
    GoesBack,
}

impl From<Stopped> for StrokeError {
    fn from(_: Stopped) -> Self {
        Self::Stopped
    }
}

impl Envelope {
    /// Computes the stroke through `points`, `half_width` pixels to each side; a single point is a disc. Nothing
    /// outside `clip` will be covered.
    pub fn stroke(
        &mut self,
        points: &[Vertex],
        half_width: f32,
        clip: Rect,
        RenderContext { level, stop }: RenderContext<'_>,
    ) -> Result<(), StrokeError> {
        let (Some(first), Some(last)) = (points.first(), points.last()) else {
            self.start(clip, 0.0, 0.0);
            return Ok(());
        };
        if !points.is_sorted_by(|a, b| a.x <= b.x) {
            return Err(StrokeError::GoesBack);
        }
        self.start(clip, first.x - half_width, last.x + half_width);
        let left = self.left as f32;
        dispatch!(level, simd => add_disc(simd, &mut self.columns, left, *first, half_width));
        for start in (0..points.len() - 1).step_by(POINTS_PER_CHECK) {
            stop.check()?;
            let part = &points[start..points.len().min(start + POINTS_PER_CHECK + 1)];
            dispatch!(level, simd => add_segments(simd, &mut self.columns, left, part, half_width));
        }
        Ok(())
    }

    /// Computes the area between the two edges of `spans`.
    pub fn fill(
        &mut self,
        spans: &[Span],
        clip: Rect,
        RenderContext { level, stop }: RenderContext<'_>,
    ) -> Result<(), StrokeError> {
        let (Some(first), Some(last)) = (spans.first(), spans.last()) else {
            self.start(clip, 0.0, 0.0);
            return Ok(());
        };
        if !spans.is_sorted_by(|a, b| a.x <= b.x) {
            return Err(StrokeError::GoesBack);
        }
        self.start(clip, first.x, last.x);
        let left = self.left as f32;
        for start in (0..spans.len() - 1).step_by(POINTS_PER_CHECK) {
            stop.check()?;
            let part = &spans[start..spans.len().min(start + POINTS_PER_CHECK + 1)];
            dispatch!(level, _simd => add_spans(&mut self.columns, left, part));
        }
        Ok(())
    }

    /// Resets the buffer to the columns from `first` to `last`, in pixels, clipped to `clip`.
    fn start(&mut self, clip: Rect, first: f32, last: f32) {
        self.clip = clip;
        self.left = (first.floor() as i32).clamp(clip.left, clip.right().max(clip.left));
        let right = (last.floor() as i32).saturating_add(1).clamp(self.left, clip.right().max(self.left));
        self.columns.clear();
        self.columns.resize((right - self.left) as usize, Column::EMPTY);
    }

    /// Removes the gaps of `dash`, which begins at the clip's left edge, except sections so steep that a gap would hide
    /// a spike.
    pub fn interrupt(&mut self, dash: Dash, half_width: f32) {
        // In 1/64 pixel, of which the sample positions are integer multiples.
        let lengths: Vec<i64> = dash.lengths.iter().map(|&length| dash.scale.of(length).units().into()).collect();
        let period: i64 = lengths.iter().sum();
        if period <= 0 {
            return;
        }
        let before = (i64::from(self.left - self.clip.left) * COLUMN + SAMPLE / 2).rem_euclid(period);
        let (mut place, mut end) = (0, -before);
        // Lengths of a stroke, a gap, a stroke and so on.
        for (length, is_gap) in lengths.into_iter().zip([false, true].into_iter().cycle()).cycle() {
            end += length;
            let next = ((end + SAMPLE - 1).div_euclid(SAMPLE).max(0) as usize).min(self.columns.len() * SAMPLES);
            if is_gap {
                self.erase(place..next, 2.0 * half_width * STEEP);
            }
            place = next;
            if place >= self.columns.len() * SAMPLES {
                return;
            }
        }
    }

    /// Removes the samples that are less than `spike` pixels high.
    fn erase(&mut self, places: Range<usize>, spike: f32) {
        for place in places {
            let (column, place) = (&mut self.columns[place / SAMPLES], place % SAMPLES);
            if column.bottom[place] - column.top[place] < spike {
                (column.top[place], column.bottom[place]) = (f32::INFINITY, f32::NEG_INFINITY);
            }
        }
    }

    /// Covers every pixel of `canvas` that the stroke reaches with `colour`.
    pub fn cover<C: Canvas>(
        &self,
        canvas: &mut C,
        colour: C::Colour,
        RenderContext { level, stop }: RenderContext<'_>,
    ) -> Result<(), Stopped> {
        for (x, columns) in (self.left..).step_by(COLUMNS_PER_CHECK).zip(self.columns.chunks(COLUMNS_PER_CHECK)) {
            stop.check()?;
            let rows = (self.clip.top, self.clip.bottom());
            dispatch!(level, simd => cover_columns(simd, columns, x, rows, canvas, colour));
        }
        Ok(())
    }
}

/// Returns the lesser number; no operand is NaN, so this is one instruction.
#[inline(always)]
fn lesser(a: f32, b: f32) -> f32 {
    if a < b { a } else { b }
}

#[inline(always)]
fn greater(a: f32, b: f32) -> f32 {
    if a > b { a } else { b }
}

/// Returns the columns that the pixels from `first` to `last` touch, each with its x.
#[inline(always)]
fn between(columns: &mut [Column], left: f32, first: f32, last: f32) -> impl Iterator<Item = (f32, &mut Column)> {
    let (first, last) = (first - left, last - left);
    let start = first as usize;
    let end = if last < 0.0 { 0 } else { (last as usize).saturating_add(1).min(columns.len()) };
    let columns = columns.get_mut(start.min(end)..end).unwrap_or_default();
    columns.iter_mut().zip(start..).map(move |(column, index)| (left + index as f32, column))
}

/// Adds a disc around a point.
#[inline(always)]
fn add_disc<S: Simd>(simd: S, columns: &mut [Column], left: f32, centre: Vertex, radius: f32) {
    let disc = Disc::new(simd, centre, radius);
    for (column_x, column) in between(columns, left, centre.x - radius, centre.x + radius) {
        let mut edges = column.load(simd);
        edges.widen(disc.edges(places(simd, column_x)));
        edges.store(column);
    }
}

/// Adds each segment with the disc at its end.
#[inline(always)]
fn add_segments<S: Simd>(simd: S, columns: &mut [Column], left: f32, points: &[Vertex], half_width: f32) {
    for pair in points.windows(2) {
        add_segment(simd, columns, left, pair[0], pair[1], half_width);
    }
}

/// Adds the two offset lines of a segment, each of which touches both end discs and so has its own range of x, and the
/// disc at the segment's end.
#[inline(always)]
fn add_segment<S: Simd>(simd: S, columns: &mut [Column], left: f32, from: Vertex, to: Vertex, half_width: f32) {
    let (dx, dy) = (to.x - from.x, to.y - from.y);
    if dx <= 0.0 {
        // The discs of both ends cover everything between them.
        return add_disc(simd, columns, left, to, half_width);
    }
    let length = (dx * dx + dy * dy).sqrt();
    let (slope, reach, shift) = (dy / dx, half_width * length / dx, half_width * dy / length);
    let splat = |number: f32| f32x8::splat(simd, number);
    let (from_x, from_y, slope, reach) = (splat(from.x), splat(from.y), splat(slope), splat(reach));
    let (top_start, top_end) = (splat(from.x + shift), splat(to.x + shift));
    let (bottom_start, bottom_end) = (splat(from.x - shift), splat(to.x - shift));
    let (high, low) = (splat(f32::INFINITY), splat(f32::NEG_INFINITY));
    let lines = |x: f32x8<S>| {
        let line = from_y + slope * (x - from_x);
        Edges {
            top: (x.simd_ge(top_start) & x.simd_le(top_end)).select(line - reach, high),
            bottom: (x.simd_ge(bottom_start) & x.simd_le(bottom_end)).select(line + reach, low),
        }
    };
    let disc = Disc::new(simd, to, half_width);
    let aside = if shift < 0.0 { -shift } else { shift };
    for (column_x, column) in between(columns, left, from.x - aside, to.x + half_width) {
        let x = places(simd, column_x);
        let mut edges = column.load(simd);
        edges.widen(lines(x));
        edges.widen(disc.edges(x));
        edges.store(column);
    }
}

/// The edges of a stroke in one column.
#[derive(Clone, Copy)]
struct Edges<S: Simd> {
    top: f32x8<S>,
    bottom: f32x8<S>,
}

impl<S: Simd> Edges<S> {
    #[inline(always)]
    fn widen(&mut self, other: Self) {
        self.top = self.top.min(other.top);
        self.bottom = self.bottom.max(other.bottom);
    }

    #[inline(always)]
    fn store(self, column: &mut Column) {
        self.top.store_array(&mut column.top);
        self.bottom.store_array(&mut column.bottom);
    }
}

impl Column {
    #[inline(always)]
    fn load<S: Simd>(&self, simd: S) -> Edges<S> {
        Edges { top: f32x8::load_array_ref(simd, &self.top), bottom: f32x8::load_array_ref(simd, &self.bottom) }
    }
}

/// Returns the sample positions in the column that begins at `column_x`.
#[inline(always)]
fn places<S: Simd>(simd: S, column_x: f32) -> f32x8<S> {
    f32x8::splat(simd, column_x) + f32x8::load_array_ref(simd, &SAMPLE_OFFSETS)
}

/// A disc that computes its edges at given x.
struct Disc<S: Simd> {
    x: f32x8<S>,
    y: f32x8<S>,
    square: f32x8<S>,
    simd: S,
}

impl<S: Simd> Disc<S> {
    #[inline(always)]
    fn new(simd: S, centre: Vertex, radius: f32) -> Self {
        let splat = |number: f32| f32x8::splat(simd, number);
        Self { x: splat(centre.x), y: splat(centre.y), square: splat(radius * radius), simd }
    }

    #[inline(always)]
    fn edges(&self, x: f32x8<S>) -> Edges<S> {
        let splat = |number: f32| f32x8::splat(self.simd, number);
        let dx = x - self.x;
        let square = self.square - dx * dx;
        let inside = square.simd_ge(splat(0.0));
        let reach = square.max(splat(0.0)).sqrt();
        Edges {
            top: inside.select(self.y - reach, splat(f32::INFINITY)),
            bottom: inside.select(self.y + reach, splat(f32::NEG_INFINITY)),
        }
    }
}

#[inline(always)]
fn add_spans(columns: &mut [Column], left: f32, spans: &[Span]) {
    for pair in spans.windows(2) {
        let (from, to) = (pair[0], pair[1]);
        let (start, end) = (from.x, to.x);
        if end <= start {
            continue; // A vertical step covers nothing by itself.
        }
        let slope = |from: f32, to: f32| (to - from) / (end - start);
        let (top_slope, bottom_slope) = (slope(from.top, to.top), slope(from.bottom, to.bottom));
        for (column_x, column) in between(columns, left, start, end) {
            for (place, at) in SAMPLE_OFFSETS.iter().enumerate() {
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
fn cover_columns<S: Simd, C: Canvas>(
    simd: S,
    columns: &[Column],
    left: i32,
    rows: (i32, i32),
    canvas: &mut C,
    colour: C::Colour,
) {
    for (x, column) in (left..).zip(columns) {
        cover_column(simd, column, x, rows, canvas, colour);
    }
}

/// Covers the whole pixels between the edges as one stretch, and each pixel that an edge passes through by its
/// fraction.
#[inline(always)]
fn cover_column<S: Simd, C: Canvas>(
    simd: S,
    column: &Column,
    x: i32,
    (first, end): (i32, i32),
    canvas: &mut C,
    colour: C::Colour,
) {
    let edges = column.load(simd);
    let rows = (edges.top.reduce_min().floor() as i32).max(first)..ceil(edges.bottom.reduce_max()).min(end);
    if rows.len() <= BLOCK {
        return cover_edges(simd, edges, x, rows, canvas, colour);
    }
    let solid_top = ceil(edges.top.reduce_max()).max(first);
    let solid_bottom = (edges.bottom.reduce_min().floor() as i32).min(end);
    if solid_top < solid_bottom {
        cover_edges(simd, edges, x, rows.start..solid_top, canvas, colour);
        cover_edges(simd, edges, x, solid_bottom..rows.end, canvas, colour);
        canvas.solid(x, solid_top..solid_bottom, colour);
    } else {
        cover_edges(simd, edges, x, rows, canvas, colour);
    }
}

/// Covers each pixel of `rows`, a block at a time, by its fraction, in integers: parts of a pixel's height at each
/// sample position.
#[inline(always)]
fn cover_edges<S: Simd, C: Canvas>(
    simd: S,
    edges: Edges<S>,
    x: i32,
    rows: Range<i32>,
    canvas: &mut C,
    colour: C::Colour,
) {
    let splat = |number: i16| i16x16::splat(simd, number);
    let uppers = i16x16::load_array_ref(simd, &ROWS);
    let lowers = uppers + splat(PARTS);
    let mut start = rows.start;
    while start < rows.end {
        let within = (start, rows.end.min(start + BLOCK as i32));
        let (tops, bottoms) = (parts(simd, edges.top, within), parts(simd, edges.bottom, within));
        let mut area = splat(0);
        for place in 0..SAMPLES {
            area += (splat(bottoms[place]).min(lowers) - splat(tops[place]).max(uppers)).max(splat(0));
        }
        let steps = (area * splat(i16::from(Coverage::STEPS)) + splat(WHOLE / 2)) >> WHOLE.ilog2();
        let (first, last) = steps.split();
        let mut covered = [0; BLOCK];
        first.saturating_narrow(last).bitcast::<u8x16<S>>().store_array(&mut covered);
        canvas.edges(x, start, &Block::from_steps(covered), colour);
        start += BLOCK as i32;
    }
}

/// Returns the number of parts that the edges lie below the first of some rows, clamped to the rows.
#[inline(always)]
fn parts<S: Simd>(simd: S, edge: f32x8<S>, (first, end): (i32, i32)) -> [i16; SAMPLES] {
    let splat = |number: f32| f32x8::splat(simd, number);
    let within = (edge - splat(first as f32)).max(splat(0.0)).min(splat((end - first) as f32));
    let (low, high) = (within * splat(f32::from(PARTS)) + splat(0.5)).to_int::<i32x8<S>>().split();
    let mut parts = [0; SAMPLES];
    low.saturating_narrow(high).store_array(&mut parts);
    parts
}

/// Parts of a pixel's height.
const PARTS: i16 = 64;

/// Parts of a whole pixel at all sample positions, a power of two.
const WHOLE: i16 = PARTS * SAMPLES as i16;

/// First part of each row of a block.
const ROWS: [i16; BLOCK] = {
    let mut rows = [0; BLOCK];
    let mut row = 0;
    while row < BLOCK {
        rows[row] = PARTS * row as i16;
        row += 1;
    }
    rows
};

/// Rounds up to an integer; infinities saturate.
#[inline(always)]
fn ceil(number: f32) -> i32 {
    let whole = number.floor() as i32;
    if (whole as f32) < number { whole.saturating_add(1) } else { whole }
}

#[cfg(test)]
mod tests {
    use super::super::rgb_canvas::RgbCanvas;
    use super::*;
    use crate::cancel::Stop;
    use crate::request::{Colour, Scale};
    use fearless_simd::Level;

    const IMAGE: Rect = Rect::new(0, 0, 200, 150);

    fn vertices(points: &[(f32, f32)]) -> Vec<Vertex> {
        points.iter().map(|&(x, y)| Vertex { x, y }).collect()
    }

    /// Returns the darkness of each pixel, 0 to 1, column by column.
    fn darkness(points: &[(f32, f32)], half_width: f32, level: Level) -> Vec<f64> {
        let (mut envelope, mut canvas, stop) = (Envelope::default(), RgbCanvas::new(IMAGE, [255; 3]), Stop::default());
        envelope.stroke(&vertices(points), half_width, IMAGE, RenderContext { level, stop: &stop }).unwrap();
        envelope.cover(&mut canvas, Colour::rgb(0), RenderContext { level, stop: &stop }).unwrap();
        canvas.pixels().iter().map(|pixel| f64::from(255 - pixel[0]) / 255.0).collect()
    }

    #[test]
    fn a_straight_line_covers_its_area() {
        for (dx, dy) in [(100.0, 100.0), (100.0, 13.0), (100.0, 0.0), (20.0, -110.0), (150.0, -60.0), (1.0, 110.0)] {
            for half_width in [0.5, 0.75, 1.0, 2.5_f32] {
                let (x, y, reach) = (20.3, if dy < 0.0 { 130.1 } else { 15.7 }, f64::from(half_width));
                let length = f64::hypot(dx.into(), dy.into());
                let area = length * 2.0 * reach + std::f64::consts::PI * reach * reach;
                let covered: f64 = darkness(&[(x, y), (x + dx, y + dy)], half_width, Level::new()).iter().sum();
                // Each edge may be off by half a step of coverage in each of the pixels along it.
                let steps = 2.0 * length * 0.5 / f64::from(Coverage::STEPS);
                assert!(
                    (covered - area).abs() < 0.01 * area + steps,
                    "{dx},{dy} half {half_width}: {covered} for {area}"
                );
            }
        }
    }

    #[test]
    fn every_processor_level_draws_equal_pixels() {
        let points: Vec<_> = (0..400_u16).map(|n| (f32::from(n) / 2.0, f32::from(n * 79 % 9600) / 64.0)).collect();
        let detected = Level::new();
        let levels = [
            Some(Level::baseline()),
            detected.as_sse4_2().map(|simd| simd.level()),
            detected.as_avx2().map(|simd| simd.level()),
        ];
        for half_width in [0.5, 0.75, 1.0] {
            let expected = darkness(&points, half_width, detected);
            for level in levels.into_iter().flatten() {
                assert_eq!(darkness(&points, half_width, level), expected, "{level:?}");
            }
        }
    }

    #[test]
    fn a_curve_with_decreasing_x_is_rejected() {
        let stroke = |points: &[(f32, f32)]| {
            Envelope::default().stroke(
                &vertices(points),
                1.0,
                IMAGE,
                RenderContext { level: Level::new(), stop: &Stop::default() },
            )
        };
        assert_eq!(stroke(&[(2.0, 1.0), (2.0, 5.0)]), Ok(()));
        assert_eq!(stroke(&[(2.0, 1.0), (2.0, 5.0), (1.9, 5.0)]), Err(StrokeError::GoesBack));
    }

    #[test]
    fn a_spike_of_a_dashed_line_stays_visible_whatever_the_phase() {
        const DASH: &[Px] = &[Px::whole(4), Px::whole(6)];
        for phase in 0..10 {
            let x = 60.0 + phase as f32;
            let points = [(0.0, 120.0), (x - 2.0, 120.0), (x, 20.0), (x + 2.0, 120.0), (200.0, 120.0)];
            let (mut envelope, mut canvas, stop) =
                (Envelope::default(), RgbCanvas::new(IMAGE, [255; 3]), Stop::default());
            envelope
                .stroke(&vertices(&points), 0.75, IMAGE, RenderContext { level: Level::new(), stop: &stop })
                .unwrap();
            envelope.interrupt(Dash { lengths: DASH, scale: Scale::ONE }, 0.75);
            envelope.cover(&mut canvas, Colour::rgb(0), RenderContext { level: Level::new(), stop: &stop }).unwrap();
            let height = IMAGE.height as usize;
            let row = |y: usize| canvas.pixels().iter().skip(y).step_by(height).filter(|pixel| pixel[0] < 200).count();
            assert!((21..118).all(|y| row(y) > 0), "a hole in the spike at {x}");
            assert!(row(120) < 110, "no gaps beside the spike at {x}");
        }
    }

    #[test]
    fn a_raised_stop_flag_ends_a_stroke() {
        let (mut envelope, mut canvas, stop) = (Envelope::default(), RgbCanvas::new(IMAGE, [255; 3]), Stop::default());
        let points = vertices(&[(2.0, 1.0), (9.0, 9.0)]);
        envelope.stroke(&points, 1.0, IMAGE, RenderContext { level: Level::new(), stop: &stop }).unwrap();
        stop.raise();
        assert_eq!(
            envelope.cover(&mut canvas, Colour::rgb(0), RenderContext { level: Level::new(), stop: &stop }),
            Err(Stopped)
        );
        assert_eq!(
            envelope.stroke(&points, 1.0, IMAGE, RenderContext { level: Level::new(), stop: &stop }),
            Err(StrokeError::Stopped)
        );
    }
}
