//! Reasons for rejecting a signature, more detailed than the response.

use super::AuthError;
use thiserror::Error;

/// A reason for rejecting a signature, for the operator's log. The client only gets the [`AuthError`] that it maps to,
/// and so cannot find out which keys exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum RejectionReason {
    /// A required header that is missing, empty or repeated.
    #[error("{0} is missing or repeated")]
    Missing(&'static str),
    /// A header that is invalid for every key.
    #[error("{0} is malformed")]
    Malformed(&'static str),
    /// An access key of no configured key.
    #[error("unknown access key")]
    UnknownKey,
    /// A `Scp-ClientType` that is not in `auth.client_types`.
    #[error("client type is not one of auth.client_types")]
    ClientType,
    /// A signature of a known key that none of its secrets made for one of the URLs: a wrong secret, or a different
    /// URL, account id, method or timestamp.
    #[error("wrong secret, or another URL, account id or time was signed")]
    WrongSignature,
    /// Timestamp minus the service's time, in milliseconds; more than the allowed clock skew.
    #[error("timestamp differs from the service's clock by {0} ms")]
    ClockSkew(i64),
    /// A signature from before the service started, in strict mode.
    #[error("signed before the service started, which auth.strict rejects")]
    BeforeStart,
    /// A signature that was used before, with the maximum number of bodies.
    #[error("signature was used before")]
    Replayed,
    /// A body without the signed digest.
    #[error("body differs from Metricshot-Body-Sha256")]
    OtherBody,
    /// A full replay cache of the key.
    #[error("replay cache of the key is full")]
    CacheFull,
}

impl From<RejectionReason> for AuthError {
    fn from(reason: RejectionReason) -> Self {
        match reason {
            RejectionReason::Missing(_) => Self::Missing,
            RejectionReason::Malformed(_)
            | RejectionReason::UnknownKey
            | RejectionReason::ClientType
            | RejectionReason::WrongSignature => Self::Invalid,
            RejectionReason::ClockSkew(_) | RejectionReason::BeforeStart => Self::Stale,
            RejectionReason::Replayed => Self::Replayed,
            RejectionReason::OtherBody => Self::OtherBody,
            RejectionReason::CacheFull => Self::Full,
        }
    }
}
