//! The process clocks; no other module reads the time.
//!
//! Sources need the present to mark incomplete buckets, deadlines are measured from here. Nothing that affects a
//! chart's pixels reads the clock.

use std::sync::LazyLock;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// The instant by which work must be complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadline(Instant);

impl Deadline {
    /// Returns the deadline `duration` from now.
    pub fn after(duration: Duration) -> Self {
        Self(Instant::now() + duration)
    }

    /// Returns the remaining time; zero once the deadline has passed.
    pub fn remaining(self) -> Duration {
        self.0.saturating_duration_since(Instant::now())
    }

    /// Returns the earlier of this deadline and `duration` from now.
    pub fn at_most(self, duration: Duration) -> Self {
        Self(self.0.min(Instant::now() + duration))
    }
}

/// A timer for one duration.
#[derive(Debug, Clone, Copy)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    /// Starts measuring.
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// Returns the time since the start.
    pub fn elapsed(self) -> Duration {
        self.0.elapsed()
    }
}

/// Durations of consecutive pipeline stages.
#[derive(Debug, Clone)]
pub struct StageTimings {
    stage_start: Instant,
    timings: Vec<(&'static str, Duration)>,
}

impl StageTimings {
    /// Starts the first stage.
    pub fn start() -> Self {
        Self { stage_start: Instant::now(), timings: Vec::with_capacity(7) }
    }

    /// Ends the current stage as `name` and starts the next.
    pub fn end_stage(&mut self, name: &'static str) {
        let now = Instant::now();
        self.timings.push((name, now - self.stage_start));
        self.stage_start = now;
    }

    /// Returns each completed stage and its duration.
    pub fn stages(&self) -> &[(&'static str, Duration)] {
        &self.timings
    }
}

/// Returns the Unix time in milliseconds.
pub fn now_ms() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| i64::try_from(d.as_millis()).unwrap_or(i64::MAX))
}

/// Returns the monotonic time since the first call; it never steps, unlike wall time.
pub fn uptime() -> Duration {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    START.elapsed()
}
