//! Per-thread state that is reused from one image to the next: buffers, and palettes with their mixes.
//!
//! Reuse never changes an image: buffers are written before they are read, and a palette depends only on the scene's
//! colours. Once warm, rendering allocates only the scene and the file.

use super::backend::{CanvasBackend, CanvasFault, CurveMemory};
use super::canvas::{Canvas, RenderContext, Rgb, Rgba};
use super::draw;
use super::encode::jpeg::Quality;
use super::encode::png::PngEncoder;
use super::encode::{jpeg, webp};
use super::indexed_canvas::IndexedCanvas;
use super::palette::{Palette, SceneColours};
use super::rgb_canvas::RgbCanvas;
use crate::cancel::Stopped;
use crate::chart::Scene;
use crate::error::Failure;
use crate::geometry::Rect;
use crate::provenance::Record;
use crate::request::Colour;
use plotters::drawing::{DrawingArea, DrawingAreaErrorKind};
use plotters_backend::DrawingErrorKind;
use std::cell::RefCell;
use std::hint::black_box;
use std::rc::Rc;

/// Maximum cached palettes of a thread, of about 100 kB each.
const CACHED_PALETTES: usize = 8;

/// Bytes that a thread allocates and frees before its first image. glibc's allocator raises its thresholds to twice the
/// size of a freed block (mallopt(3), `M_MMAP_THRESHOLD`); without this the points of a large chart would be mapped
/// page by page each time, an eighth of its render time.
const WARM_UP_BYTES: usize = 4 << 20;

/// Buffers and palettes of one thread.
#[derive(Debug, Default)]
pub struct RenderScratch {
    curves: CurveMemory,
    encoder: PngEncoder,
    pixels: Vec<u8>,
    /// Cached palettes, the most recently used last.
    palettes: Vec<Palette>,
}

impl RenderScratch {
    /// Makes the state of a new thread.
    pub fn new() -> Self {
        drop(black_box(Vec::<u8>::with_capacity(WARM_UP_BYTES)));
        Self::default()
    }

    /// Returns the PNG file of a scene, and the number of characters drawn as boxes.
    pub fn png(
        &mut self,
        scene: &Scene,
        record: Option<&Record>,
        RenderContext { level, stop }: RenderContext<'_>,
    ) -> Result<(Vec<u8>, usize), Failure> {
        let (drawn, missing) = self.render(scene, RenderContext { level, stop })?;
        stop.check()?;
        let shape = (scene.size.height() as usize, scene.scale);
        let file = match &drawn {
            Rendered::Indexed(canvas) => self.encoder.indexed(canvas, scene.scale, record, level),
            Rendered::Rgb(canvas) => self.encoder.direct(canvas.pixels(), shape, record, RenderContext { level, stop }),
            Rendered::Rgba(pixels) => self.encoder.direct(pixels, shape, record, RenderContext { level, stop }),
        };
        self.recycle(drawn);
        Ok((file?, missing))
    }

    /// Returns the WebP file of the same pixels, and the number of characters drawn as boxes.
    pub fn webp(
        &mut self,
        scene: &Scene,
        record: Option<&Record>,
        context: RenderContext<'_>,
    ) -> Result<(Vec<u8>, usize), Failure> {
        let (drawn, missing) = self.render(scene, context)?;
        let file = match &drawn {
            Rendered::Indexed(canvas) => webp::encode(&canvas.colours(), scene.size, record, context.stop),
            Rendered::Rgb(canvas) => webp::encode(canvas.pixels(), scene.size, record, context.stop),
            Rendered::Rgba(pixels) => webp::encode(pixels, scene.size, record, context.stop),
        };
        self.recycle(drawn);
        Ok((file?, missing))
    }

    /// Returns the JPEG file of a scene, and the number of characters drawn as boxes. A transparent background becomes
    /// opaque.
    pub fn jpeg(
        &mut self,
        scene: &Scene,
        quality: Quality,
        record: Option<&Record>,
        context: RenderContext<'_>,
    ) -> Result<(Vec<u8>, usize), Failure> {
        if scene.ground.alpha < 255 {
            let ground = Colour { alpha: 255, ..scene.ground };
            return self.jpeg(&Scene { ground, ..scene.clone() }, quality, record, context);
        }
        let (drawn, missing) = self.render(scene, context)?;
        let file = match &drawn {
            Rendered::Indexed(canvas) => jpeg::encode(&canvas.colours(), scene.size, quality, record, context.stop),
            Rendered::Rgb(canvas) => jpeg::encode(canvas.pixels(), scene.size, quality, record, context.stop),
            Rendered::Rgba(_) => Err(Failure::Internal("an opaque ground was drawn transparent".to_owned())),
        };
        self.recycle(drawn);
        Ok((file?, missing))
    }

