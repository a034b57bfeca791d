//! Decodes PNG, JPEG and WebP files from untrusted sources: logos of frames, and the files that `diff` compares.
//!
//! Dimensions are checked before pixels are allocated. A truncated file is an error, even where its decoder would fill
//! the missing pixels.

use image::error::ImageError;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, RgbaImage};
use std::io::{Cursor, ErrorKind};

/// Memory that a decoder may use for each pixel: 16-bit RGBA, the same in 8 bits, and its own buffers.
const BYTES_PER_PIXEL: u64 = 16;
/// Memory that a decoder may use independent of the image size.
const DECODER_BYTES: u64 = 1 << 20;

/// Reasons why a file has no pixels.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Undecodable {
    /// A file whose first bytes match no supported format.
    #[error("is no PNG, JPEG or WebP file")]
    UnknownFormat,
    /// An image with more pixels than the limit.
    #[error("has {width}x{height} pixels, which is more than {max_pixels}")]
    TooManyPixels {
        /// The width in pixels.
        width: u32,
        /// The height in pixels.
        height: u32,
        /// The limit.
        max_pixels: u64,
    },
    /// A truncated file.
    #[error("is cut off: it ends in the middle")]
    CutOff,
    /// A damaged file, or one of another format than its first bytes say.
    #[error("is damaged: {0}")]
    Damaged(String),
}

/// Decodes a file of `format` to 8-bit RGBA, upright as its EXIF orientation says. Colour profiles are ignored.
pub(super) fn decode(file: &[u8], format: ImageFormat, max_pixels: u64) -> Result<RgbaImage, Undecodable> {
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(max_pixels.saturating_mul(BYTES_PER_PIXEL).saturating_add(DECODER_BYTES));
    let mut reader = ImageReader::with_format(Cursor::new(file), format);
    reader.limits(limits.clone());
    let mut decoder = reader.into_decoder().map_err(undecodable)?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > max_pixels {
        return Err(Undecodable::TooManyPixels { width, height, max_pixels });
    }
    if format == ImageFormat::Jpeg && !is_complete_jpeg(file) {
        return Err(Undecodable::CutOff);
    }
    decoder.set_limits(limits).map_err(undecodable)?;
    let orientation = decoder.orientation().map_err(undecodable)?;
    let mut image = DynamicImage::from_decoder(decoder).map_err(undecodable)?;
    image.apply_orientation(orientation);
    Ok(image.into_rgba8())
}

/// Reports whether a JPEG file has its end marker. Decoders fill missing pixels with grey.
pub(super) fn is_complete_jpeg(file: &[u8]) -> bool {
    let mut rest = file.get(2..).unwrap_or_default();
    loop {
        match rest {
            [0xff, 0xff, ..] => rest = &rest[1..],
            // Start of scan: from here on 0xff precedes a marker or a zero.
            [0xff, 0xda, data @ ..] => return data.windows(2).any(|pair| pair == [0xff, 0xd9]),
            [0xff, _, high, low, ..] => {
                let length = usize::from(u16::from_be_bytes([*high, *low]));
                rest = rest.get(2 + length..).unwrap_or_default();
            }
            _ => return false,
        }
    }
}

fn undecodable(error: ImageError) -> Undecodable {
    match error {
        ImageError::IoError(cause) if cause.kind() == ErrorKind::UnexpectedEof => Undecodable::CutOff,
        other => Undecodable::Damaged(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use zune_jpeg::JpegDecoder;
    use zune_jpeg::zune_core::bytestream::ZCursor;
    use zune_jpeg::zune_core::options::DecoderOptions;

    const PNG: &[u8] = include_bytes!("../../tests/logos/logo.png");
    const JPEGS: [(&str, &[u8]); 6] = [
        ("baseline 4:2:0", include_bytes!("../../tests/logos/baseline-420.jpg")),
        ("baseline 4:2:2", include_bytes!("../../tests/logos/baseline-422.jpg")),
        ("progressive 4:4:4", include_bytes!("../../tests/logos/progressive-444.jpg")),
        ("grey", include_bytes!("../../tests/logos/grey.jpg")),
        ("CMYK", include_bytes!("../../tests/logos/cmyk.jpg")),
        ("turned", include_bytes!("../../tests/logos/turned.jpg")),
    ];

    #[test]
    fn every_kind_of_jpeg_is_decoded_upright() {
        for (name, file) in JPEGS {
            let image = decode(file, ImageFormat::Jpeg, 10_000).unwrap_or_else(|error| panic!("{name} {error}"));
            assert_eq!(image.dimensions(), if name == "turned" { (61, 97) } else { (97, 61) }, "{name}");
        }
    }

    /// The kernels for AVX2 and the portable code must compute equal pixels.
    #[test]
    fn jpegs_have_the_same_pixels_without_the_decoder_s_kernels() {
        for (name, file) in JPEGS {
            let pixels = |kernels| {
                let options = DecoderOptions::default().set_use_unsafe(kernels);
                JpegDecoder::new_with_options(ZCursor::new(file), options).decode().unwrap()
            };
            assert!(pixels(true) == pixels(false), "{name}");
        }
    }

    #[test]
    fn a_truncated_file_is_an_error() {
        for (name, file) in JPEGS {
            for length in 0..file.len() {
                assert!(decode(&file[..length], ImageFormat::Jpeg, 10_000).is_err(), "{name}, {length} bytes");
            }
        }
        // The last chunk of a PNG is empty.
        for length in 0..PNG.len() - 12 {
            assert!(decode(&PNG[..length], ImageFormat::Png, 10_000).is_err(), "{length} bytes");
        }
    }

    #[test]
    fn an_image_with_too_many_pixels_is_rejected_by_its_header() {
        let mut huge = PNG.to_vec();
        huge[16..24].copy_from_slice(&[0, 0, 0xff, 0xff, 0, 0, 0xff, 0xff]);
        let header = crc32fast::hash(&huge[12..29]);
        huge[29..33].copy_from_slice(&header.to_be_bytes());
        let error = decode(&huge, ImageFormat::Png, 10_000).unwrap_err();
        assert_eq!(error, Undecodable::TooManyPixels { width: 65_535, height: 65_535, max_pixels: 10_000 });
    }
}
