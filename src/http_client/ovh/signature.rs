//! The signature of a call, by which the API knows that the keys are ours and that nothing was changed on the way.
//!
//! Pure. Used by [`super::account`]. The API requires SHA-1; its known weaknesses do not matter here.

use crate::http_client::OutgoingRequest;
use secrecy::{ExposeSecret, SecretString};
use sha1::{Digest, Sha1};
use std::fmt::Write;

/// Returns `$1$` and the SHA-1 of both secrets, the call and `second`, the Unix time that is sent with it, with `+` between them.
pub fn signature(
    application_secret: &SecretString,
    consumer_key: &SecretString,
    call: OutgoingRequest<'_>,
    second: i64,
) -> String {
    let OutgoingRequest { method, url, body } = call;
    let mut hash = Sha1::new();
    for part in [application_secret.expose_secret(), consumer_key.expose_secret(), method, url, body] {
        hash.update(part);
        hash.update("+");
    }
    hash.update(second.to_string());
    let mut signature = "$1$".to_owned();
    for byte in hash.finalize() {
        // Writing to a String cannot fail.
        write!(signature, "{byte:02x}").unwrap_or_default();
    }
    signature
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Signs with the public mock keys of OVH's own client for Python, in its tests.
    fn signed(method: &str, body: &str) -> String {
        let secret = "9ufkBmLaTQ9nz5yMUlg79taH0GNnzDjk".into();
        let consumer_key = "5mBuy6SUQcRw2ZUxg0cG68BoDKpED4KY".into();
        let url = "https://eu.api.ovh.com/1.0/auth";
        signature(&secret, &consumer_key, OutgoingRequest { method, url, body }, 1_457_018_875)
    }

    #[test]
    fn a_call_without_a_body_has_the_known_signature() {
        assert_eq!(signed("GET", ""), "$1$e9556054b6309771395efa467c22e627407461ad");
    }

    #[test]
    fn a_call_with_a_body_has_the_known_signature() {
        assert_eq!(signed("POST", r#"{"a":"b","c":"d"}"#), "$1$ec2fb5c7a81f64723c77d2e5b609ae6f58a84fc1");
    }
}
