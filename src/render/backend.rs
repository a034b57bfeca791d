//! What plotters draws on: our canvas as a drawing backend.
//!
//! Its coordinates are 1/64 pixel, the units of [`Px`], so that vertices need not lie on whole pixels; it is 64 times as large as
//! the picture each way. It measures and writes text itself. Curves must be functions of x. What it cannot draw well it refuses with
//! a [`CanvasFault`]: plotters' stand-ins, which go pixel by pixel, are never reached.

use super::canvas::Canvas;
use super::glyph_cache;
use super::stroke::{Envelope, Refused, Span, Vertex};
use crate::cancel::{Stop, Stopped};
use crate::chart::{Dash, Section, Stroke};
use crate::geometry::{Point, Px, Rect};
use crate::request::Colour;
use crate::text;
use crate::text::{Font, Weight};
use fearless_simd::Level;
use plotters_backend::text_anchor::{HPos, VPos};
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind, FontStyle,
    FontTransform,
};

/// What our pictures need besides what every backend of plotters can do.
pub trait Surface: DrawingBackend {
    /// Calls `draw`; nothing of what it draws lies outside `area`. plotters itself moves points that lie outside, which bends lines.
    fn within<T>(&mut self, area: Rect, draw: impl FnOnce(&mut Self) -> T) -> T;

    /// A line with round joins and ends through `path`, in which x never goes back.
    fn draw_curve(
        &mut self,
        path: impl IntoIterator<Item = BackendCoord>,
        stroke: &Stroke,
    ) -> Result<(), DrawingErrorKind<Self::ErrorType>>;

    /// What lies between the two edges of `sections`, in which x never goes back.
    fn draw_area(&mut self, sections: &[Section], colour: Colour) -> Result<(), DrawingErrorKind<Self::ErrorType>>;
}

/// Why the canvas did not draw.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CanvasFault {
    /// Someone raised the stop flag.
    #[error(transparent)]
    Stopped(#[from] Stopped),
    /// A curve is not a function of x.
    #[error("a path goes back in x")]
    PathGoesBack,
    /// Something that no picture of ours needs.
    #[error("the canvas does not draw {0}")]
    NotDrawn(&'static str),
}

type Drawn = Result<(), DrawingErrorKind<CanvasFault>>;

impl From<Refused> for CanvasFault {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Stopped => Self::Stopped(Stopped),
            Refused::GoesBack => Self::PathGoesBack,
        }
    }
}

impl From<CanvasFault> for DrawingErrorKind<CanvasFault> {
    fn from(fault: CanvasFault) -> Self {
        Self::DrawingError(fault)
    }
}

/// Memory for the curves of one picture after the other.
#[derive(Debug, Default)]
pub struct CurveMemory {
    envelope: Envelope,
    vertices: Vec<Vertex>,
    spans: Vec<Span>,
}

/// A canvas for plotters to draw on.
pub struct CanvasBackend<'a, C> {
    canvas: C,
    clip: Rect,
    memory: &'a mut CurveMemory,
    missing_glyphs: usize,
    level: Level,
    stop: &'a Stop,
}

impl<'a, C: Canvas> CanvasBackend<'a, C> {
    /// Draws on `canvas` until `stop` is raised.
    pub fn new(canvas: C, memory: &'a mut CurveMemory, (level, stop): (Level, &'a Stop)) -> Self {
        let clip = canvas.bounds();
        Self { canvas, clip, memory, missing_glyphs: 0, level, stop }
    }

    /// What was drawn.
    pub fn into_canvas(self) -> C {
        self.canvas
    }

    /// Characters that were drawn as boxes.
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
        envelope.stroke(vertices, half_width, self.clip, (self.level, self.stop))?;
        envelope.interrupt(dash, half_width);
        self.cover(colour)
    }

    fn cover(&mut self, colour: Colour) -> Result<(), CanvasFault> {
        let ink = self.canvas.ink(colour);
        Ok(self.memory.envelope.cover(&mut self.canvas, ink, (self.level, self.stop))?)
    }
}

