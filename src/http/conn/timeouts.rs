//! Connection timeouts: for a head, between two requests, and for a client to take its response.
//!
//! Polled by [`crate::http::conn::stream`] whenever the socket has nothing for it. A timer begins with the first wait after it was cleared.

use crate::limits::Limits;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::{Sleep, sleep};

/// The state of a connection, shared by its stream and its request handler.
#[derive(Debug, Clone, Default)]
pub(crate) struct SharedState(Arc<AtomicU8>);

/// One state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// A head is to come, or comes.
    Head,
    /// A request is being answered.
    Responding,
    /// Idle between two requests; the last response may still be in the send buffer.
    Idle,
}

/// While it lives, a request is being answered.
#[derive(Debug)]
pub(crate) struct RespondingGuard(SharedState);

impl SharedState {
    /// Begins an answer.
    pub fn answer(&self) -> RespondingGuard {
        self.set(State::Responding);
        RespondingGuard(self.clone())
    }

    /// Returns the current state.
    pub fn state(&self) -> State {
        match self.0.load(Ordering::Relaxed) {
            0 => State::Head,
            1 => State::Responding,
            _ => State::Idle,
        }
    }

    pub(crate) fn set(&self, state: State) {
        self.0.store(state as u8, Ordering::Relaxed);
    }
}

impl Drop for RespondingGuard {
    fn drop(&mut self) {
        self.0.set(State::Idle);
    }
}

/// The times of a connection.
#[derive(Debug, Clone)]
pub(crate) struct ConnectionTimeouts {
    /// Time for a head.
    pub head: Duration,
    /// Time between two requests.
    pub idle: Duration,
    /// Time for a request's work after the client closed its sending half.
    pub half_closed: Duration,
    /// Time in which the client has to take `progress` bytes of a response.
    pub stall: Duration,
    /// See `stall`.
    pub progress: usize,
}

impl From<&Limits> for ConnectionTimeouts {
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
