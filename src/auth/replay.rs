//! The memory of a key: which signatures came, and with which bodies.
//!
//! A signature is accepted up to the allowed clock skew before and after its own time, so one that was seen longer ago than twice the
//! skew cannot be accepted again, and is forgotten. Its age is monotonic time: when the wall clock steps forward and back, nothing is
//! forgotten that could be replayed. Nothing is ever forgotten for lack of space.

use super::signature::BodyDigest;
use super::{BEGIN_SLACK, RejectionReason, Replay};
use parking_lot::Mutex;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

/// How much is remembered, and for how long.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    pub replay: Replay,
    /// Different bodies of one signature.
    pub bodies: usize,
    pub signatures: usize,
    /// Either way.
    pub skew: Duration,
    /// When the service began, in Unix milliseconds.
    pub begun_ms: i64,
}

/// A signature and its time, by which it is remembered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Used {
    pub timestamp_ms: i64,
    pub signature: [u8; 32],
}

/// How often a signature came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    /// Never before.
    First,
    /// With this very body.
    Again,
    /// With other bodies.
    OtherBody,
}

/// Of one key.
#[derive(Debug, Default)]
pub(super) struct Memory(Mutex<Signatures>);

impl Used {
    /// Err where it is not of around `now_ms`, or, in a strict service, from before the service began.
    pub fn check_time(self, bounds: &Bounds, now_ms: i64) -> Result<(), RejectionReason> {
        if now_ms.abs_diff(self.timestamp_ms) > millis(bounds.skew).unsigned_abs() {
            return Err(RejectionReason::ClockSkew(self.timestamp_ms.saturating_sub(now_ms)));
        }
        let is_ours = bounds.replay == Replay::Lenient || self.timestamp_ms >= bounds.begun_ms - millis(BEGIN_SLACK);
        if is_ours { Ok(()) } else { Err(RejectionReason::BeforeStart) }
    }
}

/// Signatures with their bodies, and in the order in which they were first seen, so that the oldest go first.
#[derive(Debug, Default)]
struct Signatures {
    bodies: BTreeMap<Used, Vec<BodyDigest>>,
    /// Uptime at the first use.
    order: VecDeque<(Duration, Used)>,
}

impl Signatures {
    /// Forgets the signatures first seen before `oldest`, and returns the others.
    fn recent(&mut self, oldest: Duration) -> &mut Self {
        while let Some((_, used)) = self.order.pop_front_if(|(seen, _)| *seen < oldest) {
            self.bodies.remove(&used);
        }
        self
    }
}

impl Memory {
    /// Takes note that a signature came with `body` at `uptime`; Err where it may not.
    pub fn remember(
        &self,
        used: Used,
        body: BodyDigest,
        bounds: &Bounds,
        uptime: Duration,
    ) -> Result<Seen, RejectionReason> {
        let mut seen = self.0.lock();
        let Signatures { bodies, order } = &mut *seen.recent(uptime.saturating_sub(2 * bounds.skew));
        let is_full = bodies.len() >= bounds.signatures;
        match bodies.entry(used) {
            Entry::Vacant(_) if is_full => Err(RejectionReason::CacheFull),
            Entry::Vacant(new) => {
                new.insert(vec![body]);
                order.push_back((uptime, used));
                Ok(Seen::First)
            }
            Entry::Occupied(_) if bounds.replay == Replay::Strict => Err(RejectionReason::Replayed),
            Entry::Occupied(known) if known.get().contains(&body) => Ok(Seen::Again),
            Entry::Occupied(known) if known.get().len() >= bounds.bodies => Err(RejectionReason::Replayed),
            Entry::Occupied(mut known) => {
                known.get_mut().push(body);
                Ok(Seen::OtherBody)
            }
        }
    }
}

fn millis(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}
