//! The canvas as a drawing backend of plotters.
//!
//! Coordinates are 1/64 pixel, the units of [`Px`], so vertices need not lie on whole pixels; the backend reports 64
//! times the image's width and height. It measures and draws text itself. Curves must be functions of x. The backend
//! rejects shapes that it cannot draw well with a [`CanvasFault`], so plotters' pixel-by-pixel fallbacks are never
//! reached.

use super::canvas::{Canvas, RenderContext};
use super::glyph_cache;
use super::stroke::{Envelope, Span, StrokeError, Vertex};
use crate::cancel::Stopped;
use crate::chart::{Dash, Section, Stroke};
use crate::geometry::{Point, Px, Rect};
use crate::request::Colour;
use crate::text;
use crate::text::{Font, Weight};
use plotters_backend::text_anchor::{HPos, VPos};
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind, FontStyle,
    FontTransform,
};

/// Drawing operations that charts need beyond those of plotters' [`DrawingBackend`].
pub trait Surface: DrawingBackend {
    /// Calls `draw` with the clip set to `area`: nothing outside it is drawn. plotters itself moves points that lie
    /// outside, which bends lines.
    fn within<T>(&mut self, area: Rect, draw: impl FnOnce(&mut Self) -> T) -> T;

    /// Draws a line with round joins and ends through `path`, in which x never decreases.
    fn draw_curve(
        &mut self,
        path: impl IntoIterator<Item = BackendCoord>,
        stroke: &Stroke,
    ) -> Result<(), DrawingErrorKind<Self::ErrorType>>;

    /// Fills the space between the two edges of `sections`, in which x never decreases.
    fn draw_area(&mut self, sections: &[Section], colour: Colour) -> Result<(), DrawingErrorKind<Self::ErrorType>>;
}

/// Errors of the canvas.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CanvasFault {
    /// The caller raised the stop flag.
    #[error(transparent)]
    Stopped(#[from] Stopped),
    /// A curve that is not a function of x.
    #[error("a path goes back in x")]
    PathGoesBack,
    /// A shape that no chart needs.
    #[error("the canvas does not draw {0}")]
    NotDrawn(&'static str),
}

type DrawResult = Result<(), DrawingErrorKind<CanvasFault>>;

impl From<StrokeError> for CanvasFault {
    fn from(error: StrokeError) -> Self {
        match error {
            StrokeError::Stopped => Self::Stopped(Stopped),
            StrokeError::GoesBack => Self::PathGoesBack,
        }
    }
}

impl From<CanvasFault> for DrawingErrorKind<CanvasFault> {
    fn from(fault: CanvasFault) -> Self {
        Self::DrawingError(fault)
    }
}

/// Buffers for curves, reused from one image to the next.
#[derive(Debug, Default)]
pub struct CurveMemory {
    envelope: Envelope,
    vertices: Vec<Vertex>,
    spans: Vec<Span>,
}

/// A plotters backend that draws on a canvas.
pub struct CanvasBackend<'a, C> {
    canvas: C,
    clip: Rect,
    memory: &'a mut CurveMemory,
    missing_glyphs: usize,
    context: RenderContext<'a>,
}

impl<'a, C: Canvas> CanvasBackend<'a, C> {
    /// Makes a backend that draws on `canvas` until the stop flag is raised.
    pub fn new(canvas: C, memory: &'a mut CurveMemory, context: RenderContext<'a>) -> Self {
        let clip = canvas.bounds();
        Self { canvas, clip, memory, missing_glyphs: 0, context }
    }

    /// Returns the canvas with everything drawn so far.
    pub fn into_canvas(self) -> C {
        self.canvas
    }

    /// Returns the number of characters drawn as boxes because no font has them.
    pub fn missing_glyphs(&self) -> usize {
        self.missing_glyphs
    }

    fn stroke(
        &mut self,
        path: impl IntoIterator<Item = BackendCoord>,
        half_width: f32,
        colour: Colour,
        dash: Dash,
    ) -> Result<(), CanvasFault> {
        let CurveMemory { envelope, vertices, .. } = &mut *self.memory;
        vertices.clear();
        vertices.extend(path.into_iter().map(|(x, y)| Vertex { x: pixels(x), y: pixels(y) }));
        envelope.stroke(vertices, half_width, self.clip, self.context)?;
        envelope.interrupt(dash, half_width);
        self.cover(colour)
    }

    fn cover(&mut self, colour: Colour) -> Result<(), CanvasFault> {
        let colour = self.canvas.convert(colour);
        Ok(self.memory.envelope.cover(&mut self.canvas, colour, self.context)?)
    }
}

/// Converts 1/64 pixels to pixels. Exact up to 262,144 pixels.
fn pixels(units: i32) -> f32 {
    units as f32 / Px::PER_PIXEL as f32
}

impl<C: Canvas> Surface for CanvasBackend<'_, C> {
    fn within<T>(&mut self, area: Rect, draw: impl FnOnce(&mut Self) -> T) -> T {
        let outer = self.clip;
        self.clip = outer.intersect(area);
        let drawn = draw(self);
        self.clip = outer;
        drawn
    }

    fn draw_curve(&mut self, path: impl IntoIterator<Item = BackendCoord>, stroke: &Stroke) -> DrawResult {
        Ok(self.stroke(path, stroke.width.to_f64() as f32 / 2.0, stroke.colour, stroke.dash)?)
    }

    fn draw_area(&mut self, sections: &[Section], colour: Colour) -> DrawResult {
        let CurveMemory { envelope, spans, .. } = &mut *self.memory;
        let length = |length: Px| pixels(length.units());
        let span =
            |section: &Section| Span { x: length(section.x), top: length(section.top), bottom: length(section.bottom) };
        spans.clear();
        spans.extend(sections.iter().map(span));
        envelope.fill(spans, self.clip, self.context).map_err(CanvasFault::from)?;
        Ok(self.cover(colour)?)
    }
}

