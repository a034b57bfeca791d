//! An SVG document as a second drawing backend of plotters.
//!
//! The same `draw` drives it and the canvas, so both show the same shapes. Texts stay text, with the measured width, so
//! a viewer without the font keeps the layout. Lines are paths, cut where the canvas cuts them. The document has no
//! script, no style sheet and no external reference; equal scenes give equal bytes.

use super::png::PngEncoder;
use super::xml;
use super::xml::Escaped;
use crate::cancel::Stop;
use crate::chart::{Dash, Scene, Section, Stroke};
use crate::error::Failure;
use crate::geometry::{Px, Rect};
use crate::provenance::{Field, Record};
use crate::render::backend::{CanvasFault, Surface, colour, font};
use crate::render::canvas::RenderContext;
use crate::render::dashes::strokes;
use crate::render::draw;
use crate::render::scratch::rgb_canvas;
use crate::request::{Colour, Size};
use crate::text;
use crate::text::Weight;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use plotters::drawing::DrawingArea;
use plotters_backend::text_anchor::{HPos, VPos};
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind, FontTransform,
};
use std::cell::RefCell;
use std::fmt::{self, Display, Write};
use std::rc::Rc;

/// Font families: the embedded font, then the common systems' fonts for Latin and Hangul.
const FONTS: &str = "'Pretendard JP', Pretendard, 'Noto Sans CJK KR', 'Noto Sans KR', 'Apple SD Gothic Neo', \
                     'Malgun Gothic', 'Helvetica Neue', Arial, sans-serif";

/// Vertices between two checks of the stop flag.
const VERTICES_PER_CHECK: usize = 4096;

type DrawResult = Result<(), DrawingErrorKind<CanvasFault>>;

/// Returns the document and the number of glyphs that the embedded font does not have. Fails when the stop flag is
/// raised, or on a bug.
pub fn write(scene: &Scene, record: Option<&Record>, context: RenderContext<'_>) -> Result<(Vec<u8>, usize), Failure> {
    let backdrop = if scene.backdrop.is_some() { image(scene, context)? } else { String::new() };

    let backend = Rc::new(RefCell::new(SvgBackend::new(scene.size, context.stop.clone())));
    draw::draw(scene, &DrawingArea::from(&backend))?;
    let backend = backend.borrow();
    Ok((backend.document(scene, &backdrop, record).into_bytes(), backend.missing_glyphs))
}

/// Returns a scene's backdrop as an `<image>` element that contains its pixels.
fn image(scene: &Scene, context: RenderContext<'_>) -> Result<String, Failure> {
    let (width, height) = (scene.size.width(), scene.size.height());
    let png =
        PngEncoder::default().direct(rgb_canvas(scene).pixels(), (height as usize, scene.scale), None, context)?;
    let data = STANDARD.encode(png);
    Ok(format!("<image width=\"{width}\" height=\"{height}\" href=\"data:image/png;base64,{data}\"/>\n"))
}

struct SvgBackend {
    size: Size,
    bounds: Rect,
    clip: Rect,
    clips: Vec<Rect>,
    shapes: String,
    missing_glyphs: usize,
    stop: Stop,
}

impl SvgBackend {
    fn new(size: Size, stop: Stop) -> Self {
        let side = |pixels: u32| i32::try_from(pixels).unwrap_or(i32::MAX);
        let bounds = Rect::new(0, 0, side(size.width()), side(size.height()));
        Self { size, bounds, clip: bounds, clips: Vec::new(), shapes: String::new(), missing_glyphs: 0, stop }
    }

