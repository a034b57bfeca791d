//! Turns a frame of data into a [`Scene`] of placed shapes: value axis, time axis, legend, annotations, then positions.
//!
//! Pure: no clock, no I/O, no hash order. Positions are exact numbers; the renderer decides which device pixels a shape
//! covers. Most chart bugs are visible in the printed [`Scene`].

mod annotations;
mod chart_model;
mod compose;
mod compose_in_frame;
mod contrast;
mod direct_labels;
mod draw;
mod draw_axes;
mod error_image;
mod focus;
#[doc(hidden)]
pub mod labels;
mod layout;
mod legend;
mod marks;
mod palette;
mod scene;
mod scene_builder;
mod states;
mod template;
mod theme;
#[doc(hidden)]
pub mod time_axis;
#[doc(hidden)]
pub mod value_axis;

pub use compose::compose;
pub use contrast::{contrast, low_contrast};
pub use error_image::error_image;
pub use labels::messages::no_answer;
pub use scene::{Backdrop, Dash, Scene, Section, Shape, Stroke, TextStyle};
pub use template::{Places, Setting, Template};
pub use theme::{BUILT_IN, DARK, LIGHT, PRINT, Sizes, TextScaling, Theme};
