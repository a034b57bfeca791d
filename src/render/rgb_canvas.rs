//! A canvas of RGB pixels: for images with more colours than a palette holds, and for translucent colours.

use super::canvas::{Canvas, Coverage, Rgb, mix};
use crate::chart::Backdrop;
use crate::geometry::Rect;
use crate::request::Colour;
use std::ops::Range;

/// Opaque pixels, stored column by column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RgbCanvas {
    bounds: Rect,
    pixels: Vec<Rgb>,
}

impl RgbCanvas {
    /// Makes a canvas of one colour.
    pub fn new(bounds: Rect, background: Rgb) -> Self {
        Self { bounds, pixels: vec![background; bounds.width as usize * bounds.height as usize] }
    }

    /// Makes a canvas that shows `backdrop`.
    pub fn over(bounds: Rect, backdrop: &Backdrop) -> Self {
        let (width, height) = (bounds.width as usize, bounds.height as usize);
        let row_by_row = |index: usize| index % height * width + index / height;
        let pixel = |index| backdrop.pixels.get(row_by_row(index)).copied().unwrap_or_default();
        Self { bounds, pixels: (0..width * height).map(pixel).collect() }
    }

    /// Returns the pixels, column by column from the left, each from the top.
    pub fn pixels(&self) -> &[Rgb] {
        &self.pixels
    }

    fn index(&self, x: i32, y: i32) -> usize {
        x as usize * self.bounds.height as usize + y as usize
    }
}

impl Canvas for RgbCanvas {
    type Colour = Colour;

    fn bounds(&self) -> Rect {
        self.bounds
    }

    fn convert(&mut self, colour: Colour) -> Colour {
        colour
    }

    fn solid(&mut self, x: i32, rows: Range<i32>, colour: Colour) {
        let (from, to) = (self.index(x, rows.start), self.index(x, rows.end));
        for pixel in self.pixels.get_mut(from..to).into_iter().flatten() {
            *pixel = mix(*pixel, colour, Coverage::FULL);
        }
    }

    #[inline(always)]
    fn edge(&mut self, x: i32, y: i32, coverage: Coverage, colour: Colour) {
        let index = self.index(x, y);
        if let Some(pixel) = self.pixels.get_mut(index) {
            *pixel = mix(*pixel, colour, coverage);
        }
    }
}
