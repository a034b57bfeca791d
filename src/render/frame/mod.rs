//! A frame: an SVG that is drawn behind the chart, with rectangles that say where the chart is.
//!
//! Read by the configuration at the start, drawn for each size that is asked for. Fits any size: with a viewBox the drawing is scaled
//! as SVG does, without one lengths in percent follow the picture. The file opens no other file, and nothing in it is run.

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

/// The places are measured, whatever colour they have …
const MEASURED: &str =
    "#plot, #title, #legend { display: inline !important; fill: black !important; opacity: 1 !important }";
/// … and not drawn.
const HIDDEN: &str = "#plot, #title, #legend { display: none !important }";
/// In pixels; on which the places are looked for when a frame is read.
const TRIED: (f32, f32) = (1200.0, 600.0);

/// A frame that can be drawn in every size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SvgFrame {
    /// The file up to where width and height belong.
    before: String,
    /// The rest, without a width and a height of its own.
    after: String,
    /// What `data-theme` says.
    theme: Option<String>,
}

impl SvgFrame {
    /// From a file's text; or all that is wrong with it.
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
        let tree = frame.tree(TRIED, MEASURED, limits).map_err(fault)?;
        if count(tree.root()) > limits.frame_elements {
            return Err(fault(format!("there should be at most {} elements, copies included", limits.frame_elements)));
        }
        let there = |id: &str| document.descendants().any(|node| node.attribute("id") == Some(id));
        match PLACES.iter().find(|id| there(id) && place(&tree, id).is_none()) {
            Some(id) => Err(fault(format!("the rectangle '{id}' should have an area, and not stand in <defs>"))),
            None => Ok(frame),
        }
    }

    /// The name of the theme that it asks for.
    pub fn theme(&self) -> Option<&str> {
        self.theme.as_deref()
    }

    /// The frame in one size, on `ground`. Err where there would be too many pixels, or on a bug.
    pub fn draw(&self, size: Size, scale: Scale, ground: Colour, limits: &Limits) -> Result<Setting, Failure> {
        let device = size.times(scale);
        if pixels(device) > limits.pixels {
            let text = format!("A picture in a frame should have at most {} pixels, scaled", limits.pixels);
            return Err(Failure::Invalid(vec![Fault::new(FaultKind::OutOfRange, text).at("scale")]));
        }
        let bug = |text: String| Failure::Internal(format!("a frame that was read: {text}"));
        let side = |length: u32| i32::try_from(length).unwrap_or(i32::MAX);
        let lengths = (size.width() as f32, size.height() as f32);
        let places = {
            let tree = self.tree(lengths, MEASURED, limits).map_err(bug)?;
            let picture = Rect::new(0, 0, side(size.width()), side(size.height()));
            let [plot, title, legend] = PLACES.map(|id| place(&tree, id));
            Places { plot: plot.unwrap_or(picture), title, legend }.within(picture)
        };
        let tree = self.tree(lengths, HIDDEN, limits).map_err(bug)?;
        let mut pixmap = Pixmap::new(device.width(), device.height()).ok_or_else(|| bug("no pixels".to_owned()))?;
        pixmap.fill(Color::from_rgba8(ground.red, ground.green, ground.blue, 255));
        let times = |device: u32, own: u32| device as f32 / own as f32;
        let (x, y) = (times(device.width(), size.width()), times(device.height(), size.height()));
        resvg::render(&tree, Transform::from_scale(x, y), &mut pixmap.as_mut());
        // On an opaque ground everything is opaque.
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

/// How many pixels a picture of that size has.
pub(super) fn pixels(size: Size) -> u64 {
    u64::from(size.width()) * u64::from(size.height())
}

/// Where a rectangle is, to whole pixels; `None` where it has no area.
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
