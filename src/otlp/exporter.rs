//! The exporter task: sends queued spans in batches.
//!
//! Nothing waits for it except the end of the program, and then only until its deadline. The log has one line when
//! spans begin to be lost and one when the collector accepts them again, however many batches lie between.

use super::Post;
use super::encode::{Origin, rejected};
use super::queue::SpanReceiver;
use crate::clock::Deadline;
use crate::limits::Limits;
use opentelemetry_sdk::trace::SpanData;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};
use tracing::{info, warn};

/// Polling interval for the end of the last spans.
const LAST_SPANS_POLL: Duration = Duration::from_millis(5);

/// Limits of the exporter.
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

/// Receiver of the shutdown deadline; `None` while the program runs.
type End = watch::Receiver<Option<Deadline>>;

/// Sends spans of `receiver` until shutdown, and counts lost spans.
pub async fn export(
    (receiver, lost): (SpanReceiver, Arc<AtomicU64>),
    post: Arc<dyn Post>,
    origin: Origin,
    bounds: Bounds,
    end: End,
) {
    let counts = Arc::clone(&receiver.counts);
    let exporter = Exporter { receiver, lost, post, origin, bounds, end: end.clone(), health: Health::Healthy };
    tokio::select! {
        () = exporter.run() => {}
        () = deadline_passed(end) => {}
    }
    let lost = counts.held() + counts.take_overflow();
    if lost > 0 {
        warn!(spans = lost, "the last spans did not reach the collector of traces in time");
    }
}

/// Returns once the shutdown deadline has passed.
async fn deadline_passed(mut end: End) {
    let by = end.wait_for(Option::is_some).await.ok().and_then(|by| *by);
    if let Some(by) = by {
        sleep(by.remaining()).await;
    }
}

struct Exporter {
    receiver: SpanReceiver,
    /// Number of lost spans since the start.
    lost: Arc<AtomicU64>,
    post: Arc<dyn Post>,
    origin: Origin,
    bounds: Bounds,
    end: End,
    health: Health,
}

/// Health of the collector.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Health {
    Healthy,
    /// Number of spans lost since it became unhealthy.
    Losing(u64),
}

impl Exporter {
    async fn run(mut self) {
        while !self.is_shutting_down() {
            let first = tokio::select! {
                first = self.receiver.spans.recv() => first,
                _ = self.end.wait_for(Option::is_some) => None,
            };
            // Waits for more spans of the batch; shutdown ends the wait.
            let _ = timeout(self.bounds.pause, self.end.wait_for(Option::is_some)).await;
            self.send_all(first).await;
        }
        while self.receiver.counts.open() > 0 {
            if let Ok(first) = timeout(LAST_SPANS_POLL, self.receiver.spans.recv()).await {
                self.send_all(first).await;
            }
        }
        self.send_all(None).await;
    }

    fn is_shutting_down(&self) -> bool {
        // A dropped sender counts as shutdown.
        self.end.borrow().is_some() || self.end.has_changed().is_err()
    }

    /// Sends `first` and all queued spans.
    async fn send_all(&mut self, first: Option<SpanData>) {
        let mut batch: Vec<SpanData> = first.into_iter().collect();
        loop {
            while batch.len() < self.bounds.batch
                && let Ok(span) = self.receiver.spans.try_recv()
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
        self.receiver.counts.settle(spans);
        let (lost, why) = match sent.and_then(|answer| rejected(&answer)) {
            Ok(rejected) => (rejected.min(spans), "it did not take them".to_owned()),
            Err(why) => (spans, why),
        };
        let overflow = self.receiver.counts.take_overflow();
        self.record_lost(lost + overflow, if lost == 0 { "they come faster than it takes them" } else { &why });
    }

    fn record_lost(&mut self, lost: u64, why: &str) {
        self.lost.fetch_add(lost, Ordering::Relaxed);
        self.health = match (self.health, lost) {
            (Health::Healthy, 0) => Health::Healthy,
            (Health::Healthy, spans) => {
                warn!(spans, why, "the collector of traces loses spans");
                Health::Losing(spans)
            }
            (Health::Losing(spans), 0) => {
                info!(spans, "the collector of traces takes all spans again; so many were lost");
                Health::Healthy
            }
            (Health::Losing(before), spans) => Health::Losing(before + spans),
        };
    }
}
