//! Time series: samples of a source, the bucket grid of a request, and the frame that is drawn.
//!
//! All stages from the catalogue to the chart use it. Its values are sorted and finite by construction.

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
