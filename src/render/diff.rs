//! Compares two images pixel by pixel, for `metricshot diff` and for the golden images of tests.
//!
//! Pure. Images are compared as 8-bit RGBA, so formats can be mixed.

use super::decode;
use super::decode::Undecodable;
use crate::error::Failure;
use crate::geometry::Rect;
use image::{ImageFormat, Rgba, RgbaImage};
use std::io::Cursor;

/// Maximum pixels of a compared file: the largest chart that a configuration can allow.
const MAX_PIXELS: u64 = 1 << 26;
/// Colour of differing pixels.
const MARK: Rgba<u8> = Rgba([0xd6, 0, 0, 0xff]);

/// A decoded PNG, JPEG or WebP file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Raster(RgbaImage);

/// Pixels in which two images of equal size differ by more than a tolerance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Difference {
    /// The number of such pixels.
    pub pixels: u64,
    /// The largest difference of red, green, blue and alpha over all pixels, also within the tolerance.
    pub largest: [u8; 4],
    /// The smallest rectangle around such pixels; `None` without any.
    pub bounds: Option<Rect>,
}

impl Raster {
    /// Decodes a file; fails on other formats, more than 2^26 pixels and damage.
    pub fn decode(file: &[u8]) -> Result<Self, Undecodable> {
        match image::guess_format(file) {
            Ok(format @ (ImageFormat::Png | ImageFormat::Jpeg | ImageFormat::WebP)) => {
                decode::decode(file, format, MAX_PIXELS).map(Self)
            }
            _ => Err(Undecodable::UnknownFormat),
        }
    }

    /// Returns width and height in pixels.
    pub fn dimensions(&self) -> (u32, u32) {
        self.0.dimensions()
    }

    /// Returns red, green, blue and alpha of each pixel, row by row.
    pub fn pixels(&self) -> &[[u8; 4]] {
        self.0.as_raw().as_chunks().0
    }

    /// Compares the pixels of two images; `None` where their sizes differ. Pixels whose channels all differ by at most `tolerance`
    /// count as equal.
    pub fn difference(&self, other: &Self, tolerance: u8) -> Option<Difference> {
        if self.dimensions() != other.dimensions() {
            return None;
        }
        let mut difference = Difference { pixels: 0, largest: [0; 4], bounds: None };
        let (mut from, mut to) = ((u32::MAX, u32::MAX), (0, 0));
        for ((x, y, one), other) in self.0.enumerate_pixels().zip(other.0.pixels()) {
            let apart = apart(one, other);
            difference.largest = std::array::from_fn(|channel| difference.largest[channel].max(apart[channel]));
            if apart.iter().any(|&channel| channel > tolerance) {
                difference.pixels += 1;
                (from, to) = ((from.0.min(x), from.1.min(y)), (to.0.max(x), to.1.max(y)));
            }
        }
        let side = |from: u32, to: u32| i32::try_from(to - from + 1).unwrap_or(i32::MAX);
        let edge = |at: u32| i32::try_from(at).unwrap_or(i32::MAX);
        difference.bounds = (difference.pixels > 0)
            .then(|| Rect::new(edge(from.0), edge(from.1), side(from.0, to.0), side(from.1, to.1)));
        Some(difference)
    }

    /// Returns a PNG file of this image, faded, with the pixels in red that differ from `other` by more than `tolerance`. Both have
    /// the same size.
    pub fn marked(&self, other: &Self, tolerance: u8) -> Result<Vec<u8>, Failure> {
        let mut marked = self.0.clone();
        for (pixel, other) in marked.pixels_mut().zip(other.0.pixels()) {
            let differs = apart(pixel, other).iter().any(|&channel| channel > tolerance);
            *pixel = if differs { MARK } else { faded(*pixel) };
        }
        let mut file = Cursor::new(Vec::new());
        let written = marked.write_to(&mut file, ImageFormat::Png);
        written.map_err(|error| Failure::Internal(format!("the difference image: {error}")))?;
        Ok(file.into_inner())
    }
}

fn apart(one: &Rgba<u8>, other: &Rgba<u8>) -> [u8; 4] {
    std::array::from_fn(|channel| one.0[channel].abs_diff(other.0[channel]))
}

/// Mixes a quarter of a colour with white.
fn faded(Rgba([red, green, blue, alpha]): Rgba<u8>) -> Rgba<u8> {
    let quarter = |channel: u8| 255 - (u32::from(255 - channel) * u32::from(alpha) / (4 * 255)) as u8;
    Rgba([quarter(red), quarter(green), quarter(blue), 255])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn white() -> Raster {
        Raster(RgbaImage::from_pixel(8, 6, Rgba([255; 4])))
    }

    fn with(pixels: &[(u32, u32, [u8; 4])]) -> Raster {
        let mut image = white();
        pixels.iter().for_each(|&(x, y, colour)| image.0.put_pixel(x, y, Rgba(colour)));
        image
    }

    #[test]
    fn pixels_beyond_the_tolerance_are_counted_and_bounded() {
        let other = with(&[(2, 1, [250, 255, 255, 255]), (5, 4, [255, 255, 254, 55])]);
        let differing = |tolerance| white().difference(&other, tolerance).unwrap();
        let (largest, both) = ([5, 0, 1, 200], Rect::new(2, 1, 4, 4));
        assert_eq!(differing(0), Difference { pixels: 2, largest, bounds: Some(both) });
        assert_eq!(differing(4), differing(0));
        assert_eq!(differing(5), Difference { pixels: 1, largest, bounds: Some(Rect::new(5, 4, 1, 1)) });
        assert_eq!(differing(200), Difference { pixels: 0, largest, bounds: None });
        let none = Difference { pixels: 0, largest: [0; 4], bounds: None };
        assert_eq!(white().difference(&white(), 0), Some(none));
    }

    #[test]
    fn images_of_different_sizes_have_no_difference() {
        assert_eq!(white().difference(&Raster(RgbaImage::new(6, 8)), 255), None);
    }

    #[test]
    fn a_marked_image_is_pale_where_pixels_are_equal_and_red_where_they_differ() {
        let black =
            |pixels: &[(u32, u32)]| with(&pixels.iter().map(|&(x, y)| (x, y, [0, 0, 0, 255])).collect::<Vec<_>>());
        let marked = black(&[(1, 1), (3, 2)]).marked(&black(&[(1, 1)]), 0).unwrap();
        let marked = Raster::decode(&marked).unwrap();
        let at = |x: u32, y: u32| marked.0.get_pixel(x, y).0;
        assert_eq!((at(3, 2), at(1, 1), at(0, 0)), (MARK.0, [192, 192, 192, 255], [255; 4]));
    }

    #[test]
    fn unsupported_formats_are_rejected() {
        for file in [&b""[..], b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>", b"GIF89a\x01\0\x01\0\0\0\0;", b"BM"] {
            assert_eq!(Raster::decode(file), Err(Undecodable::UnknownFormat));
        }
    }
}
