//! Admission control: limits of concurrent requests and of their memory.
//!
//! Runs before the first fetch; a request holds its permits until its response is ready. A request over the limits waits in a bounded FIFO
//! queue; when the queue is full or stalled it is rejected. With several sources each has a queue of its own and at most half of the
//! permits, so that a source that hangs does not block requests to the others.

use super::Cost;
use crate::clock::Stopwatch;
use crate::error::{Failure, Fault, FaultKind};
use crate::limits::Limits;
use crate::memory::{MemoryBudget, RequestMemory};
use parking_lot::Mutex;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

const MIB: u64 = 1024 * 1024;

/// The admission controller. Clones share its state.
#[derive(Debug, Clone)]
pub struct AdmissionController(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// Permits of requests to each source, by its name.
    sources: BTreeMap<String, Arc<Semaphore>>,
    per_source: usize,
    requests: Arc<Semaphore>,
    max_requests: usize,
    queues: Mutex<WaitQueues>,
    memory: MemoryBudget,
    percent: u32,
    /// [`Limits::source_request_bytes`].
    receivable: u64,
    max_wait: Duration,
    /// A request that waits longer than this closes its queue to new requests.
    max_stall: Duration,
    workers: u32,
    /// Nanoseconds of estimated work that was let in or waits for it.
    work: AtomicU64,
}

/// The waiting requests by the permit that they wait for, each with its number and start, in order of arrival.
#[derive(Debug, Default)]
struct WaitQueues {
    waiting: BTreeMap<WaitKey, BTreeMap<u64, Stopwatch>>,
    next: u64,
}

/// The permit that a queued request waits for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum WaitKey {
    /// A permit of this source.
    Source(String),
    /// A permit of all requests and memory, after the permits of its sources.
    Capacity,
}

impl Inner {
    /// Until all that is let in or waits is done.
    fn wait(&self) -> Duration {
        Duration::from_nanos(self.work.load(Ordering::Relaxed)) / self.workers.max(1)
    }

    /// Reports whether a queue rejects new requests: it is full or stalled.
    fn is_closed(&self, queues: &WaitQueues, what: &WaitKey) -> bool {
        let most = if *what == WaitKey::Capacity { self.max_requests } else { self.per_source };
        queues.waiting.get(what).is_some_and(|line| {
            let is_stalled = line.first_key_value().is_some_and(|(_, since)| since.elapsed() > self.max_stall);
            is_stalled || line.len() >= most
        })
    }
}

/// A position in a queue; left when dropped.
#[derive(Debug)]
struct QueuePosition {
    inner: Arc<Inner>,
    number: u64,
    what: WaitKey,
}

impl QueuePosition {
    /// Enters the queue of the first of these sources, or of the total capacity without sources. `None` where one of their queues is closed.
    fn of(inner: &Arc<Inner>, sources: &BTreeSet<&str>) -> Option<Self> {
        let mut queues = inner.queues.lock();
        let mut wanted: Vec<WaitKey> = sources.iter().map(|&source| WaitKey::Source(source.to_owned())).collect();
        wanted.push(WaitKey::Capacity);
        if wanted.iter().any(|what| inner.is_closed(&queues, what)) {
            return None;
        }
        queues.next += 1;
        let (number, what) = (queues.next, wanted.swap_remove(0));
        queues.waiting.entry(what.clone()).or_default().insert(number, Stopwatch::start());
        Some(Self { inner: Arc::clone(inner), number, what })
    }

    /// Moves to another queue, to the position of its arrival time.
    fn move_to(&mut self, what: WaitKey) {
        let mut queues = self.inner.queues.lock();
        let since = queues.waiting.get_mut(&self.what).and_then(|line| line.remove(&self.number));
        let line = queues.waiting.entry(what.clone()).or_default();
        line.insert(self.number, since.unwrap_or_else(Stopwatch::start));
        self.what = what;
    }
}

impl Drop for QueuePosition {
    fn drop(&mut self) {
        if let Some(line) = self.inner.queues.lock().waiting.get_mut(&self.what) {
            line.remove(&self.number);
        }
    }
}

/// The current load of an admission controller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Load {
    /// Requests that were let in.
    pub requests: usize,
    /// Requests that wait for that.
    pub waiting: usize,
    /// Bytes of the memory budget in use: estimates of the requests inside, what they take beyond, and results that are not sent yet.
    pub bytes: u64,
}

/// A request in the line; it leaves the line when this is dropped.
#[derive(Debug)]
pub struct QueueTicket {
    pending: PendingWork,
    cost: Cost,
    sources: BTreeSet<String>,
    position: QueuePosition,
}

/// An admitted request. Its permits are released when dropped, its memory when nothing holds that any more.
#[derive(Debug)]
pub struct Admitted {
    pending: PendingWork,
    memory: RequestMemory,
    _permits: Vec<OwnedSemaphorePermit>,
}

impl Admitted {
    /// Returns the memory of the request.
    pub fn memory(&self) -> &RequestMemory {
        &self.memory
    }

    /// Returns the failure of a request whose memory is exhausted.
    pub fn overloaded(&self) -> Failure {
        Failure::Overloaded { wait: self.pending.wait() }
    }
}

