//! Bar charts: a bar covers the time of its bucket in whole device pixels; bars of several series stand side by side.
//!
//! All gaps are equally wide. If buckets are narrower than their bars would have to be, neighbours share a bar that
//! reaches to the extremes of all of them. A bar of zero is one pixel high, to distinguish it from a gap.

use super::line::{Curve, MarkStyle, PlotTransform};
use super::series::SeriesMark;
use crate::chart::scene::{Section, Shape};
use crate::chart::scene_builder::to_device;
use crate::geometry::Px;
use crate::request::Colour;

/// Opacity of a bar in percent.
pub(in crate::chart) const FILL: u32 = 100;
/// Opacity in percent of a bar whose bucket may still change.
const UNFINISHED_FILL: u32 = 45;
/// Maximum gap in pixels between the bars of two buckets.
const MAX_GAP: f64 = 12.0;
/// Minimum width in device pixels of a bar beside a gap: gaps between narrower ones look like a comb.
const MIN_WIDTH_BESIDE_GAP: i32 = 3;
/// Minimum width in device pixels of a bar with a free pixel beside the next series of the same bucket.
const MIN_SEPARATED_WIDTH: i32 = 6;

/// The device pixel columns of one or more buckets, and their values.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Slot {
    left: i32,
    right: i32,
    low: f64,
    high: f64,
    finished: bool,
}

/// Returns the bars of all series.
pub(in crate::chart) fn draw(marks: &[SeriesMark], transform: &PlotTransform, mark_style: &MarkStyle) -> Vec<Shape> {
    let count = i32::try_from(marks.len()).unwrap_or(i32::MAX).max(1);
    let clip = to_device(transform.plot, transform.scale);
    (0..)
        .zip(marks)
        .flat_map(|(index, mark)| {
            let slots = slots(mark.curve, transform, mark_style, if count > 1 { count.saturating_add(1) } else { 1 });
            let narrowest = slots.iter().map(|slot| slot.right - slot.left).min().unwrap_or(1);
            let bars = Bars { index, count, gap: gap(narrowest, count, transform) };
            [(true, FILL), (false, UNFINISHED_FILL)].map(|(finished, percent)| {
                let slots = slots.iter().filter(|slot| slot.finished == finished);
                let runs = slots.map(|slot| bars.bar(slot, transform)).collect();
                shape(runs, mark.style.fill(percent), clip)
            })
        })
        .flatten()
        .collect()
}

fn shape(runs: Vec<Vec<Section>>, colour: Colour, clip: crate::geometry::Rect) -> Option<Shape> {
    (!runs.is_empty()).then_some(Shape::Area { runs, colour, clip })
}

/// Returns the slots of the buckets that have a value, each at least `min_width` pixels wide; narrower neighbours share a
/// slot.
fn slots(curve: &Curve, transform: &PlotTransform, mark_style: &MarkStyle, min_width: i32) -> Vec<Slot> {
    let mut slots: Vec<Slot> = Vec::new();
    for (run, &end) in curve.segments.iter().zip(&curve.ends) {
        let ends = run.iter().skip(1).map(|point| point.0).chain([end]);
        slots.extend(run.iter().zip(ends).map(|(&(start, value), end)| Slot {
            left: transform.device_column(start),
            right: transform.end(end).floor(),
            low: value,
            high: value,
            finished: mark_style.complete_until.is_none_or(|until| end <= until),
        }));
    }
    if slots.iter().all(|slot| slot.right - slot.left >= min_width) {
        return slots;
    }
    let first = to_device(transform.plot, transform.scale).left;
    let share = |slot: &Slot| (slot.left - first).div_euclid(min_width);
    let merged = slots.chunk_by(|a, b| share(a) == share(b)).map(|together| {
        let left = first + share(&together[0]) * min_width;
        let values = || together.iter().map(|slot| slot.low);
        Slot {
            left,
            right: left + min_width,
            low: values().fold(f64::INFINITY, f64::min),
            high: values().fold(f64::NEG_INFINITY, f64::max),
            finished: together.iter().all(|slot| slot.finished),
        }
    });
    merged.collect()
}

/// Returns the gap in device pixels between the bars of two buckets.
fn gap(slot: i32, count: i32, transform: &PlotTransform) -> i32 {
    let max_gap = (slot / 5).min(transform.scale.of_pixels(MAX_GAP) as i32);
    match slot - count {
        free if free < 1 || (slot - 1) / count < MIN_WIDTH_BESIDE_GAP => 0,
        free => max_gap.clamp(1, free),
    }
}

/// The position of one series' bars in their slots.
struct Bars {
    index: i32,
    count: i32,
    gap: i32,
}

impl Bars {
    fn bar(&self, slot: &Slot, transform: &PlotTransform) -> Vec<Section> {
        let width = (slot.right - slot.left - self.gap).max(1);
        let left = slot.left + self.gap / 2;
        let edge = |index: i32| left + (i64::from(width) * i64::from(index) / i64::from(self.count)) as i32;
        let (start, next) = (edge(self.index), edge(self.index + 1));
        let apart = i32::from(self.index + 1 < self.count && width / self.count >= MIN_SEPARATED_WIDTH);
        let base = transform.base().floor();
        let rows = [slot.low, slot.high].map(|value| transform.device(0.0, transform.y(value)).y.floor());
        let (top, bottom) = (Px::whole(rows[1].min(base)), Px::whole(rows[0].max(base) + 1));
        let end = (next - apart).max(start + 1);
        [start, end].map(|x| Section { x: Px::whole(x), top, bottom }).to_vec()
    }
}
