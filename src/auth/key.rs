//! Keys: name, secrets, and access rights of a caller.

use super::bearer_token::TokenDigest;
use super::replay::ReplayCache;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;
use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

/// A key of a caller: its name identifies the caller; access key, secrets and token prove it.
#[derive(Debug, Clone)]
pub struct Key {
    name: String,
    access_key: Option<String>,
    secrets: Option<Arc<Secrets>>,
    token: Option<TokenDigest>,
    rights: Rights,
    body_proof: BodyProof,
    replay_cache: Arc<ReplayCache>,
}

/// Namespaces that a key may read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Rights {
    /// Every namespace.
    #[default]
    All,
    /// The listed namespaces only.
    Namespaces(BTreeSet<String>),
}

impl Rights {
    /// Reports whether `namespace` may be read.
    pub fn allow(&self, namespace: &str) -> bool {
        match self {
            Self::All => true,
            Self::Namespaces(names) => names.contains(namespace),
        }
    }
}

/// Requirement that a signature covers the body.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum BodyProof {
    /// Optional, because the vendor's signature does not cover it.
    #[default]
    Optional,
    /// Required.
    Signed,
}

/// The keyed HMACs of a key: always two, so a key during rotation takes as long to verify as any other.
pub(super) struct Secrets([Hmac<Sha256>; 2]);

impl Secrets {
    /// Makes secrets of no key, for constant-time verification of unknown access keys.
    pub(super) fn dummy() -> Self {
        Self::new("", None)
    }

    fn new(secret: &str, former: Option<&str>) -> Self {
        // HMAC accepts a key of any length.
        let keyed =
            |secret: &str| Hmac::new_from_slice(secret.as_bytes()).unwrap_or_else(|_| Hmac::new(&Default::default()));
        Self([keyed(secret), keyed(former.unwrap_or(secret))])
    }

    /// Reports whether the two have a secret in common: both give the same MAC of an empty message.
    fn share(&self, other: &Self) -> bool {
        let macs = |secrets: &Self| secrets.0.each_ref().map(|keyed| keyed.clone().finalize().into_bytes());
        let (own, theirs) = (macs(self), macs(other));
        own.iter().any(|mac| theirs.contains(mac))
    }

    pub(super) fn keyed(&self) -> &[Hmac<Sha256>; 2] {
        &self.0
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secrets(…)")
    }
}

/// Settings of a key, as the operator wrote them.
#[derive(Debug, Clone, Default)]
pub struct KeyText {
    /// Public id that is sent with a signature.
    pub access_key: Option<String>,
    /// Secret that signatures are made with.
    pub secret: Option<SecretString>,
    /// Previous secret, still accepted during rotation.
    pub former_secret: Option<SecretString>,
    /// Bearer token for metricshot's own operations.
    pub token: Option<SecretString>,
    /// Namespaces that the key may read.
    pub rights: Rights,
    /// Requirement that signatures cover the body.
    pub body_proof: BodyProof,
}

