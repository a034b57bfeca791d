//! Frames: SVG decorations drawn behind the chart, with rectangles that mark the chart's position.
//!
//! The configuration reads them at the start; they are rendered for each requested size. A frame fits any size: with a
//! viewBox the drawing is scaled as in SVG, without one lengths in percent follow the image. A frame opens no other
//! file, and no script in it is run.

pub(super) mod cache;
pub(super) mod logo;
pub(super) mod validate;

use crate::chart::{Backdrop, Places, Setting};
use crate::error::{Failure, Fault, FaultKind};
use crate::geometry::Rect;
use crate::limits::Limits;
use crate::request::{Colour, Scale, Size};
use logo::Logos;
use resvg::tiny_skia::{Color, Pixmap, Transform};
use resvg::usvg::{Group, Node, Options, Tree};
use validate::{FrameFault, PLACES};

/// Style sheet for measuring: the marker rectangles are visible, whatever their colour.
const MEASURE_STYLE: &str =
    "#plot, #title, #legend { display: inline !important; fill: black !important; opacity: 1 !important }";
/// Style sheet for rendering: the marker rectangles are hidden.
const RENDER_STYLE: &str = "#plot, #title, #legend { display: none !important }";
/// Size in pixels for which a frame is measured when it is read.
const MEASURED_SIZE: (f32, f32) = (1200.0, 600.0);

/// A frame that can be rendered in every size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SvgFrame {
    /// The file up to the position of width and height.
    before: String,
    /// The rest of the file, without its own width and height.
    after: String,
    /// Value of the attribute `data-theme`.
    theme: Option<String>,
}

impl SvgFrame {
    /// Parses a frame from a file's text, or returns all of its faults.
    pub fn read(text: &str, limits: &Limits) -> Result<Self, Vec<FrameFault>> {
        let document = validate::parse(text, limits)?;
        let root = document.root_element();
        let start = root.range().start;
        let name = text[start..].find(|c: char| c.is_whitespace() || c == '>' || c == '/').unwrap_or(0);
        let at = start + name;
        let own = ["width", "height"].iter().filter_map(|side| root.attribute_node(*side)).map(|side| side.range());
        let mut after = text[at..].to_owned();
        let mut own: Vec<_> = own.collect();
        own.sort_by_key(|range| std::cmp::Reverse(range.start));
        own.into_iter().for_each(|range| after.replace_range(range.start - at..range.end - at, ""));
        let frame =
            Self { before: text[..at].to_owned(), after, theme: root.attribute("data-theme").map(str::to_owned) };
        let fault = |text: String| vec![FrameFault::new(document.text_pos_at(start).row, text)];
        let tree = frame.tree(MEASURED_SIZE, MEASURE_STYLE, limits).map_err(fault)?;
        if count(tree.root()) > limits.frame_elements {
            return Err(fault(format!("there should be at most {} elements, copies included", limits.frame_elements)));
        }
        let there = |id: &str| document.descendants().any(|node| node.attribute("id") == Some(id));
        match PLACES.iter().find(|id| there(id) && place(&tree, id).is_none()) {
            Some(id) => Err(fault(format!("the rectangle '{id}' should have an area, and not stand in <defs>"))),
            None => Ok(frame),
        }
    }

    /// Returns the name of the theme that the frame requires.
    pub fn theme(&self) -> Option<&str> {
        self.theme.as_deref()
    }

    /// Renders the frame in one size, on `background`. Fails with too many pixels, or on a bug.
    pub fn draw(&self, size: Size, scale: Scale, background: Colour, limits: &Limits) -> Result<Setting, Failure> {
        let device = size.times(scale);
        if pixels(device) > limits.pixels {
            let text = format!("A picture in a frame should have at most {} pixels, scaled", limits.pixels);
            return Err(Failure::Invalid(vec![Fault::new(FaultKind::OutOfRange, text).at("scale")]));
        }
        let bug = |text: String| Failure::Internal(format!("a frame that was read: {text}"));
        let side = |length: u32| i32::try_from(length).unwrap_or(i32::MAX);
        let lengths = (size.width() as f32, size.height() as f32);
        let places = {
            let tree = self.tree(lengths, MEASURE_STYLE, limits).map_err(bug)?;
            let bounds = Rect::new(0, 0, side(size.width()), side(size.height()));
            let [plot, title, legend] = PLACES.map(|id| place(&tree, id));
            Places { plot: plot.unwrap_or(bounds), title, legend }.within(bounds)
        };
        let tree = self.tree(lengths, RENDER_STYLE, limits).map_err(bug)?;
        let mut pixmap = Pixmap::new(device.width(), device.height()).ok_or_else(|| bug("no pixels".to_owned()))?;
        pixmap.fill(Color::from_rgba8(background.red, background.green, background.blue, 255));
        let times = |device: u32, own: u32| device as f32 / own as f32;
        let (x, y) = (times(device.width(), size.width()), times(device.height(), size.height()));
        resvg::render(&tree, Transform::from_scale(x, y), &mut pixmap.as_mut());
        // On an opaque background every pixel is opaque.
        let pixels = pixmap.pixels().iter().map(|pixel| [pixel.red(), pixel.green(), pixel.blue()]).collect();
        Ok(Setting { places, backdrop: Backdrop { size: device, pixels } })
    }

    fn tree(&self, (width, height): (f32, f32), style_sheet: &str, limits: &Limits) -> Result<Tree, String> {
        let text = format!("{} width=\"{width}\" height=\"{height}\"{}", self.before, self.after);
        let logos = Logos::new(limits);
        let options = Options {
            image_href_resolver: logos.resolver(),
            style_sheet: Some(style_sheet.to_owned()),
            ..Options::default()
        };
        let tree = Tree::from_str(&text, &options).map_err(|error| error.to_string())?;
        logos.check().map(|()| tree)
    }
}

/// Returns the number of pixels of an image of that size.
pub(super) fn pixels(size: Size) -> u64 {
    u64::from(size.width()) * u64::from(size.height())
}

/// Returns the position of a rectangle, rounded to whole pixels; `None` without an area.
fn place(tree: &Tree, id: &str) -> Option<Rect> {
    let bounds = tree.node_by_id(id)?.abs_bounding_box();
    let edge = |at: f32| at.round() as i32;
    let (left, top) = (edge(bounds.left()), edge(bounds.top()));
    let place = Rect::new(left, top, edge(bounds.right()) - left, edge(bounds.bottom()) - top);
    (place.width > 0 && place.height > 0).then_some(place)
}

fn count(group: &Group) -> usize {
    let inner = |node: &Node| if let Node::Group(group) = node { count(group) } else { 0 };
    group.children().iter().map(|node| 1 + inner(node)).sum()
}

#[cfg(test)]
mod tests;
