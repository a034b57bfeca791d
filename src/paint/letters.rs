//! Text on a canvas: glyph masks at quarters of a pixel, base lines on whole pixels, grey smoothing only.
//!
//! Called by the backend. Masks are kept for each thread up to a bound; they depend on nothing but their key, so what was drawn
//! before cannot show.

use super::canvas::Canvas;
use super::mask::{Mask, Quarter};
use crate::geometry::{Point, Rect};
use crate::text::{Font, Ink, Run};
use std::cell::RefCell;
use std::collections::BTreeMap;

/// Masks that a thread keeps, of some 200 bytes each. The labels of a language are a few hundred.
const KEPT_MASKS: usize = 4096;

type Masks = BTreeMap<(Ink, Font, Quarter), Mask>;

thread_local! {
    static MASKS: RefCell<Masks> = const { RefCell::new(Masks::new()) };
}

/// Draws `run` from `at` on its base line, as far as it lies in `clip`.
pub fn write<C: Canvas>(run: &Run, at: Point, ink: C::Ink, clip: Rect, canvas: &mut C) {
    let clip = clip.intersect(canvas.bounds());
    MASKS.with_borrow_mut(|masks| {
        if masks.len() >= KEPT_MASKS {
            masks.clear();
        }
        for glyph in &run.glyphs {
            let (column, quarter) = Quarter::split(i64::from(at.x.units()) + i64::from(glyph.x.units()));
            let row = i64::from((at.y - glyph.rise).round());
            let key = (glyph.ink, run.font, quarter);
            let mask = masks.entry(key).or_insert_with(|| Mask::new(glyph.ink, run.font, quarter));
            stamp(mask, column, row, ink, clip, canvas);
        }
    });
}

fn stamp<C: Canvas>(mask: &Mask, column: i64, row: i64, ink: C::Ink, clip: Rect, canvas: &mut C) {
    let columns = i64::from(clip.left)..i64::from(clip.right());
    let rows = i64::from(clip.top)..i64::from(clip.bottom());
    for (x, y, coverage) in mask.pixels() {
        let (x, y) = (column + i64::from(x), row + i64::from(y));
        if columns.contains(&x) && rows.contains(&y) {
            canvas.edge(x as i32, y as i32, coverage, ink);
        }
    }
}
