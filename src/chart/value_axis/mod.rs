//! Value axes: ends, ticks and label texts.
//!
//! Computed from the extent of the data and the height of the plot; positions follow in the layout. Whatever the
//! extent, the axis is finite, covers it, and its labels are distinct.

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
