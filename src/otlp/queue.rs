//! Where spans wait to be sent: the library puts them in when they end, and never waits.

use opentelemetry::Context;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{Span, SpanData, SpanProcessor};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::mpsc::{self, Receiver, Sender};

/// A queue with room for so many spans, and its other end.
pub fn queue(room: usize) -> (Queue, Waiting) {
    let (enter, spans) = mpsc::channel(room);
    let counts = Arc::new(Counts::default());
    (Queue { enter, counts: Arc::clone(&counts) }, Waiting { spans, counts })
}

/// The end that the library has.
#[derive(Debug)]
pub struct Queue {
    enter: Sender<SpanData>,
    counts: Arc<Counts>,
}

/// The end that is sent from.
#[derive(Debug)]
pub struct Waiting {
    pub spans: Receiver<SpanData>,
    pub counts: Arc<Counts>,
}

/// What is on its way.
#[derive(Debug, Default)]
pub struct Counts {
    /// Spans that have begun and not ended.
    open: AtomicU64,
    /// Spans for which there was no room, since somebody looked.
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

    /// So many are sent or given up.
    pub fn settle(&self, spans: u64) {
        self.held.fetch_sub(spans, Ordering::Relaxed);
    }
}

impl SpanProcessor for Queue {
    fn on_start(&self, _span: &mut Span, _context: &Context) {
        self.counts.open.fetch_add(1, Ordering::Relaxed);
    }

    fn on_end(&self, span: SpanData) {
        self.counts.held.fetch_add(1, Ordering::Relaxed);
        if self.enter.try_send(span).is_err() {
            self.counts.settle(1);
            self.counts.overflow.fetch_add(1, Ordering::Relaxed);
        }
        // Only now, so that whoever sees that none is open finds them all in the queue.
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
    fn n_spans_wait_and_one_more_is_lost_and_counted() {
        let (queue, mut waiting) = queue(3);
        let provider = SdkTracerProvider::builder().with_span_processor(queue).build();
        let tracer = provider.tracer("test");
        for name in ["a", "b", "c"] {
            drop(tracer.start(name));
        }
        assert_eq!((waiting.counts.held(), waiting.counts.take_overflow()), (3, 0));
        drop(tracer.start("d"));
        assert_eq!((waiting.counts.held(), waiting.counts.take_overflow(), waiting.counts.open()), (3, 1, 0));
        let names = std::iter::from_fn(|| waiting.spans.try_recv().ok()).map(|span| span.name.into_owned());
        assert_eq!(names.collect::<Vec<_>>(), ["a", "b", "c"]);
    }
}
