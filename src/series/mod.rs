//! Points in time: samples as a source has them, the grid of buckets that a request wants, and the frame that is drawn.
//!
//! Used by every room from the catalogue to the chart. Whatever is in here is sorted and finite by construction.

mod frame;
mod grid;
mod reason;
mod remark;
mod samples;

pub use frame::{Buckets, Frame, Line, Notes, Outcome};
pub use grid::{Grid, Stretch};
pub use reason::Reason;
pub use remark::Remark;
pub use samples::Samples;
