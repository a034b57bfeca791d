//! A stop flag that ends work from outside.
//!
//! Rendering is pure and has no clock. The render pool raises the flag when a deadline passes or the client
//! disconnects; the renderer's loops check it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A stop flag, shared between a piece of work and its waiter.
#[derive(Debug, Clone, Default)]
pub struct Stop(Arc<AtomicBool>);

/// Error of work that ended because its stop flag was raised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("stopped")]
pub struct Stopped;

impl Stop {
    /// Requests that the work ends.
    pub fn raise(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Fails once [`Stop::raise`] was called.
    pub fn check(&self) -> Result<(), Stopped> {
        if self.0.load(Ordering::Relaxed) { Err(Stopped) } else { Ok(()) }
    }
}
