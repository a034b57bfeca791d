//! Who asks, and whether that is true: keys, the vendor's signature, bearer tokens, and the memory that sees a signature come again.
//!
//! Pure but for that memory: the present comes in as a value. `http` reads what a caller claims from its headers and asks here; the
//! configuration makes the keys. An unknown key and a wrong signature cost the same time and give the same answer.

mod bearer_token;
mod claim;
mod key;
mod rejection;
mod replay;
mod signature;

pub use claim::{Claim, Headers};
pub use key::{BodyProof, Key, KeyFault, KeyText, Rights};
pub use rejection::RejectionReason;
pub use replay::Seen;
pub use signature::BodyDigest;

use crate::limits::Limits;
use key::Secrets;
use replay::{Bounds, Used};
use std::sync::Arc;
use std::time::Duration;

/// Who a caller proved to be.
#[derive(Debug, Clone)]
pub enum Caller {
    /// No keys are configured, so that nobody has to prove anything.
    Anyone,
    /// The holder of this key.
    Holder(Arc<Key>),
}

impl Caller {
    /// It may read the metrics of this namespace.
    pub fn may_read(&self, namespace: &str) -> bool {
        match self {
            Self::Anyone => true,
            Self::Holder(key) => key.rights().allow(namespace),
        }
    }
}

/// The present, as two clocks show it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    /// Wall time in Unix milliseconds, which may step: how far a signature's own time is from it.
    pub unix_ms: i64,
    /// Monotonic time since the process started: how long ago a signature was seen.
    pub uptime: Duration,
}

/// Why a caller is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Denial {
    /// What a proof is made of is not all there, exactly once each.
    Missing,
    /// No key that we know made this signature of this request.
    Invalid,
    /// It is too old, or of the future.
    Stale,
    /// It came before, with as many bodies as one signature may have.
    Replayed,
    /// The body is not the one that was signed.
    OtherBody,
    /// More signatures of this key than can be remembered; none is forgotten for a new one.
    Full,
}

/// What one signature may be used for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Replay {
    /// The same request as often as one likes, since reading does no harm, and some other bodies: two honest requests of one
    /// millisecond share a signature.
    #[default]
    Lenient,
    /// One request, since the service began.
    Strict,
}

/// Which account id is in the signed text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Account {
    /// The one of the header.
    #[default]
    AsSent,
    /// That, or none: some clients send one and do not sign it.
    AsSentOrNone,
}

/// How strict we are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    /// See there.
    pub replay: Replay,
    /// See there.
    pub account: Account,
    /// The values that `Scp-ClientType` may have.
    pub client_types: Vec<String>,
}

impl Default for Rules {
    fn default() -> Self {
        Self { replay: Replay::default(), account: Account::default(), client_types: vec!["Openapi".to_owned()] }
    }
}

/// Everyone whom we know.
#[derive(Debug, Clone)]
pub struct Identity {
    keys: Vec<Arc<Key>>,
    rules: Rules,
    bounds: Bounds,
    /// Compared with where there is no key, so that it takes as long.
    nobody: Arc<Secrets>,
}

impl Default for Identity {
    /// Nobody: the service is open.
    fn default() -> Self {
        Self::new(Vec::new(), Rules::default(), &Limits::default(), 0)
    }
}

/// A caller who signed its request; what is left to see is whether it came before.
#[derive(Debug)]
#[must_use]
pub struct Signed {
    key: Arc<Key>,
    used: Used,
    body: Option<BodyDigest>,
    bounds: Bounds,
    uptime: Duration,
}

impl Identity {
    /// With these keys, whose access keys and tokens differ, as of `begun_ms`, Unix milliseconds.
    pub fn new(keys: Vec<Arc<Key>>, rules: Rules, limits: &Limits, begun_ms: i64) -> Self {
        let bounds = Bounds {
            bodies: match rules.replay {
                Replay::Lenient => limits.bodies_per_signature,
                Replay::Strict => 1,
            },
            replay: rules.replay,
            signatures: limits.signatures_remembered,
            skew: limits.signature_skew,
            begun_ms,
        };
        Self { keys, rules, bounds, nobody: Arc::new(Secrets::of_nobody()) }
    }

    /// There is nobody to be told from anybody else.
    pub fn is_open(&self) -> bool {
        self.keys.is_empty()
    }

    /// The same keys as before keep what they remember: of `former`, those of the same name.
    pub fn continuing(self, former: &Self) -> Self {
        let keys = self.keys.iter().map(|key| {
            let before = former.keys.iter().find(|before| before.name() == key.name());
            before.map_or_else(|| Arc::clone(key), |before| Arc::new(key.continuing(before)))
        });
        Self { keys: keys.collect(), bounds: Bounds { begun_ms: former.bounds.begun_ms, ..self.bounds }, ..self }
    }

    /// Who signed the request that `claim` describes, which was sent to one of `urls`.
    ///
    /// An unknown key takes as long as a wrong signature: the reason is for the operator's log alone, the client gets [`Denial`].
    pub fn signer(&self, claim: &Claim<'_>, urls: &[String], now: Now) -> Result<Signed, RejectionReason> {
        let key = self.keys.iter().find(|key| key.access_key() == Some(claim.access_key));
        let secrets = key.and_then(|key| key.secrets()).unwrap_or(&self.nobody);
        let accounts = match self.rules.account {
            Account::AsSent => &[claim.account_id][..],
            Account::AsSentOrNone => &[claim.account_id, ""],
        };
        let is_known_client = self.rules.client_types.iter().any(|known| known == claim.client_type);
        let is_true = signature::is_made_by(secrets, claim, urls, accounts);
        let key = match key {
            None => return Err(RejectionReason::UnknownKey),
            Some(_) if !is_known_client => return Err(RejectionReason::ClientType),
            Some(_) if !is_true => return Err(RejectionReason::WrongSignature),
            Some(key) => key,
        };
        if key.body_proof() == BodyProof::Signed && claim.body.is_none() {
            return Err(RejectionReason::Missing("Metricshot-Body-Sha256"));
        }
        let used = Used { timestamp_ms: claim.timestamp_ms, signature: claim.signature };
        used.check_time(&self.bounds, now.unix_ms)?;
        Ok(Signed { key: Arc::clone(key), used, body: claim.body, bounds: self.bounds, uptime: now.uptime })
    }

    /// Who holds `token`.
    pub fn bearer(&self, token: &str) -> Result<Caller, Denial> {
        bearer_token::holder(&self.keys, token).map(Caller::Holder).ok_or(Denial::Invalid)
    }
}

impl Signed {
    /// Whose signature it is.
    pub fn key(&self) -> &Key {
        &self.key
    }

    /// The caller, once its body is known: the one that was signed, if it was, and one with which the signature may come.
    pub fn with_body(self, body: &[u8]) -> Result<(Caller, Seen), RejectionReason> {
        let digest = BodyDigest::of(body);
        if self.body.is_some_and(|signed| signed != digest) {
            return Err(RejectionReason::OtherBody);
        }
        let seen = self.key.memory().remember(self.used, digest, &self.bounds, self.uptime)?;
        Ok((Caller::Holder(self.key), seen))
    }
}

/// Difference between the times of two machines that a strict service allows for when it looks at what is older than itself.
const BEGIN_SLACK: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests;
