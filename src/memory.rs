//! The memory budget of the process. Every long-lived allocation holds a permit from its first to its last byte.
//!
//! Admission waits for a permit of the estimated size; what a request then takes beyond its estimate, such as a response of a source, grows
//! the permit or fails at once, so that no request waits for memory while it holds some. A reload of the configuration keeps the budget.

mod request;

use parking_lot::Mutex;
pub use request::{CallMemory, Charge, RequestMemory};
use std::ops::Deref;
use std::sync::Arc;
use tokio::sync::{Mutex as Queue, Notify, Semaphore};

/// The bytes that long-lived allocations may take together. Clones share them.
#[derive(Debug, Clone)]
pub struct MemoryBudget(Arc<Budget>);

#[derive(Debug)]
struct Budget {
    bytes: Mutex<Bytes>,
    /// Locked by the request that waits for memory first: tokio's mutex is fair, so requests are served in their order.
    queue: Queue<()>,
    freed: Notify,
    parse_slots: Semaphore,
}

#[derive(Debug)]
struct Bytes {
    used: u64,
    peak: u64,
    limit: u64,
}

/// The budget has fewer bytes left than are needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the memory budget of the process is exhausted")]
pub struct Exhausted;

/// Some bytes of a budget, free again when it is dropped.
#[derive(Debug)]
pub struct MemoryPermit {
    budget: MemoryBudget,
    bytes: u64,
}

impl MemoryBudget {
    /// Returns a budget of `limit` bytes, in which at most `parsers` responses of sources are parsed at once: a response that is parsed
    /// takes the memory of its text and of its values.
    pub fn new(limit: u64, parsers: usize) -> Self {
        let bytes = Mutex::new(Bytes { used: 0, peak: 0, limit });
        let parse_slots = Semaphore::new(parsers.clamp(1, Semaphore::MAX_PERMITS));
        Self(Arc::new(Budget { bytes, queue: Queue::new(()), freed: Notify::new(), parse_slots }))
    }

    /// Changes the limit. Permits stay valid where they are more than it.
    pub fn set_limit(&self, limit: u64) {
        self.0.bytes.lock().limit = limit;
        self.0.freed.notify_one();
    }

    /// Returns the bytes that permits may have together.
    pub fn limit(&self) -> u64 {
        self.0.bytes.lock().limit
    }

    /// Returns the bytes that permits have.
    pub fn used(&self) -> u64 {
        self.0.bytes.lock().used
    }

    /// Returns the most bytes that permits had at once, so far.
    pub fn peak(&self) -> u64 {
        self.0.bytes.lock().peak
    }

    /// Returns a permit of `bytes` as soon as they are free, to one request after the other. Never ends where `bytes` is above the limit.
    pub async fn reserve(&self, bytes: u64) -> MemoryPermit {
        let _first_of_the_queue = self.0.queue.lock().await;
        loop {
            if let Ok(permit) = self.try_reserve(bytes) {
                return permit;
            }
            self.0.freed.notified().await;
        }
    }

    /// Returns a permit of `bytes`, or fails where they are not free now.
    pub fn try_reserve(&self, bytes: u64) -> Result<MemoryPermit, Exhausted> {
        self.take(bytes)?;
        Ok(MemoryPermit { budget: self.clone(), bytes })
    }

    fn take(&self, bytes: u64) -> Result<(), Exhausted> {
        let mut now = self.0.bytes.lock();
        if bytes > now.limit.saturating_sub(now.used) {
            return Err(Exhausted);
        }
        now.used += bytes;
        now.peak = now.peak.max(now.used);
        Ok(())
    }

    fn give_back(&self, bytes: u64) {
        if bytes > 0 {
            self.0.bytes.lock().used -= bytes;
            self.0.freed.notify_one();
        }
    }
}

impl MemoryPermit {
    /// Returns its size.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Adds `bytes`, or fails at once where they are not free.
    pub fn try_grow(&mut self, bytes: u64) -> Result<(), Exhausted> {
        self.budget.take(bytes)?;
        self.bytes += bytes;
        Ok(())
    }

