//! The legend: swatches and names of the series, on request with statistics.
//!
//! The layout grants width and rows. [`below`] arranges the legend below the plot, [`side_table`] as a table beside it.

pub(super) mod below;
mod columns;
pub(super) mod model;
pub(super) mod side_table;
pub(super) mod statistics;
pub(super) mod swatch;