impl AdmissionController {
    /// Creates a controller with the numbers of `limits`, for requests to these sources, within the memory budget of the process.
    pub fn new<'a>(limits: &Limits, sources: impl Iterator<Item = &'a str>, memory: MemoryBudget) -> Self {
        let names: Vec<&str> = sources.collect();
        let per_source = if names.len() > 1 { limits.requests.div_ceil(2) } else { limits.requests };
        Self(Arc::new(Inner {
            sources: names.iter().map(|&name| (name.to_owned(), Arc::new(Semaphore::new(per_source)))).collect(),
            requests: Arc::new(Semaphore::new(limits.requests)),
            per_source,
            max_requests: limits.requests,
            queues: Mutex::default(),
            memory,
            percent: limits.memory_percent,
            receivable: limits.source_request_bytes as u64,
            max_wait: limits.render_queue,
            max_stall: limits.requests_wait,
            workers: u32::try_from(limits.render_workers).unwrap_or(u32::MAX),
            work: AtomicU64::new(0),
        }))
    }

    /// Returns this controller as successor of `before`, whose memory, and whose places as far as there are as many, it shares: what was let in
    /// before a reload and is not over yet counts.
    pub fn replacing(&self, before: &Self) -> Self {
        let (now, old) = (&self.0, &before.0);
        old.memory.set_limit(now.memory.limit());
        let kept = |name: &String| old.sources.get(name).filter(|_| old.per_source == now.per_source).map(Arc::clone);
        let sources = now.sources.iter();
        let requests = if old.max_requests == now.max_requests { &old.requests } else { &now.requests };
        Self(Arc::new(Inner {
            sources: sources.map(|(name, own)| (name.clone(), kept(name).unwrap_or_else(|| Arc::clone(own)))).collect(),
            requests: Arc::clone(requests),
            memory: old.memory.clone(),
            queues: Mutex::default(),
            work: AtomicU64::new(0),
            per_source: now.per_source,
            max_requests: now.max_requests,
            percent: now.percent,
            receivable: now.receivable,
            max_wait: now.max_wait,
            max_stall: now.max_stall,
            workers: now.workers,
        }))
    }

    /// Refuses what can never be let in.
    pub fn check(&self, cost: &Cost) -> Result<(), Fault> {
        let (wanted, most) = (cost.bytes, self.0.memory.limit());
        if wanted <= most {
            return Ok(());
        }
        let percent = self.0.percent;
        let text = format!(
            "Input should be a smaller picture, fewer metrics or a longer period: this takes about {} MiB of memory, and requests get {} MiB \
             together (memory_percent, {percent})",
            wanted.div_ceil(MIB),
            most / MIB
        );
        Err(Fault::new(FaultKind::CostTooHigh, text))
    }

    /// Puts a request to `sources` into a line. Err is [`Failure::Overloaded`], or the fault of [`AdmissionController::check`]; to know it takes no waiting.
    pub fn enqueue(&self, cost: &Cost, sources: &BTreeSet<&str>) -> Result<QueueTicket, Failure> {
        self.check(cost)?;
        let pending = PendingWork::of(&self.0, cost);
        let position =
            QueuePosition::of(&self.0, sources).ok_or_else(|| Failure::Overloaded { wait: pending.wait() })?;
        let sources = sources.iter().map(|&source| source.to_owned()).collect();
        Ok(QueueTicket { pending, cost: *cost, sources, position })
    }

    /// Returns the memory budget that requests share.
    pub fn memory(&self) -> &MemoryBudget {
        &self.0.memory
    }

    /// Returns the failure of a request for whose response there is no memory now.
    pub fn overloaded(&self) -> Failure {
        Failure::Overloaded { wait: self.0.wait() }
    }

    /// Returns the current load.
    pub fn load(&self) -> Load {
        let inner = &self.0;
        Load {
            requests: inner.max_requests - inner.requests.available_permits(),
            waiting: inner.queues.lock().waiting.values().map(BTreeMap::len).sum(),
            bytes: inner.memory.used(),
        }
    }
}

impl QueueTicket {
    /// Lets it in, at once or after a short while. Err is [`Failure::Overloaded`].
    pub async fn enter(self) -> Result<Admitted, Failure> {
        let Self { pending, cost, sources, mut position } = self;
        let inner = &pending.inner;
        let permits = timeout(inner.max_wait, async {
            let permits = permits(inner, &sources, &mut position).await?;
            Ok((permits, inner.memory.reserve(cost.bytes).await))
        });
        let permits = permits.await.map_err(|_| Failure::Overloaded { wait: pending.wait() })?;
        let (permits, memory) = permits.map_err(|closed: AcquireError| Failure::Internal(closed.to_string()))?;
        drop(position);
        let memory = RequestMemory::new(inner.memory.clone(), memory, cost.fetched, inner.receivable);
        Ok(Admitted { pending, memory, _permits: permits })
    }
}

/// Acquires the permits in a fixed order to avoid deadlock.
async fn permits(
    inner: &Inner,
    sources: &BTreeSet<String>,
    position: &mut QueuePosition,
) -> Result<Vec<OwnedSemaphorePermit>, AcquireError> {
    let mut permits = Vec::new();
    for (name, source) in sources.iter().filter_map(|name| inner.sources.get_key_value(name)) {
        position.move_to(WaitKey::Source(name.clone()));
        permits.push(Arc::clone(source).acquire_owned().await?);
    }
    position.move_to(WaitKey::Capacity);
    permits.push(Arc::clone(&inner.requests).acquire_owned().await?);
    Ok(permits)
}

/// Work of a request, counted until this is dropped.
#[derive(Debug)]
struct PendingWork {
    inner: Arc<Inner>,
    nanos: u64,
}

impl PendingWork {
    fn of(inner: &Arc<Inner>, cost: &Cost) -> Self {
        let nanos = u64::try_from(cost.work.as_nanos()).unwrap_or(u64::MAX >> 16);
        inner.work.fetch_add(nanos, Ordering::Relaxed);
        Self { inner: Arc::clone(inner), nanos }
    }

    fn wait(&self) -> Duration {
        self.inner.wait()
    }
}

impl Drop for PendingWork {
    fn drop(&mut self) {
        self.inner.work.fetch_sub(self.nanos, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests;
