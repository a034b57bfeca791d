//! Pixel canvases: coverage, colour mixing and the trait that the palette canvas and the RGB canvas share.
//!
//! The backend writes to a canvas, the encoders read it. Pixels are stored column by column, because lines are drawn in
//! columns; everything outside the image is ignored. Colours mix as straight alpha in sRGB bytes, in integers with
//! exact rounding, so results are equal on all platforms.

use crate::cancel::Stop;
use crate::geometry::Rect;
use crate::request::Colour;
use fearless_simd::Level;
use std::ops::Range;

/// Processor features and the stop flag of one render.
#[derive(Debug, Clone, Copy)]
pub struct RenderContext<'a> {
    /// Instruction sets that the loops may use.
    pub level: Level,
    /// Flag that ends the render early.
    pub stop: &'a Stop,
}

/// Red, green and blue.
pub type Rgb = [u8; 3];

/// Red, green, blue and straight alpha.
pub type Rgba = [u8; 4];

/// Coverage of one pixel, 0 to [`Coverage::FULL`].
///
/// Fifteen steps look the same as 255 (a line differs from the exact one by 44 dB), and keep nearly every image within
/// a palette.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Coverage(u8);

impl Coverage {
    /// Number of steps from no coverage to full coverage.
    pub const STEPS: u8 = 15;
    /// Full coverage.
    pub const FULL: Self = Self(Self::STEPS);
    /// No coverage.
    pub const NONE: Self = Self(0);

    /// Makes a coverage of `steps`, capped at [`Coverage::STEPS`].
    #[inline(always)]
    pub fn from_steps(steps: u8) -> Self {
        Self(if steps < Self::STEPS { steps } else { Self::STEPS })
    }

    /// Returns the coverage nearest to a byte of a mask, 0 to 255.
    pub fn from_byte(byte: u8) -> Self {
        Self(((u16::from(byte) * u16::from(Self::STEPS) + 127) / 255) as u8)
    }

    /// Returns the steps, 0 to 15.
    #[inline(always)]
    pub fn steps(self) -> u8 {
        self.0
    }
}

/// Number of pixels of a column that are covered in one operation.
pub const BLOCK: usize = 16;

/// Coverage of [`BLOCK`] pixels below each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Block([u8; BLOCK]);

impl Block {
    /// Makes a block of the given steps, each capped at [`Coverage::STEPS`].
    #[inline(always)]
    pub fn from_steps(mut steps: [u8; BLOCK]) -> Self {
        for step in &mut steps {
            *step = Coverage::from_steps(*step).0;
        }
        Self(steps)
    }

    /// Returns the steps of each pixel.
    #[inline(always)]
    pub fn steps(&self) -> &[u8; BLOCK] {
        &self.0
    }

    /// Iterates over the coverages from top to bottom.
    #[inline(always)]
    pub fn iter(&self) -> impl Iterator<Item = Coverage> {
        self.0.iter().map(|&steps| Coverage(steps))
    }
}

/// A pixel canvas.
pub trait Canvas {
    /// Representation of a colour on this canvas.
    type Colour: Copy;

    /// Returns the rectangle of the whole image.
    fn bounds(&self) -> Rect;

    /// Converts `colour` to this canvas's representation.
    fn convert(&mut self, colour: Colour) -> Self::Colour;

    /// Covers pixels of column `x` fully. They must lie in the image.
    fn solid(&mut self, x: i32, rows: Range<i32>, colour: Self::Colour);

    /// Covers one pixel partly. It must lie in the image.
    fn edge(&mut self, x: i32, y: i32, coverage: Coverage, colour: Self::Colour);

    /// Covers pixels of column `x` from row `y` downwards, each partly. Pixels with any coverage must lie in the image.
    #[inline(always)]
    fn edges(&mut self, x: i32, y: i32, block: &Block, colour: Self::Colour) {
        for (y, coverage) in (y..).zip(block.iter()) {
            if coverage > Coverage::NONE {
                self.edge(x, y, coverage, colour);
            }
        }
    }

    /// Covers every pixel of `area` that lies in the image.
    fn fill(&mut self, area: Rect, colour: Self::Colour) {
        let area = area.intersect(self.bounds());
        for x in area.left..area.right() {
            self.solid(x, area.top..area.bottom(), colour);
        }
    }
}

/// Mixes `over` onto `under`, rounded to nearest.
pub fn mix(under: Rgb, over: Colour, coverage: Coverage) -> Rgb {
    let weight = u32::from(coverage.0) * u32::from(over.alpha);
    let [red, green, blue] = under;
    [channel(red, over.red, weight), channel(green, over.green, weight), channel(blue, over.blue, weight)]
}

fn channel(under: u8, over: u8, weight: u32) -> u8 {
    const WHOLE: u32 = Coverage::STEPS as u32 * 255;
    ((u32::from(under) * (WHOLE - weight) + u32::from(over) * weight + WHOLE / 2) / WHOLE) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_weight_keeps_and_full_weight_replaces_every_byte() {
        for (under, over) in (0..=255).zip((0..=255).rev()) {
            assert_eq!(channel(under, over, 0), under);
            assert_eq!(channel(under, over, 15 * 255), over);
            assert_eq!(channel(under, under, 1234), under);
        }
    }

    #[test]
    fn half_alpha_is_the_rounded_middle() {
        let half = Colour { alpha: 128, ..Colour::rgb(0) };
        assert_eq!(mix([255; 3], half, Coverage::FULL), [127; 3]);
    }

    #[test]
    fn a_mask_byte_maps_to_the_nearest_coverage() {
        for byte in 0..=255 {
            let share = f64::from(byte) / 255.0;
            assert_eq!(f64::from(Coverage::from_byte(byte).steps()), (share * 15.0).round());
        }
    }
}
