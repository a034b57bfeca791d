//! What is let in: what a request costs, whether there is room for it now, whether its key may, and whether the same is already under way.
//!
//! Used by the way before a source is asked, so that who is refused costs nothing. Nothing here knows HTTP.

mod cost;
mod limiter;
mod rate_limit;
mod single_flight;

pub use cost::Cost;
pub use limiter::{AdmissionController, Admitted, Load, QueueTicket};
pub use rate_limit::Quota;
pub use single_flight::SingleFlight;
