//! The template of one image: a theme, and the places that a frame leaves for the chart.
//!
//! Made by the module that reads frames, and read by the composition. Plain values: nothing here opens or draws a file.

use super::scene::Backdrop;
use super::theme::Theme;
use crate::geometry::Rect;

/// Theme and frame of one image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    /// Colours and text sizes.
    pub theme: Theme,
    /// Frame around the chart; `None` to draw the chart over the whole image on the background of the theme.
    pub setting: Option<Setting>,
}

/// A frame rendered for the size of one image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// Places of the chart.
    pub places: Places,
    /// Pixels of the frame.
    pub backdrop: Backdrop,
}

/// The rectangles that a frame leaves free, in whole pixels before scaling, inside the image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Places {
    /// Place of the plot and of all texts without a place of their own.
    pub plot: Rect,
    /// Place of title and sub-title.
    pub title: Option<Rect>,
    /// Place of the legend.
    pub legend: Option<Rect>,
}

impl From<Theme> for Template {
    fn from(theme: Theme) -> Self {
        Self { theme, setting: None }
    }
}

impl Places {
    /// Returns the places clipped to `image`. A place outside of it becomes one pixel at its edge.
    pub fn within(self, image: Rect) -> Self {
        let inside = |place: Rect| {
            let part = place.intersect(image);
            let corner = |at: i32, min: i32, end: i32| at.clamp(min, (end - 1).max(min));
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
