//! The memory of a key: which signatures came, and with which bodies.
//!
//! A signature is only good around its own time, so those of the past are forgotten by that time alone; nothing else is ever
//! forgotten to make room.

use super::signature::BodyDigest;
use super::{BEGIN_SLACK, Denial, Replay};
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
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
pub(super) struct Memory(Mutex<BTreeMap<Used, Vec<BodyDigest>>>);

impl Used {
    /// Err where it is not of around `now_ms`, or, in a strict service, from before the service began.
    pub fn check_time(self, bounds: &Bounds, now_ms: i64) -> Result<(), Denial> {
        let is_around = now_ms.abs_diff(self.timestamp_ms) <= millis(bounds.skew).unsigned_abs();
        let is_ours = bounds.replay == Replay::Lenient || self.timestamp_ms >= bounds.begun_ms - millis(BEGIN_SLACK);
        if is_around && is_ours { Ok(()) } else { Err(Denial::Stale) }
    }
}

impl Memory {
    /// Takes note that a signature came with `body`; Err where it may not.
    pub fn remember(&self, used: Used, body: BodyDigest, bounds: &Bounds, now_ms: i64) -> Result<Seen, Denial> {
        let mut seen = self.0.lock();
        let oldest = Used { timestamp_ms: now_ms.saturating_sub(millis(bounds.skew)), signature: [0; 32] };
        if seen.first_key_value().is_some_and(|(first, _)| *first < oldest) {
            *seen = seen.split_off(&oldest);
        }
        let is_full = seen.len() >= bounds.signatures;
        match seen.entry(used) {
            Entry::Vacant(_) if is_full => Err(Denial::Full),
            Entry::Vacant(new) => {
                new.insert(vec![body]);
                Ok(Seen::First)
            }
            Entry::Occupied(_) if bounds.replay == Replay::Strict => Err(Denial::Replayed),
            Entry::Occupied(known) if known.get().contains(&body) => Ok(Seen::Again),
            Entry::Occupied(known) if known.get().len() >= bounds.bodies => Err(Denial::Replayed),
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
