//! Calls of one server: deadline, size limits, credentials, and one retry of idempotent requests.
//!
//! Sources parse the responses, errors of their API included.

use super::connector::{Connector, Lookup, System};
use super::credentials::OutgoingRequest;
use super::endpoint::secret_header;
use super::error_text::error_text;
use super::request::{JSON, ProtobufPost, ReadRequest, WriteRequest};
use super::response::{BodyLimits, HttpResponse};
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

/// HTTP client of one server.
#[derive(Debug, Clone)]
pub struct Client {
    base: String,
    auth: Auth,
    caps: BodyLimits,
    connector: Arc<Connector>,
    retries: Arc<Retries>,
}

impl Client {
    /// Makes the client and checks `endpoint`; connects to nothing yet.
    pub fn new(endpoint: Endpoint, limits: &Limits) -> Result<Self, EndpointFault> {
        Self::looking_up(endpoint, limits, Arc::new(System))
    }

    /// Makes the client with another resolver.
    pub(super) fn looking_up(
        endpoint: Endpoint,
        limits: &Limits,
        lookup: Arc<dyn Lookup>,
    ) -> Result<Self, EndpointFault> {
        let base = endpoint.base()?;
        let connector = Arc::new(Connector::new(&endpoint, limits, lookup)?);
        let retries = Arc::new(Retries::new(limits));
        Ok(Self { base, auth: endpoint.auth, caps: BodyLimits::new(limits), connector, retries })
    }

    /// Returns a client of the same server and connections with other credentials.
    pub fn with_auth(&self, auth: Auth) -> Self {
        Self { auth, ..self.clone() }
    }

    /// Sends an idempotent request. Retries it once where the connection broke or the server is overloaded, if the deadline and the retry
    /// budget allow it.
    pub async fn get_idempotent(&self, question: ReadRequest<'_>, call: Call<'_>) -> Result<HttpResponse, SourceError> {
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

    /// Sends a non-idempotent request once. Without a response it is unknown whether the server executed it.
    pub async fn execute(&self, order: WriteRequest<'_>, deadline: Deadline) -> Result<HttpResponse, SourceError> {
        self.call(&order.request(&self.base)?, Call::unlimited(deadline, 0)).await
    }

    /// Sends protobuf bytes once.
    pub async fn post_protobuf(&self, post: ProtobufPost<'_>, deadline: Deadline) -> Result<HttpResponse, SourceError> {
        self.call(&post.request(&self.base)?, Call::unlimited(deadline, 0)).await
    }

    /// Sends the request with credentials; once more with new ones where the server rejects cached ones.
    async fn call(&self, request: &Request, call: Call<'_>) -> Result<HttpResponse, SourceError> {
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

    async fn send(
        &self,
        request: &Request,
        proof: &HeaderMap,
        memory: &CallMemory,
    ) -> Result<HttpResponse, SourceError> {
        let uncopied = || SourceError::new(Reason::Refused, "the question cannot be sent");
        let mut request = request.try_clone().ok_or_else(uncopied)?;
        request.headers_mut().insert(ACCEPT, HeaderValue::from_static(JSON));
        request.headers_mut().insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
        request.headers_mut().extend(proof.clone());
        trace::call(request, async |request| {
            let http = self.connector.http().await?;
            self.caps.read(http.execute(request).await.map_err(not_sent)?, memory).await
        })
        .await
    }

    /// Returns the headers of the credentials.
    async fn proof(&self, request: &Request, deadline: Deadline) -> Result<HeaderMap, SourceError> {
        let bearer = |token: &str| sendable(&format!("Bearer {token}"));
        let (name, value) = match &self.auth {
            Auth::None => return Ok(HeaderMap::new()),
            Auth::Credentials(own) => {
                let body = request.body().and_then(|body| body.as_bytes()).unwrap_or_default();
                let body = std::str::from_utf8(body).unwrap_or_default();
                let (method, url) = (request.method().as_str(), request.url().as_str());
                return own.headers(OutgoingRequest { method, url, body }, deadline).await;
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

/// Returns `Some` where a retry may help, with the pause that the server requests before it.
fn retry_asked(outcome: &Result<HttpResponse, SourceError>) -> Option<Option<Duration>> {
    match outcome {
        Ok(reply) if matches!(reply.status, 429 | 502..=504) => Some(reply.retry_after()),
        Err(SourceError { reason: Reason::Down, .. }) => Some(None),
        _ => None,
    }
}

/// Returns the value of `Authorization` by RFC 7617.
pub fn basic(username: &str, password: &SecretString) -> String {
    format!("Basic {}", STANDARD.encode(format!("{username}:{}", password.expose_secret())))
}

/// Returns a secret as the value of a header, marked as sensitive.
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
