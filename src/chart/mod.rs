//! From a frame to placed shapes: value axis, time axis, legend, notes, then boxes and positions.
//!
//! Pure, and in pixels only by number: which pixels a shape covers is the painter's business. Most picture bugs show here, in the
//! printed [`Scene`].

mod alt;
mod axes;
mod compose;
mod content;
mod framed;
mod layout;
mod legend;
mod lines;
mod names;
mod number;
mod palette;
mod rows;
mod scene;
mod sheet;
mod span_text;
mod template;
mod theme;
mod time_axis;
mod units;
mod value_axis;
mod words;

pub use compose::compose;
pub use scene::{Backdrop, Dash, Scene, Section, Shape, Stroke, TextStyle};
pub use template::{Places, Setting, Template};
pub use theme::{BUILT_IN, DARK, LIGHT, PRINT, Sizes, Theme};
