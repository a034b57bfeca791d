//! The value axis: from where to where, which values get a label, and what the labels say.
//!
//! Called by the layout with the extent of what is drawn; gives values and texts, no places. Whatever the extent, the axis is
//! finite, covers it, and its labels differ.

pub(super) mod axis;
mod domain;
mod dual;
mod linear;
mod logarithm;
mod logarithmic;
mod requested_range;
mod single;
mod spacing;
mod step;
mod tick_row;
pub(super) mod tolerance;

pub use axis::{ValueAxis, ValueTick};
pub(super) use dual::value_axes;
pub use single::value_axis;

#[cfg(test)]
mod tests;
