//! The replay cache of a key: the signatures it used, and their bodies.
//!
//! A signature is accepted within the allowed clock skew around its timestamp, so an entry older than twice the skew
//! cannot be replayed and is removed. Ages are monotonic time: steps of the wall clock never remove a signature that
//! could be replayed. No entry is evicted for lack of space.

use super::signature::BodyDigest;
use super::{RejectionReason, Replay, START_SLACK};
use parking_lot::Mutex;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

/// Limits of a replay cache.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    pub replay: Replay,
    /// Maximum different bodies of one signature.
    pub bodies: usize,
    pub signatures: usize,
    /// Allowed clock skew in either direction.
    pub skew: Duration,
    /// Start of the service in Unix milliseconds.
    pub started_ms: i64,
}

/// Cache key: a signature and its timestamp.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct SignatureId {
    pub timestamp_ms: i64,
    pub signature: [u8; 32],
}

/// Result of the replay check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    /// The first use of the signature.
    First,
    /// A repetition with the same body.
    Again,
    /// A repetition with a different body.
    OtherBody,
}

/// The replay cache of one key.
#[derive(Debug, Default)]
pub(super) struct ReplayCache(Mutex<SeenSignatures>);

impl SignatureId {
    /// Checks the timestamp. Fails outside of the clock skew around `now_ms`, or in strict mode before the service
    /// started.
    pub fn check_time(self, bounds: &Bounds, now_ms: i64) -> Result<(), RejectionReason> {
        if now_ms.abs_diff(self.timestamp_ms) > millis(bounds.skew).unsigned_abs() {
            return Err(RejectionReason::ClockSkew(self.timestamp_ms.saturating_sub(now_ms)));
        }
        let is_recent =
            bounds.replay == Replay::Lenient || self.timestamp_ms >= bounds.started_ms - millis(START_SLACK);
        if is_recent { Ok(()) } else { Err(RejectionReason::BeforeStart) }
    }
}

/// SeenSignatures with their bodies, and their order of first use for removing the oldest.
#[derive(Debug, Default)]
struct SeenSignatures {
    bodies: BTreeMap<SignatureId, Vec<BodyDigest>>,
    /// Uptime at the first use of each signature.
    order: VecDeque<(Duration, SignatureId)>,
}

impl SeenSignatures {
    /// Removes the signatures first used before `oldest`, and returns the others.
    fn recent(&mut self, oldest: Duration) -> &mut Self {
        while let Some((_, used)) = self.order.pop_front_if(|(seen, _)| *seen < oldest) {
            self.bodies.remove(&used);
        }
        self
    }
}

impl ReplayCache {
    /// Records that a signature was used with `body` at `uptime`. Fails on a replay or a full cache.
    pub fn check(
        &self,
        used: SignatureId,
        body: BodyDigest,
        bounds: &Bounds,
        uptime: Duration,
    ) -> Result<Seen, RejectionReason> {
        let mut seen = self.0.lock();
        let SeenSignatures { bodies, order } = &mut *seen.recent(uptime.saturating_sub(2 * bounds.skew));
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
