//! Room for so many requests and so many bytes at once, over all connections.
//!
//! Asked by the way before the first source, and held until the answer is there. Who does not fit now waits in a short line, first come
//! first served; who finds the line full, or standing still, is refused at once. With several sources each of them has a line of its own
//! and may hold half of the places: one that hangs leaves room for the others, and keeps none of theirs waiting.

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

/// See the module. Clones share the room.
#[derive(Debug, Clone)]
pub struct Gate(Arc<Room>);

#[derive(Debug)]
struct Room {
    /// By name: places for requests that ask the source.
    sources: BTreeMap<String, Arc<Semaphore>>,
    each: usize,
    requests: Arc<Semaphore>,
    most_requests: usize,
    lines: Mutex<Lines>,
    memory: MemoryBudget,
    percent: u32,
    /// [`Limits::source_request_bytes`].
    receivable: u64,
    longest: Duration,
    /// Whoever has waited so long keeps newcomers out.
    patience: Duration,
    workers: u32,
    /// Nanoseconds of estimated work that was let in or waits for it.
    work: AtomicU64,
}

/// Those who wait, by what they wait for; each with its number and since when, in the order in which they came.
#[derive(Debug, Default)]
struct Lines {
    waiting: BTreeMap<For, BTreeMap<u64, Stopwatch>>,
    next: u64,
}

/// What somebody in a line waits for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum For {
    /// A place of this source.
    Source(String),
    /// Room of all, once its sources have a place for it.
    Room,
}

impl Room {
    /// Until all that is let in or waits is done.
    fn wait(&self) -> Duration {
        Duration::from_nanos(self.work.load(Ordering::Relaxed)) / self.workers.max(1)
    }

    /// Whoever comes now is refused: the line is full, or does not move.
    fn is_closed(&self, lines: &Lines, what: &For) -> bool {
        let most = if *what == For::Room { self.most_requests } else { self.each };
        lines.waiting.get(what).is_some_and(|line| {
            let stands = line.first_key_value().is_some_and(|(_, since)| since.elapsed() > self.patience);
            stands || line.len() >= most
        })
    }
}

/// A place in a line; left when it is dropped.
#[derive(Debug)]
struct Place {
    room: Arc<Room>,
    number: u64,
    what: For,
}

impl Place {
    /// In the line of the first of these sources, or of the room for all where there is none. `None` where one of their lines is closed.
    fn of(room: &Arc<Room>, sources: &BTreeSet<&str>) -> Option<Self> {
        let mut lines = room.lines.lock();
        let mut wanted: Vec<For> = sources.iter().map(|&source| For::Source(source.to_owned())).collect();
        wanted.push(For::Room);
        if wanted.iter().any(|what| room.is_closed(&lines, what)) {
            return None;
        }
        lines.next += 1;
        let (number, what) = (lines.next, wanted.swap_remove(0));
        lines.waiting.entry(what.clone()).or_default().insert(number, Stopwatch::start());
        Some(Self { room: Arc::clone(room), number, what })
    }

    /// To the place in another line that it had if it had waited there from the beginning.
    fn go_on(&mut self, what: For) {
        let mut lines = self.room.lines.lock();
        let since = lines.waiting.get_mut(&self.what).and_then(|line| line.remove(&self.number));
        let line = lines.waiting.entry(what.clone()).or_default();
        line.insert(self.number, since.unwrap_or_else(Stopwatch::start));
        self.what = what;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(line) = self.room.lines.lock().waiting.get_mut(&self.what) {
            line.remove(&self.number);
        }
    }
}

/// What a gate holds now.
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
pub struct InLine {
    ahead: Ahead,
    cost: Cost,
    sources: BTreeSet<String>,
    place: Place,
}

/// A request that was let in; its room is free again when this is dropped, and its memory when nothing holds that any more.
#[derive(Debug)]
pub struct Admitted {
    ahead: Ahead,
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
        Failure::Overloaded { wait: self.ahead.wait() }
    }
}

