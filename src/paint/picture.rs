//! From a scene to a finished file: draws on a fresh canvas, then packs it.
//!
//! Called by the workers that draw. Its only errors are the stop that a caller raised and bugs of ours.

use super::backend::{CanvasBackend, CanvasFault};
use super::canvas::Canvas;
use super::{draw, png};
use crate::chart::Scene;
use crate::error::Failure;
use crate::request::Size;
use crate::stop::{Stop, Stopped};
use plotters::drawing::{DrawingArea, DrawingAreaErrorKind};
use plotters_backend::DrawingErrorKind;
use sha2::{Digest, Sha256};
use std::cell::RefCell;
use std::rc::Rc;

/// A finished picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// The PNG file.
    pub png: Vec<u8>,
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
pub fn paint(scene: &Scene, stop: &Stop) -> Result<Picture, Failure> {
    let canvas = scene.backdrop.as_ref().map_or_else(|| Canvas::new(scene.size, scene.ground), Canvas::over);
    let backend = CanvasBackend::new(canvas, stop.clone());
    let backend = Rc::new(RefCell::new(backend));
    draw::draw(scene, &DrawingArea::from(&backend))?;
    let backend = backend.borrow();
    let png = png::encode(backend.canvas(), stop)?;
    let digest = Sha256::digest(&png).iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(Picture { png, size: scene.size, digest, alt: scene.alt.clone(), missing_glyphs: backend.missing_glyphs() })
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