/// From 1/64 pixel. Exact up to 262,144 pixels.
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

    fn draw_curve(&mut self, path: impl IntoIterator<Item = BackendCoord>, stroke: &Stroke) -> Drawn {
        Ok(self.stroke(path, stroke.width.to_f64() as f32 / 2.0, stroke.colour, stroke.dash)?)
    }

    fn draw_area(&mut self, sections: &[Section], colour: Colour) -> Drawn {
        let CurveMemory { envelope, spans, .. } = &mut *self.memory;
        let length = |length: Px| pixels(length.units());
        let span =
            |section: &Section| Span { x: length(section.x), top: length(section.top), bottom: length(section.bottom) };
        spans.clear();
        spans.extend(sections.iter().map(span));
        envelope.fill(spans, self.clip, (self.level, self.stop)).map_err(CanvasFault::from)?;
        Ok(self.cover(colour)?)
    }
}

impl<C: Canvas> DrawingBackend for CanvasBackend<'_, C> {
    type ErrorType = CanvasFault;

    fn get_size(&self) -> (u32, u32) {
        let units = |pixels: i32| pixels.unsigned_abs() * Px::PER_PIXEL.unsigned_abs();
        (units(self.canvas.bounds().width), units(self.canvas.bounds().height))
    }

    /// plotters calls this before everything that it draws.
    fn ensure_prepared(&mut self) -> Drawn {
        Ok(self.stop.check().map_err(CanvasFault::from)?)
    }

    fn present(&mut self) -> Drawn {
        Ok(())
    }

    fn draw_pixel(&mut self, _: BackendCoord, _: BackendColor) -> Drawn {
        Err(CanvasFault::NotDrawn("single points").into())
    }

    /// With round ends, in either direction.
    fn draw_line<S: BackendStyle>(&mut self, from: BackendCoord, to: BackendCoord, style: &S) -> Drawn {
        self.draw_path([from.min(to), from.max(to)], style)
    }

    /// Edges go to the nearest whole pixel, so that they are always sharp.
    fn draw_rect<S: BackendStyle>(&mut self, start: BackendCoord, end: BackendCoord, style: &S, fill: bool) -> Drawn {
        if !fill {
            return Err(CanvasFault::NotDrawn("frames").into());
        }
        let edge = |units| Px::from_units(units).round();
        let (left, top, right, bottom) = (edge(start.0), edge(start.1), edge(end.0), edge(end.1));
        let area = Rect::new(left, top, right - left, bottom - top).intersect(self.clip);
        let ink = self.canvas.ink(colour(style.color()));
        self.canvas.fill(area, ink);
        Ok(())
    }

    /// With round joins and ends; one point is a dot.
    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(&mut self, path: I, style: &S) -> Drawn {
        let half_width = style.stroke_width() as f32 / (2 * Px::PER_PIXEL) as f32;
        Ok(self.stroke(path, half_width, colour(style.color()), Dash::default())?)
    }

    fn draw_circle<S: BackendStyle>(&mut self, centre: BackendCoord, radius: u32, style: &S, fill: bool) -> Drawn {
        if !fill {
            return Err(CanvasFault::NotDrawn("rings").into());
        }
        Ok(self.stroke([centre], radius as f32 / Px::PER_PIXEL as f32, colour(style.color()), Dash::default())?)
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(&mut self, _: I, _: &S) -> Drawn {
        Err(CanvasFault::NotDrawn("polygons").into())
    }

    /// The anchor's bottom is the base line, its top the top of a digit.
    fn draw_text<S: BackendTextStyle>(&mut self, text: &str, style: &S, at: BackendCoord) -> Drawn {
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
        let ink = self.canvas.ink(colour(style.color()));
        glyph_cache::write(&run, start, ink, self.clip, &mut self.canvas);
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

    fn blit_bitmap(&mut self, _: BackendCoord, _: (u32, u32), _: &[u8]) -> Drawn {
        Err(CanvasFault::NotDrawn("bitmaps").into())
    }
}

/// plotters knows one bold; ours is the semi-bold.
pub(super) fn font(style: &impl BackendTextStyle) -> Font {
    let weight = match style.style() {
        FontStyle::Bold => Weight::SemiBold,
        FontStyle::Normal | FontStyle::Oblique | FontStyle::Italic => Weight::Regular,
    };
    Font { weight, size: Px::from_units(style.size() as i32) }
}

/// plotters has alpha as a share.
pub(super) fn colour(BackendColor { alpha, rgb: (red, green, blue) }: BackendColor) -> Colour {
    Colour { red, green, blue, alpha: (alpha * 255.0 + 0.5) as u8 }
}
