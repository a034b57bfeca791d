//! The headers by which a caller proves who it is, and who that is. By headers alone, so that an unknown caller cannot make us read
//! a body.

use super::Settings;
use super::metrics::Metrics;
use super::problem::Problem;
use super::route::host;
use crate::clock::now_ms;
use crate::identity::{Caller, Claim, Denial, Headers, Seen, Signed};
use axum::http::header::{AUTHORIZATION, HeaderMap, HeaderName};
use axum::http::request::Parts;
use std::sync::{Arc, OnceLock};
use tracing::debug;

pub(super) const SCP_ACCESSKEY: HeaderName = HeaderName::from_static("scp-accesskey");
pub(super) const SCP_TIMESTAMP: HeaderName = HeaderName::from_static("scp-timestamp");
pub(super) const SCP_CLIENTTYPE: HeaderName = HeaderName::from_static("scp-clienttype");
pub(super) const SCP_ACCOUNTID: HeaderName = HeaderName::from_static("scp-accountid");
pub(super) const SCP_SIGNATURE: HeaderName = HeaderName::from_static("scp-signature");
pub(super) const METRICSHOT_BODY_SHA256: HeaderName = HeaderName::from_static("metricshot-body-sha256");

/// Where the name of a request's key is put as soon as it is known, for who writes the request's line.
#[derive(Debug, Clone, Default)]
pub(super) struct KeyName(Arc<OnceLock<String>>);

impl KeyName {
    /// Whose request it is, if that is known.
    pub fn get(&self) -> Option<&str> {
        self.0.get().map(String::as_str)
    }

    fn tell(parts: &Parts, name: &str) {
        if let Some(slot) = parts.extensions.get::<Self>() {
            // Each request has one key.
            let _ = slot.0.set(name.to_owned());
        }
    }
}

/// A caller whose headers are right.
pub(super) enum Admitted {
    /// No keys are configured.
    Anyone,
    /// Whether the signature came before is seen with the body.
    Signed(Signed),
}

impl Admitted {
    /// Who signed a request of the contract's operations.
    pub fn by_signature(parts: &Parts, settings: &Settings) -> Result<Self, Problem> {
        let identity = &settings.identity;
        if identity.is_open() {
            return Ok(Self::Anyone);
        }
        let headers = Headers {
            access_key: once(&parts.headers, &SCP_ACCESSKEY)?,
            timestamp: once(&parts.headers, &SCP_TIMESTAMP)?,
            client_type: once(&parts.headers, &SCP_CLIENTTYPE)?,
            account_id: once(&parts.headers, &SCP_ACCOUNTID)?,
            signature: once(&parts.headers, &SCP_SIGNATURE)?,
            body: once(&parts.headers, &METRICSHOT_BODY_SHA256)?,
        };
        let target = parts.uri.path_and_query().map_or("/", |target| target.as_str());
        let claim = Claim::of(parts.method.as_str(), target, headers)?;
        let signed = identity.signer(&claim, &urls(parts, settings), now_ms())?;
        KeyName::tell(parts, signed.key().name());
        Ok(Self::Signed(signed))
    }

    /// The name of its key.
    pub fn key(&self) -> Option<&str> {
        match self {
            Self::Anyone => None,
            Self::Signed(signed) => Some(signed.key().name()),
        }
    }

    /// Returns the caller, once its body is known. Counts a signature that came before in `metrics`.
    pub fn with_body(self, body: &[u8], metrics: &Metrics) -> Result<Caller, Problem> {
        let Self::Signed(signed) = self else { return Ok(Caller::Anyone) };
        let key = signed.key().name().to_owned();
        let (caller, seen) = signed.with_body(body)?;
        let reused_with = match seen {
            Seen::First => return Ok(caller),
            Seen::Again => "same_body",
            Seen::OtherBody => "other_body",
        };
        metrics.reused_signature(reused_with);
        debug!(key, reused_with, "signature reused");
        Ok(caller)
    }
}

/// Who asks an operation of our own, by its token.
pub(super) fn bearer(parts: &Parts, settings: &Settings) -> Result<Caller, Problem> {
    if settings.identity.is_open() {
        return Ok(Caller::Anyone);
    }
    let token = || {
        let (scheme, token) = once(&parts.headers, &AUTHORIZATION)?.split_once(' ').ok_or(Denial::Missing)?;
        if scheme.eq_ignore_ascii_case("bearer") { Ok(token.trim_start()) } else { Err(Denial::Missing) }
    };
    let caller = token().and_then(|token| settings.identity.bearer(token)).map_err(Problem::NoBearer)?;
    if let Caller::Holder(key) = &caller {
        KeyName::tell(parts, key.name());
    }
    Ok(caller)
}

/// The only value of a header; empty where there is none.
fn once<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<&'a str, Denial> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(""),
        (Some(value), None) => value.to_str().map_err(|_| Denial::Invalid),
        (Some(_), Some(_)) => Err(Denial::Missing),
    }
}

/// What may stand before the path in the URL that the caller wrote: what is configured, or what it says itself.
fn urls(parts: &Parts, settings: &Settings) -> Vec<String> {
    if settings.public_urls.is_empty() {
        host(&parts.headers).map(|host| format!("{}://{host}", settings.scheme())).into_iter().collect()
    } else {
        settings.public_urls.clone()
    }
}