    /// Gives back what it has above `bytes`.
    pub fn shrink_to(&mut self, bytes: u64) {
        let more = self.bytes.saturating_sub(bytes);
        self.bytes -= more;
        self.budget.give_back(more);
    }

    /// Changes its size to `bytes`, or fails at once, unchanged, where that is more than is free.
    pub fn try_resize(&mut self, bytes: u64) -> Result<(), Exhausted> {
        self.try_grow(bytes.saturating_sub(self.bytes))?;
        self.shrink_to(bytes);
        Ok(())
    }
}

impl Drop for MemoryPermit {
    fn drop(&mut self) {
        self.shrink_to(0);
    }
}

/// A value, with the memory of the request that made it. Shared by all clients that get it, it counts once, until the last of them has it.
#[derive(Debug)]
pub struct Held<T> {
    value: T,
    _memory: RequestMemory,
}

impl<T> Held<T> {
    /// Returns `value`, which takes `bytes`, all that `memory` holds from now on.
    pub fn new(value: T, bytes: u64, memory: RequestMemory) -> Self {
        memory.settle(bytes);
        Self { value, _memory: memory }
    }
}

impl<T> Deref for Held<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;

    #[test]
    fn permits_have_at_most_the_limit_together_and_give_it_back() {
        let budget = MemoryBudget::new(100, 1);
        let mut first = budget.try_reserve(60).unwrap();
        assert_eq!(budget.try_reserve(41).unwrap_err(), Exhausted);
        let second = budget.try_reserve(40).unwrap();
        assert_eq!((first.try_grow(1), first.bytes(), budget.used()), (Err(Exhausted), 60, 100));
        first.shrink_to(10);
        assert_eq!((first.try_grow(50), first.try_resize(61), budget.used()), (Ok(()), Err(Exhausted), 100));
        drop((first, second));
        assert_eq!(budget.used(), 0);
    }

    #[tokio::test]
    async fn requests_that_wait_get_their_bytes_in_their_order() {
        let budget = MemoryBudget::new(100, 1);
        let held = budget.try_reserve(90).unwrap();
        let mut large = Box::pin(budget.reserve(80));
        let mut small = Box::pin(budget.reserve(10));
        assert!(
            (&mut large).now_or_never().is_none() && (&mut small).now_or_never().is_none(),
            "the large one is first"
        );
        drop(held);
        let large = large.await;
        assert_eq!((large.bytes(), small.await.bytes()), (80, 10));
    }

    #[tokio::test]
    async fn a_request_that_stops_waiting_lets_the_next_one_go_on() {
        let budget = MemoryBudget::new(100, 1);
        let mut held = budget.try_reserve(90).unwrap();
        let mut large = Box::pin(budget.reserve(80));
        let mut small = Box::pin(budget.reserve(20));
        assert!((&mut large).now_or_never().is_none() && (&mut small).now_or_never().is_none());
        held.shrink_to(75);
        drop(large);
        assert_eq!(small.await.bytes(), 20);
    }

    #[tokio::test]
    async fn a_permit_grows_before_requests_that_wait() {
        let budget = MemoryBudget::new(100, 1);
        let mut held = budget.try_reserve(50).unwrap();
        let mut waiting = Box::pin(budget.reserve(60));
        assert!((&mut waiting).now_or_never().is_none());
        assert_eq!(held.try_grow(50), Ok(()));
        assert!((&mut waiting).now_or_never().is_none());
        held.shrink_to(40);
        assert_eq!(waiting.await.bytes(), 60);
    }

    #[tokio::test]
    async fn a_higher_limit_lets_waiting_requests_in() {
        let budget = MemoryBudget::new(100, 1);
        let mut waiting = Box::pin(budget.reserve(150));
        assert!((&mut waiting).now_or_never().is_none());
        budget.set_limit(150);
        assert_eq!(waiting.await.bytes(), 150);
    }
}
