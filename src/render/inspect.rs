//! Reads the provenance record back from a PNG, SVG, WebP or JPEG file.
//!
//! Files are untrusted: checksums are verified, memory is bounded, and a fault is an error, never a panic.

use super::decode;
use super::encode::xml;
use crate::provenance::{Field, Record};
use image::ImageDecoder;
use image::codecs::jpeg::JpegDecoder;
use png::{DecodeOptions, Decoder, DecodingError};
use std::io::Cursor;

/// Maximum size of a file, and of the memory for reading it.
pub const MAX_FILE_BYTES: usize = 64 << 20;

/// Maximum elements and texts of an XML document. A chart has some thousands.
const MAX_NODES: u32 = 200_000;

/// Reasons why a file has no readable record.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// A file of none of the four formats.
    #[error("is no PNG, SVG, WebP or JPEG file")]
    UnknownFormat,
    /// A truncated file.
    #[error("is cut off: it ends in the middle")]
    CutOff,
    /// A damaged file, or one of another format than its first bytes say.
    #[error("is damaged: {0}")]
    Damaged(String),
    /// A complete file without a record.
    #[error("has no record: it was drawn with records off, by another program, or a program in between took it out")]
    NoRecord,
}

/// Returns the record in `file`.
pub fn inspect(file: &[u8]) -> Result<Record, Unreadable> {
    let fields = match file {
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => read_png(file)?,
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => read_webp(file)?,
        [0xff, 0xd8, 0xff, ..] => read_jpeg(file)?,
        _ => read_svg(file)?,
    };
    Record::found(fields).ok_or(Unreadable::NoRecord)
}

/// Reads to the end of the file, so a truncated file is detected.
fn read_png(file: &[u8]) -> Result<Vec<(Field, String)>, Unreadable> {
    let mut options = DecodeOptions::default();
    options.set_skip_ancillary_crc_failures(false);
    let mut decoder = Decoder::new_with_options(Cursor::new(file), options);
    decoder.set_limits(png::Limits { bytes: MAX_FILE_BYTES });
    let mut reader = decoder.read_info().map_err(decoding_error)?;
    reader.finish().map_err(decoding_error)?;
    let texts = reader.info().utf8_text.iter();
    let field = |keyword: &str| Field::ALL.into_iter().find(|field| field.keyword() == keyword);
    Ok(texts.filter_map(|text| Some((field(&text.keyword)?, text.get_text().ok()?))).collect())
}

fn decoding_error(error: DecodingError) -> Unreadable {
    match error {
        DecodingError::IoError(cause) if cause.kind() == std::io::ErrorKind::UnexpectedEof => Unreadable::CutOff,
        other => Unreadable::Damaged(other.to_string()),
    }
}

fn read_webp(file: &[u8]) -> Result<Vec<(Field, String)>, Unreadable> {
    let damaged = |error: image_webp::DecodingError| match error {
        image_webp::DecodingError::IoError(_) => Unreadable::CutOff,
        other => Unreadable::Damaged(other.to_string()),
    };
    let mut decoder = image_webp::WebPDecoder::new(Cursor::new(file)).map_err(damaged)?;
    decoder.set_memory_limit(MAX_FILE_BYTES);
    match decoder.xmp_metadata().map_err(damaged)? {
        Some(packet) => read_xml(&packet),
        None => Ok(Vec::new()),
    }
}

/// Reads the headers; the end marker shows that the file is complete.
fn read_jpeg(file: &[u8]) -> Result<Vec<(Field, String)>, Unreadable> {
    if !decode::is_complete_jpeg(file) {
        return Err(Unreadable::CutOff);
    }
    let damaged = |error: image::ImageError| Unreadable::Damaged(error.to_string());
    let mut decoder = JpegDecoder::new(Cursor::new(file)).map_err(damaged)?;
    match decoder.xmp_metadata().map_err(damaged)? {
        Some(packet) => read_xml(&packet),
        None => Ok(Vec::new()),
    }
}

fn read_svg(file: &[u8]) -> Result<Vec<(Field, String)>, Unreadable> {
    let start = file.trim_ascii_start();
    let marked = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start);
    if marked.starts_with(b"<") { read_xml(marked) } else { Err(Unreadable::UnknownFormat) }
}

/// Parses XML without document types, so no entity can expand.
fn read_xml(text: &[u8]) -> Result<Vec<(Field, String)>, Unreadable> {
    let text = str::from_utf8(text).map_err(|error| Unreadable::Damaged(format!("no UTF-8, {error}")))?;
    let options = roxmltree::ParsingOptions { allow_dtd: false, nodes_limit: MAX_NODES, ..Default::default() };
    match roxmltree::Document::parse_with_options(text, options) {
        Ok(document) => Ok(xml::fields(&document)),
        Err(roxmltree::Error::UnexpectedEndOfStream | roxmltree::Error::UnclosedRootNode) => Err(Unreadable::CutOff),
        Err(error) => Err(Unreadable::Damaged(error.to_string())),
    }
}