impl Gate {
    /// With the numbers of `limits`, for requests to these sources, within the memory budget of the process.
    pub fn new<'a>(limits: &Limits, sources: impl Iterator<Item = &'a str>, memory: MemoryBudget) -> Self {
        let names: Vec<&str> = sources.collect();
        let each = if names.len() > 1 { limits.requests.div_ceil(2) } else { limits.requests };
        Self(Arc::new(Room {
            sources: names.iter().map(|&name| (name.to_owned(), Arc::new(Semaphore::new(each)))).collect(),
            requests: Arc::new(Semaphore::new(limits.requests)),
            each,
            most_requests: limits.requests,
            lines: Mutex::default(),
            memory,
            percent: limits.memory_percent,
            receivable: limits.source_request_bytes as u64,
            longest: limits.render_queue,
            patience: limits.requests_wait,
            workers: u32::try_from(limits.render_workers).unwrap_or(u32::MAX),
            work: AtomicU64::new(0),
        }))
    }

    /// Returns the same in the place of `before`, whose memory, and whose places as far as there are as many, it shares: what was let in
    /// before a reload and is not over yet counts.
    pub fn in_place_of(&self, before: &Self) -> Self {
        let (now, old) = (&self.0, &before.0);
        old.memory.set_limit(now.memory.limit());
        let kept = |name: &String| old.sources.get(name).filter(|_| old.each == now.each).map(Arc::clone);
        let sources = now.sources.iter();
        let requests = if old.most_requests == now.most_requests { &old.requests } else { &now.requests };
        Self(Arc::new(Room {
            sources: sources.map(|(name, own)| (name.clone(), kept(name).unwrap_or_else(|| Arc::clone(own)))).collect(),
            requests: Arc::clone(requests),
            memory: old.memory.clone(),
            lines: Mutex::default(),
            work: AtomicU64::new(0),
            each: now.each,
            most_requests: now.most_requests,
            percent: now.percent,
            receivable: now.receivable,
            longest: now.longest,
            patience: now.patience,
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

    /// Puts a request to `sources` into a line. Err is [`Failure::Overloaded`], or the fault of [`Gate::check`]; to know it takes no waiting.
    pub fn line_up(&self, cost: &Cost, sources: &BTreeSet<&str>) -> Result<InLine, Failure> {
        self.check(cost)?;
        let ahead = Ahead::of(&self.0, cost);
        let place = Place::of(&self.0, sources).ok_or_else(|| Failure::Overloaded { wait: ahead.wait() })?;
        let sources = sources.iter().map(|&source| source.to_owned()).collect();
        Ok(InLine { ahead, cost: *cost, sources, place })
    }

    /// Returns the memory budget that requests share.
    pub fn memory(&self) -> &MemoryBudget {
        &self.0.memory
    }

    /// Returns the failure of a request for whose response there is no memory now.
    pub fn overloaded(&self) -> Failure {
        Failure::Overloaded { wait: self.0.wait() }
    }

    /// What it holds now.
    pub fn load(&self) -> Load {
        let room = &self.0;
        Load {
            requests: room.most_requests - room.requests.available_permits(),
            waiting: room.lines.lock().waiting.values().map(BTreeMap::len).sum(),
            bytes: room.memory.used(),
        }
    }
}

impl InLine {
    /// Lets it in, at once or after a short while. Err is [`Failure::Overloaded`].
    pub async fn enter(self) -> Result<Admitted, Failure> {
        let Self { ahead, cost, sources, mut place } = self;
        let room = &ahead.room;
        let permits = timeout(room.longest, async {
            let permits = permits(room, &sources, &mut place).await?;
            Ok((permits, room.memory.reserve(cost.bytes).await))
        });
        let permits = permits.await.map_err(|_| Failure::Overloaded { wait: ahead.wait() })?;
        let (permits, memory) = permits.map_err(|closed: AcquireError| Failure::Internal(closed.to_string()))?;
        drop(place);
        let memory = RequestMemory::new(room.memory.clone(), memory, cost.fetched, room.receivable);
        Ok(Admitted { ahead, memory, _permits: permits })
    }
}

/// Always taken in the same order, so that nobody waits for somebody who waits for him.
async fn permits(
    room: &Room,
    sources: &BTreeSet<String>,
    place: &mut Place,
) -> Result<Vec<OwnedSemaphorePermit>, AcquireError> {
    let mut permits = Vec::new();
    for (name, source) in sources.iter().filter_map(|name| room.sources.get_key_value(name)) {
        place.go_on(For::Source(name.clone()));
        permits.push(Arc::clone(source).acquire_owned().await?);
    }
    place.go_on(For::Room);
    permits.push(Arc::clone(&room.requests).acquire_owned().await?);
    Ok(permits)
}

/// Work of a request, counted until this is dropped.
#[derive(Debug)]
struct Ahead {
    room: Arc<Room>,
    nanos: u64,
}

impl Ahead {
    fn of(room: &Arc<Room>, cost: &Cost) -> Self {
        let nanos = u64::try_from(cost.work.as_nanos()).unwrap_or(u64::MAX >> 16);
        room.work.fetch_add(nanos, Ordering::Relaxed);
        Self { room: Arc::clone(room), nanos }
    }

    fn wait(&self) -> Duration {
        self.room.wait()
    }
}

impl Drop for Ahead {
    fn drop(&mut self) {
        self.room.work.fetch_sub(self.nanos, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests;
