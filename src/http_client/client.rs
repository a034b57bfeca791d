//! One question over HTTP and its answer, whole, in time and within the caps; a source at fault gets one more chance.
//!
//! Used by the sources that speak HTTP. What is in an answer, an error of the API included, is theirs to read.

use super::connector::{Lookup, Reach, System};
use super::credentials::Outgoing;
use super::endpoint::secret_header;
use super::error_text::error_text;
use super::request::{JSON, Order, Post, Question};
use super::response::{Caps, Reply};
use super::retries::Retries;
use super::{Auth, Endpoint, EndpointFault, retries, trace};
use crate::call::Call;
use crate::clock::Deadline;
use crate::error::{Reason, SourceError};
use crate::limits::Limits;
use crate::memory::CallMemory;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::Request;
use reqwest::header::{ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, HeaderMap, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// Asks one server.
#[derive(Debug, Clone)]
pub struct Client {
    base: String,
    auth: Auth,
    caps: Caps,
    reach: Arc<Reach>,
    retries: Arc<Retries>,
}

impl Client {
    /// Checks all of `endpoint`; connects to nothing yet.
    pub fn new(endpoint: Endpoint, limits: &Limits) -> Result<Self, EndpointFault> {
        Self::looking_up(endpoint, limits, Arc::new(System))
    }

    /// The same, with the addresses that `lookup` knows.
    pub(super) fn looking_up(
        endpoint: Endpoint,
        limits: &Limits,
        lookup: Arc<dyn Lookup>,
    ) -> Result<Self, EndpointFault> {
        let base = endpoint.base()?;
        let reach = Arc::new(Reach::new(&endpoint, limits, lookup)?);
        let retries = Arc::new(Retries::new(limits));
        Ok(Self { base, auth: endpoint.auth, caps: Caps::new(limits), reach, retries })
    }

    /// The same server over the same connections, with other credentials.
    pub fn with_auth(&self, auth: Auth) -> Self {
        Self { auth, ..self.clone() }
    }

    /// Asks, and asks once more where the connection broke or the server is overloaded, if the time and the server's failures allow it.
    pub async fn ask(&self, question: Question<'_>, call: Call<'_>) -> Result<Reply, SourceError> {
        let request = question.request(&self.base)?;
        self.retries.saw_call();
        let first = self.call(&request, call).await;
        let pause = retry_asked(&first).map(retries::pause).filter(|pause| *pause < call.deadline.remaining());
        let answered = match pause {
            Some(pause) if self.retries.take() => {
                tokio::time::sleep(pause).await;
                drop(first);
                self.call(&request, call).await
            }
            _ => first,
        };
        let reply = answered?;
        match reply.pause() {
            Some(pause) => {
                Err(SourceError::new(Reason::Refused, format!("HTTP status {}", reply.status)).pausing(pause))
            }
            None => Ok(reply),
        }
    }

    /// Says it once: whether it was heard is not known where the answer fails to come.
    pub async fn order(&self, order: Order<'_>, deadline: Deadline) -> Result<Reply, SourceError> {
        self.call(&order.request(&self.base)?, Call::unlimited(deadline, 0)).await
    }

    /// Sends it once.
    pub async fn post(&self, post: Post<'_>, deadline: Deadline) -> Result<Reply, SourceError> {
        self.call(&post.request(&self.base)?, Call::unlimited(deadline, 0)).await
    }

    /// With our credentials; once more with new ones where those that we kept have ended.
    async fn call(&self, request: &Request, call: Call<'_>) -> Result<Reply, SourceError> {
        let Call { deadline, memory, .. } = call;
        let call = async {
            let sent = self.proof(request, deadline).await?;
            let reply = self.send(request, &sent, memory).await?;
            match &self.auth {
                Auth::Credentials(own) if own.is_refusal(&reply) && own.refused(&sent).await => {
                    drop(reply);
                    self.send(request, &self.proof(request, deadline).await?, memory).await
                }
                _ => Ok(reply),
            }
        };
        let late = |_| Err(SourceError::new(Reason::Timeout, "no whole answer in time"));
        tokio::time::timeout(deadline.remaining(), call).await.unwrap_or_else(late)
    }

    async fn send(&self, request: &Request, proof: &HeaderMap, memory: &CallMemory) -> Result<Reply, SourceError> {
        let uncopied = || SourceError::new(Reason::Refused, "the question cannot be sent");
        let mut request = request.try_clone().ok_or_else(uncopied)?;
        request.headers_mut().insert(ACCEPT, HeaderValue::from_static(JSON));
        request.headers_mut().insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
        request.headers_mut().extend(proof.clone());
        trace::call(request, async |request| {
            let http = self.reach.http().await?;
            self.caps.read(http.execute(request).await.map_err(not_sent)?, memory).await
        })
        .await
    }

    /// The headers that say who we are.
    async fn proof(&self, request: &Request, deadline: Deadline) -> Result<HeaderMap, SourceError> {
        let bearer = |token: &str| sendable(&format!("Bearer {token}"));
        let (name, value) = match &self.auth {
            Auth::None => return Ok(HeaderMap::new()),
            Auth::Credentials(own) => {
                let body = request.body().and_then(|body| body.as_bytes()).unwrap_or_default();
                let body = std::str::from_utf8(body).unwrap_or_default();
                let (method, url) = (request.method().as_str(), request.url().as_str());
                return own.headers(Outgoing { method, url, body }, deadline).await;
            }
            Auth::Basic { username, password } => (AUTHORIZATION, sendable(&basic(username, password))?),
            Auth::Bearer(token) => (AUTHORIZATION, bearer(token.expose_secret())?),
            Auth::BearerFile(path) => (AUTHORIZATION, bearer(token_in(path).await?.trim())?),
            Auth::Header(name, token) => (name.clone(), sendable(token.expose_secret())?),
            Auth::HeaderFile(name, path) => (name.clone(), sendable(token_in(path).await?.trim())?),
        };
        Ok(HeaderMap::from_iter([(name, value)]))
    }
}

/// Whether it may help to ask again, and the pause that the other side wants before.
fn retry_asked(outcome: &Result<Reply, SourceError>) -> Option<Option<Duration>> {
    match outcome {
        Ok(reply) if matches!(reply.status, 429 | 502..=504) => Some(reply.retry_after()),
        Err(SourceError { reason: Reason::Down, .. }) => Some(None),
        _ => None,
    }
}

/// The value of `Authorization` by RFC 7617.
pub fn basic(username: &str, password: &SecretString) -> String {
    format!("Basic {}", STANDARD.encode(format!("{username}:{}", password.expose_secret())))
}

/// A secret as the value of a header; it never prints.
pub fn sendable(token: &str) -> Result<HeaderValue, SourceError> {
    secret_header(token).map_err(|_| SourceError::new(Reason::Refused, "the token cannot be sent"))
}

async fn token_in(path: &Path) -> Result<String, SourceError> {
    let path = path.to_owned();
    let read = tokio::task::spawn_blocking(move || std::fs::read_to_string(path)).await;
    let unread = |why: &dyn Error| SourceError::new(Reason::Refused, format!("the file of the token: {why}"));
    read.map_err(|error| unread(&error))?.map_err(|error| unread(&error))
}

fn not_sent(error: reqwest::Error) -> SourceError {
    let reason = match () {
        () if error.is_builder() => Reason::Refused,
        () if error.is_timeout() && !error.is_connect() => Reason::Timeout,
        () => Reason::Down,
    };
    SourceError::new(reason, error_text(error))
}