impl<C: Canvas> DrawingBackend for CanvasBackend<'_, C> {
    type ErrorType = CanvasFault;

    fn get_size(&self) -> (u32, u32) {
        let units = |pixels: i32| pixels.unsigned_abs() * Px::PER_PIXEL.unsigned_abs();
        (units(self.canvas.bounds().width), units(self.canvas.bounds().height))
    }

    /// Checks the stop flag: plotters calls this before every element.
    fn ensure_prepared(&mut self) -> DrawResult {
        Ok(self.context.stop.check().map_err(CanvasFault::from)?)
    }

    fn present(&mut self) -> DrawResult {
        Ok(())
    }

    fn draw_pixel(&mut self, _: BackendCoord, _: BackendColor) -> DrawResult {
        Err(CanvasFault::NotDrawn("single points").into())
    }

    /// Draws a line with round ends, in either direction.
    fn draw_line<S: BackendStyle>(&mut self, from: BackendCoord, to: BackendCoord, style: &S) -> DrawResult {
        self.draw_path([from.min(to), from.max(to)], style)
    }

    /// Fills a rectangle; its edges are rounded to whole pixels, so they are always sharp.
    fn draw_rect<S: BackendStyle>(
        &mut self,
        start: BackendCoord,
        end: BackendCoord,
        style: &S,
        fill: bool,
    ) -> DrawResult {
        if !fill {
            return Err(CanvasFault::NotDrawn("frames").into());
        }
        let edge = |units| Px::from_units(units).round();
        let (left, top, right, bottom) = (edge(start.0), edge(start.1), edge(end.0), edge(end.1));
        let area = Rect::new(left, top, right - left, bottom - top).intersect(self.clip);
        let colour = self.canvas.convert(colour(style.color()));
        self.canvas.fill(area, colour);
        Ok(())
    }

    /// Draws a path with round joins and ends; a single point becomes a dot.
    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(&mut self, path: I, style: &S) -> DrawResult {
        let half_width = style.stroke_width() as f32 / (2 * Px::PER_PIXEL) as f32;
        Ok(self.stroke(path, half_width, colour(style.color()), Dash::default())?)
    }

    fn draw_circle<S: BackendStyle>(&mut self, centre: BackendCoord, radius: u32, style: &S, fill: bool) -> DrawResult {
        if !fill {
            return Err(CanvasFault::NotDrawn("rings").into());
        }
        Ok(self.stroke([centre], radius as f32 / Px::PER_PIXEL as f32, colour(style.color()), Dash::default())?)
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(&mut self, _: I, _: &S) -> DrawResult {
        Err(CanvasFault::NotDrawn("polygons").into())
    }

    /// Draws a text: the anchor's bottom is the base line, its top the height of a digit.
    fn draw_text<S: BackendTextStyle>(&mut self, text: &str, style: &S, at: BackendCoord) -> DrawResult {
        if !matches!(style.transform(), FontTransform::None) {
            return Err(CanvasFault::NotDrawn("turned text").into());
        }
        let font = font(style);
        let run = text::shape(text, font);
        let left = match style.anchor().h_pos {
            HPos::Left => Px::ZERO,
            HPos::Center => run.width.half(),
            HPos::Right => run.width,
        };
        let drop = match style.anchor().v_pos {
            VPos::Top => text::cap_height(font),
            VPos::Center => text::cap_height(font).half(),
            VPos::Bottom => Px::ZERO,
        };
        let start = Point::new(Px::from_units(at.0) - left, Px::from_units(at.1) + drop);
        let colour = self.canvas.convert(colour(style.color()));
        glyph_cache::write(&run, start, colour, self.clip, &mut self.canvas);
        self.missing_glyphs += run.missing;
        Ok(())
    }

    fn estimate_text_size<S: BackendTextStyle>(
        &self,
        text: &str,
        style: &S,
    ) -> Result<(u32, u32), DrawingErrorKind<CanvasFault>> {
        let units = |length: Px| length.units().unsigned_abs();
        Ok((units(text::width(text, font(style))), units(text::cap_height(font(style)))))
    }

    fn blit_bitmap(&mut self, _: BackendCoord, _: (u32, u32), _: &[u8]) -> DrawResult {
        Err(CanvasFault::NotDrawn("bitmaps").into())
    }
}

/// Returns the font of a plotters text style: plotters' bold is the semi-bold weight here.
pub(super) fn font(style: &impl BackendTextStyle) -> Font {
    let weight = match style.style() {
        FontStyle::Bold => Weight::SemiBold,
        FontStyle::Normal | FontStyle::Oblique | FontStyle::Italic => Weight::Regular,
    };
    Font { weight, size: Px::from_units(style.size() as i32) }
}

/// Converts a plotters colour, whose alpha is a fraction.
pub(super) fn colour(BackendColor { alpha, rgb: (red, green, blue) }: BackendColor) -> Colour {
    Colour { red, green, blue, alpha: (alpha * 255.0 + 0.5) as u8 }
}
