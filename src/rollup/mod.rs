//! Samples → one value or a gap per bucket. Our own engine: pooled samples, half-open buckets, exact percentiles.
//!
//! Pure. Called by the way with what the sources answered; gives the [`crate::series::Frame`].
