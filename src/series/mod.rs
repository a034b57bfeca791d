//! Time series: samples of a source, the bucket grid of a request, and the frame that is drawn.
//!
//! All stages from the catalogue to the chart use it. Its values are sorted and finite by construction.

mod fetched;
mod frame;
mod grid;
mod remark;
mod samples;

pub use fetched::{Fetched, Part, SplitAnswer};
pub use frame::{Buckets, Frame, Line, Notes, Outcome};
pub use grid::{Grid, Stretch};
pub use remark::Remark;
pub use samples::Samples;
