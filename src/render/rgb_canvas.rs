//! A canvas of colours: for pictures with more of them than a palette holds, and for what shines through.

use super::canvas::{Canvas, Coverage, Rgb, mix};
use crate::chart::Backdrop;
use crate::geometry::Rect;
use crate::request::Colour;
use std::ops::Range;

/// Opaque pixels, column by column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectCanvas {
    bounds: Rect,
    pixels: Vec<Rgb>,
}

impl DirectCanvas {
    /// A canvas of one colour.
    pub fn new(bounds: Rect, ground: Rgb) -> Self {
        Self { bounds, pixels: vec![ground; bounds.width as usize * bounds.height as usize] }
    }

    /// A canvas that shows `backdrop`.
    pub fn over(bounds: Rect, backdrop: &Backdrop) -> Self {
        let (width, height) = (bounds.width as usize, bounds.height as usize);
        let row_by_row = |index: usize| index % height * width + index / height;
        let pixel = |index| backdrop.pixels.get(row_by_row(index)).copied().unwrap_or_default();
        Self { bounds, pixels: (0..width * height).map(pixel).collect() }
    }

    /// The pixels, column by column from the left, each from the top.
    pub fn pixels(&self) -> &[Rgb] {
        &self.pixels
    }

    fn index(&self, x: i32, y: i32) -> usize {
        x as usize * self.bounds.height as usize + y as usize
    }
}

impl Canvas for DirectCanvas {
    type Ink = Colour;

    fn bounds(&self) -> Rect {
        self.bounds
    }

    fn ink(&mut self, colour: Colour) -> Colour {
        colour
    }

    fn solid(&mut self, x: i32, rows: Range<i32>, ink: Colour) {
        let (from, to) = (self.index(x, rows.start), self.index(x, rows.end));
        for pixel in self.pixels.get_mut(from..to).into_iter().flatten() {
            *pixel = mix(*pixel, ink, Coverage::FULL);
        }
    }

    #[inline(always)]
    fn edge(&mut self, x: i32, y: i32, coverage: Coverage, ink: Colour) {
        let index = self.index(x, y);
        if let Some(pixel) = self.pixels.get_mut(index) {
            *pixel = mix(*pixel, ink, coverage);
        }
    }
}
