//! Room for so many requests and so many bytes at once, over all connections.
//!
//! Asked by the way before the first source, and held until the answer is there. Who does not fit now waits in a short line, first come
//! first served; who finds the line full, or standing still, is refused at once. With several sources each of them has a line of its own
//! and may hold half of the places: one that hangs leaves room for the others, and keeps none of theirs waiting.

use super::Cost;
use crate::catalog::QueryPlan;
use crate::clock::Stopwatch;
use crate::error::{Failure, Fault, FaultKind};
use crate::limits::Limits;
use parking_lot::Mutex;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

const KIB: u64 = 1024;

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
    /// In KiB.
    memory: Arc<Semaphore>,
    most_kib: u64,
    percent: u32,
    longest: Duration,
    /// Whoever has waited so long keeps newcomers out.
    patience: Duration,
    workers: u32,
    /// Nanoseconds of estimated work that was let in or waits for it.
    work: AtomicU64,
    /// KiB of those that were let in.
    held_kib: AtomicU64,
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
    /// KiB of memory that those inside take, by estimate.
    pub kib: u64,
}

/// A request in the line; it leaves the line when this is dropped.
#[derive(Debug)]
pub struct InLine {
    ahead: Ahead,
    kib: u32,
    place: Place,
}

/// A request that was let in; its room is free again when this is dropped.
#[derive(Debug)]
pub struct Admitted {
    ahead: Ahead,
    kib: u64,
    _permits: Vec<OwnedSemaphorePermit>,
}

impl Drop for Admitted {
    fn drop(&mut self) {
        self.ahead.room.held_kib.fetch_sub(self.kib, Ordering::Relaxed);
    }
}

impl Gate {
    /// With the numbers of `limits`, for requests to these sources, in a process that may use so many bytes of memory.
    pub fn new<'a>(limits: &Limits, sources: impl Iterator<Item = &'a str>, memory: u64) -> Self {
        let names: Vec<&str> = sources.collect();
        let each = if names.len() > 1 { limits.requests.div_ceil(2) } else { limits.requests };
        let share = memory / 100 * u64::from(limits.memory_percent);
        let most_kib = (share / KIB).min(u64::from(u32::MAX));
        Self(Arc::new(Room {
            sources: names.iter().map(|&name| (name.to_owned(), Arc::new(Semaphore::new(each)))).collect(),
            requests: Arc::new(Semaphore::new(limits.requests)),
            each,
            most_requests: limits.requests,
            lines: Mutex::default(),
            memory: Arc::new(Semaphore::new(usize::try_from(most_kib).unwrap_or(usize::MAX))),
            most_kib,
            percent: limits.memory_percent,
            longest: limits.render_queue,
            patience: limits.requests_wait,
            workers: u32::try_from(limits.render_workers).unwrap_or(u32::MAX),
            work: AtomicU64::new(0),
            held_kib: AtomicU64::new(0),
        }))
    }

    /// Refuses what can never be let in.
    pub fn check(&self, cost: &Cost) -> Result<(), Fault> {
        let (wanted, most) = (cost.bytes.div_ceil(KIB), self.0.most_kib);
        if wanted <= most {
            return Ok(());
        }
        let (mib, percent) = (|kib: u64| kib.div_ceil(KIB), self.0.percent);
        let text = format!(
            "Input should be a smaller picture, fewer metrics or a longer period: this takes about {} MiB of memory, and requests get {} MiB \
             together (memory_percent, {percent})",
            mib(wanted),
            most / KIB
        );
        Err(Fault::new(FaultKind::CostTooHigh, text))
    }

    /// Puts a request into a line. Err is [`Failure::Overloaded`], or the fault of [`Gate::check`]; to know it takes no waiting.
    pub fn line_up(&self, cost: &Cost, plan: &QueryPlan) -> Result<InLine, Failure> {
        self.check(cost)?;
        let ahead = Ahead::of(&self.0, cost);
        let place = Place::of(&self.0, &asked(plan)).ok_or_else(|| Failure::Overloaded { wait: ahead.wait() })?;
        Ok(InLine { ahead, kib: u32::try_from(cost.bytes.div_ceil(KIB)).unwrap_or(u32::MAX), place })
    }

    /// Returns the KiB of memory that admitted requests may take together.
    pub fn max_kib(&self) -> u64 {
        self.0.most_kib
    }

    /// What it holds now.
    pub fn load(&self) -> Load {
        let room = &self.0;
        Load {
            requests: room.most_requests - room.requests.available_permits(),
            waiting: room.lines.lock().waiting.values().map(BTreeMap::len).sum(),
            kib: room.held_kib.load(Ordering::Relaxed),
        }
    }
}

impl InLine {
    /// Lets it in, at once or after a short while. Err is [`Failure::Overloaded`].
    pub async fn enter(self, plan: &QueryPlan) -> Result<Admitted, Failure> {
        let Self { ahead, kib, mut place } = self;
        let permits = timeout(ahead.room.longest, permits(&ahead.room, kib, plan, &mut place)).await;
        let permits = permits.map_err(|_| Failure::Overloaded { wait: ahead.wait() })?;
        let permits = permits.map_err(|closed| Failure::Internal(closed.to_string()))?;
        drop(place);
        ahead.room.held_kib.fetch_add(kib.into(), Ordering::Relaxed);
        Ok(Admitted { ahead, kib: kib.into(), _permits: permits })
    }
}

/// Always taken in the same order, so that nobody waits for somebody who waits for him.
async fn permits(
    room: &Room,
    kib: u32,
    plan: &QueryPlan,
    place: &mut Place,
) -> Result<Vec<OwnedSemaphorePermit>, AcquireError> {
    let mut permits = Vec::new();
    for (name, source) in asked(plan).into_iter().filter_map(|name| room.sources.get_key_value(name)) {
        place.go_on(For::Source(name.clone()));
        permits.push(Arc::clone(source).acquire_owned().await?);
    }
    place.go_on(For::Room);
    permits.push(Arc::clone(&room.requests).acquire_owned().await?);
    permits.push(Arc::clone(&room.memory).acquire_many_owned(kib).await?);
    Ok(permits)
}

/// The names of the sources of `plan`.
fn asked(plan: &QueryPlan) -> BTreeSet<&str> {
    plan.fetches.iter().map(|fetch| fetch.source.as_str()).collect()
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

    /// Until all that is let in or waits is done.
    fn wait(&self) -> Duration {
        Duration::from_nanos(self.room.work.load(Ordering::Relaxed)) / self.room.workers.max(1)
    }
}

impl Drop for Ahead {
    fn drop(&mut self) {
        self.room.work.fetch_sub(self.nanos, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests;
