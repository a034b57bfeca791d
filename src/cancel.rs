//! A flag that ends work from outside.
//!
//! Drawing is pure and knows no clock; who waits for it (the pool, on a deadline or when the caller is gone) raises the
//! flag, and the loops of the painter look at it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Shared between one piece of work and who waits for it.
#[derive(Debug, Clone, Default)]
pub struct Stop(Arc<AtomicBool>);

/// The work was told to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("stopped")]
pub struct Stopped;

impl Stop {
    /// Asks the work to end.
    pub fn raise(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Err once [`Stop::raise`] was called.
    pub fn check(&self) -> Result<(), Stopped> {
        if self.0.load(Ordering::Relaxed) { Err(Stopped) } else { Ok(()) }
    }
}
