//! Roll-up: samples → one value or gap per bucket, from pooled samples, half-open buckets and exact percentiles.
//!
//! Pure. The pipeline calls it with the sources' responses and gets the [`crate::series::Frame`]. The chart calls
//! [`thin()`] once its pixel columns are known. Equal responses give equal bits, in whatever order a source lists its
//! series.

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
