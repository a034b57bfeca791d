//! The vendor's signature as a client makes it. It does not use the code under test, so that it is an independent reference.

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// Returns the HMAC-SHA256 of the concatenated parts.
pub fn mac(secret: &str, parts: &[&str]) -> [u8; 32] {
    let keyed = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("a key of any length");
    parts.iter().fold(keyed, |mac, part| mac.chain_update(part)).finalize().into_bytes().into()
}

/// Returns the SHA-256 in lower-case hexadecimal digits.
pub fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Returns the current time in Unix milliseconds.
pub fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    i64::try_from(since.as_millis()).expect("a time that fits into 64 bits")
}

/// Returns the current time in Unix milliseconds, but a later one at each call: two requests in one millisecond would share a signature.
pub fn fresh_ms() -> i64 {
    static LAST: AtomicI64 = AtomicI64::new(0);
    let now = now_ms();
    let last = LAST.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |last| Some(now.max(last + 1)));
    now.max(last.expect("the update never fails") + 1)
}
