//! The legend: which names it shows, how short, in which columns.

pub(super) mod below;
mod columns;
pub(super) mod model;
pub(super) mod side_table;
pub(super) mod statistics;
pub(super) mod swatch;
