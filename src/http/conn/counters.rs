//! Counters of connections that were rejected or closed early, by reason, since the start.
//!
//! A refused connection costs an attacker nothing, so no connection is logged above the level `debug`.

use crate::http::conn::limit::Full;
use std::sync::atomic::{AtomicU64, Ordering};

/// Counts of what was cut off or not let in.
#[derive(Debug, Default)]
pub(crate) struct ConnectionCounters([AtomicU64; CloseReason::WORDS.len()]);

/// Why a connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CloseReason {
    /// There were too many.
    Refused(Full),
    /// No handshake in time, or none that can be one.
    Handshake,
    /// No head in time.
    Silent,
    /// The caller did not take its answer.
    Stalled,
}

impl CloseReason {
    const WORDS: [&str; 5] = ["refused", "refused_address", "handshake", "silent", "stalled"];

    fn place(self) -> usize {
        match self {
            Self::Refused(Full::All) => 0,
            Self::Refused(Full::Address) => 1,
            Self::Handshake => 2,
            Self::Silent => 3,
            Self::Stalled => 4,
        }
    }
}

impl ConnectionCounters {
    /// One more.
    pub fn count(&self, ended: CloseReason) {
        self.0[ended.place()].fetch_add(1, Ordering::Relaxed);
        tracing::debug!(why = CloseReason::WORDS[ended.place()], "connection cut off");
    }

    /// The word of each reason and how often it was one.
    pub fn counts(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let counts = self.0.iter().map(|count| count.load(Ordering::Relaxed));
        CloseReason::WORDS.into_iter().zip(counts)
    }
}
