//! Text on a canvas: glyph masks at quarters of a pixel, base lines on whole pixels, grey smoothing only.
//!
//! Called by the backend. Masks are kept for each thread up to a bound; they depend on nothing but their key, so what was drawn
//! before cannot show.

use super::canvas::{BLOCK, Canvas, Coverage};
use super::glyph_mask::{Mask, Quarter};
use crate::geometry::{Point, Rect};
use crate::text::{Font, Ink, Run};
use std::cell::RefCell;
use std::collections::BTreeMap;

/// Masks that a thread keeps, of some 200 bytes each. The labels of a language are a few hundred.
const KEPT_MASKS: usize = 4096;

/// Further from the picture's corner than any pixel and any glyph reaches.
const FAR: i64 = 1 << 28;

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
    // What is far outside is outside wherever it is.
    let near = |place: i64| place.clamp(-FAR, FAR) as i32;
    let (column, row) = (near(column), near(row));
    let place = Rect { left: mask.place.left + column, top: mask.place.top + row, ..mask.place };
    let is_whole = place.intersect(clip) == place;
    for (x, blocks) in (place.left..).zip(mask.columns()) {
        let mut y = place.top;
        for block in blocks {
            if is_whole {
                canvas.edges(x, y, block, ink);
            } else if (clip.left..clip.right()).contains(&x) {
                let rows = (y..).zip(block.iter()).filter(|(y, _)| (clip.top..clip.bottom()).contains(y));
                let inked = rows.filter(|(_, coverage)| *coverage > Coverage::NONE);
                inked.for_each(|(y, coverage)| canvas.edge(x, y, coverage, ink));
            }
            y += BLOCK as i32;
        }
    }
}
