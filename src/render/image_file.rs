//! From a scene to a finished file.
//!
//! Called by the workers that draw. Its only errors are the stop that a caller raised and bugs of ours.

use super::encode::jpeg::Quality;
use super::encode::svg;
use super::scratch::Workshop;
use crate::cancel::Stop;
use crate::chart::Scene;
use crate::error::Failure;
use crate::provenance::Record;
use crate::request::Size;
use fearless_simd::Level;
use sha2::{Digest, Sha256};
use std::cell::RefCell;

/// What kind of file a picture is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Format {
    /// Pixels, for everyone.
    #[default]
    Png,
    /// Shapes and texts, for what is enlarged or printed.
    Svg,
    /// The same pixels as the PNG, lossless.
    WebP,
    /// About the same pixels, opaque.
    Jpeg(Quality),
}

/// What to make of a scene.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Output {
    /// What kind of file.
    pub format: Format,
    /// What is written into it beside the picture.
    pub record: Option<Record>,
}

/// A finished picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// The file.
    pub bytes: Vec<u8>,
    /// What kind of file.
    pub format: Format,
    /// Its size in pixels.
    pub size: Size,
    /// What it shows, in a sentence.
    pub alt: String,
    /// Characters that no font has, drawn as boxes.
    pub missing_glyphs: usize,
}

impl Picture {
    /// SHA-256 of the file, in lower-case hexadecimal.
    pub fn digest(&self) -> String {
        Sha256::digest(&self.bytes).iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

thread_local! {
    static WORKSHOP: RefCell<Workshop> = RefCell::new(Workshop::new());
}

/// Draws a scene. Err when `stop` is raised meanwhile (`Failure::RenderTimeout`) or on a bug (`Failure::Internal`).
pub fn paint(scene: &Scene, output: &Output, stop: &Stop) -> Result<Picture, Failure> {
    let Output { format, record } = output;
    let way = (Level::new(), stop);
    let (bytes, missing_glyphs) = match format {
        Format::Svg => svg::write(scene, record.as_ref(), way)?,
        Format::Png => WORKSHOP.with_borrow_mut(|workshop| workshop.png(scene, record.as_ref(), way))?,
        Format::Jpeg(quality) => {
            WORKSHOP.with_borrow_mut(|workshop| workshop.jpeg(scene, *quality, record.as_ref(), way))?
        }
        Format::WebP => WORKSHOP.with_borrow_mut(|workshop| workshop.webp(scene, record.as_ref(), way))?,
    };
    Ok(Picture { bytes, format: *format, size: scene.size, alt: scene.alt.clone(), missing_glyphs })
}
