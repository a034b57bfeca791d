//! Sends what waits, a batch at a time, on a task of its own.
//!
//! Nobody waits for it, the end of the program aside, and then not longer than it was told. The log has a line when spans begin to be
//! lost and one when they are taken again, however many batches there are between.

use super::Post;
use super::encode::{Origin, rejected};
use super::queue::Waiting;
use crate::clock::Deadline;
use crate::limits::Limits;
use opentelemetry_sdk::trace::SpanData;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};
use tracing::{info, warn};

/// How often it is looked whether the last spans have ended.
const LAST_SPANS: Duration = Duration::from_millis(5);

/// The numbers that bound it.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    batch: usize,
    pause: Duration,
    send: Duration,
}

impl From<&Limits> for Bounds {
    fn from(limits: &Limits) -> Self {
        Self { batch: limits.traces_batch, pause: limits.traces_pause, send: limits.traces_send }
    }
}

/// When to end, once that is known.
type End = watch::Receiver<Option<Deadline>>;

/// Sends what `waiting` has until it is told to end, and counts what is lost.
pub async fn ship(
    (waiting, lost): (Waiting, Arc<AtomicU64>),
    post: Arc<dyn Post>,
    origin: Origin,
    bounds: Bounds,
    end: End,
) {
    let counts = Arc::clone(&waiting.counts);
    let shipping = Shipping { waiting, lost, post, origin, bounds, end: end.clone(), standing: Standing::Taken };
    tokio::select! {
        () = shipping.run() => {}
        () = late(end) => {}
    }
    let lost = counts.held() + counts.take_overflow();
    if lost > 0 {
        warn!(spans = lost, "the last spans did not reach the collector of traces in time");
    }
}

/// Ends when it is too late.
async fn late(mut end: End) {
    let by = end.wait_for(Option::is_some).await.ok().and_then(|by| *by);
    if let Some(by) = by {
        sleep(by.remaining()).await;
    }
}

struct Shipping {
    waiting: Waiting,
    /// Spans, since the start.
    lost: Arc<AtomicU64>,
    post: Arc<dyn Post>,
    origin: Origin,
    bounds: Bounds,
    end: End,
    standing: Standing,
}

/// What became of the spans before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    Taken,
    /// So many since.
    Lost(u64),
}

impl Shipping {
    async fn run(mut self) {
        while !self.is_told() {
            let first = tokio::select! {
                first = self.waiting.spans.recv() => first,
                _ = self.end.wait_for(Option::is_some) => None,
            };
            // More come within a moment. That it is told to end is an end of waiting.
            let _ = timeout(self.bounds.pause, self.end.wait_for(Option::is_some)).await;
            self.send_all(first).await;
        }
        while self.waiting.counts.open() > 0 {
            if let Ok(first) = timeout(LAST_SPANS, self.waiting.spans.recv()).await {
                self.send_all(first).await;
            }
        }
        self.send_all(None).await;
    }

    fn is_told(&self) -> bool {
        // Without the other end there is nobody to tell it.
        self.end.borrow().is_some() || self.end.has_changed().is_err()
    }

    /// Sends `first` and all that waits behind it.
    async fn send_all(&mut self, first: Option<SpanData>) {
        let mut batch: Vec<SpanData> = first.into_iter().collect();
        loop {
            while batch.len() < self.bounds.batch
                && let Ok(span) = self.waiting.spans.try_recv()
            {
                batch.push(span);
            }
            if batch.is_empty() {
                return;
            }
            self.send(std::mem::take(&mut batch)).await;
        }
    }

    async fn send(&mut self, batch: Vec<SpanData>) {
        let spans = batch.len() as u64;
        let sent = timeout(self.bounds.send, self.post.post(self.origin.message(batch))).await;
        let sent = sent.unwrap_or_else(|_| Err("it does not answer in time".to_owned()));
        self.waiting.counts.settle(spans);
        let (lost, why) = match sent.and_then(|answer| rejected(&answer)) {
            Ok(rejected) => (rejected.min(spans), "it did not take them".to_owned()),
            Err(why) => (spans, why),
        };
        let overflow = self.waiting.counts.take_overflow();
        self.tell(lost + overflow, if lost == 0 { "they come faster than it takes them" } else { &why });
    }

    fn tell(&mut self, lost: u64, why: &str) {
        self.lost.fetch_add(lost, Ordering::Relaxed);
        self.standing = match (self.standing, lost) {
            (Standing::Taken, 0) => Standing::Taken,
            (Standing::Taken, spans) => {
                warn!(spans, why, "the collector of traces loses spans");
                Standing::Lost(spans)
            }
            (Standing::Lost(spans), 0) => {
                info!(spans, "the collector of traces takes all spans again; so many were lost");
                Standing::Taken
            }
            (Standing::Lost(before), spans) => Standing::Lost(before + spans),
        };
    }
}
