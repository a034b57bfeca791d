//! Bearer tokens, which authenticate metricshot's own operations. Only their digests are stored.

use super::key::secret_fault;
use super::{Key, KeyFault};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use subtle::ConstantTimeEq;

/// SHA-256 of a token.
#[derive(Debug, Clone)]
pub struct TokenDigest([u8; 32]);

impl TokenDigest {
    /// Digests an operator's token. Fails if it is short or easily guessed.
    pub fn new(token: &str) -> Result<Self, KeyFault> {
        secret_fault("token", token).map_or_else(|| Ok(Self::of(token)), Err)
    }

    /// Reports whether `token` is the token, in constant time.
    pub fn is_of(&self, token: &str) -> bool {
        self.equals(&Self::of(token))
    }

    pub(super) fn of(token: &str) -> Self {
        Self(Sha256::digest(token).into())
    }

    /// Compares in constant time.
    pub(super) fn equals(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

/// Returns the key with this token. Every key is compared, whatever the results of the others, so the time tells
/// nothing.
pub(super) fn holder(keys: &[Arc<Key>], token: &str) -> Option<Arc<Key>> {
    let digest = TokenDigest::of(token);
    let is_it = |key: &&Arc<Key>| key.token().is_some_and(|own| own.equals(&digest));
    keys.iter().filter(is_it).fold(None, |found, key| found.or_else(|| Some(Arc::clone(key))))
}
