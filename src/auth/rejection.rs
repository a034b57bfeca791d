//! The reasons for rejecting a signature, finer than those in the response.

use super::Denial;
use thiserror::Error;

/// The reason for rejecting a signature, for the operator's log. The client only gets the [`Denial`] that it becomes, and so cannot find
/// out which keys exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum RejectionReason {
    /// A required header is missing, empty or repeated.
    #[error("{0} is missing or repeated")]
    Missing(&'static str),
    /// A header cannot be right, whatever the key.
    #[error("{0} is malformed")]
    Malformed(&'static str),
    /// No configured key has this access key.
    #[error("unknown access key")]
    UnknownKey,
    /// `Scp-ClientType` is none of `auth.client_types`.
    #[error("client type is not one of auth.client_types")]
    ClientType,
    /// The key is known, but none of its secrets made this signature of one of the URLs: a wrong secret, or a different URL, account
    /// id, method or timestamp.
    #[error("wrong secret, or another URL, account id or time was signed")]
    WrongSignature,
    /// Timestamp minus the service's time; more than the allowed clock skew.
    #[error("timestamp differs from the service's clock by {0} ms")]
    ClockSkew(i64),
    /// Strict mode: signed before the service started.
    #[error("signed before the service started, which auth.strict rejects")]
    BeforeStart,
    /// Used before, with as many bodies as one signature may have.
    #[error("signature was used before")]
    Replayed,
    /// The body does not have the signed digest.
    #[error("body differs from Metricshot-Body-Sha256")]
    OtherBody,
    /// The replay cache of the key is full.
    #[error("replay cache of the key is full")]
    CacheFull,
}

impl From<RejectionReason> for Denial {
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
