//! Calls of sources: fan-out of the queries of a request, concurrency limits, circuit breaker, windowed fetch.

pub(super) mod circuit_breaker;
pub(super) mod fan_out;
pub(super) mod guarded;
pub mod sample_collector;
pub(super) mod windowed_fetch;
