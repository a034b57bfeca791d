//! What a thread keeps from one picture to the next: memory, and the palettes it has mixed.
//!
//! Used by `paint` alone. Nothing in here changes a picture: memory is written before it is read, and a palette depends on nothing but
//! the scene's colours. A warm chart allocates its scene and its file.

use super::backend::{CanvasBackend, CanvasFault, CurveMemory};
use super::canvas::{Canvas, Rgb, Rgba};
use super::draw;
use super::encode::jpeg::Quality;
use super::encode::png::PngEncoder;
use super::encode::{jpeg, webp};
use super::indexed_canvas::IndexedCanvas;
use super::palette::{Inks, Palette};
use super::rgb_canvas::DirectCanvas;
use crate::cancel::{Stop, Stopped};
use crate::chart::Scene;
use crate::error::Failure;
use crate::geometry::Rect;
use crate::provenance::Record;
use crate::request::Colour;
use fearless_simd::Level;
use plotters::drawing::{DrawingArea, DrawingAreaErrorKind};
use plotters_backend::DrawingErrorKind;
use std::cell::RefCell;
use std::hint::black_box;
use std::rc::Rc;

/// Palettes that a thread keeps, of some 100 kB each.
const KEPT_PALETTES: usize = 8;

/// What a thread takes from the system and gives back before its first picture. glibc's allocator takes what is given back for a sign of
/// how much comes and goes, and keeps twice as much from then on (mallopt(3), `M_MMAP_THRESHOLD`); else a large chart's points would be
/// taken from the system page by page each time, an eighth of its time.
const KEPT_BYTES: usize = 4 << 20;

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
    /// Of a thread that has drawn nothing yet.
    pub fn new() -> Self {
        drop(black_box(Vec::<u8>::with_capacity(KEPT_BYTES)));
        Self::default()
    }

    /// The PNG file of a scene, and how many characters in it are boxes.
    pub fn png(
        &mut self,
        scene: &Scene,
        record: Option<&Record>,
        (level, stop): (Level, &Stop),
    ) -> Result<(Vec<u8>, usize), Failure> {
        let (drawn, missing) = self.drawn(scene, (level, stop))?;
        stop.check()?;
        let height = scene.size.height() as usize;
        let file = match &drawn {
            Drawn::Places(canvas) => self.encoder.indexed(canvas, record, level),
            Drawn::Colours(canvas) => self.encoder.direct(canvas.pixels(), height, record, (level, stop)),
            Drawn::Clear(pixels) => self.encoder.direct(pixels, height, record, (level, stop)),
        };
        self.keep(drawn);
        Ok((file?, missing))
    }

    /// The WebP file of the same pixels.
    pub fn webp(
        &mut self,
        scene: &Scene,
        record: Option<&Record>,
        way: (Level, &Stop),
    ) -> Result<(Vec<u8>, usize), Failure> {
        let (drawn, missing) = self.drawn(scene, way)?;
        let file = match &drawn {
            Drawn::Places(canvas) => webp::encode(&canvas.colours(), scene.size, record, way.1),
            Drawn::Colours(canvas) => webp::encode(canvas.pixels(), scene.size, record, way.1),
            Drawn::Clear(pixels) => webp::encode(pixels, scene.size, record, way.1),
        };
        self.keep(drawn);
        Ok((file?, missing))
    }

    /// Returns the JPEG file of a scene, and how many characters in it are boxes. A transparent ground becomes opaque.
    pub fn jpeg(
        &mut self,
        scene: &Scene,
        quality: Quality,
        record: Option<&Record>,
        way: (Level, &Stop),
    ) -> Result<(Vec<u8>, usize), Failure> {
        if scene.ground.alpha < 255 {
            let ground = Colour { alpha: 255, ..scene.ground };
            return self.jpeg(&Scene { ground, ..scene.clone() }, quality, record, way);
        }
        let (drawn, missing) = self.drawn(scene, way)?;
        let file = match &drawn {
            Drawn::Places(canvas) => jpeg::encode(&canvas.colours(), scene.size, quality, record, way.1),
            Drawn::Colours(canvas) => jpeg::encode(canvas.pixels(), scene.size, quality, record, way.1),
            Drawn::Clear(_) => Err(Failure::Internal("an opaque ground was drawn transparent".to_owned())),
        };
        self.keep(drawn);
        Ok((file?, missing))
    }

    fn drawn(&mut self, scene: &Scene, way: (Level, &Stop)) -> Result<(Drawn, usize), Failure> {
        if let Some(palette) = Inks::of(scene).and_then(|inks| self.palette(inks)) {
            let canvas = IndexedCanvas::new(bounds(scene), palette, std::mem::take(&mut self.pixels));
            let (canvas, missing) = drawn(scene, canvas, &mut self.curves, way)?;
            return Ok((Drawn::Places(canvas), missing));
        }
        if scene.ground.alpha == 255 {
            let (canvas, missing) = drawn(scene, direct(scene), &mut self.curves, way)?;
            return Ok((Drawn::Colours(canvas), missing));
        }
        let mut on = |ground| drawn(scene, DirectCanvas::new(bounds(scene), ground), &mut self.curves, way);
        let ((black, missing), (white, _)) = (on([0; 3])?, on([255; 3])?);
        let pixels = black.pixels().iter().zip(white.pixels()).map(|(&black, &white)| clear(black, white));
        Ok((Drawn::Clear(pixels.collect()), missing))
    }

    fn palette(&mut self, inks: Inks) -> Option<Palette> {
        match self.palettes.iter().position(|palette| *palette.inks() == inks) {
            Some(known) => Some(self.palettes.remove(known)),
            None => Palette::new(inks),
        }
    }

    /// What the next picture can use.
    fn keep(&mut self, drawn: Drawn) {
        let Drawn::Places(canvas) = drawn else { return };
        let (palette, pixels) = canvas.into_parts();
        self.pixels = pixels;
        if self.palettes.len() >= KEPT_PALETTES {
            self.palettes.remove(0);
        }
        self.palettes.push(palette);
    }
}

/// A picture on the canvas that fits it.
enum Drawn {
    Places(IndexedCanvas),
    Colours(DirectCanvas),
    /// Column by column.
    Clear(Vec<Rgba>),
}

/// What lies over a ground that looks so where it is black and so where it is white: as much of the ground as is seen differs.
fn clear(black: Rgb, white: Rgb) -> Rgba {
    let seen = white.iter().zip(black).map(|(white, black)| white.saturating_sub(black)).min().unwrap_or(0);
    let alpha = 255 - seen;
    let straight = |channel: u8| {
        let of_whole = (u32::from(channel) * 255 + u32::from(alpha) / 2).checked_div(u32::from(alpha));
        of_whole.map_or(0, |channel| channel.min(255) as u8)
    };
    let [red, green, blue] = black.map(straight);
    [red, green, blue, alpha]
}

/// A canvas of colours for a scene, with its backdrop.
pub fn direct(scene: &Scene) -> DirectCanvas {
    let bounds = bounds(scene);
    let blank = || DirectCanvas::new(bounds, ground(scene));
    scene.backdrop.as_ref().map_or_else(blank, |backdrop| DirectCanvas::over(bounds, backdrop))
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