    /// Assembles the document. It always has a title, because screen readers announce it.
    fn document(&self, scene: &Scene, backdrop: &str, record: Option<&Record>) -> String {
        let (width, height) = (self.size.width(), self.size.height());
        let title = Escaped(scene.title.as_deref().unwrap_or(&scene.alt));
        let record = record.map(|record| xml::rdf(record, |field| !matches!(field, Field::Title | Field::Description)));
        let metadata = record.map(|rdf| format!("<metadata>\n{rdf}\n</metadata>\n")).unwrap_or_default();
        let ground = match scene.ground.alpha {
            0 => String::new(),
            _ => format!("<rect width=\"{width}\" height=\"{height}\"{}/>\n", Paint("fill", scene.ground)),
        };
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" \
             role=\"img\" font-family=\"{FONTS}\" font-variant-numeric=\"tabular-nums\" xml:space=\"preserve\">\n\
             <title>{title}</title>\n<desc>{}</desc>\n{metadata}{}{ground}{backdrop}{}</svg>\n",
            Escaped(&scene.alt),
            self.definitions(),
            self.shapes,
        )
    }

    fn definitions(&self) -> String {
        let clip = |area: &Rect| format!("<clipPath id=\"{}\"><rect{}/></clipPath>\n", ClipName(*area), Sides(*area));
        let clips: String = self.clips.iter().map(clip).collect();
        if clips.is_empty() { clips } else { format!("<defs>\n{clips}</defs>\n") }
    }

    /// Appends an element. Writing to a String never fails.
    fn put(&mut self, element: impl Display) {
        let _ = if self.clip == self.bounds {
            writeln!(self.shapes, "<{element}/>")
        } else {
            if !self.clips.contains(&self.clip) {
                self.clips.push(self.clip);
            }
            writeln!(self.shapes, "<{element} clip-path=\"url(#{})\"/>", ClipName(self.clip))
        };
    }

    fn put_dot(&mut self, (x, y): BackendCoord, radius: Px, colour: Colour) {
        let [x, y, radius] = [x, y, radius.units()].map(Decimal::of);
        self.put(format_args!("circle cx=\"{x}\" cy=\"{y}\" r=\"{radius}\"{}", Paint("fill", colour)));
    }

    fn put_line(
        &mut self,
        path: impl IntoIterator<Item = BackendCoord>,
        width: Px,
        colour: Colour,
        dash: Dash,
    ) -> Result<(), CanvasFault> {
        let points = self.checked(path)?;
        let (data, ends) = match points[..] {
            [] => return Ok(()),
            [dot] => {
                self.put_dot(dot, width.half(), colour);
                return Ok(());
            }
            _ if dash.lengths.is_empty() => (path_data(&points), "round"),
            _ => (strokes(&points, dash, width, self.clip).iter().map(|points| path_data(points)).collect(), "butt"),
        };
        let (width, paint) = (Decimal::of(width.units()), Paint("stroke", colour));
        self.put(format_args!(
            "path d=\"{data}\" fill=\"none\"{paint} stroke-width=\"{width}\" stroke-linejoin=\"round\" stroke-linecap=\"{ends}\""
        ));
        Ok(())
    }

    fn checked(&self, path: impl IntoIterator<Item = BackendCoord>) -> Result<Vec<BackendCoord>, CanvasFault> {
        let mut points: Vec<BackendCoord> = Vec::new();
        for (index, point) in path.into_iter().enumerate() {
            if index % VERTICES_PER_CHECK == 0 {
                self.stop.check()?;
            }
            if points.last().is_some_and(|last| point.0 < last.0) {
                return Err(CanvasFault::PathGoesBack);
            }
            points.push(point);
        }
        Ok(points)
    }
}

/// Returns path data: straight lines from point to point.
fn path_data(points: &[BackendCoord]) -> String {
    let mut data = String::with_capacity(points.len() * 14);
    for (index, &(x, y)) in points.iter().enumerate() {
        // Coordinates that follow a move are lines.
        let _ = write!(data, "{}{} {}", if index == 0 { "M" } else { " " }, Decimal::of(x), Decimal::of(y));
    }
    data
}

impl Surface for SvgBackend {
    fn within<T>(&mut self, area: Rect, draw: impl FnOnce(&mut Self) -> T) -> T {
        let outer = self.clip;
        self.clip = outer.intersect(area);
        let drawn = draw(self);
        self.clip = outer;
        drawn
    }

    fn draw_curve(&mut self, path: impl IntoIterator<Item = BackendCoord>, stroke: &Stroke) -> DrawResult {
        Ok(self.put_line(path, stroke.width, stroke.colour, stroke.dash)?)
    }

    fn draw_area(&mut self, sections: &[Section], colour: Colour) -> DrawResult {
        let top = sections.iter().map(|section| (section.x.units(), section.top.units()));
        let bottom = sections.iter().rev().map(|section| (section.x.units(), section.bottom.units()));
        let edge: Vec<BackendCoord> = top.chain(bottom).collect();
        self.stop.check().map_err(CanvasFault::from)?;
        if sections.len() > 1 {
            self.put(format_args!("path d=\"{}Z\"{}", path_data(&edge), Paint("fill", colour)));
        }
        Ok(())
    }
}

impl DrawingBackend for SvgBackend {
    type ErrorType = CanvasFault;

    fn get_size(&self) -> (u32, u32) {
        let units = |pixels: u32| pixels * Px::PER_PIXEL.unsigned_abs();
        (units(self.size.width()), units(self.size.height()))
    }

