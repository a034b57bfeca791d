//! Glyph masks: the coverage of each pixel by a glyph.
//!
//! `glyph_cache` makes one mask for each glyph, size and quarter of a pixel. The box of a missing glyph is made here
//! too, of whole pixels.

use super::canvas::{BLOCK, Block, Coverage};
use crate::geometry::{Px, Rect};
use crate::text::{Font, GlyphShape, PathSink, cap_height, draw_outline};
use zeno::{Command, Mask as Rasteriser, Origin, Vector};

/// Position of a glyph's start within a pixel, in quarters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Quarter(u8);

impl Quarter {
    /// Splits a position into the pixel and the nearest quarter within it.
    pub fn split(units: i64) -> (i64, Self) {
        const UNITS: i64 = Px::PER_PIXEL as i64 / 4;
        let quarters = (units + UNITS / 2).div_euclid(UNITS);
        (quarters.div_euclid(4), Self(quarters.rem_euclid(4) as u8))
    }

    fn pixels(self) -> f32 {
        f32::from(self.0) / 4.0
    }
}

/// Coverage of the pixels around a glyph's origin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mask {
    /// The covered rectangle, relative to the glyph's origin, right and down.
    pub place: Rect,
    /// Blocks column by column, as many for each column as its height needs.
    blocks: Vec<Block>,
}

impl Mask {
    /// Makes the mask of `shape` that starts at `quarter`.
    pub fn new(shape: GlyphShape, font: Font, quarter: Quarter) -> Self {
        match shape {
            GlyphShape::Outline(glyph) => Self::of_outline(glyph, font, quarter),
            GlyphShape::Box => Self::of_box(font),
        }
    }

    /// Iterates over the blocks of each column, from the left and from the top.
    pub fn columns(&self) -> impl Iterator<Item = &[Block]> {
        self.blocks.chunks((self.place.height as usize).div_ceil(BLOCK).max(1))
    }

    fn new_at(left: i32, top: i32, width: usize, bytes: &[u8]) -> Self {
        let height = bytes.len() / width.max(1);
        let steps = |x: usize, y: usize| match y < height {
            true => Coverage::from_byte(bytes[y * width + x]).steps(),
            false => 0,
        };
        let block = |x: usize, top: usize| Block::from_steps(std::array::from_fn(|row| steps(x, top + row)));
        let column = |x: usize| (0..height).step_by(BLOCK).map(move |top| block(x, top));
        let blocks = (0..width).flat_map(column).collect();
        Self { place: Rect::new(left, top, width as i32, height as i32), blocks }
    }

    fn of_outline(glyph: u32, font: Font, quarter: Quarter) -> Self {
        let mut path = Path { commands: Vec::new(), shift: quarter.pixels() };
        draw_outline(glyph, font, &mut path);
        let (bytes, placement) = Rasteriser::new(&path.commands).origin(Origin::TopLeft).render();
        Self::new_at(placement.left, placement.top, placement.width as usize, &bytes)
    }

    /// Makes the box of a missing glyph: one pixel thin, on the base line, as high as a digit.
    fn of_box(font: Font) -> Self {
        let height = cap_height(font).round().max(3);
        let width = (GlyphShape::box_width(font).floor() - 1).max(3);
        let edge = |x, y| x == 0 || y == 0 || x == width - 1 || y == height - 1;
        let bytes: Vec<u8> =
            (0..height).flat_map(|y| (0..width).map(move |x| if edge(x, y) { 255 } else { 0 })).collect();
        Self::new_at(1, -height, width as usize, &bytes)
    }
}

/// A sink that converts an outline for the rasteriser: y flipped, shifted to its quarter.
struct Path {
    commands: Vec<Command>,
    shift: f32,
}

impl Path {
    fn place(&self, x: f32, y: f32) -> Vector {
        Vector::new(x + self.shift, -y)
    }
}

impl PathSink for Path {
    fn move_to(&mut self, x: f32, y: f32) {
        self.commands.push(Command::MoveTo(self.place(x, y)));
    }
    fn line_to(&mut self, x: f32, y: f32) {
        self.commands.push(Command::LineTo(self.place(x, y)));
    }
    fn quad_to(&mut self, cx: f32, cy: f32, x: f32, y: f32) {
        self.commands.push(Command::QuadTo(self.place(cx, cy), self.place(x, y)));
    }
    fn curve_to(&mut self, cx: f32, cy: f32, dx: f32, dy: f32, x: f32, y: f32) {
        self.commands.push(Command::CurveTo(self.place(cx, cy), self.place(dx, dy), self.place(x, y)));
    }
    fn close(&mut self) {
        self.commands.push(Command::Close);
    }
}
