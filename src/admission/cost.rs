//! Cost estimate of a request before it is fetched: time of a worker and peak memory.
//!
//! Pure: called with a validated plan and what is to be made of it. The model is a sum of a few products. It is there to tell a dear
//! request from a cheap one, not to be exact; the pool corrects the times by what work really takes. `tests/it/memory.rs` compares the bytes
//! with those that an allocator counts.

use crate::catalog::{PlannedFetch, QueryPlan};
use crate::render::Format;
use crate::request::{ImageRequest, Kind};
use std::time::Duration;

/// The estimated cost of one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cost {
    /// Time of one worker, to roll up and to draw.
    pub work: Duration,
    /// Bytes that it has at once, from the first answer of a source to the last byte of its own.
    pub bytes: u64,
    /// Part of `bytes` that responses of sources take until they are rolled up.
    pub fetched: u64,
}

/// Nanoseconds and bytes of one thing.
struct Each(u64, u64);

/// Every request: its values, scene and record; places of the legend.
const REQUEST: Each = Each(50_000, 384 << 10);
/// A question to a source.
const FETCH: Each = Each(2_000, 4 << 10);
/// A bucket: its text in an answer, its samples, its values; to roll it up and to thin it. A million of them on load L take 1.4 ms.
const BUCKET: Each = Each(8, 28);
/// Bytes per bucket in the response of a source.
const FETCHED_BUCKET_BYTES: u64 = 28;
/// A column of one line, to stroke and to compose it. The loads with many lines take 76 ns.
const COLUMN: Each = Each(80, 0);
/// A column of one line that has a point, or a point: up to four points in three forms.
const POINT: Each = Each(0, 10);
/// A pixel: grounds, grid, packing; S takes 1.4 ns. Memory is one byte of an index, its packed form and the file.
const PIXEL: Each = Each(2, 3);
/// The same of an image with more colours than a palette has, as areas and frames make them: four bytes instead of one, and their packed form.
const COLOURED_PIXEL: Each = Each(0, 6);
/// A pixel of a WebP, which is packed by a general encoder.
const WEBP_PIXEL: Each = Each(40, 12);
/// A pixel of a JPEG: half as much again as of a WebP. Memory is three bytes of colours beside the canvas, and the file.
const JPEG_PIXEL: Each = Each(60, 6);
/// A pixel below a filled line.
const FILLED_PIXEL: Each = Each(1, 0);

impl Cost {
    /// Estimates a chart.
    pub fn of_picture(plan: &QueryPlan, request: &ImageRequest, format: Format) -> Self {
        let device = request.size.times(request.chart.scale);
        let pixels = u64::from(device.width()) * u64::from(device.height());
        let lines = plan.max_lines() as u64;
        let (pixel, filled) = match format {
            Format::Png => (PIXEL, pixels * lines),
            Format::WebP => (WEBP_PIXEL, pixels * lines),
            Format::Jpeg(_) => (JPEG_PIXEL, pixels * lines),
            Format::Svg => (Each(0, 0), 0),
        };
        let filled = match request.chart.kind {
            Kind::Line | Kind::Step => 0,
            Kind::Area | Kind::Stacked | Kind::Bar | Kind::Band => filled,
        };
        let columns = u64::from(device.width()) * lines;
        // A line with fewer buckets than columns has a point, or the two ends of a step, for each of them.
        let points_of = |fetch: &PlannedFetch| {
            let points = u64::from(device.width()).min(2 * fetch.query.grid.len() as u64);
            points * fetch.query.max_lines() as u64
        };
        let points = plan.lines.iter().filter_map(|line| plan.fetches.get(line.fetch)).map(points_of).sum::<u64>();
        let has_colours = format == Format::Png && (filled > 0 || request.chart.template.is_some());
        let coloured = if has_colours { pixels } else { 0 };
        Self::of(
            plan,
            [(pixels, pixel), (coloured, COLOURED_PIXEL), (filled, FILLED_PIXEL), (columns, COLUMN), (points, POINT)],
        )
    }

    /// Estimates an error image.
    pub fn of_error_picture(request: &ImageRequest) -> Self {
        let device = request.size.times(request.chart.scale);
        let pixels = u64::from(device.width()) * u64::from(device.height());
        Self { work: Duration::ZERO, bytes: pixels * (PIXEL.1 + COLOURED_PIXEL.1), fetched: 0 }
    }

    /// Estimates a list of metrics of unknown length.
    pub fn of_listing() -> Self {
        Self { work: Duration::ZERO, bytes: REQUEST.1, fetched: REQUEST.1 }
    }

    /// Estimates a response with data only.
    pub fn of_data(plan: &QueryPlan) -> Self {
        Self::of(plan, [])
    }

    fn of<const N: usize>(plan: &QueryPlan, more: [(u64, Each); N]) -> Self {
        let buckets_of = |fetch: &PlannedFetch| (fetch.query.grid.len() * fetch.query.max_lines()) as u64;
        let fetched = plan.fetches.iter().map(buckets_of).sum::<u64>();
        let drawn = plan.lines.iter().filter_map(|line| plan.fetches.get(line.fetch));
        let buckets = fetched + drawn.map(buckets_of).sum::<u64>();
        let always = [(1, REQUEST), (plan.fetches.len() as u64, FETCH), (buckets, BUCKET)];
        let sum = |cost: Self, (count, Each(nanos, bytes)): (u64, Each)| Self {
            work: cost.work.saturating_add(Duration::from_nanos(count.saturating_mul(nanos))),
            bytes: cost.bytes.saturating_add(count.saturating_mul(bytes)),
            fetched: cost.fetched,
        };
        let fetched = fetched.saturating_mul(FETCHED_BUCKET_BYTES);
        always.into_iter().chain(more).fold(Self { work: Duration::ZERO, bytes: 0, fetched }, sum)
    }
}

#[cfg(test)]
mod tests;
