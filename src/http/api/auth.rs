//! The headers by which a caller proves who it is, and who that is. By headers alone, so that an unknown caller cannot make us read
//! a body.

use crate::auth::{AuthError, Authenticator, Caller, Claim, Headers, Now, RejectionReason, Seen, Signed};
use crate::clock::{now_ms, uptime};
use crate::http::api::host::host;
use crate::http::api::problem::Problem;
use crate::http::metrics::Metrics;
use crate::http::{BaseUrl, Settings};
use axum::http::header::{AUTHORIZATION, HeaderMap, HeaderName};
use axum::http::request::Parts;
use std::sync::{Arc, OnceLock};
use tracing::{debug, info};

pub(crate) const SCP_ACCESSKEY: HeaderName = HeaderName::from_static("scp-accesskey");
pub(crate) const SCP_TIMESTAMP: HeaderName = HeaderName::from_static("scp-timestamp");
pub(crate) const SCP_CLIENTTYPE: HeaderName = HeaderName::from_static("scp-clienttype");
pub(crate) const SCP_ACCOUNTID: HeaderName = HeaderName::from_static("scp-accountid");
pub(crate) const SCP_SIGNATURE: HeaderName = HeaderName::from_static("scp-signature");
pub(crate) const METRICSHOT_BODY_SHA256: HeaderName = HeaderName::from_static("metricshot-body-sha256");

/// A slot for the name of a request's key, filled as soon as it is known and read by the access log.
#[derive(Debug, Clone, Default)]
pub(crate) struct KeyName(Arc<OnceLock<String>>);

impl KeyName {
    /// Whose request it is, if that is known.
    pub fn get(&self) -> Option<&str> {
        self.0.get().map(String::as_str)
    }

    fn record(parts: &Parts, name: &str) {
        if let Some(slot) = parts.extensions.get::<Self>() {
            // Each request has one key.
            let _ = slot.0.set(name.to_owned());
        }
    }
}

/// A caller whose headers are right.
pub(crate) enum VerifiedSignature {
    /// No keys are configured.
    Anyone,
    /// A valid signature; replays are detected with the body.
    Signed(Signed, BaseUrl),
}

impl VerifiedSignature {
    /// Verifies the signature of a request.
    pub fn verify(parts: &Parts, settings: &Settings) -> Result<Self, Problem> {
        let identity = &settings.identity;
        if identity.is_open() {
            return Ok(Self::Anyone);
        }
        let urls = urls(parts, settings);
        let signed = signer(parts, &urls, identity).map_err(|reason| rejected(parts, settings, &urls, reason))?;
        KeyName::record(parts, signed.key().name());
        Ok(Self::Signed(signed, settings.base_url()))
    }

    /// The name of its key.
    pub fn key(&self) -> Option<&str> {
        match self {
            Self::Anyone => None,
            Self::Signed(signed, _) => Some(signed.key().name()),
        }
    }

    /// Returns the caller, once its body is known. Counts a signature that came before in `metrics`.
    pub fn with_body(self, body: &[u8], metrics: &Metrics) -> Result<Caller, Problem> {
        let Self::Signed(signed, base_url) = self else { return Ok(Caller::Anyone) };
        let key = signed.key().name().to_owned();
        let (caller, seen) = signed.with_body(body).map_err(|reason| {
            info!(key, %reason, "signature rejected");
            Problem::Denied(reason.into(), base_url)
        })?;
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

/// The signer of the request that the headers describe, sent to one of `urls`.
fn signer(parts: &Parts, urls: &[String], identity: &Authenticator) -> Result<Signed, RejectionReason> {
    let value = |name: &HeaderName, shown| only_value(&parts.headers, name, shown);
    let headers = Headers {
        access_key: value(&SCP_ACCESSKEY, "Scp-Accesskey")?,
        timestamp: value(&SCP_TIMESTAMP, "Scp-Timestamp")?,
        client_type: value(&SCP_CLIENTTYPE, "Scp-ClientType")?,
        account_id: value(&SCP_ACCOUNTID, "Scp-AccountId")?,
        signature: value(&SCP_SIGNATURE, "Scp-Signature")?,
        body: value(&METRICSHOT_BODY_SHA256, "Metricshot-Body-Sha256")?,
    };
    let claim = Claim::of(parts.method.as_str(), target(parts), headers)?;
    identity.signer(&claim, urls, Now { unix_ms: now_ms(), uptime: uptime() })
}

/// Logs what an operator needs to find the difference: the claimed key, the reason, and each URL that would have been accepted in the
/// signed text. The client learns none of it.
fn rejected(parts: &Parts, settings: &Settings, urls: &[String], reason: RejectionReason) -> Problem {
    let claimed = only_value(&parts.headers, &SCP_ACCESSKEY, "").unwrap_or_default();
    let access_key: String = claimed.chars().take(CLAIMED_KEY_CHARS).collect();
    let urls: Vec<String> = urls.iter().map(|base| format!("{base}{}", target(parts))).collect();
    info!(access_key, %reason, signed_urls = urls.join(" "), base_url_from = settings.base_url().from(), "signature rejected");
    Problem::Denied(reason.into(), settings.base_url())
}

/// The longest access key that a configured key can have.
const CLAIMED_KEY_CHARS: usize = 128;

/// Path and query, exactly as they came.
fn target(parts: &Parts) -> &str {
    parts.uri.path_and_query().map_or("/", |target| target.as_str())
}

/// Authenticates a request of metricshot's own operations by its bearer token.
pub(crate) fn bearer(parts: &Parts, settings: &Settings) -> Result<Caller, Problem> {
    if settings.identity.is_open() {
        return Ok(Caller::Anyone);
    }
    let token = || {
        let value = only_value(&parts.headers, &AUTHORIZATION, "Authorization").map_err(AuthError::from)?;
        let (scheme, token) = value.split_once(' ').ok_or(AuthError::Missing)?;
        if scheme.eq_ignore_ascii_case("bearer") { Ok(token.trim_start()) } else { Err(AuthError::Missing) }
    };
    let caller = token().and_then(|token| settings.identity.bearer(token)).map_err(Problem::NoBearer)?;
    if let Caller::Holder(key) = &caller {
        KeyName::record(parts, key.name());
    }
    Ok(caller)
}

/// The only value of a header; empty where there is none. `shown` is its name as documented.
fn only_value<'a>(headers: &'a HeaderMap, name: &HeaderName, shown: &'static str) -> Result<&'a str, RejectionReason> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(""),
        (Some(value), None) => value.to_str().map_err(|_| RejectionReason::Malformed(shown)),
        (Some(_), Some(_)) => Err(RejectionReason::Missing(shown)),
    }
}

/// Returns the base URLs that a signature may cover: the configured ones, or the one of the `Host` header.
fn urls(parts: &Parts, settings: &Settings) -> Vec<String> {
    if settings.public_urls.is_empty() {
        host(&parts.headers).map(|host| format!("{}://{host}", settings.scheme())).into_iter().collect()
    } else {
        settings.public_urls.clone()
    }
}
