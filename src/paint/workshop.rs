//! What a thread keeps from one picture to the next: memory, and the palettes it has mixed.
//!
//! Used by `paint` alone. Nothing in here changes a picture: memory is written before it is read, and a palette depends on nothing but
//! the scene's colours. A warm chart allocates its scene and its file.

use super::backend::{CanvasBackend, CanvasFault, CurveMemory};
use super::canvas::{Canvas, Rgb};
use super::direct::DirectCanvas;
use super::draw;
use super::indexed::IndexedCanvas;
use super::palette::{Inks, Palette};
use super::png::{Backing, PngEncoder};
use crate::chart::Scene;
use crate::error::Failure;
use crate::geometry::Rect;
use crate::stop::{Stop, Stopped};
use fearless_simd::Level;
use plotters::drawing::{DrawingArea, DrawingAreaErrorKind};
use plotters_backend::DrawingErrorKind;
use std::cell::RefCell;
use std::rc::Rc;

/// Palettes that a thread keeps, of some 100 kB each.
const KEPT_PALETTES: usize = 8;

/// Memory and palettes of one thread.
#[derive(Debug, Default)]
pub struct Workshop {
    curves: CurveMemory,
    encoder: PngEncoder,
    pixels: Vec<u8>,
    /// The one used last comes last.
    palettes: Vec<Palette>,
}

impl Workshop {
    /// The PNG file of a scene, and how many characters in it are boxes.
    pub fn png(&mut self, scene: &Scene, (level, stop): (Level, &Stop)) -> Result<(Vec<u8>, usize), Failure> {
        let bounds = bounds(scene);
        let backing = if scene.ground.alpha == 255 { Backing::Opaque } else { Backing::Transparent };
        match Inks::of(scene).and_then(|inks| self.palette(inks)) {
            Some(palette) => {
                let canvas = IndexedCanvas::new(bounds, palette, std::mem::take(&mut self.pixels));
                let (canvas, missing) = drawn(scene, canvas, &mut self.curves, (level, stop))?;
                stop.check()?;
                let file = self.encoder.indexed(&canvas, backing, level)?;
                let (palette, pixels) = canvas.into_parts();
                self.keep(palette);
                self.pixels = pixels;
                Ok((file, missing))
            }
            None => {
                let blank = || DirectCanvas::new(bounds, ground(scene));
                let canvas =
                    scene.backdrop.as_ref().map_or_else(blank, |backdrop| DirectCanvas::over(bounds, backdrop));
                let (canvas, missing) = drawn(scene, canvas, &mut self.curves, (level, stop))?;
                let file = self.encoder.direct(&canvas, (ground(scene), backing), (level, stop))?;
                Ok((file, missing))
            }
        }
    }

    fn palette(&mut self, inks: Inks) -> Option<Palette> {
        match self.palettes.iter().position(|palette| *palette.inks() == inks) {
            Some(known) => Some(self.palettes.remove(known)),
            None => Palette::new(inks),
        }
    }

    fn keep(&mut self, palette: Palette) {
        if self.palettes.len() >= KEPT_PALETTES {
            self.palettes.remove(0);
        }
        self.palettes.push(palette);
    }
}

/// All pixels of a scene.
pub fn bounds(scene: &Scene) -> Rect {
    let side = |pixels: u32| i32::try_from(pixels).unwrap_or(i32::MAX);
    Rect::new(0, 0, side(scene.size.width()), side(scene.size.height()))
}

/// What edges over the ground mix with.
pub fn ground(scene: &Scene) -> Rgb {
    [scene.ground.red, scene.ground.green, scene.ground.blue]
}

/// `canvas` with the scene on it, and how many characters are boxes.
pub fn drawn<C: Canvas>(
    scene: &Scene,
    canvas: C,
    curves: &mut CurveMemory,
    (level, stop): (Level, &Stop),
) -> Result<(C, usize), Failure> {
    let backend = Rc::new(RefCell::new(CanvasBackend::new(canvas, curves, (level, stop))));
    draw::draw(scene, &DrawingArea::from(&backend))?;
    let backend = Rc::into_inner(backend).ok_or_else(|| Failure::Internal("the canvas is still held".to_owned()))?;
    let backend = backend.into_inner();
    let missing = backend.missing_glyphs();
    Ok((backend.into_canvas(), missing))
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
