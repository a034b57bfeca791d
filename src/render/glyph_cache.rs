//! Draws text on a canvas: glyph masks at quarters of a pixel, base lines on whole pixels, greyscale smoothing only.
//!
//! Each thread caches masks up to a bound; a mask depends only on its key, so a cached mask is identical to a new one.

use super::canvas::{BLOCK, Canvas, Coverage};
use super::glyph_mask::{Mask, Quarter};
use crate::geometry::{Point, Rect};
use crate::text::{Font, GlyphShape, Run};
use std::cell::RefCell;
use std::collections::BTreeMap;

/// Maximum cached masks of a thread, of about 200 bytes each. The labels of a language need a few hundred.
const CACHED_MASKS: usize = 4096;

/// A distance from the image's corner beyond every pixel and glyph.
const FAR: i64 = 1 << 28;

type Masks = BTreeMap<(GlyphShape, Font, Quarter), Mask>;

thread_local! {
    static MASKS: RefCell<Masks> = const { RefCell::new(Masks::new()) };
}

/// Draws `run` from `at` on its base line, clipped to `clip`.
pub fn write<C: Canvas>(run: &Run, at: Point, colour: C::Colour, clip: Rect, canvas: &mut C) {
    let clip = clip.intersect(canvas.bounds());
    MASKS.with_borrow_mut(|masks| {
        if masks.len() >= CACHED_MASKS {
            masks.clear();
        }
        for glyph in &run.glyphs {
            let (column, quarter) = Quarter::split(i64::from(at.x.units()) + i64::from(glyph.x.units()));
            let row = i64::from((at.y - glyph.rise).round());
            let key = (glyph.shape, run.font, quarter);
            let mask = masks.entry(key).or_insert_with(|| Mask::new(glyph.shape, run.font, quarter));
            stamp(mask, column, row, colour, clip, canvas);
        }
    });
}

fn stamp<C: Canvas>(mask: &Mask, column: i64, row: i64, colour: C::Colour, clip: Rect, canvas: &mut C) {
    // A position beyond `FAR` stays outside the image when it is clamped.
    let near = |place: i64| place.clamp(-FAR, FAR) as i32;
    let (column, row) = (near(column), near(row));
    let place = Rect { left: mask.place.left + column, top: mask.place.top + row, ..mask.place };
    let is_whole = place.intersect(clip) == place;
    for (x, blocks) in (place.left..).zip(mask.columns()) {
        let mut y = place.top;
        for block in blocks {
            if is_whole {
                canvas.edges(x, y, block, colour);
            } else if (clip.left..clip.right()).contains(&x) {
                let rows = (y..).zip(block.iter()).filter(|(y, _)| (clip.top..clip.bottom()).contains(y));
                let covered = rows.filter(|(_, coverage)| *coverage > Coverage::NONE);
                covered.for_each(|(y, coverage)| canvas.edge(x, y, coverage, colour));
            }
            y += BLOCK as i32;
        }
    }
}
