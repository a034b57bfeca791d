//! A chart as placed shapes, in the order in which they cover each other. Prints as short text, for snapshots.

use crate::geometry::{Point, Px, Rect};
use crate::request::{Colour, Scale, Size};
use crate::text::Font;
use std::fmt;
use std::sync::Arc;

/// Everything that an image shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scene {
    /// Size of the image in device pixels.
    pub size: Size,
    /// Device pixels per requested pixel; the file states the density from it.
    pub scale: Scale,
    /// Background colour: opaque, or with an alpha of 0 for a transparent image.
    pub ground: Colour,
    /// Pixels drawn on the background below all shapes, as large as the image.
    pub backdrop: Option<Backdrop>,
    /// Shapes; later ones cover earlier ones.
    pub shapes: Vec<Shape>,
    /// Title of the chart, unshortened; `None` without one.
    pub title: Option<String>,
    /// Text alternative of the image in one sentence.
    pub alt: String,
}

impl Scene {
    /// Returns a diagonal line, with which a probe checks that rendering works.
    pub fn of_a_line(size: Size) -> Self {
        let side = |pixels: u32| i32::try_from(pixels).unwrap_or(i32::MAX);
        let (right, bottom) = (side(size.width()), side(size.height()));
        let ends = [(0, 0), (right, bottom)].map(|(x, y)| Point::new(Px::whole(x), Px::whole(y)));
        let stroke = Stroke { width: Px::whole(2), colour: Colour::rgb(0), dash: Dash::default() };
        let line = Shape::Line { runs: vec![ends.to_vec()], stroke, clip: Rect::new(0, 0, right, bottom) };
        Self {
            size,
            scale: Scale::ONE,
            ground: Colour::rgb(0xff_ffff),
            backdrop: None,
            shapes: vec![line],
            title: None,
            alt: "A line".to_owned(),
        }
    }
}

/// Finished opaque pixels.
#[derive(Clone, PartialEq, Eq)]
pub struct Backdrop {
    /// Size in device pixels.
    pub size: Size,
    /// Red, green and blue of each pixel, row by row from the top; `size` says how many.
    pub pixels: Arc<[[u8; 3]]>,
}

/// A placed shape.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shape {
    /// A filled rectangle; one pixel thin, it is a hairline.
    Fill {
        /// Area in whole pixels.
        area: Rect,
        /// Fill colour.
        colour: Colour,
    },
    /// One line of text.
    Text {
        /// Left end of the base line; y is a whole pixel.
        at: Point,
        /// The text.
        text: String,
        /// Font and colour.
        style: TextStyle,
    },
    /// A line through points, with round joins and ends.
    Line {
        /// Runs of points, with a gap between two runs. Within a run x never decreases. A run of one point is a round
        /// dot as wide as the line.
        runs: Vec<Vec<Point>>,
        /// Width, colour and dashes.
        stroke: Stroke,
        /// Rectangle to which drawing is clipped.
        clip: Rect,
    },
    /// The area between two curves over the same x.
    Area {
        /// Runs of sections, filled from each to the next, with a gap between two runs. Within a run x never decreases.
        runs: Vec<Vec<Section>>,
        /// Fill colour.
        colour: Colour,
        /// Rectangle to which drawing is clipped.
        clip: Rect,
    },
    /// Filled circles.
    Dots {
        /// Centres of the circles.
        centres: Vec<Point>,
        /// Radius of the circles.
        radius: Px,
        /// Fill colour.
        colour: Colour,
        /// Rectangle to which drawing is clipped.
        clip: Rect,
    },
}

/// The style of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stroke {
    /// Width of the line.
    pub width: Px,
    /// Colour of the line.
    pub colour: Colour,
    /// Dash pattern.
    pub dash: Dash,
}

/// A pattern of strokes and gaps, measured along x, so that steep and flat lines have equally many dashes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Dash {
    /// Lengths of stroke, gap, stroke and so on, from the left edge of the clip; all above 0, an even number of them.
    /// Empty for a solid line.
    pub lengths: &'static [Px],
    /// Factor by which the lengths are scaled.
    pub scale: Scale,
}

/// The vertical extent of an area at one x.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Section {
    pub x: Px,
    pub top: Px,
    pub bottom: Px,
}

/// Font and colour of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TextStyle {
    /// Font and size.
    pub font: Font,
    /// Text colour.
    pub colour: Colour,
}

/// Number of points up to which a run is printed in full; a longer run prints its ends, its number of points and its
/// vertical extent.
const PRINTED_POINTS: usize = 8;

impl fmt::Display for Scene {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "scene {}x{} on {}", self.size.width(), self.size.height(), self.ground)?;
        self.backdrop.iter().try_for_each(|backdrop| writeln!(f, "{backdrop:?}"))?;
        self.shapes.iter().try_for_each(|shape| writeln!(f, "{shape}"))?;
        writeln!(f, "alt {:?}", self.alt)
    }
}

impl fmt::Debug for Backdrop {
    /// Prints the size only, not the pixels.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "backdrop {}x{}", self.size.width(), self.size.height())
    }
}

impl Shape {
    /// Returns the shape moved by `right` and `down` device pixels.
    pub(super) fn moved(mut self, right: i32, down: i32) -> Self {
        let by = Point::new(Px::whole(right), Px::whole(down));
        let area = |area: &mut Rect| *area = Rect { left: area.left + right, top: area.top + down, ..*area };
        let point = |point: &mut Point| *point = Point::new(point.x + by.x, point.y + by.y);
        match &mut self {
            Self::Fill { area: place, .. } => area(place),
            Self::Text { at, .. } => point(at),
            Self::Line { runs, clip, .. } => {
                runs.iter_mut().flatten().for_each(point);
                area(clip);
            }
            Self::Area { runs, clip, .. } => {
                for section in runs.iter_mut().flatten() {
                    (section.x, section.top, section.bottom) =
                        (section.x + by.x, section.top + by.y, section.bottom + by.y);
                }
                area(clip);
            }
            Self::Dots { centres, clip, .. } => {
                centres.iter_mut().for_each(point);
                area(clip);
            }
        }
        self
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fill { area, colour } => write!(f, "fill {area} {colour}"),
            Self::Text { at, text, style } => write!(f, "text {at} {} {} {text:?}", style.font, style.colour),
            Self::Line { runs, stroke, clip } => {
                write!(f, "line {} wide {}{} in {clip}", stroke.width, stroke.colour, stroke.dash)?;
                runs.iter().try_for_each(|run| {
                    write!(f, "\n  ")?;
                    print_points(run, f)
                })
            }
            Self::Area { runs, colour, clip } => {
                write!(f, "area {colour} in {clip}")?;
                runs.iter().try_for_each(|run| {
                    let edge = |of: fn(&Section) -> Px| run.iter().map(|s| Point::new(s.x, of(s))).collect::<Vec<_>>();
                    write!(f, "\n  ")?;
                    print_points(&edge(|section| section.top), f)?;
                    write!(f, "\n  over ")?;
                    print_points(&edge(|section| section.bottom), f)
                })
            }
            Self::Dots { centres, radius, colour, clip } => {
                write!(f, "dots radius {radius} {colour} in {clip}\n  ")?;
                print_points(centres, f)
            }
        }
    }
}

impl fmt::Display for Dash {
    /// Prints the pattern, for example ` dashed 8 4`; nothing for a solid line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.lengths.is_empty() {
            f.write_str(" dashed")?;
        }
        self.lengths.iter().try_for_each(|&length| write!(f, " {}", self.scale.of(length)))
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