    fn render(&mut self, scene: &Scene, context: RenderContext<'_>) -> Result<(Rendered, usize), Failure> {
        if let Some(palette) = SceneColours::of(scene).and_then(|scene_colours| self.palette(scene_colours)) {
            let canvas = IndexedCanvas::new(bounds(scene), palette, std::mem::take(&mut self.pixels));
            let (canvas, missing) = draw_on(scene, canvas, &mut self.curves, context)?;
            return Ok((Rendered::Indexed(canvas), missing));
        }
        if scene.ground.alpha == 255 {
            let (canvas, missing) = draw_on(scene, rgb_canvas(scene), &mut self.curves, context)?;
            return Ok((Rendered::Rgb(canvas), missing));
        }
        let mut on = |background| draw_on(scene, RgbCanvas::new(bounds(scene), background), &mut self.curves, context);
        let ((black, missing), (white, _)) = (on([0; 3])?, on([255; 3])?);
        let pixels = black.pixels().iter().zip(white.pixels()).map(|(&black, &white)| unblend(black, white));
        Ok((Rendered::Rgba(pixels.collect()), missing))
    }

    fn palette(&mut self, scene_colours: SceneColours) -> Option<Palette> {
        match self.palettes.iter().position(|palette| *palette.scene_colours() == scene_colours) {
            Some(known) => Some(self.palettes.remove(known)),
            None => Palette::new(scene_colours),
        }
    }

    /// Stores palette and buffer for the next image.
    fn recycle(&mut self, drawn: Rendered) {
        let Rendered::Indexed(canvas) = drawn else { return };
        let (palette, pixels) = canvas.into_parts();
        self.pixels = pixels;
        if self.palettes.len() >= CACHED_PALETTES {
            self.palettes.remove(0);
        }
        self.palettes.push(palette);
    }
}

/// A rendered image on the canvas that fits it.
enum Rendered {
    Indexed(IndexedCanvas),
    Rgb(RgbCanvas),
    /// RGBA pixels, column by column.
    Rgba(Vec<Rgba>),
}

/// Computes a translucent pixel from its colours over black and over white: their difference is the visible part of the
/// background.
fn unblend(black: Rgb, white: Rgb) -> Rgba {
    let seen = white.iter().zip(black).map(|(white, black)| white.saturating_sub(black)).min().unwrap_or(0);
    let alpha = 255 - seen;
    let straight = |channel: u8| {
        let of_whole = (u32::from(channel) * 255 + u32::from(alpha) / 2).checked_div(u32::from(alpha));
        of_whole.map_or(0, |channel| channel.min(255) as u8)
    };
    let [red, green, blue] = black.map(straight);
    [red, green, blue, alpha]
}

/// Makes an RGB canvas for a scene, with its backdrop.
pub fn rgb_canvas(scene: &Scene) -> RgbCanvas {
    let bounds = bounds(scene);
    let blank = || RgbCanvas::new(bounds, background(scene));
    scene.backdrop.as_ref().map_or_else(blank, |backdrop| RgbCanvas::over(bounds, backdrop))
}

/// Returns the rectangle of all pixels of a scene.
pub fn bounds(scene: &Scene) -> Rect {
    let side = |pixels: u32| i32::try_from(pixels).unwrap_or(i32::MAX);
    Rect::new(0, 0, side(scene.size.width()), side(scene.size.height()))
}

/// Returns the colour that edges over the background mix with.
pub fn background(scene: &Scene) -> Rgb {
    [scene.ground.red, scene.ground.green, scene.ground.blue]
}

/// Draws the scene on `canvas`; returns the canvas and the number of characters drawn as boxes.
pub fn draw_on<C: Canvas>(
    scene: &Scene,
    canvas: C,
    curves: &mut CurveMemory,
    RenderContext { level, stop }: RenderContext<'_>,
) -> Result<(C, usize), Failure> {
    let backend = Rc::new(RefCell::new(CanvasBackend::new(canvas, curves, RenderContext { level, stop })));
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
