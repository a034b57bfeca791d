//! From a frame to placed shapes: value axis, time axis, legend, notes, then boxes and positions.
//!
//! Pure, and in pixels only by number: which pixels a shape covers is the painter's business. Most picture bugs show here, in the
//! printed [`Scene`].

mod alt;
mod annotations;
mod area;
mod axes;
mod bars;
mod compose;
mod content;
mod error_picture;
mod excursions;
mod faint;
mod figure;
mod figures;
mod footer;
mod framed;
mod layout;
mod legend;
mod lines;
mod marker;
mod names;
#[doc(hidden)]
pub mod number;
mod palette;
#[doc(hidden)]
pub mod rows;
mod scene;
mod sheet;
mod sides;
mod span_text;
mod stack;
mod table;
mod template;
mod theme;
#[doc(hidden)]
pub mod time_axis;
mod units;
#[doc(hidden)]
pub mod value_axis;
mod words;

pub use compose::compose;
pub use error_picture::error_picture;
pub use faint::{contrast, faint};
pub use scene::{Backdrop, Dash, Scene, Section, Shape, Stroke, TextStyle};
pub use template::{Places, Setting, Template};
pub use theme::{BUILT_IN, DARK, LIGHT, PRINT, Sizes, Theme};
pub use words::no_answer;
