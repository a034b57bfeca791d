//! A canvas of places in a palette: a byte a pixel, drawn and packed several times as fast as colours.

use super::canvas::{BLOCK, Block, Canvas, Coverage, Rgb};
use super::palette::{GROUND, IndexedInk, Palette};
use crate::geometry::Rect;
use crate::request::Colour;
use std::ops::Range;

/// Pixels that are mixed together, as the bytes of one number.
const TOGETHER: usize = 8;
const ONES: u64 = u64::MAX / 255;

/// A part of a block, as bytes of one number: the steps of each pixel's coverage, and 255 where that is more than none.
struct Cover {
    steps: u64,
    inked: u64,
}

impl Cover {
    #[inline(always)]
    fn new(steps: [u8; TOGETHER]) -> Self {
        let steps = u64::from_le_bytes(steps);
        // Steps are at most 15, so that none overflows into the next byte.
        Self { steps, inked: ((steps + 127 * ONES) >> 7 & ONES) * 255 }
    }

    /// What is covered of these pixels is plain ground, whose place is 0.
    #[inline(always)]
    fn is_on_ground(&self, pixels: &[u8; TOGETHER]) -> bool {
        u64::from_le_bytes(*pixels) & self.inked == 0
    }

    /// Such pixels with this over them, in an ink whose ramp comes behind `before`. It ends at 255, so that no sum overflows.
    #[inline(always)]
    fn on_ground(&self, pixels: [u8; TOGETHER], before: u8) -> [u8; TOGETHER] {
        let ramp = self.steps + (self.inked & (u64::from(before) * ONES));
        (u64::from_le_bytes(pixels) + ramp).to_le_bytes()
    }
}

/// Places in a palette, column by column.
#[derive(Debug)]
pub struct IndexedCanvas {
    bounds: Rect,
    palette: Palette,
    pixels: Vec<u8>,
}

impl IndexedCanvas {
    /// A canvas of plain ground, in the memory of `pixels`.
    pub fn new(bounds: Rect, palette: Palette, mut pixels: Vec<u8>) -> Self {
        pixels.resize(bounds.width as usize * bounds.height as usize, GROUND);
        // Column by column: short stretches are written faster than one long.
        pixels.chunks_mut(bounds.height.max(1) as usize).for_each(|column| column.fill(GROUND));
        Self { bounds, palette, pixels }
    }

    /// The pixels, column by column from the left, each from the top.
    pub fn pixels(&self) -> &[u8] {
        &self.pixels
    }

    /// The same as colours.
    pub fn colours(&self) -> Vec<Rgb> {
        let colours = self.palette.colours();
        self.pixels.iter().map(|&place| colours.get(usize::from(place)).copied().unwrap_or_default()).collect()
    }

    /// Their colours.
    pub fn palette(&self) -> &Palette {
        &self.palette
    }

    /// Palette and memory, for the next picture.
    pub fn into_parts(self) -> (Palette, Vec<u8>) {
        (self.palette, self.pixels)
    }

    #[inline(always)]
    fn index(&self, x: i32, y: i32) -> usize {
        x as usize * self.bounds.height as usize + y as usize
    }
}

impl Canvas for IndexedCanvas {
    type Ink = IndexedInk;

    fn bounds(&self) -> Rect {
        self.bounds
    }

    fn ink(&mut self, colour: Colour) -> IndexedInk {
        self.palette.ink(colour)
    }

    #[inline(always)]
    fn solid(&mut self, x: i32, rows: Range<i32>, ink: IndexedInk) {
        let (from, to) = (self.index(x, rows.start), self.index(x, rows.end));
        if let Some(pixels) = self.pixels.get_mut(from..to) {
            pixels.fill(ink.place);
        }
    }

    fn fill(&mut self, area: Rect, ink: IndexedInk) {
        let area = area.intersect(self.bounds);
        if area.width == 0 || area.height == 0 {
            return;
        }
        let (first, last) = (self.index(area.left, area.top), self.index(area.right() - 1, area.top));
        let (next_column, height) = (self.bounds.height as usize, area.height as usize);
        let from_first = self.pixels.get_mut(first..last + height).unwrap_or_default();
        if height == 1 {
            from_first.iter_mut().step_by(next_column).for_each(|pixel| *pixel = ink.place);
        } else {
            from_first.chunks_mut(next_column).for_each(|column| column[..height].fill(ink.place));
        }
    }

    #[inline(always)]
    fn edges(&mut self, x: i32, y: i32, block: &Block, ink: IndexedInk) {
        let index = self.index(x, y);
        let Some(pixels) = self.pixels.get_mut(index..index + BLOCK) else {
            return (y..).zip(block.iter()).for_each(|(y, coverage)| self.edge(x, y, coverage, ink));
        };
        let (parts, _) = pixels.as_chunks_mut::<TOGETHER>();
        for (pixels, steps) in parts.iter_mut().zip(block.steps().as_chunks::<TOGETHER>().0) {
            let cover = Cover::new(*steps);
            match ink.before {
                Some(before) if cover.is_on_ground(pixels) => *pixels = cover.on_ground(*pixels, before),
                _ => {
                    for (pixel, &steps) in pixels.iter_mut().zip(steps) {
                        if steps > 0 {
                            *pixel = self.palette.mixed(*pixel, ink, Coverage::of_steps(steps));
                        }
                    }
                }
            }
        }
    }

    #[inline(always)]
    fn edge(&mut self, x: i32, y: i32, coverage: Coverage, ink: IndexedInk) {
        let index = self.index(x, y);
        if let Some(pixel) = self.pixels.get_mut(index) {
            *pixel = self.palette.mixed(*pixel, ink, coverage);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn over_plain_ground_only_what_is_covered_takes_a_place_of_the_ramp() {
        for before in [0, 1, 100, 240] {
            for first in 0..=8 {
                let steps: [u8; TOGETHER] = std::array::from_fn(|row| first + row as u8);
                let expected = steps.map(|steps| if steps == 0 { GROUND } else { before + steps });
                let cover = Cover::new(steps);
                assert!(cover.is_on_ground(&[GROUND; TOGETHER]));
                assert_eq!(cover.on_ground([GROUND; TOGETHER], before), expected);
            }
        }
    }

    #[test]
    fn what_is_not_covered_may_be_anything_and_stays() {
        let (cover, pixels) = (Cover::new([0, 0, 15, 1, 0, 0, 0, 0]), [7, 255, 0, 0, 1, 0, 9, 128]);
        assert!(cover.is_on_ground(&pixels));
        assert_eq!(cover.on_ground(pixels, 240), [7, 255, 255, 241, 1, 0, 9, 128]);
        assert!(!cover.is_on_ground(&[0, 0, 1, 0, 0, 0, 0, 0]));
    }
}
