//! From a scene to a finished file: draws on a fresh surface, then packs it.
//!
//! Called by the workers that draw. Its only errors are the stop that a caller raised and bugs of ours.

use super::backend::{CanvasBackend, CanvasFault};
use super::canvas::Canvas;
use super::{draw, png, svg, webp};
use crate::chart::Scene;
use crate::error::Failure;
use crate::record::Record;
use crate::request::Size;
use crate::stop::{Stop, Stopped};
use plotters::drawing::{DrawingArea, DrawingAreaErrorKind};
use plotters_backend::DrawingErrorKind;
use sha2::{Digest, Sha256};
use std::cell::RefCell;
use std::rc::Rc;

/// What kind of file a picture is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// Pixels, for everyone.
    #[default]
    Png,
    /// Shapes and texts, for what is enlarged or printed.
    Svg,
    /// The same pixels as the PNG, lossless.
    WebP,
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
    /// SHA-256 of the file, in lower-case hexadecimal.
    pub digest: String,
    /// What it shows, in a sentence.
    pub alt: String,
    /// Characters that no font has, drawn as boxes.
    pub missing_glyphs: usize,
}

/// Draws a scene. Err when `stop` is raised meanwhile (`Failure::RenderTimeout`) or on a bug (`Failure::Internal`).
pub fn paint(scene: &Scene, output: &Output, stop: &Stop) -> Result<Picture, Failure> {
    let Output { format, record } = output;
    let (bytes, missing_glyphs) = match format {
        Format::Svg => svg::write(scene, record.as_ref(), stop)?,
        Format::Png => on_canvas(scene, stop, |canvas| png::encode(canvas, &texts(record.as_ref()), stop))?,
        Format::WebP => on_canvas(scene, stop, |canvas| webp::encode(canvas, record.as_ref(), stop))?,
    };
    let digest = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(Picture { bytes, format: *format, size: scene.size, digest, alt: scene.alt.clone(), missing_glyphs })
}

/// What `pack` makes of the drawn pixels, and how many glyphs are missing.
fn on_canvas(
    scene: &Scene,
    stop: &Stop,
    pack: impl FnOnce(&Canvas) -> Result<Vec<u8>, Failure>,
) -> Result<(Vec<u8>, usize), Failure> {
    let backend = CanvasBackend::new(Canvas::new(scene.size, scene.ground), stop.clone());
    let backend = Rc::new(RefCell::new(backend));
    draw::draw(scene, &DrawingArea::from(&backend))?;
    let backend = backend.borrow();
    Ok((pack(backend.canvas())?, backend.missing_glyphs()))
}

/// A record as a PNG's texts.
fn texts(record: Option<&Record>) -> Vec<(&'static str, String)> {
    let facts = record.map(Record::facts).unwrap_or_default();
    facts.iter().map(|(fact, text)| (fact.keyword(), text.clone())).collect()
}

impl From<Stopped> for Failure {
    fn from(_: Stopped) -> Self {
        Self::RenderTimeout
    }
}

impl From<DrawingAreaErrorKind<CanvasFault>> for Failure {
    fn from(error: DrawingAreaErrorKind<CanvasFault>) -> Self {
        match error {
            DrawingAreaErrorKind::BackendError(DrawingErrorKind::DrawingError(CanvasFault::Stopped(_))) => {
                Self::RenderTimeout
            }
            other => Self::Internal(other.to_string()),
        }
    }
}
