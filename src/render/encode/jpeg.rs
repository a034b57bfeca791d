//! Encodes pixels as a JPEG file, for programs that read no other format.
//!
//! The encoder computes in integers but for one division, has no kernels for particular processors, and keeps the full
//! resolution of colours (4:4:4), which coloured lines need. The record goes into an XMP segment.

use super::xml;
use crate::cancel::Stop;
use crate::error::{Failure, Fault, FaultKind};
use crate::provenance::{Field, Record};
use crate::render::canvas::Rgb;
use crate::request::Size;
use image::codecs::jpeg::JpegEncoder;
use image::{GenericImageView, ImageError};
use std::io::{self, Write};

/// Prefix of an APP1 segment that holds XMP (XMP specification, part 3, 1.1.3).
const XMP: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";
/// Maximum bytes of a segment, without the two bytes of its length.
const SEGMENT_BYTES: usize = 65_533;
/// End of the start marker and the JFIF segment, which comes first (JFIF 1.02).
const JFIF_END: usize = 20;

/// Quality of a JPEG file, from 1 to 100: the scale of the quantisation tables, as libjpeg defines it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Quality(u8);

impl Quality {
    /// Checks a quality; fails outside of 1 to 100.
    ///
    /// ```
    /// use metricshot::render::Quality;
    /// assert_eq!(Quality::new(85).map(Quality::get), Ok(85));
    /// assert!(Quality::new(0).is_err() && Quality::new(101).is_err());
    /// ```
    pub fn new(quality: i64) -> Result<Self, Fault> {
        let fault = || Fault::new(FaultKind::OutOfRange, "Input should be a quality from 1 to 100").at("quality");
        u8::try_from(quality).ok().filter(|quality| (1..=100).contains(quality)).map(Self).ok_or_else(fault)
    }

    /// Returns the quality, from 1 to 100.
    pub fn get(self) -> u8 {
        self.0
    }
}

impl Default for Quality {
    /// Returns 90: text without visible ringing; a lower quality saves little on charts.
    fn default() -> Self {
        Self(90)
    }
}

/// Encodes opaque colours, stored column by column. Fails when `stop` is raised or the encoder fails, which would be a
/// bug.
pub(in crate::render) fn encode(
    columns: &[Rgb],
    size: Size,
    quality: Quality,
    record: Option<&Record>,
    stop: &Stop,
) -> Result<Vec<u8>, Failure> {
    let mut output = Output { file: Vec::new(), stop };
    let encoded = JpegEncoder::new_with_quality(&mut output, quality.get()).encode_image(&Columns { columns, size });
    stop.check()?;
    encoded.map_err(|error: ImageError| Failure::Internal(format!("JPEG: {error}")))?;
    let mut file = output.file;
    if let Some(record) = record {
        file.splice(JFIF_END..JFIF_END, segment(record));
    }
    Ok(file)
}

/// Returns the APP1 segment with a record. A description that does not fit beside the other fields is left out.
fn segment(record: &Record) -> Vec<u8> {
    let max_bytes = SEGMENT_BYTES - XMP.len();
    let whole = xml::xmp(record, |_| true);
    let packet =
        if whole.len() <= max_bytes { whole } else { xml::xmp(record, |field| !matches!(field, Field::Description)) };
    let length = u16::try_from(2 + XMP.len() + packet.len()).unwrap_or(u16::MAX);
    [&[0xff, 0xe1], &length.to_be_bytes()[..], XMP, packet.as_bytes()].concat()
}

/// A view of pixel columns as the image that the encoder reads.
struct Columns<'a> {
    columns: &'a [Rgb],
    size: Size,
}

impl GenericImageView for Columns<'_> {
    type Pixel = image::Rgb<u8>;

    fn dimensions(&self) -> (u32, u32) {
        (self.size.width(), self.size.height())
    }

    #[inline(always)]
    fn get_pixel(&self, x: u32, y: u32) -> Self::Pixel {
        let index = x as usize * self.size.height() as usize + y as usize;
        image::Rgb(self.columns.get(index).copied().unwrap_or_default())
    }
}

/// The file written so far; writes fail once `stop` is raised.
struct Output<'a> {
    file: Vec<u8>,
    stop: &'a Stop,
}

impl Write for Output<'_> {
    #[inline]
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stop.check().map_err(io::Error::other)?;
        self.file.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
