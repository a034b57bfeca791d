//! From a scene to a finished file.
//!
//! Called by the workers that draw. Its only errors are the stop that a caller raised and bugs of ours.

use super::workshop::Workshop;
use crate::chart::Scene;
use crate::error::Failure;
use crate::request::Size;
use crate::stop::Stop;
use fearless_simd::Level;
use sha2::{Digest, Sha256};
use std::cell::RefCell;

/// A finished picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// The PNG file.
    pub png: Vec<u8>,
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
        Sha256::digest(&self.png).iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

thread_local! {
    static WORKSHOP: RefCell<Workshop> = RefCell::default();
}

/// Draws a scene. Err when `stop` is raised meanwhile (`Failure::RenderTimeout`) or on a bug (`Failure::Internal`).
pub fn paint(scene: &Scene, stop: &Stop) -> Result<Picture, Failure> {
    let (png, missing_glyphs) = WORKSHOP.with_borrow_mut(|workshop| workshop.png(scene, (Level::new(), stop)))?;
    Ok(Picture { png, size: scene.size, alt: scene.alt.clone(), missing_glyphs })
}
