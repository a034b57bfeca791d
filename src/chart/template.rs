//! What a picture looks like: a theme, and the places that a frame leaves for the chart.
//!
//! Made for one picture by whoever has the frames, read by the composition. A value: nothing here opens or draws anything.

use super::scene::Backdrop;
use super::theme::Theme;
use crate::geometry::Rect;

/// The look of one picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    /// Colours and sizes.
    pub theme: Theme,
    /// What the chart is set into; `None` is the whole picture on the theme's ground.
    pub setting: Option<Setting>,
}

/// A frame as it is for the size of one picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// Where the chart is.
    pub places: Places,
    /// The frame itself.
    pub backdrop: Backdrop,
}

/// The rectangles that a frame leaves free, in whole pixels before scaling, within the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Places {
    /// For everything that has no place of its own.
    pub plot: Rect,
    /// For title and sub-title.
    pub title: Option<Rect>,
    /// For the names of the lines.
    pub legend: Option<Rect>,
}

impl From<Theme> for Template {
    fn from(theme: Theme) -> Self {
        Self { theme, setting: None }
    }
}

impl Places {
    /// The same in `picture`: a place without any of it has one pixel of it.
    pub fn within(self, image: Rect) -> Self {
        let inside = |place: Rect| {
            let part = place.intersect(image);
            let corner = |at: i32, least: i32, most: i32| at.clamp(least, (most - 1).max(least));
            Rect {
                left: corner(part.left, image.left, image.right()),
                top: corner(part.top, image.top, image.bottom()),
                width: part.width.max(1),
                height: part.height.max(1),
            }
        };
        Self { plot: inside(self.plot), title: self.title.map(inside), legend: self.legend.map(inside) }
    }
}
