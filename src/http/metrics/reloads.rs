//! The outcome of the last reload of the configuration, written by the command line and shown in the metrics.

use crate::clock::now_ms;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

/// See the module. Clones share the outcome.
#[derive(Debug, Clone)]
pub struct Reloads(Arc<Outcome>);

#[derive(Debug)]
struct Outcome {
    succeeded: AtomicBool,
    succeeded_at_ms: AtomicI64,
}

impl Default for Reloads {
    /// The configuration that the service starts with counts as a successful reload, as in Prometheus.
    fn default() -> Self {
        Self(Arc::new(Outcome { succeeded: AtomicBool::new(true), succeeded_at_ms: AtomicI64::new(now_ms()) }))
    }
}

impl Reloads {
    /// Records that a configuration was read and is used from now on.
    pub fn record_success(&self) {
        self.0.succeeded_at_ms.store(now_ms(), Ordering::Relaxed);
        self.0.succeeded.store(true, Ordering::Relaxed);
    }

    /// Records that a configuration was rejected, and the one before it stays.
    pub fn record_failure(&self) {
        self.0.succeeded.store(false, Ordering::Relaxed);
    }

    /// Returns whether the last reload succeeded.
    pub(crate) fn last_succeeded(&self) -> bool {
        self.0.succeeded.load(Ordering::Relaxed)
    }

    /// Returns when a reload last succeeded, in Unix seconds.
    pub(crate) fn succeeded_at(&self) -> f64 {
        self.0.succeeded_at_ms.load(Ordering::Relaxed) as f64 / 1000.0
    }
}
