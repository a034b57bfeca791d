//! From a frame to placed shapes: value axis, time axis, legend, notes, then boxes and positions.
//!
//! Pure, and in pixels only by number: which pixels a shape covers is the painter's business. Most picture bugs show here, in the
//! printed [`Scene`].

mod scene;

pub use scene::{Scene, Shape, Stroke, TextStyle};
