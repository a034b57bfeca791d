//! The vendor's signature: HMAC-SHA256 over method, URL, timestamp, access key, account id and client type, without
//! separators.
//!
//! The stronger variant appends the SHA-256 of the body, in hexadecimal. SeenSignatures are compared in constant time, and
//! all candidates are always tried.

use super::claim::Claim;
use super::key::Secrets;
use hmac::Mac;
use sha2::{Digest, Sha256};
use std::fmt::Write;

/// The SHA-256 of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BodyDigest([u8; 32]);

impl BodyDigest {
    /// Digests the bytes of a body.
    pub fn of(body: &[u8]) -> Self {
        Self(Sha256::digest(body).into())
    }

    /// Parses 64 lower-case hexadecimal digits.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let is_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if text.len() != 64 || !text.bytes().all(is_hex) {
            return None;
        }
        let mut digest = [0; 32];
        for (byte, at) in digest.iter_mut().zip((0..64).step_by(2)) {
            *byte = u8::from_str_radix(&text[at..at + 2], 16).ok()?;
        }
        Some(Self(digest))
    }

    /// Returns the digits that [`BodyDigest::parse`] reads.
    pub(super) fn text(self) -> String {
        self.0.iter().fold(String::with_capacity(64), |mut text, byte| {
            // Writing to a String never fails.
            write!(text, "{byte:02x}").unwrap_or_default();
            text
        })
    }
}

/// Reports whether one of `secrets` signed `claim`, for one of `urls` as the base of its target and one of `accounts`.
pub(super) fn verify(secrets: &Secrets, claim: &Claim<'_>, urls: &[String], accounts: &[&str]) -> bool {
    let body = claim.body.map(BodyDigest::text).unwrap_or_default();
    let mut is_signed = false;
    for keyed in secrets.keyed() {
        for url in urls {
            for account in accounts {
                let parts = [
                    claim.method,
                    url,
                    claim.target,
                    claim.timestamp,
                    claim.access_key,
                    account,
                    claim.client_type,
                    &body,
                ];
                let mac = parts.into_iter().fold(keyed.clone(), |mac, part| mac.chain_update(part));
                is_signed |= mac.verify_slice(&claim.signature).is_ok();
            }
        }
    }
    is_signed
}
