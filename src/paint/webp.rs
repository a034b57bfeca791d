//! A canvas as a lossless WebP file.
//!
//! Called by `paint` at the end. The encoder writes simple Huffman-coded pixels: the file is larger than the PNG where there is a
//! palette, and for those who must have this format. A record goes into the XMP chunk.

use super::canvas::Canvas;
use super::xml;
use crate::error::Failure;
use crate::record::Record;
use crate::stop::Stop;
use image_webp::{ColorType, WebPEncoder};

/// The file. Err when `stop` is raised or the encoder fails, which would be a bug.
pub fn encode(canvas: &Canvas, record: Option<&Record>, stop: &Stop) -> Result<Vec<u8>, Failure> {
    let mut pixels = Vec::new();
    for row in canvas.rows() {
        stop.check()?;
        pixels.extend_from_slice(row.as_flattened());
    }
    let mut file = Vec::new();
    let mut encoder = WebPEncoder::new(&mut file);
    if let Some(record) = record {
        let rdf = xml::rdf(record, |_| true);
        encoder.set_xmp_metadata(format!("<x:xmpmeta xmlns:x=\"adobe:ns:meta/\">\n{rdf}\n</x:xmpmeta>").into_bytes());
    }
    let (width, height) = (canvas.bounds().width.unsigned_abs(), canvas.bounds().height.unsigned_abs());
    encoder
        .encode(&pixels, width, height, ColorType::Rgb8)
        .map_err(|error| Failure::Internal(format!("WebP: {error}")))?;
    Ok(file)
}
