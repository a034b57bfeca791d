//! Renders a scene to a finished file.
//!
//! Called by the workers of the render pool. Fails only when the caller raises the stop flag, or on a bug.

use super::canvas::RenderContext;
use super::encode::jpeg::Quality;
use super::encode::svg;
use super::scratch::RenderScratch;
use crate::cancel::Stop;
use crate::chart::Scene;
use crate::error::Failure;
use crate::provenance::Record;
use crate::request::Size;
use fearless_simd::Level;
use sha2::{Digest, Sha256};
use std::cell::RefCell;

/// File format of an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Format {
    /// Pixels; every client can show it.
    #[default]
    Png,
    /// Shapes and texts, for enlarging and printing.
    Svg,
    /// The same pixels as the PNG, lossless.
    WebP,
    /// Nearly the same pixels, opaque.
    Jpeg(Quality),
}

/// Output options of a render.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Output {
    /// File format.
    pub format: Format,
    /// Provenance record written into the file.
    pub record: Option<Record>,
}

/// A finished image file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// Content of the file.
    pub bytes: Vec<u8>,
    /// File format.
    pub format: Format,
    /// Size in pixels.
    pub size: Size,
    /// Alt text: the chart's content in one sentence.
    pub alt: String,
    /// Number of characters that no font has, drawn as boxes.
    pub missing_glyphs: usize,
}

impl Image {
    /// Returns the SHA-256 of the file in lower-case hexadecimal.
    pub fn digest(&self) -> String {
        Sha256::digest(&self.bytes).iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

thread_local! {
    static SCRATCH: RefCell<RenderScratch> = RefCell::new(RenderScratch::new());
}

/// Renders a scene. Fails when `stop` is raised (`Failure::RenderTimeout`) or on a bug (`Failure::Internal`).
pub fn paint(scene: &Scene, output: &Output, stop: &Stop) -> Result<Image, Failure> {
    let Output { format, record } = output;
    let context = RenderContext { level: Level::new(), stop };
    let (bytes, missing_glyphs) = match format {
        Format::Svg => svg::write(scene, record.as_ref(), context)?,
        Format::Png => SCRATCH.with_borrow_mut(|scratch| scratch.png(scene, record.as_ref(), context))?,
        Format::Jpeg(quality) => {
            SCRATCH.with_borrow_mut(|scratch| scratch.jpeg(scene, *quality, record.as_ref(), context))?
        }
        Format::WebP => SCRATCH.with_borrow_mut(|scratch| scratch.webp(scene, record.as_ref(), context))?,
    };
    Ok(Image { bytes, format: *format, size: scene.size, alt: scene.alt.clone(), missing_glyphs })
}