    /// Checks the stop flag: plotters calls this before every element.
    fn ensure_prepared(&mut self) -> DrawResult {
        Ok(self.stop.check().map_err(CanvasFault::from)?)
    }

    fn present(&mut self) -> DrawResult {
        Ok(())
    }

    fn draw_pixel(&mut self, _: BackendCoord, _: BackendColor) -> DrawResult {
        Err(CanvasFault::NotDrawn("single points").into())
    }

    fn draw_line<S: BackendStyle>(&mut self, from: BackendCoord, to: BackendCoord, style: &S) -> DrawResult {
        self.draw_path([from.min(to), from.max(to)], style)
    }

    /// Fills a rectangle; its edges are rounded to whole pixels, as on the canvas.
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
        if area.width > 0 && area.height > 0 {
            let paint = Paint("fill", colour(style.color()));
            let _ = writeln!(self.shapes, "<rect{}{paint} shape-rendering=\"crispEdges\"/>", Sides(area));
        }
        Ok(())
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(&mut self, path: I, style: &S) -> DrawResult {
        let width = Px::from_units(style.stroke_width() as i32);
        Ok(self.put_line(path, width, colour(style.color()), Dash::default())?)
    }

    fn draw_circle<S: BackendStyle>(&mut self, centre: BackendCoord, radius: u32, style: &S, fill: bool) -> DrawResult {
        if !fill {
            return Err(CanvasFault::NotDrawn("rings").into());
        }
        self.put_dot(centre, Px::from_units(radius as i32), colour(style.color()));
        Ok(())
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(&mut self, _: I, _: &S) -> DrawResult {
        Err(CanvasFault::NotDrawn("polygons").into())
    }

    /// Draws a text, anchored at the left end of its base line.
    fn draw_text<S: BackendTextStyle>(&mut self, text: &str, style: &S, at: BackendCoord) -> DrawResult {
        let anchor = style.anchor();
        if !matches!((style.transform(), anchor.h_pos, anchor.v_pos), (FontTransform::None, HPos::Left, VPos::Bottom)) {
            return Err(CanvasFault::NotDrawn("turned or centred text").into());
        }
        let font = font(style);
        let run = text::shape(text, font);
        self.missing_glyphs += run.missing;
        let weight = match font.weight {
            Weight::Regular => "",
            Weight::SemiBold => " font-weight=\"600\"",
        };
        let [x, y, size, width] = [at.0, at.1, font.size.units(), run.width.units()].map(Decimal::of);
        if run.width > Px::ZERO {
            let _ = writeln!(
                self.shapes,
                "<text x=\"{x}\" y=\"{y}\" font-size=\"{size}\"{weight}{} textLength=\"{width}\" lengthAdjust=\"spacingAndGlyphs\">{}</text>",
                Paint("fill", colour(style.color())),
                Escaped(text),
            );
        }
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

/// 1/64 pixels, displayed as pixels with at most two decimals.
#[derive(Clone, Copy)]
struct Decimal(i64);

impl Decimal {
    fn of(units: i32) -> Self {
        let per_pixel = i64::from(Px::PER_PIXEL);
        Self((i64::from(units) * 100 + per_pixel / 2).div_euclid(per_pixel))
    }
}

impl Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sign, size) = (if self.0 < 0 { "-" } else { "" }, self.0.unsigned_abs());
        match (size / 100, size % 100) {
            (whole, 0) => write!(f, "{sign}{whole}"),
            (whole, part) if part % 10 == 0 => write!(f, "{sign}{whole}.{}", part / 10),
            (whole, part) => write!(f, "{sign}{whole}.{part:02}"),
        }
    }
}

/// A colour attribute, and an opacity attribute if the colour is translucent.
struct Paint(&'static str, Colour);

impl Display for Paint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(name, colour) = self;
        write!(f, " {name}=\"{}\"", Colour { alpha: 255, ..*colour })?;
        match colour.alpha {
            255 => Ok(()),
            alpha => write!(f, " {name}-opacity=\"0.{:03}\"", (u32::from(alpha) * 1000 + 127) / 255),
        }
    }
}

/// Position and size of a rectangle, as attributes.
struct Sides(Rect);

impl Display for Sides {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Rect { left, top, width, height } = self.0;
        write!(f, " x=\"{left}\" y=\"{top}\" width=\"{width}\" height=\"{height}\"")
    }
}

/// The id of a clip, made of its position: ids in several documents on one page never denote different clips.
struct ClipName(Rect);

impl Display for ClipName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Rect { left, top, width, height } = self.0;
        write!(f, "clip-{left}-{top}-{width}-{height}")
    }
}
