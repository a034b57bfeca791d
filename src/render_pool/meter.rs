//! Metering: worker time that is charged to a key.
//!
//! Whoever asks for a picture may bring a meter; the pool adds to it when a job ends, however it ends, and a quota takes from it.

use crate::clock::Stopwatch;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Time on the workers, of all jobs that were charged to it and its clones. One that nobody reads costs nothing.
#[derive(Debug, Clone, Default)]
pub struct Meter(Arc<AtomicU64>);

impl Meter {
    /// Adds `time`.
    pub fn charge(&self, time: Duration) {
        self.0.fetch_add(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// Returns the time that was added since the last call.
    pub fn take(&self) -> Duration {
        Duration::from_nanos(self.0.swap(0, Ordering::Relaxed))
    }
}

/// One job's time, charged as it goes. It is time on the wall, which on a worker is nearly that of the processor.
#[derive(Debug)]
pub(super) struct Charge {
    meter: Meter,
    begin: Stopwatch,
    charged: AtomicU64,
}

impl Charge {
    /// A job begins.
    pub fn begin(meter: &Meter) -> Self {
        Self { meter: meter.clone(), begin: Stopwatch::start(), charged: AtomicU64::new(0) }
    }

    /// Charges what is not charged yet, and says what the job has taken so far.
    pub fn settle(&self) -> Duration {
        let taken = self.begin.elapsed();
        let nanos = u64::try_from(taken.as_nanos()).unwrap_or(u64::MAX);
        let before = self.charged.fetch_max(nanos, Ordering::Relaxed);
        self.meter.charge(Duration::from_nanos(nanos.saturating_sub(before)));
        taken
    }
}
