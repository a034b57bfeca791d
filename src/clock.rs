//! The only caller of "now".
//!
//! Sources ask where the present is (a bucket that contains it is unfinished); deadlines are measured from here. Nothing
//! that reaches a picture's pixels asks.

use std::sync::LazyLock;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// The instant by which something has to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadline(Instant);

impl Deadline {
    /// The instant `duration` from now.
    pub fn after(duration: Duration) -> Self {
        Self(Instant::now() + duration)
    }

    /// What is left until then; zero once it has passed.
    pub fn remaining(self) -> Duration {
        self.0.saturating_duration_since(Instant::now())
    }

    /// The earlier of this and `duration` from now.
    pub fn at_most(self, duration: Duration) -> Self {
        Self(self.0.min(Instant::now() + duration))
    }
}

/// Measures how long something takes.
#[derive(Debug, Clone, Copy)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    /// From now on.
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// Since the start.
    pub fn elapsed(self) -> Duration {
        self.0.elapsed()
    }
}

/// Measures one step after another.
#[derive(Debug, Clone)]
pub struct Laps {
    from: Instant,
    laps: Vec<(&'static str, Duration)>,
}

impl Laps {
    /// The first step begins.
    pub fn start() -> Self {
        Self { from: Instant::now(), laps: Vec::with_capacity(7) }
    }

    /// The step `name` is over, and the next begins.
    pub fn lap(&mut self, name: &'static str) {
        let now = Instant::now();
        self.laps.push((name, now - self.from));
        self.from = now;
    }

    /// Each step and how long it took.
    pub fn steps(&self) -> &[(&'static str, Duration)] {
        &self.laps
    }
}

/// Unix time in milliseconds.
pub fn now_ms() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| i64::try_from(d.as_millis()).unwrap_or(i64::MAX))
}

/// Monotonic time since the first call: never steps, unlike wall time.
pub fn uptime() -> Duration {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    START.elapsed()
}
