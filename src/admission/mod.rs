//! What is let in: what a request costs, whether there is room for it now, whether its key may, and whether the same is already under way.
//!
//! Used by the way before a source is asked, so that who is refused costs nothing. Nothing here knows HTTP.

mod cost;
mod flights;
mod gate;
mod quota;

pub use cost::Cost;
pub use flights::Flights;
pub use gate::{Admitted, Gate, InLine, Load};
pub use quota::Quota;
