//! The token of a Private Cloud's user for OVH's metrics servers, as credentials of the sources that ask them.
//!
//! Fetched by the first call, shared by all of the source, and fetched again once a server refuses it. It is the password of the user
//! `read`, or travels in a header of the server's own.

use super::{Api, PathSegment};
use crate::clock::Deadline;
use crate::error::{Reason, SourceError, log_excerpt};
use crate::http_client::{
    CachedCredential, Credentials, HeaderMap, HeaderName, HeaderValue, HttpResponse, OutgoingRequest, basic, sendable,
};
use async_trait::async_trait;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use std::sync::Arc;

/// The user of basic authentication: the guides of 2019 and 2020 say that it is always this one.
const USER: &str = "read";

/// The call by its name since 2020, and by the one before.
const CALLS: [&str; 2] = ["metricsToken", "getVscopeMetricsToken"];

/// A token that is fetched when it is needed.
#[derive(Debug, Clone)]
pub struct MetricsToken {
    shared: Arc<Shared>,
    travels: TokenPlacement,
}

#[derive(Debug)]
struct Shared {
    api: Api,
    service: PathSegment,
    user: PathSegment,
    kept: CachedCredential<SecretString>,
}

#[derive(Debug, Clone)]
enum TokenPlacement {
    AsPassword,
    InHeader(HeaderName),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TokenResponse {
    token: SecretString,
    #[serde(default)]
    warp_endpoint: Option<String>,
    #[serde(default)]
    opentsdb_endpoint: Option<String>,
}

impl MetricsToken {
    /// Makes credentials for `user` of the Private Cloud `service`; sends nothing yet.
    pub fn new(api: Api, service: PathSegment, user: PathSegment) -> Self {
        let shared = Shared { api, service, user, kept: CachedCredential::default() };
        Self { shared: Arc::new(shared), travels: TokenPlacement::AsPassword }
    }

    fn header(&self, token: &SecretString) -> Result<(HeaderName, HeaderValue), SourceError> {
        match &self.travels {
            TokenPlacement::AsPassword => {
                Ok((HeaderName::from_static("authorization"), sendable(&basic(USER, token))?))
            }
            TokenPlacement::InHeader(name) => Ok((name.clone(), sendable(token.expose_secret())?)),
        }
    }
}

impl Shared {
    async fn fetch(&self, deadline: Deadline) -> Result<SecretString, SourceError> {
        let (service, user) = (self.service.as_str(), self.user.as_str());
        for call in CALLS {
            let path = format!("/dedicatedCloud/{service}/user/{user}/{call}");
            if let Some(granted) = self.api.post::<TokenResponse>(&path, deadline).await? {
                let told = |endpoint: &Option<String>| log_excerpt(endpoint.as_deref().unwrap_or_default());
                let (opentsdb, warp10) = (told(&granted.opentsdb_endpoint), told(&granted.warp_endpoint));
                tracing::info!(service, opentsdb, warp10, "a metrics token was fetched; it is for these servers");
                return Ok(granted.token);
            }
        }
        let [new, old] = CALLS;
        let detail = format!("there is no user {user} of {service}, or neither {new} nor {old}: HTTP status 404");
        Err(SourceError::new(Reason::Refused, detail))
    }
}

#[async_trait]
impl Credentials for MetricsToken {
    async fn headers(&self, _call: OutgoingRequest<'_>, deadline: Deadline) -> Result<HeaderMap, SourceError> {
        let token = self.shared.kept.get(|_| true, || self.shared.fetch(deadline)).await?;
        Ok(HeaderMap::from_iter([self.header(&token)?]))
    }

    /// Detects 403 of Warp 10, 401 of Erlenmeyer without a token, and its 500 with Warp 10's text about a wrong token.
    fn is_refusal(&self, reply: &HttpResponse) -> bool {
        let is_about_token = || {
            let words = String::from_utf8_lossy(&reply.body).to_lowercase();
            words.contains("token") && ["invalid", "expired", "revoked"].iter().any(|word| words.contains(word))
        };
        matches!(reply.status, 401 | 403) || (reply.status == 500 && is_about_token())
    }

    async fn refused(&self, sent: &HeaderMap) -> bool {
        let was_sent = |token: &SecretString| {
            self.header(token).is_ok_and(|(name, value)| sent.get(&name).is_some_and(|sent| *sent == value))
        };
        self.shared.kept.forget(was_sent).await;
        true
    }

    fn in_header(&self, name: &HeaderName) -> Option<Arc<dyn Credentials>> {
        Some(Arc::new(Self { shared: Arc::clone(&self.shared), travels: TokenPlacement::InHeader(name.clone()) }))
    }
}
