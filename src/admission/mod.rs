//! Admission control: cost estimate, concurrency and memory limits, per-key rate limits, single flight of equal requests.
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
