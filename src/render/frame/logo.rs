//! Logos of frames: `<image>` elements whose `href` is a PNG or JPEG file as a data URI.
//!
//! `validate` checks each logo when templates are read. resvg receives logos as PNG files that this module encoded, so
//! it decodes neither an unchecked format nor an untrusted file. Nothing is opened or fetched.

use crate::limits::Limits;
use crate::render::decode;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use image::{ImageFormat, RgbaImage};
use resvg::usvg::{ImageHrefResolver, ImageKind};
use std::io::Cursor;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Accepted media types of logos.
const FORMATS: [(&str, ImageFormat); 2] = [("image/png", ImageFormat::Png), ("image/jpeg", ImageFormat::Jpeg)];

/// Returns the fault of an `<image>` element's `href` and its correction; `None` for a valid one.
pub(in crate::render) fn fault(href: &str, limits: &Limits) -> Option<String> {
    let part = |(media_type, format): (&str, ImageFormat)| {
        let data = href.strip_prefix("data:")?.strip_prefix(media_type)?.strip_prefix(";base64,")?;
        Some((data, format))
    };
    let Some((data, format)) = FORMATS.into_iter().find_map(part) else {
        let text = "the href of <image> should begin with data:image/png;base64, or data:image/jpeg;base64,";
        return Some(format!("{text}: a frame opens nothing, and logos are PNG or JPEG"));
    };
    // Drawing programs break long values into lines.
    let data: String = data.split_ascii_whitespace().collect();
    let max_bytes = limits.logo_bytes;
    if data.len() / 4 * 3 > max_bytes + 2 {
        return Some(format!("a logo should have at most {max_bytes} bytes"));
    }
    match STANDARD.decode(data).map(|file| (file.len() <= max_bytes).then_some(file)) {
        Err(error) => Some(format!("the href of <image> is no base64: {error}")),
        Ok(None) => Some(format!("a logo should have at most {max_bytes} bytes")),
        Ok(Some(file)) => {
            let decoded = decode::decode(&file, format, limits.logo_pixels);
            decoded.err().map(|error| format!("the logo in <image> {error}"))
        }
    }
}

/// The logos of one rendered frame, counted, because `<use>` can multiply them.
pub(in crate::render) struct Logos {
    max_pixels: u64,
    pixels: AtomicU64,
}

impl Logos {
    pub(in crate::render) fn new(limits: &Limits) -> Self {
        Self { max_pixels: limits.logo_pixels, pixels: AtomicU64::new(0) }
    }

    /// Returns the resolver that gives resvg the logos; frames get images from no other source.
    pub(in crate::render) fn resolver(&self) -> ImageHrefResolver<'_> {
        ImageHrefResolver {
            resolve_data: Box::new(|media_type, file, _| self.resolve(media_type, &file)),
            resolve_string: Box::new(|_, _| None),
        }
    }

    /// Fails if the resolved logos together exceed the pixel limit.
    pub(in crate::render) fn check(&self) -> Result<(), String> {
        match self.pixels.load(Ordering::Relaxed) {
            pixels if pixels <= self.max_pixels => Ok(()),
            _ => Err(format!("all logos together should have at most {} pixels, copies included", self.max_pixels)),
        }
    }

    fn resolve(&self, media_type: &str, file: &[u8]) -> Option<ImageKind> {
        self.check().ok()?;
        let (_, format) = FORMATS.into_iter().find(|(known, _)| *known == media_type)?;
        let logo = decode::decode(file, format, self.max_pixels).ok()?;
        self.pixels.fetch_add(u64::from(logo.width()) * u64::from(logo.height()), Ordering::Relaxed);
        png(&logo).map(|file| ImageKind::PNG(Arc::new(file)))
    }
}

fn png(logo: &RgbaImage) -> Option<Vec<u8>> {
    let mut file = Cursor::new(Vec::new());
    logo.write_to(&mut file, ImageFormat::Png).ok()?;
    Some(file.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOGO: &[u8] = include_bytes!("../../../tests/logos/logo.png");

    fn href(media_type: &str, file: &[u8]) -> String {
        format!("data:{media_type};base64,{}", STANDARD.encode(file))
    }

    #[test]
    fn a_logo_has_limited_bytes_and_pixels() {
        let (bytes, pixels) = (LOGO.len(), 97 * 61);
        let fault = |logo_bytes, logo_pixels| {
            fault(&href("image/png", LOGO), &Limits { logo_bytes, logo_pixels, ..Limits::default() })
        };
        assert_eq!(fault(bytes, pixels), None);
        let text = fault(bytes - 1, pixels).unwrap();
        assert_eq!(text, format!("a logo should have at most {} bytes", bytes - 1));
        assert_eq!(fault(bytes / 2, pixels).unwrap(), format!("a logo should have at most {} bytes", bytes / 2));
        let text = fault(bytes, pixels - 1).unwrap();
        assert_eq!(text, "the logo in <image> has 97x61 pixels, which is more than 5916");
    }

    #[test]
    fn only_png_and_jpeg_are_resolved_and_nothing_is_opened() {
        let limits = Limits::default();
        let logos = Logos::new(&limits);
        assert!(matches!(logos.resolve("image/png", LOGO), Some(ImageKind::PNG(_))));
        for media_type in ["image/gif", "image/webp", "image/svg+xml", "text/plain", "image/jpeg"] {
            assert!(logos.resolve(media_type, LOGO).is_none(), "{media_type}");
        }
        let options = resvg::usvg::Options::default();
        let logo = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/logos/logo.png");
        assert!((logos.resolver().resolve_string)(logo, &options).is_none());
    }
}
