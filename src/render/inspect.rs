//! The record of a finished file, read back: PNG, SVG, WebP or JPEG.
//!
//! Called by `inspect`, on files from anywhere. Nothing of a file is believed: checksums are checked, memory is bounded, and a fault is
//! an error, never a panic.

use super::decode;
use super::encode::xml;
use crate::provenance::{Fact, Record};
use image::ImageDecoder;
use image::codecs::jpeg::JpegDecoder;
use png::{DecodeOptions, Decoder, DecodingError};
use std::io::Cursor;

/// Bytes that a file may have, and that reading it may take.
pub const MOST_BYTES: usize = 64 << 20;

/// Elements and texts that an XML document may have. A chart has some thousands.
const MOST_NODES: u32 = 200_000;

/// Why a file has no record to show.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// None of the four formats.
    #[error("is no PNG, SVG, WebP or JPEG file")]
    UnknownFormat,
    /// It ends too early.
    #[error("is cut off: it ends in the middle")]
    CutOff,
    /// It is none of its kind, or damaged.
    #[error("is damaged: {0}")]
    Damaged(String),
    /// A whole file without a record.
    #[error("has no record: it was drawn with records off, by another program, or a program in between took it out")]
    NoRecord,
}

/// The record in `file`.
pub fn inspect(file: &[u8]) -> Result<Record, Unreadable> {
    let facts = match file {
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => of_png(file)?,
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => of_webp(file)?,
        [0xff, 0xd8, 0xff, ..] => of_jpeg(file)?,
        _ => of_svg(file)?,
    };
    Record::found(facts).ok_or(Unreadable::NoRecord)
}

/// Reads to the end of the file, so that one that was cut off is found.
fn of_png(file: &[u8]) -> Result<Vec<(Fact, String)>, Unreadable> {
    let mut options = DecodeOptions::default();
    options.set_skip_ancillary_crc_failures(false);
    let mut decoder = Decoder::new_with_options(Cursor::new(file), options);
    decoder.set_limits(png::Limits { bytes: MOST_BYTES });
    let mut reader = decoder.read_info().map_err(of_decoding)?;
    reader.finish().map_err(of_decoding)?;
    let texts = reader.info().utf8_text.iter();
    let fact = |keyword: &str| Fact::ALL.into_iter().find(|fact| fact.keyword() == keyword);
    Ok(texts.filter_map(|text| Some((fact(&text.keyword)?, text.get_text().ok()?))).collect())
}

fn of_decoding(error: DecodingError) -> Unreadable {
    match error {
        DecodingError::IoError(cause) if cause.kind() == std::io::ErrorKind::UnexpectedEof => Unreadable::CutOff,
        other => Unreadable::Damaged(other.to_string()),
    }
}

fn of_webp(file: &[u8]) -> Result<Vec<(Fact, String)>, Unreadable> {
    let damaged = |error: image_webp::DecodingError| match error {
        image_webp::DecodingError::IoError(_) => Unreadable::CutOff,
        other => Unreadable::Damaged(other.to_string()),
    };
    let mut decoder = image_webp::WebPDecoder::new(Cursor::new(file)).map_err(damaged)?;
    decoder.set_memory_limit(MOST_BYTES);
    match decoder.xmp_metadata().map_err(damaged)? {
        Some(packet) => of_xml(&packet),
        None => Ok(Vec::new()),
    }
}

/// Reads the headers; the end marker shows that the file was not cut off.
fn of_jpeg(file: &[u8]) -> Result<Vec<(Fact, String)>, Unreadable> {
    if !decode::is_complete_jpeg(file) {
        return Err(Unreadable::CutOff);
    }
    let damaged = |error: image::ImageError| Unreadable::Damaged(error.to_string());
    let mut decoder = JpegDecoder::new(Cursor::new(file)).map_err(damaged)?;
    match decoder.xmp_metadata().map_err(damaged)? {
        Some(packet) => of_xml(&packet),
        None => Ok(Vec::new()),
    }
}

fn of_svg(file: &[u8]) -> Result<Vec<(Fact, String)>, Unreadable> {
    let start = file.trim_ascii_start();
    let marked = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start);
    if marked.starts_with(b"<") { of_xml(marked) } else { Err(Unreadable::UnknownFormat) }
}

/// Without document types, so no entity can grow.
fn of_xml(text: &[u8]) -> Result<Vec<(Fact, String)>, Unreadable> {
    let text = str::from_utf8(text).map_err(|error| Unreadable::Damaged(format!("no UTF-8, {error}")))?;
    let options = roxmltree::ParsingOptions { allow_dtd: false, nodes_limit: MOST_NODES, ..Default::default() };
    match roxmltree::Document::parse_with_options(text, options) {
        Ok(document) => Ok(xml::facts(&document)),
        Err(roxmltree::Error::UnexpectedEndOfStream | roxmltree::Error::UnclosedRootNode) => Err(Unreadable::CutOff),
        Err(error) => Err(Unreadable::Damaged(error.to_string())),
    }
}
