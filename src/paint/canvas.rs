//! The pixels of a picture in the making: opaque RGB, row by row.
//!
//! Written to by the backend, read by the PNG encoder. Everything outside the picture is ignored. Colours mix as straight alpha in
//! sRGB bytes with whole numbers and exact rounding, so no platform can differ.

use crate::chart::Backdrop;
use crate::geometry::Rect;
use crate::request::{Colour, Size};

/// How far a pixel is covered: 0 to [`Coverage::FULL`].
///
/// Fifteen steps look the same as 255 (a line differs from the exact one by 44 dB), and keep nearly every picture within a palette.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Coverage(u8);

impl Coverage {
    /// The whole pixel.
    pub const FULL: Self = Self(15);

    /// Nearest to a share of the pixel's area, 0 to 1.
    pub fn of_area(share: f64) -> Self {
        Self((share.clamp(0.0, 1.0) * f64::from(Self::FULL.0) + 0.5) as u8)
    }

    /// Nearest to a byte of a mask, 0 to 255.
    pub fn of_byte(byte: u8) -> Self {
        Self(((u16::from(byte) * u16::from(Self::FULL.0) + 127) / 255) as u8)
    }
}

/// The pixels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Canvas {
    bounds: Rect,
    pixels: Vec<[u8; 3]>,
}

impl Canvas {
    /// A canvas of one colour, taken as opaque.
    pub fn new(size: Size, ground: Colour) -> Self {
        let side = |pixels: u32| i32::try_from(pixels).unwrap_or(i32::MAX);
        let bounds = Rect::new(0, 0, side(size.width()), side(size.height()));
        let pixels = vec![[ground.red, ground.green, ground.blue]; size.width() as usize * size.height() as usize];
        Self { bounds, pixels }
    }

    /// A canvas that shows `backdrop`.
    pub fn over(backdrop: &Backdrop) -> Self {
        let blank = Self::new(backdrop.size, Colour::rgb(0));
        Self { pixels: backdrop.pixels.to_vec(), ..blank }
    }

    /// The whole picture.
    pub fn bounds(&self) -> Rect {
        self.bounds
    }

    /// The pixels, row by row from the top.
    pub fn rows(&self) -> impl Iterator<Item = &[[u8; 3]]> {
        self.pixels.chunks_exact(self.bounds.width.max(1) as usize)
    }

    /// Covers every pixel of `area`.
    pub fn fill(&mut self, area: Rect, colour: Colour) {
        let area = area.intersect(self.bounds);
        for y in area.top..area.bottom() {
            for x in area.left..area.right() {
                self.blend(x, y, colour, Coverage::FULL);
            }
        }
    }

    /// Covers one pixel in part.
    pub fn blend(&mut self, x: i32, y: i32, colour: Colour, coverage: Coverage) {
        if x < 0 || y < 0 || x >= self.bounds.width || y >= self.bounds.height {
            return;
        }
        let index = y as usize * self.bounds.width as usize + x as usize;
        let weight = u32::from(coverage.0) * u32::from(colour.alpha);
        if let Some([red, green, blue]) = self.pixels.get_mut(index) {
            *red = mix(*red, colour.red, weight);
            *green = mix(*green, colour.green, weight);
            *blue = mix(*blue, colour.blue, weight);
        }
    }
}

/// `over` on `under`, rounded to nearest; `weight` is coverage times alpha.
fn mix(under: u8, over: u8, weight: u32) -> u8 {
    const WHOLE: u32 = Coverage::FULL.0 as u32 * 255;
    ((u32::from(under) * (WHOLE - weight) + u32::from(over) * weight + WHOLE / 2) / WHOLE) as u8
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Limits;

    fn canvas(width: i64, height: i64) -> Canvas {
        Canvas::new(Size::new(width, height, &Limits::default()).unwrap(), Colour::rgb(0xffffff))
    }

    #[test]
    fn no_weight_keeps_and_full_weight_replaces_every_byte() {
        for (under, over) in (0..=255).zip((0..=255).rev()) {
            assert_eq!(mix(under, over, 0), under);
            assert_eq!(mix(under, over, 15 * 255), over);
            assert_eq!(mix(under, under, 1234), under);
        }
    }

    #[test]
    fn half_alpha_is_the_rounded_middle() {
        let mut canvas = canvas(1, 1);
        canvas.fill(canvas.bounds(), Colour { alpha: 128, ..Colour::rgb(0x000000) });
        assert_eq!(canvas.rows().next().unwrap(), [[127; 3]]);
    }

    #[test]
    fn what_lies_outside_is_ignored() {
        let (mut painted, blank) = (canvas(3, 2), canvas(3, 2));
        for (x, y) in [(-1, 0), (0, -1), (3, 0), (0, 2), (i32::MAX, i32::MIN)] {
            painted.blend(x, y, Colour::rgb(0), Coverage::FULL);
        }
        painted.fill(Rect::new(-5, 0, 5, 9), Colour::rgb(0));
        assert_eq!(painted, blank);
    }

    #[test]
    fn a_byte_and_its_share_are_the_same_coverage() {
        for byte in 0..=255 {
            assert_eq!(Coverage::of_byte(byte), Coverage::of_area(f64::from(byte) / 255.0));
        }
    }
}
