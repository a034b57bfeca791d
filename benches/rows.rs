//! The rows of a chart's PNG, and their size when packed by fdeflate. The bench `packers` and, through `#[path]`, a test share it.

#![allow(dead_code, reason = "each program uses a part of it")]

use png::{BitDepth, ColorType, Compression, Decoder, Encoder, Transformations};
use std::io::Cursor;

/// Rows of palette indices.
pub struct Rows {
    /// The width in pixels; each pixel is one byte.
    pub width: usize,
    /// The rows without filter bytes.
    pub pixels: Vec<u8>,
    /// The rows to be packed, each with the filter byte 0.
    pub filtered: Vec<u8>,
    palette: Vec<u8>,
}

impl Rows {
    /// Reads the rows of a PNG with a palette.
    pub fn of_png(file: &[u8]) -> Self {
        let mut decoder = Decoder::new(Cursor::new(file));
        decoder.set_transformations(Transformations::IDENTITY);
        let mut reader = decoder.read_info().expect("a PNG");
        let mut pixels = vec![0; reader.output_buffer_size().expect("a size")];
        let info = reader.next_frame(&mut pixels).expect("an image");
        assert_eq!((info.color_type, info.bit_depth), (ColorType::Indexed, BitDepth::Eight));
        let width = info.width as usize;
        let filtered = pixels.chunks(width).flat_map(|row| [&[0], row].concat()).collect();
        let palette = reader.info().palette.as_ref().expect("a palette").to_vec();
        Self { width, pixels, filtered, palette }
    }

    /// Packs the rows with the filter Up and fdeflate, as the crate `png` does by its fastest setting, and returns the file.
    pub fn fdeflate(&self) -> Vec<u8> {
        let mut file = Vec::new();
        let height = self.pixels.len() / self.width;
        let mut encoder = Encoder::new(&mut file, self.width as u32, height as u32);
        encoder.set_color(ColorType::Indexed);
        encoder.set_depth(BitDepth::Eight);
        encoder.set_palette(self.palette.as_slice());
        encoder.set_compression(Compression::Fastest);
        let mut writer = encoder.write_header().expect("a header");
        writer.write_image_data(&self.pixels).expect("pixels");
        writer.finish().expect("an end");
        file
    }
}

/// Returns the bytes of packed pixels in a PNG.
pub fn packed_bytes(file: &[u8]) -> usize {
    let mut rest = &file[8..];
    let mut bytes = 0;
    while let [a, b, c, d, name @ ..] = rest {
        let length = u32::from_be_bytes([*a, *b, *c, *d]) as usize;
        bytes += if name.starts_with(b"IDAT") { length } else { 0 };
        rest = &rest[12 + length..];
    }
    bytes
}
