//! Draws a scene's shapes as plotters elements on any backend that can clip.
//!
//! Called by `paint`. Coordinates are 1/64 pixel and go to the backend unchanged: plotters' own mapping would move
//! points that lie outside the image, which bends the lines that lead to them. Elements borrow the scene's points.

use super::backend::Surface;
use crate::chart::{Scene, Section, Shape, Stroke, TextStyle};
use crate::geometry::{Point, Px, Rect};
use crate::request::Colour;
use crate::text::Weight;
use plotters::coord::{CoordTranslate, Shift};
use plotters::drawing::{DrawingArea, DrawingAreaErrorKind};
use plotters::element::{CoordMapper, Drawable, PointCollection, Rectangle};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{FontDesc, FontFamily, FontStyle, RGBAColor, ShapeStyle};
use plotters_backend::{BackendCoord, DrawingBackend, DrawingErrorKind};

type DrawResult<DB> = Result<(), DrawingErrorKind<<DB as DrawingBackend>::ErrorType>>;

/// Draws every shape of the scene; the backend already shows the background. Fails with the backend's error at the
/// first shape that the backend rejects.
pub fn draw<DB: Surface>(
    scene: &Scene,
    area: &DrawingArea<DB, Shift>,
) -> Result<(), DrawingAreaErrorKind<DB::ErrorType>> {
    for shape in &scene.shapes {
        match shape {
            Shape::Fill { area: place, colour } => area.draw(&rectangle(*place, *colour))?,
            Shape::Text { at, text, style } => area.draw(&TextElement { at, text, style })?,
            Shape::Line { runs, stroke, clip } => {
                for points in runs {
                    area.draw(&Curve { points, stroke, clip: *clip })?;
                }
            }
            Shape::Area { runs, colour, clip } => {
                for sections in runs {
                    area.draw(&Band { sections, colour: *colour, clip: *clip })?;
                }
            }
            Shape::Dots { centres, radius, colour, clip } => {
                area.draw(&Dots { centres, radius: *radius, colour: *colour, clip: *clip })?;
            }
        }
    }
    area.present()
}

fn rectangle(place: Rect, colour: Colour) -> Rectangle<BackendCoord> {
    let corner = |x, y| (Px::whole(x).units(), Px::whole(y).units());
    let corners = [corner(place.left, place.top), corner(place.right(), place.bottom())];
    Rectangle::new(corners, filled_style(colour).filled())
}

fn filled_style(colour: Colour) -> ShapeStyle {
    ShapeStyle::from(RGBAColor(colour.red, colour.green, colour.blue, f64::from(colour.alpha) / 255.0))
}

/// A coordinate mapping that leaves points unchanged.
struct Unmoved;

impl CoordMapper for Unmoved {
    type Output = BackendCoord;
    fn map<CT: CoordTranslate>(coordinates: &CT, from: &CT::From, _: &plotters::drawing::Rect) -> BackendCoord {
        coordinates.translate(from)
    }
}

/// Iterator over borrowed points as backend coordinates.
type Places<'a> = std::iter::Map<std::slice::Iter<'a, Point>, fn(&Point) -> BackendCoord>;

fn places(points: &[Point]) -> Places<'_> {
    points.iter().map(|point| (point.x.units(), point.y.units()))
}

/// A connected segment of a line.
struct Curve<'s> {
    points: &'s [Point],
    stroke: &'s Stroke,
    clip: Rect,
}

impl<'a> PointCollection<'a, BackendCoord, Unmoved> for &'a Curve<'_> {
    type Point = BackendCoord;
    type IntoIter = Places<'a>;
    fn point_iter(self) -> Places<'a> {
        places(self.points)
    }
}

impl<DB: Surface> Drawable<DB, Unmoved> for Curve<'_> {
    fn draw<I: Iterator<Item = BackendCoord>>(&self, path: I, backend: &mut DB, _: (u32, u32)) -> DrawResult<DB> {
        backend.within(self.clip, |backend| backend.draw_curve(path, self.stroke))
    }
}

/// A connected segment of an area. plotters has no such element, so it goes to the backend directly.
struct Band<'s> {
    sections: &'s [Section],
    colour: Colour,
    clip: Rect,
}

impl<'a> PointCollection<'a, BackendCoord, Unmoved> for &'a Band<'_> {
    type Point = BackendCoord;
    type IntoIter = std::iter::Empty<BackendCoord>;
    fn point_iter(self) -> Self::IntoIter {
        std::iter::empty()
    }
}

impl<DB: Surface> Drawable<DB, Unmoved> for Band<'_> {
    fn draw<I: Iterator<Item = BackendCoord>>(&self, _: I, backend: &mut DB, _: (u32, u32)) -> DrawResult<DB> {
        backend.within(self.clip, |backend| backend.draw_area(self.sections, self.colour))
    }
}

/// Filled circles.
struct Dots<'s> {
    centres: &'s [Point],
    radius: Px,
    colour: Colour,
    clip: Rect,
}

impl<'a> PointCollection<'a, BackendCoord, Unmoved> for &'a Dots<'_> {
    type Point = BackendCoord;
    type IntoIter = Places<'a>;
    fn point_iter(self) -> Places<'a> {
        places(self.centres)
    }
}

impl<DB: Surface> Drawable<DB, Unmoved> for Dots<'_> {
    fn draw<I: Iterator<Item = BackendCoord>>(
        &self,
        mut centres: I,
        backend: &mut DB,
        _: (u32, u32),
    ) -> DrawResult<DB> {
        let (radius, style) = (self.radius.units().unsigned_abs(), filled_style(self.colour));
        backend.within(self.clip, |backend| {
            centres.try_for_each(|centre| backend.draw_circle(centre, radius, &style, true))
        })
    }
}

/// A line of text.
struct TextElement<'s> {
    at: &'s Point,
    text: &'s str,
    style: &'s TextStyle,
}

impl<'a> PointCollection<'a, BackendCoord, Unmoved> for &'a TextElement<'_> {
    type Point = BackendCoord;
    type IntoIter = Places<'a>;
    fn point_iter(self) -> Places<'a> {
        places(std::slice::from_ref(self.at))
    }
}

impl<DB: Surface> Drawable<DB, Unmoved> for TextElement<'_> {
    fn draw<I: Iterator<Item = BackendCoord>>(&self, mut at: I, backend: &mut DB, _: (u32, u32)) -> DrawResult<DB> {
        let weight = match self.style.font.weight {
            Weight::Regular => FontStyle::Normal,
            Weight::SemiBold => FontStyle::Bold,
        };
        let size = f64::from(self.style.font.size.units());
        let style = plotters::style::TextStyle {
            font: FontDesc::new(FontFamily::SansSerif, size, weight),
            color: plotters::style::Color::to_backend_color(&filled_style(self.style.colour).color),
            pos: Pos::new(HPos::Left, VPos::Bottom),
        };
        at.try_for_each(|at| backend.draw_text(self.text, &style, at))
    }
}
