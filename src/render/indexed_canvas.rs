//! A canvas of palette indexes: one byte per pixel, drawn and compressed several times as fast as RGB.

use super::canvas::{BLOCK, Block, Canvas, Coverage, Rgb};
use super::palette::{BACKGROUND, Palette, PaletteColour};
use crate::geometry::Rect;
use crate::request::Colour;
use std::ops::Range;

/// Number of pixels that are mixed together, as the bytes of one integer.
const TOGETHER: usize = 8;
const ONES: u64 = u64::MAX / 255;

/// Half of a block, as bytes of one integer: the steps of each pixel's coverage, and 255 where the coverage is not
/// zero.
struct Cover {
    steps: u64,
    covered: u64,
}

impl Cover {
    #[inline(always)]
    fn new(steps: [u8; TOGETHER]) -> Self {
        let steps = u64::from_le_bytes(steps);
        // Steps are at most 15, so no byte overflows into the next.
        Self { steps, covered: ((steps + 127 * ONES) >> 7 & ONES) * 255 }
    }

    /// Reports whether all covered pixels show plain background, whose index is 0.
    #[inline(always)]
    fn is_on_background(&self, pixels: &[u8; TOGETHER]) -> bool {
        u64::from_le_bytes(*pixels) & self.covered == 0
    }

    /// Covers `pixels` of plain background with a colour whose ramp follows index `before`. The ramp ends at 255 at the
    /// latest, so no sum overflows.
    #[inline(always)]
    fn on_background(&self, pixels: [u8; TOGETHER], before: u8) -> [u8; TOGETHER] {
        let ramp = self.steps + (self.covered & (u64::from(before) * ONES));
        (u64::from_le_bytes(pixels) + ramp).to_le_bytes()
    }
}

/// Palette indexes, stored column by column.
#[derive(Debug)]
pub struct IndexedCanvas {
    bounds: Rect,
    palette: Palette,
    pixels: Vec<u8>,
}

impl IndexedCanvas {
    /// Makes a canvas of plain background that reuses the buffer `pixels`.
    pub fn new(bounds: Rect, palette: Palette, mut pixels: Vec<u8>) -> Self {
        pixels.resize(bounds.width as usize * bounds.height as usize, BACKGROUND);
        // Column by column: short stretches are written faster than one long one.
        pixels.chunks_mut(bounds.height.max(1) as usize).for_each(|column| column.fill(BACKGROUND));
        Self { bounds, palette, pixels }
    }

    /// Returns the palette indexes, column by column from the left, each from the top.
    pub fn pixels(&self) -> &[u8] {
        &self.pixels
    }

    /// Returns the colours of all pixels, in the same order.
    pub fn colours(&self) -> Vec<Rgb> {
        let colours = self.palette.colours();
        self.pixels.iter().map(|&place| colours.get(usize::from(place)).copied().unwrap_or_default()).collect()
    }

    /// Returns the palette.
    pub fn palette(&self) -> &Palette {
        &self.palette
    }

    /// Returns palette and buffer, for reuse by the next image.
    pub fn into_parts(self) -> (Palette, Vec<u8>) {
        (self.palette, self.pixels)
    }

    #[inline(always)]
    fn index(&self, x: i32, y: i32) -> usize {
        x as usize * self.bounds.height as usize + y as usize
    }
}

impl Canvas for IndexedCanvas {
    type Colour = PaletteColour;

    fn bounds(&self) -> Rect {
        self.bounds
    }

    fn convert(&mut self, colour: Colour) -> PaletteColour {
        self.palette.find(colour)
    }

    #[inline(always)]
    fn solid(&mut self, x: i32, rows: Range<i32>, colour: PaletteColour) {
        let (from, to) = (self.index(x, rows.start), self.index(x, rows.end));
        if let Some(pixels) = self.pixels.get_mut(from..to) {
            pixels.fill(colour.place);
        }
    }

    fn fill(&mut self, area: Rect, colour: PaletteColour) {
        let area = area.intersect(self.bounds);
        if area.width == 0 || area.height == 0 {
            return;
        }
        let (first, last) = (self.index(area.left, area.top), self.index(area.right() - 1, area.top));
        let (next_column, height) = (self.bounds.height as usize, area.height as usize);
        let from_first = self.pixels.get_mut(first..last + height).unwrap_or_default();
        if height == 1 {
            from_first.iter_mut().step_by(next_column).for_each(|pixel| *pixel = colour.place);
        } else {
            from_first.chunks_mut(next_column).for_each(|column| column[..height].fill(colour.place));
        }
    }

    #[inline(always)]
    fn edges(&mut self, x: i32, y: i32, block: &Block, colour: PaletteColour) {
        let index = self.index(x, y);
        let Some(pixels) = self.pixels.get_mut(index..index + BLOCK) else {
            return (y..).zip(block.iter()).for_each(|(y, coverage)| self.edge(x, y, coverage, colour));
        };
        let (parts, _) = pixels.as_chunks_mut::<TOGETHER>();
        for (pixels, steps) in parts.iter_mut().zip(block.steps().as_chunks::<TOGETHER>().0) {
            let cover = Cover::new(*steps);
            match colour.before {
                Some(before) if cover.is_on_background(pixels) => *pixels = cover.on_background(*pixels, before),
                _ => {
                    for (pixel, &steps) in pixels.iter_mut().zip(steps) {
                        if steps > 0 {
                            *pixel = self.palette.mixed(*pixel, colour, Coverage::from_steps(steps));
                        }
                    }
                }
            }
        }
    }

    #[inline(always)]
    fn edge(&mut self, x: i32, y: i32, coverage: Coverage, colour: PaletteColour) {
        let index = self.index(x, y);
        if let Some(pixel) = self.pixels.get_mut(index) {
            *pixel = self.palette.mixed(*pixel, colour, coverage);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn covered_pixels_of_plain_background_take_the_ramp_index() {
        for before in [0, 1, 100, 240] {
            for first in 0..=8 {
                let steps: [u8; TOGETHER] = std::array::from_fn(|row| first + row as u8);
                let expected = steps.map(|steps| if steps == 0 { BACKGROUND } else { before + steps });
                let cover = Cover::new(steps);
                assert!(cover.is_on_background(&[BACKGROUND; TOGETHER]));
                assert_eq!(cover.on_background([BACKGROUND; TOGETHER], before), expected);
            }
        }
    }

    #[test]
    fn uncovered_pixels_keep_any_index() {
        let (cover, pixels) = (Cover::new([0, 0, 15, 1, 0, 0, 0, 0]), [7, 255, 0, 0, 1, 0, 9, 128]);
        assert!(cover.is_on_background(&pixels));
        assert_eq!(cover.on_background(pixels, 240), [7, 255, 255, 241, 1, 0, 9, 128]);
        assert!(!cover.is_on_background(&[0, 0, 1, 0, 0, 0, 0, 0]));
    }
}
