//! How long a connection is waited for: for a head, between two requests, and for a caller to take its answer.
//!
//! Polled by [`crate::http::conn::stream`] whenever the socket has nothing for it. A timer begins with the first wait after it was cleared.

use crate::limits::Limits;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::{Sleep, sleep};

/// What is being done on a connection; shared by the stream and by who answers the requests on it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Phase(Arc<AtomicU8>);

/// One phase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Doing {
    /// A head is to come, or comes.
    Head,
    /// A request is being answered.
    Answer,
    /// Between two requests; perhaps the last answer is still being written.
    Nothing,
}

/// While it lives, a request is being answered.
#[derive(Debug)]
pub(crate) struct Answer(Phase);

impl Phase {
    /// Begins an answer.
    pub fn answer(&self) -> Answer {
        self.set(Doing::Answer);
        Answer(self.clone())
    }

    /// What is being done now.
    pub fn doing(&self) -> Doing {
        match self.0.load(Ordering::Relaxed) {
            0 => Doing::Head,
            1 => Doing::Answer,
            _ => Doing::Nothing,
        }
    }

    pub(crate) fn set(&self, doing: Doing) {
        self.0.store(doing as u8, Ordering::Relaxed);
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        self.0.set(Doing::Nothing);
    }
}

/// The times of a connection.
#[derive(Debug, Clone)]
pub(crate) struct Patience {
    /// For a head.
    pub head: Duration,
    /// Between two requests.
    pub idle: Duration,
    /// For a request's work, once its caller has said all.
    pub half_closed: Duration,
    /// For `progress` bytes of an answer to be taken.
    pub stall: Duration,
    /// See `stall`.
    pub progress: usize,
}

impl From<&Limits> for Patience {
    fn from(limits: &Limits) -> Self {
        Self {
            head: limits.header_read,
            idle: limits.idle,
            half_closed: limits.half_closed,
            stall: limits.answer_stall,
            progress: limits.answer_progress_bytes,
        }
    }
}

/// Begins when it is first polled.
#[derive(Debug, Default)]
pub(crate) struct Timer(Option<Pin<Box<Sleep>>>);

impl Timer {
    /// Ready once `time` has passed since the first poll.
    pub fn poll(&mut self, cx: &mut Context<'_>, time: Duration) -> Poll<()> {
        self.0.get_or_insert_with(|| Box::pin(sleep(time))).as_mut().poll(cx)
    }

    /// The next poll begins anew.
    pub fn clear(&mut self) {
        self.0 = None;
    }

    /// Begins anew at once.
    pub fn restart(&mut self, cx: &mut Context<'_>, time: Duration) {
        self.clear();
        let _begins = self.poll(cx, time);
    }
}
