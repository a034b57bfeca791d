//! What the pixels of a picture in the making have in common, whether they are places in a palette or colours.
//!
//! Written to by the backend, read by the encoders. Pixels are kept column by column, because lines are drawn so; everything outside
//! the picture is ignored. Colours mix as straight alpha in sRGB bytes with whole numbers and exact rounding, so no platform can
//! differ.

use crate::geometry::Rect;
use crate::request::Colour;
use std::ops::Range;

/// Red, green and blue.
pub type Rgb = [u8; 3];

/// Red, green, blue and alpha, straight.
pub type Rgba = [u8; 4];

/// How far a pixel is covered: 0 to [`Coverage::FULL`].
///
/// Fifteen steps look the same as 255 (a line differs from the exact one by 44 dB), and keep nearly every picture within a palette.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Coverage(u8);

impl Coverage {
    /// Steps of it.
    pub const STEPS: u8 = 15;
    /// The whole pixel.
    pub const FULL: Self = Self(Self::STEPS);
    /// Nothing of it.
    pub const NONE: Self = Self(0);

    /// So many of the steps, at most all.
    #[inline(always)]
    pub fn of_steps(steps: u8) -> Self {
        Self(if steps < Self::STEPS { steps } else { Self::STEPS })
    }

    /// Nearest to a byte of a mask, 0 to 255.
    pub fn of_byte(byte: u8) -> Self {
        Self(((u16::from(byte) * u16::from(Self::STEPS) + 127) / 255) as u8)
    }

    /// 0 to 15.
    #[inline(always)]
    pub fn steps(self) -> u8 {
        self.0
    }
}

/// Pixels of a column that are covered together.
pub const BLOCK: usize = 16;

/// How far each of them is covered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Block([u8; BLOCK]);

impl Block {
    /// Of so many steps each, at most all.
    #[inline(always)]
    pub fn of_steps(mut steps: [u8; BLOCK]) -> Self {
        for step in &mut steps {
            *step = Coverage::of_steps(*step).0;
        }
        Self(steps)
    }

    /// Steps of each.
    #[inline(always)]
    pub fn steps(&self) -> &[u8; BLOCK] {
        &self.0
    }

    /// From the top.
    #[inline(always)]
    pub fn iter(&self) -> impl Iterator<Item = Coverage> {
        self.0.iter().map(|&steps| Coverage(steps))
    }
}

/// Something to draw on.
pub trait Canvas {
    /// A colour as this canvas knows it.
    type Ink: Copy;

    /// The whole picture.
    fn bounds(&self) -> Rect;

    /// Gets `colour` ready.
    fn ink(&mut self, colour: Colour) -> Self::Ink;

    /// Covers pixels of column `x` whole. They lie in the picture.
    fn solid(&mut self, x: i32, rows: Range<i32>, ink: Self::Ink);

    /// Covers one pixel in part. It lies in the picture.
    fn edge(&mut self, x: i32, y: i32, coverage: Coverage, ink: Self::Ink);

    /// Covers pixels of column `x` from row `y` down, each in part. Those with any coverage lie in the picture.
    #[inline(always)]
    fn edges(&mut self, x: i32, y: i32, block: &Block, ink: Self::Ink) {
        for (y, coverage) in (y..).zip(block.iter()) {
            if coverage > Coverage::NONE {
                self.edge(x, y, coverage, ink);
            }
        }
    }

    /// Covers every pixel of `area`.
    fn fill(&mut self, area: Rect, ink: Self::Ink) {
        let area = area.intersect(self.bounds());
        for x in area.left..area.right() {
            self.solid(x, area.top..area.bottom(), ink);
        }
    }
}

/// `over` on `under`, rounded to nearest.
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
    fn a_byte_and_its_share_are_the_same_coverage() {
        for byte in 0..=255 {
            let share = f64::from(byte) / 255.0;
            assert_eq!(f64::from(Coverage::of_byte(byte).steps()), (share * 15.0).round());
        }
    }
}
