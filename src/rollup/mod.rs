//! Samples → one value or a gap per bucket. Our own engine: pooled samples, half-open buckets, exact percentiles.
//!
//! Pure. Called by the way with what the sources answered; gives the [`crate::series::Frame`]. The chart calls [`thin()`] once it knows
//! its pixel columns. The same answers give the same bits, in whatever order a source lists its series.

mod accumulator;
mod counter;
#[cfg(test)]
mod counter_tests;
mod frame;
mod percentile;
mod rates;
mod runs;
mod split;
mod statistics;
#[cfg(test)]
mod tests;
mod thin;

pub use frame::frame;
pub use thin::{extremes, thin, thins};
