//! Pixels as a lossless WebP file.
//!
//! Called by the workshop at the end. The encoder writes simple Huffman-coded pixels: the file is larger than the PNG where there is a
//! palette, and for those who must have this format. A record goes into the XMP chunk.

use super::canvas::Rgb;
use super::xml;
use crate::error::Failure;
use crate::record::Record;
use crate::request::Size;
use crate::stop::Stop;
use image_webp::{ColorType, WebPEncoder};

/// The file of pixels that stand column by column; those of the colour `nothing` are transparent. Err when `stop` is raised or the
/// encoder fails, which would be a bug.
pub fn encode(
    columns: &[Rgb],
    size: Size,
    nothing: Option<Rgb>,
    record: Option<&Record>,
    stop: &Stop,
) -> Result<Vec<u8>, Failure> {
    let height = size.height() as usize;
    let mut pixels = Vec::with_capacity(columns.len() * 4);
    for y in 0..height {
        stop.check()?;
        for colour in columns.iter().skip(y).step_by(height) {
            pixels.extend(colour);
            pixels.extend(nothing.map(|nothing| if *colour == nothing { 0 } else { 255 }));
        }
    }
    let mut file = Vec::new();
    let mut encoder = WebPEncoder::new(&mut file);
    if let Some(record) = record {
        let rdf = xml::rdf(record, |_| true);
        encoder.set_xmp_metadata(format!("<x:xmpmeta xmlns:x=\"adobe:ns:meta/\">\n{rdf}\n</x:xmpmeta>").into_bytes());
    }
    let colours = if nothing.is_some() { ColorType::Rgba8 } else { ColorType::Rgb8 };
    encoder
        .encode(&pixels, size.width(), size.height(), colours)
        .map_err(|error| Failure::Internal(format!("WebP: {error}")))?;
    Ok(file)
}