/// Faults of a key's settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)]
pub enum KeyFault {
    #[error("should have access_key and secret, or token, or both")]
    Empty,
    #[error("access_key and secret should come together")]
    Half,
    #[error("access_key: should be 1 to 128 visible ASCII characters")]
    AccessKey,
    #[error("{0}: should have at least 16 bytes; `openssl rand -hex 32` makes a good one")]
    Short(&'static str),
    #[error("{0}: is an example or easily guessed; `openssl rand -hex 32` makes a good one")]
    Weak(&'static str),
}

impl Key {
    /// Makes a key, or returns all faults of its settings.
    pub fn new(name: &str, text: KeyText) -> Result<Self, Vec<KeyFault>> {
        let faults = faults(&text);
        if !faults.is_empty() {
            return Err(faults);
        }
        let former = text.former_secret.as_ref().map(SecretString::expose_secret);
        let secrets = text.secret.as_ref().map(|secret| Arc::new(Secrets::new(secret.expose_secret(), former)));
        Ok(Self {
            name: name.to_owned(),
            access_key: text.access_key,
            secrets,
            token: text.token.map(|token| TokenDigest::of(token.expose_secret())),
            rights: text.rights,
            body_proof: text.body_proof,
            replay_cache: Arc::default(),
        })
    }

    /// Makes a key with a secret that settings would reject.
    #[cfg(test)]
    pub(super) fn for_tests(access_key: &str, secret: &str) -> Self {
        let text = KeyText {
            access_key: Some(access_key.to_owned()),
            secret: Some("sixteen bytes ok".into()),
            ..KeyText::default()
        };
        let key = Self::new("test", text).unwrap_or_else(|faults| panic!("{faults:?}"));
        Self { secrets: Some(Arc::new(Secrets::new(secret, None))), ..key }
    }

    /// Returns this key with the replay cache of `before`.
    pub(super) fn continuing(&self, before: &Self) -> Self {
        Self { replay_cache: Arc::clone(&before.replay_cache), ..self.clone() }
    }

    /// Returns the settings that have the same value in `other`, which makes the two keys ambiguous.
    pub fn shares(&self, other: &Self) -> impl Iterator<Item = &'static str> {
        let access_key = self.access_key.is_some() && self.access_key == other.access_key;
        let secret = self.secrets().zip(other.secrets()).is_some_and(|(own, theirs)| own.share(theirs));
        let token = self.token().zip(other.token()).is_some_and(|(own, theirs)| own.equals(theirs));
        [(access_key, "access_key"), (secret, "secret"), (token, "token")]
            .into_iter()
            .filter_map(|(is_shared, place)| is_shared.then_some(place))
    }

    /// Returns the name for logs and metrics.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the public id that is sent with a signature.
    pub fn access_key(&self) -> Option<&str> {
        self.access_key.as_deref()
    }

    pub(super) fn secrets(&self) -> Option<&Secrets> {
        self.secrets.as_deref()
    }

    pub(super) fn token(&self) -> Option<&TokenDigest> {
        self.token.as_ref()
    }

    /// Returns the namespaces that the key may read.
    pub fn rights(&self) -> &Rights {
        &self.rights
    }

    pub(super) fn body_proof(&self) -> BodyProof {
        self.body_proof
    }

    pub(super) fn replay_cache(&self) -> &ReplayCache {
        &self.replay_cache
    }
}

fn faults(text: &KeyText) -> Vec<KeyFault> {
    let mut faults = Vec::new();
    let is_access_key =
        |key: &String| (1..=128).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic());
    match (&text.access_key, &text.secret, &text.token) {
        (None, None, None) => faults.push(KeyFault::Empty),
        (Some(_), None, _) | (None, Some(_), _) => faults.push(KeyFault::Half),
        _ => {}
    }
    if text.former_secret.is_some() && text.secret.is_none() {
        faults.push(KeyFault::Half);
    }
    if text.access_key.as_ref().is_some_and(|key| !is_access_key(key)) {
        faults.push(KeyFault::AccessKey);
    }
    let secrets = [("secret", &text.secret), ("former_secret", &text.former_secret), ("token", &text.token)];
    faults.extend(
        secrets.into_iter().filter_map(|(place, secret)| secret_fault(place, secret.as_ref()?.expose_secret())),
    );
    faults.dedup();
    faults
}

/// Minimum length of a secret, in bytes.
const MIN_SECRET_BYTES: usize = 16;

/// Minimum number of distinct bytes of a secret; sixteen random digits have fewer with a probability of one in ten
/// million.
const MIN_DISTINCT_BYTES: usize = 4;

/// Secrets that operators copy from examples, reduced to letters.
const EXAMPLES: [&str; 13] = [
    "changeme",
    "changeit",
    "example",
    "mysecurekey",
    "mysecretkey",
    "mysecret",
    "password",
    "placeholder",
    "replaceme",
    "supersecret",
    "topsecret",
    "yoursecret",
    "yourbitsecret",
];

pub(super) fn secret_fault(place: &'static str, secret: &str) -> Option<KeyFault> {
    let letters: String = secret.chars().filter(char::is_ascii_alphabetic).map(|c| c.to_ascii_lowercase()).collect();
    if EXAMPLES.iter().any(|example| letters.contains(example)) {
        Some(KeyFault::Weak(place))
    } else if secret.len() < MIN_SECRET_BYTES {
        Some(KeyFault::Short(place))
    } else if has_few_bytes(secret) || repeats(secret.as_bytes()) || counts(secret.as_bytes()) {
        Some(KeyFault::Weak(place))
    } else {
        None
    }
}

fn has_few_bytes(secret: &str) -> bool {
    secret.bytes().collect::<BTreeSet<u8>>().len() < MIN_DISTINCT_BYTES
}

/// Reports whether a secret is a repeated piece, such as `secretsecretsecret`; the last repetition may be partial.
fn repeats(secret: &[u8]) -> bool {
    (1..=secret.len().div_ceil(2)).any(|length| secret.iter().zip(&secret[length..]).all(|(one, next)| one == next))
}

/// Reports whether most neighbouring bytes differ by at most one, as in `1234567890123456` and `abcdefghijklmnop`.
/// Among random letters and digits, one step in twenty does.
fn counts(secret: &[u8]) -> bool {
    let is_step = |pair: &&[u8]| pair[0].abs_diff(pair[1]) <= 1 || matches!(pair, [b'9', b'0'] | [b'0', b'9']);
    let steps = secret.windows(2).filter(is_step).count();
    steps * 4 >= secret.len() * 3
}
