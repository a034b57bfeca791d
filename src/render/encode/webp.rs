//! Encodes pixels as a lossless WebP file.
//!
//! The encoder writes simple Huffman-coded pixels: the file is larger than a PNG with a palette. Meant for clients that
//! require this format. A record goes into the XMP chunk.

use super::xml;
use crate::cancel::Stop;
use crate::error::Failure;
use crate::provenance::Record;
use crate::request::Size;
use image_webp::{ColorType, WebPEncoder};

/// Encodes colours, opaque or with alpha, stored column by column. Fails when `stop` is raised or the encoder fails,
/// which would be a bug.
pub fn encode<const BYTES: usize>(
    columns: &[[u8; BYTES]],
    size: Size,
    record: Option<&Record>,
    stop: &Stop,
) -> Result<Vec<u8>, Failure> {
    let height = size.height() as usize;
    let mut pixels = Vec::with_capacity(columns.len() * BYTES);
    for y in 0..height {
        stop.check()?;
        pixels.extend(columns.iter().skip(y).step_by(height).flatten());
    }
    let mut file = Vec::new();
    let mut encoder = WebPEncoder::new(&mut file);
    if let Some(record) = record {
        encoder.set_xmp_metadata(xml::xmp(record, |_| true).into_bytes());
    }
    let colours = if BYTES == 4 { ColorType::Rgba8 } else { ColorType::Rgb8 };
    encoder
        .encode(&pixels, size.width(), size.height(), colours)
        .map_err(|error| Failure::Internal(format!("WebP: {error}")))?;
    Ok(file)
}
