//! Authentication: keys, the vendor's signature, bearer tokens, and the replay cache.
//!
//! Pure except for the replay cache: the present is a parameter. `http` reads the claim from a request's headers and
//! verifies it here; the configuration makes the keys. An unknown key and a wrong signature take the same time and give
//! the same response.

mod bearer_token;
mod claim;
mod key;
mod rejection;
mod replay;
mod signature;

pub use bearer_token::TokenDigest;
pub use claim::{Claim, Headers};
pub use key::{BodyProof, Key, KeyFault, KeyText, Rights};
pub use rejection::RejectionReason;
pub use replay::Seen;
pub use signature::BodyDigest;

use crate::limits::Limits;
use key::Secrets;
use replay::{Bounds, SignatureId};
use std::sync::Arc;
use std::time::Duration;

/// An authenticated caller.
#[derive(Debug, Clone)]
pub enum Caller {
    /// Any client: no keys are configured, so authentication is off.
    Anyone,
    /// The holder of this key.
    Holder(Arc<Key>),
}

impl Caller {
    /// Reports whether the caller may read the metrics of `namespace`.
    pub fn may_read(&self, namespace: &str) -> bool {
        match self {
            Self::Anyone => true,
            Self::Holder(key) => key.rights().allow(namespace),
        }
    }
}

/// The present, on two clocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    /// Wall clock in Unix milliseconds, which may step; compared with a signature's timestamp.
    pub unix_ms: i64,
    /// Monotonic time since the process started; measures the age of a cached signature.
    pub uptime: Duration,
}

/// Authentication errors, as the client sees them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuthError {
    /// Credentials that are missing, incomplete or repeated.
    Missing,
    /// A signature or token that no configured key matches.
    Invalid,
    /// A timestamp too far in the past or the future.
    Stale,
    /// A signature that was used before, with the maximum number of bodies.
    Replayed,
    /// A body without the signed digest.
    OtherBody,
    /// A full replay cache of the key: no entry is evicted for a new signature.
    Full,
}

/// Replay policy for signatures.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Replay {
    /// Allows the same request any number of times, because reading is idempotent, and a limited number of other
    /// bodies: two legitimate requests of one millisecond share a signature.
    #[default]
    Lenient,
    /// Allows one request per signature since the service started.
    Strict,
}

/// Account id in the signed text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Account {
    /// The account id of the header.
    #[default]
    AsSent,
    /// The account id of the header, or none: some clients send it without signing it.
    AsSentOrNone,
}

/// Verification policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    /// Replay policy for signatures.
    pub replay: Replay,
    /// Account id in the signed text.
    pub account: Account,
    /// Accepted values of `Scp-ClientType`.
    pub client_types: Vec<String>,
}

impl Default for Rules {
    fn default() -> Self {
        Self { replay: Replay::default(), account: Account::default(), client_types: vec!["Openapi".to_owned()] }
    }
}

/// All keys and the policy that verifies requests with them.
#[derive(Debug, Clone)]
pub struct Authenticator {
    keys: Vec<Arc<Key>>,
    rules: Rules,
    bounds: Bounds,
    /// Secrets for unknown access keys, so that their verification takes as long.
    dummy_secrets: Arc<Secrets>,
}

impl Default for Authenticator {
    /// Makes an authenticator without keys: the service is open.
    fn default() -> Self {
        Self::new(Vec::new(), Rules::default(), &Limits::default(), 0)
    }
}

/// A caller with a verified signature; the replay check remains.
#[derive(Debug)]
#[must_use]
pub struct Signed {
    key: Arc<Key>,
    used: SignatureId,
    body: Option<BodyDigest>,
    bounds: Bounds,
    uptime: Duration,
}

impl Authenticator {
    /// Makes an authenticator of `keys`, whose access keys and tokens are distinct. `started_ms` is the service's start
    /// in Unix milliseconds.
    pub fn new(keys: Vec<Arc<Key>>, rules: Rules, limits: &Limits, started_ms: i64) -> Self {
        let bounds = Bounds {
            bodies: match rules.replay {
                Replay::Lenient => limits.bodies_per_signature,
                Replay::Strict => 1,
            },
            replay: rules.replay,
            signatures: limits.signatures_remembered,
            skew: limits.signature_skew,
            started_ms,
        };
        Self { keys, rules, bounds, dummy_secrets: Arc::new(Secrets::dummy()) }
    }

    /// Reports whether no keys are configured, so that authentication is off.
    pub fn is_open(&self) -> bool {
        self.keys.is_empty()
    }

    /// Keeps the replay caches of the keys in `former` with the same names.
    pub fn continuing(self, former: &Self) -> Self {
        let keys = self.keys.iter().map(|key| {
            let before = former.keys.iter().find(|before| before.name() == key.name());
            before.map_or_else(|| Arc::clone(key), |before| Arc::new(key.continuing(before)))
        });
        Self { keys: keys.collect(), bounds: Bounds { started_ms: former.bounds.started_ms, ..self.bounds }, ..self }
    }

    /// Verifies the signature of `claim`, which was sent to one of `urls`.
    ///
    /// An unknown key takes as long as a wrong signature. The reason is for the operator's log only; the client gets an
    /// [`AuthError`].
    pub fn signer(&self, claim: &Claim<'_>, urls: &[String], now: Now) -> Result<Signed, RejectionReason> {
        let key = self.keys.iter().find(|key| key.access_key() == Some(claim.access_key));
        let secrets = key.and_then(|key| key.secrets()).unwrap_or(&self.dummy_secrets);
        let accounts = match self.rules.account {
            Account::AsSent => &[claim.account_id][..],
            Account::AsSentOrNone => &[claim.account_id, ""],
        };
        let is_known_client = self.rules.client_types.iter().any(|known| known == claim.client_type);
        let is_signed = signature::verify(secrets, claim, urls, accounts);
        let key = match key {
            None => return Err(RejectionReason::UnknownKey),
            Some(_) if !is_known_client => return Err(RejectionReason::ClientType),
            Some(_) if !is_signed => return Err(RejectionReason::WrongSignature),
            Some(key) => key,
        };
        if key.body_proof() == BodyProof::Signed && claim.body.is_none() {
            return Err(RejectionReason::Missing("Metricshot-Body-Sha256"));
        }
        let used = SignatureId { timestamp_ms: claim.timestamp_ms, signature: claim.signature };
        used.check_time(&self.bounds, now.unix_ms)?;
        Ok(Signed { key: Arc::clone(key), used, body: claim.body, bounds: self.bounds, uptime: now.uptime })
    }

    /// Returns the holder of `token`.
    pub fn bearer(&self, token: &str) -> Result<Caller, AuthError> {
        bearer_token::holder(&self.keys, token).map(Caller::Holder).ok_or(AuthError::Invalid)
    }
}

impl Signed {
    /// Returns the key that signed the request.
    pub fn key(&self) -> &Key {
        &self.key
    }

    /// Completes authentication with the request's body. Fails if the body is not the signed one, or on a replay.
    pub fn with_body(self, body: &[u8]) -> Result<(Caller, Seen), RejectionReason> {
        let digest = BodyDigest::of(body);
        if self.body.is_some_and(|signed| signed != digest) {
            return Err(RejectionReason::OtherBody);
        }
        let seen = self.key.replay_cache().check(self.used, digest, &self.bounds, self.uptime)?;
        Ok((Caller::Holder(self.key), seen))
    }
}

/// Clock difference between client and server that a strict service allows for when it rejects signatures older than
/// itself.
const START_SLACK: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests;
