//! The bounded queue of finished spans: the SDK enqueues them without blocking.

use opentelemetry::Context;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{Span, SpanData, SpanProcessor};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::mpsc::{self, Receiver, Sender};

/// Makes a queue for `capacity` spans, and its receiving end.
pub fn queue(capacity: usize) -> (SpanQueue, SpanReceiver) {
    let (sender, spans) = mpsc::channel(capacity);
    let counts = Arc::new(Counts::default());
    (SpanQueue { sender, counts: Arc::clone(&counts) }, SpanReceiver { spans, counts })
}

/// The sending end, used by the SDK.
#[derive(Debug)]
pub struct SpanQueue {
    sender: Sender<SpanData>,
    counts: Arc<Counts>,
}

/// The receiving end, used by the exporter.
#[derive(Debug)]
pub struct SpanReceiver {
    pub spans: Receiver<SpanData>,
    pub counts: Arc<Counts>,
}

/// Counters of the queue.
#[derive(Debug, Default)]
pub struct Counts {
    /// Spans that are started and not ended.
    open: AtomicU64,
    /// Spans dropped because the queue was full, since the last [`Counts::take_overflow`].
    overflow: AtomicU64,
    /// Spans in the queue or being sent.
    held: AtomicU64,
}

impl Counts {
    pub fn open(&self) -> u64 {
        self.open.load(Ordering::Acquire)
    }

    pub fn take_overflow(&self) -> u64 {
        self.overflow.swap(0, Ordering::Relaxed)
    }

    pub fn held(&self) -> u64 {
        self.held.load(Ordering::Relaxed)
    }

    /// Removes `spans` that were sent or given up.
    pub fn settle(&self, spans: u64) {
        self.held.fetch_sub(spans, Ordering::Relaxed);
    }
}

impl SpanProcessor for SpanQueue {
    fn on_start(&self, _span: &mut Span, _context: &Context) {
        self.counts.open.fetch_add(1, Ordering::Relaxed);
    }

    fn on_end(&self, span: SpanData) {
        self.counts.held.fetch_add(1, Ordering::Relaxed);
        if self.sender.try_send(span).is_err() {
            self.counts.settle(1);
            self.counts.overflow.fetch_add(1, Ordering::Relaxed);
        }
        // Decremented last, so that a reader of zero open spans finds all of them in the queue.
        self.counts.open.fetch_sub(1, Ordering::Release);
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _timeout: Duration) -> OTelSdkResult {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use opentelemetry::trace::{Tracer, TracerProvider};
    use opentelemetry_sdk::trace::SdkTracerProvider;

    #[test]
    fn a_full_queue_drops_and_counts_further_spans() {
        let (queue, mut receiver) = queue(3);
        let provider = SdkTracerProvider::builder().with_span_processor(queue).build();
        let tracer = provider.tracer("test");
        for name in ["a", "b", "c"] {
            drop(tracer.start(name));
        }
        assert_eq!((receiver.counts.held(), receiver.counts.take_overflow()), (3, 0));
        drop(tracer.start("d"));
        assert_eq!((receiver.counts.held(), receiver.counts.take_overflow(), receiver.counts.open()), (3, 1, 0));
        let names = std::iter::from_fn(|| receiver.spans.try_recv().ok()).map(|span| span.name.into_owned());
        assert_eq!(names.collect::<Vec<_>>(), ["a", "b", "c"]);
    }
}
