//! A picture before it has pixels: shapes in the order in which they cover each other. Prints as short text.

use crate::geometry::{Point, Px, Rect};
use crate::request::{Colour, Size};
use crate::text::Font;
use std::fmt;

/// Everything that a picture shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scene {
    /// The picture's size.
    pub size: Size,
    /// The ground that everything stands on; opaque.
    pub ground: Colour,
    /// Later ones cover earlier ones.
    pub shapes: Vec<Shape>,
    /// What the picture shows, in a sentence, for who cannot see it.
    pub alt: String,
}

/// Something placed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shape {
    /// A filled rectangle; a hairline is one that is one pixel thin.
    Fill {
        /// Whole pixels.
        area: Rect,
        /// Of every pixel in it.
        colour: Colour,
    },
    /// One line of text.
    Text {
        /// Left end of the base line; y is on a whole pixel.
        at: Point,
        /// What it says.
        text: String,
        /// How it looks.
        style: TextStyle,
    },
    /// A line through points, with round joins and ends.
    Line {
        /// Runs of points; between two runs there is a gap. Within a run x never goes back. A run of one point is a round dot as wide
        /// as the line.
        runs: Vec<Vec<Point>>,
        /// How it looks.
        stroke: Stroke,
        /// Nothing is drawn outside it.
        clip: Rect,
    },
    /// Filled circles.
    Dots {
        /// Their middles.
        centres: Vec<Point>,
        /// Half their width.
        radius: Px,
        /// Of all of them.
        colour: Colour,
        /// Nothing is drawn outside it.
        clip: Rect,
    },
}

/// How a line looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stroke {
    /// Its thickness.
    pub width: Px,
    /// Its colour.
    pub colour: Colour,
}

/// How a text looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TextStyle {
    /// Which glyphs.
    pub font: Font,
    /// Their colour.
    pub colour: Colour,
}

/// Points that a line prints one by one; longer runs print how many they are, their ends and their extent.
const PRINTED_POINTS: usize = 8;

impl fmt::Display for Scene {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "scene {}x{} on {}", self.size.width(), self.size.height(), self.ground)?;
        self.shapes.iter().try_for_each(|shape| writeln!(f, "{shape}"))?;
        writeln!(f, "alt {:?}", self.alt)
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fill { area, colour } => write!(f, "fill {area} {colour}"),
            Self::Text { at, text, style } => write!(f, "text {at} {} {} {text:?}", style.font, style.colour),
            Self::Line { runs, stroke, clip } => {
                write!(f, "line {} wide {} in {clip}", stroke.width, stroke.colour)?;
                runs.iter().try_for_each(|run| {
                    write!(f, "\n  ")?;
                    print_points(run, f)
                })
            }
            Self::Dots { centres, radius, colour, clip } => {
                write!(f, "dots radius {radius} {colour} in {clip}\n  ")?;
                print_points(centres, f)
            }
        }
    }
}

fn print_points(points: &[Point], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    if let ([first, .., last], true) = (points, points.len() > PRINTED_POINTS) {
        let ys = || points.iter().map(|p| p.y);
        let (top, bottom) = (ys().min().unwrap_or_default(), ys().max().unwrap_or_default());
        return write!(f, "{first} … {last} ({} points, y {top} to {bottom})", points.len());
    }
    let texts: Vec<String> = points.iter().map(Point::to_string).collect();
    f.write_str(&texts.join(" "))
}
