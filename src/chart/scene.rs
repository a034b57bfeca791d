//! A picture before it has pixels: shapes in the order in which they cover each other. Prints as short text.

use crate::geometry::{Point, Px, Rect};
use crate::request::{Colour, Scale, Size};
use crate::text::Font;
use std::fmt;
use std::sync::Arc;

/// Everything that a picture shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scene {
    /// The picture's size.
    pub size: Size,
    /// The ground that everything stands on: opaque, or with an alpha of 0 whatever the picture is laid on.
    pub ground: Colour,
    /// What is drawn on the ground before any shape, as large as the picture.
    pub backdrop: Option<Backdrop>,
    /// Later ones cover earlier ones.
    pub shapes: Vec<Shape>,
    /// The headline, whole, where there is one.
    pub title: Option<String>,
    /// What the picture shows, in a sentence, for who cannot see it.
    pub alt: String,
}

impl Scene {
    /// A line from corner to corner, by which one sees that drawing works.
    pub fn of_a_line(size: Size) -> Self {
        let side = |pixels: u32| i32::try_from(pixels).unwrap_or(i32::MAX);
        let (right, bottom) = (side(size.width()), side(size.height()));
        let ends = [(0, 0), (right, bottom)].map(|(x, y)| Point::new(Px::whole(x), Px::whole(y)));
        let stroke = Stroke { width: Px::whole(2), colour: Colour::rgb(0), dash: Dash::default() };
        let line = Shape::Line { runs: vec![ends.to_vec()], stroke, clip: Rect::new(0, 0, right, bottom) };
        Self {
            size,
            ground: Colour::rgb(0xff_ffff),
            backdrop: None,
            shapes: vec![line],
            title: None,
            alt: "A line".to_owned(),
        }
    }
}

/// Finished pixels, opaque.
#[derive(Clone, PartialEq, Eq)]
pub struct Backdrop {
    /// In device pixels.
    pub size: Size,
    /// Red, green and blue, row by row from the top; as many as `size` says.
    pub pixels: Arc<[[u8; 3]]>,
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
    /// What lies between two curves over the same x.
    Area {
        /// Runs of sections, filled from each to the next; between two runs there is a gap. Within a run x never goes back.
        runs: Vec<Vec<Section>>,
        /// Of all of it.
        colour: Colour,
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
    /// Where it is not drawn.
    pub dash: Dash,
}

/// A pattern of strokes and gaps, measured along x, so that a steep line is dashed as often as a flat one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Dash {
    /// Lengths of a stroke, a gap, a stroke and so on, from the clip's left edge on; all above 0, an even number. None is a line
    /// without gaps.
    pub lengths: &'static [Px],
    /// By how much they are longer.
    pub scale: Scale,
}

/// Where an area begins and ends at one x.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Section {
    pub x: Px,
    pub top: Px,
    pub bottom: Px,
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
        self.backdrop.iter().try_for_each(|backdrop| writeln!(f, "{backdrop:?}"))?;
        self.shapes.iter().try_for_each(|shape| writeln!(f, "{shape}"))?;
        writeln!(f, "alt {:?}", self.alt)
    }
}

impl fmt::Debug for Backdrop {
    /// Without its pixels.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "backdrop {}x{}", self.size.width(), self.size.height())
    }
}

impl Shape {
    /// The same so many device pixels further right and down.
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
    /// ` dashed 8 4`; nothing where there are no gaps.
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
