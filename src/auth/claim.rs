//! Claims of signed requests: the vendor's headers, checked for their format.

use super::RejectionReason;
use super::signature::BodyDigest;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// A request with its unverified signature.
#[derive(Debug, Clone, Copy)]
pub struct Claim<'a> {
    /// HTTP method, such as `POST`.
    pub(super) method: &'a str,
    /// Path and query, exactly as received.
    pub(super) target: &'a str,
    /// 13 digits: Unix milliseconds of the years 2001 to 2286.
    pub(super) timestamp: &'a str,
    pub(super) timestamp_ms: i64,
    pub(super) access_key: &'a str,
    pub(super) account_id: &'a str,
    pub(super) client_type: &'a str,
    pub(super) signature: [u8; 32],
    /// Digest of the body, in the stronger variant.
    pub(super) body: Option<BodyDigest>,
}

/// Raw header values; a missing header is empty.
#[derive(Debug, Clone, Copy, Default)]
pub struct Headers<'a> {
    /// `Scp-Accesskey`.
    pub access_key: &'a str,
    /// `Scp-Timestamp`.
    pub timestamp: &'a str,
    /// `Scp-ClientType`.
    pub client_type: &'a str,
    /// `Scp-AccountId`; often empty.
    pub account_id: &'a str,
    /// `Scp-Signature`.
    pub signature: &'a str,
    /// `Metricshot-Body-Sha256`, in hexadecimal.
    pub body: &'a str,
}

impl<'a> Claim<'a> {
    /// Checks the headers of a request. Fails with [`RejectionReason::Missing`] for an empty header and with
    /// [`RejectionReason::Malformed`] for one that no signer could produce.
    ///
    /// The signed parts are concatenated without separators. A timestamp has 13 digits and a request has no query, so
    /// no part can pass as the end of another.
    pub fn of(method: &'a str, target: &'a str, headers: Headers<'a>) -> Result<Self, RejectionReason> {
        use RejectionReason::{Malformed, Missing};
        let Headers { access_key, timestamp, client_type, account_id, signature, body } = headers;
        let required = [
            ("Scp-Accesskey", access_key),
            ("Scp-Timestamp", timestamp),
            ("Scp-ClientType", client_type),
            ("Scp-Signature", signature),
        ];
        if let Some((header, _)) = required.into_iter().find(|(_, value)| value.is_empty()) {
            return Err(Missing(header));
        }
        let is_time = timestamp.len() == 13 && timestamp.bytes().all(|byte| byte.is_ascii_digit());
        let timestamp_ms = timestamp.parse().ok().filter(|_| is_time).ok_or(Malformed("Scp-Timestamp"))?;
        let mac = STANDARD.decode(signature).ok().and_then(|mac| mac.try_into().ok());
        let signature = mac.ok_or(Malformed("Scp-Signature"))?;
        let digest = || BodyDigest::parse(body).ok_or(Malformed("Metricshot-Body-Sha256"));
        let body = (!body.is_empty()).then(digest).transpose()?;
        Ok(Self { method, target, timestamp, timestamp_ms, access_key, account_id, client_type, signature, body })
    }
}
