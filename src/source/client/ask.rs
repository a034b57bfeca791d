//! One question over HTTP and its answer, whole, in time and within the cap; a source at fault gets one more chance.
//!
//! Used by the sources that speak HTTP. What is in an answer, an error of the API included, is theirs to read.

use super::endpoint::secret_header;
use super::{Auth, Endpoint, EndpointFault};
use crate::clock::Deadline;
use crate::limits::Limits;
use crate::series::Reason;
use crate::source::SourceError;
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use reqwest::{RequestBuilder, Response, Url};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use std::error::Error;
use std::io;
use std::path::Path;
use std::time::Duration;

/// From this length of the encoded parameters on, [`Method::Auto`] asks by POST: shorter ones pass every gateway as a URL.
const LONG_QUERY_BYTES: usize = 2048;

/// Before the second try, where the other side did not say.
const RETRY_PAUSE: Duration = Duration::from_millis(100);

/// How parameters travel.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Method {
    /// In the URL while they are short, else as a form.
    #[default]
    Auto,
    /// Always in the URL.
    Get,
    /// Always as a form.
    Post,
}

/// A question that changes nothing, and may therefore be asked twice.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// Below the base URL.
    pub path: &'a str,
    /// What is asked.
    pub content: Content<'a>,
}

/// What is asked.
#[derive(Debug, Clone, Copy)]
pub enum Content<'a> {
    /// Names and values, not yet encoded, and how they travel.
    Parameters(&'a [(&'a str, &'a str)], Method),
    /// A JSON document, posted with its length: some servers refuse chunks.
    Json(&'a str),
}

/// An answer of any status that is not a redirect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// How long the other side wants to be left alone.
    pub retry_after: Option<Duration>,
    /// Unpacked, at most [`Limits::source_reply_bytes`].
    pub body: Vec<u8>,
}

impl Reply {
    /// What `parse` makes of status and body. Large bodies take a while; the threads that serve other requests should not.
    pub async fn read<T: Send + 'static>(
        self,
        parse: impl FnOnce(u16, &[u8]) -> Result<T, SourceError> + Send + 'static,
    ) -> Result<T, SourceError> {
        let read = tokio::task::spawn_blocking(move || parse(self.status, &self.body)).await;
        read.unwrap_or_else(|_| Err(SourceError::new(Reason::Malformed, "reading the answer was given up")))
    }
}

/// Asks one server.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    base: String,
    auth: Auth,
    reply_bytes: usize,
}

impl Client {
    /// Checks all of `endpoint`; connects to nothing yet.
    pub fn new(endpoint: Endpoint, limits: &Limits) -> Result<Self, EndpointFault> {
        let (http, base) = (endpoint.connector(limits)?, endpoint.base()?);
        Ok(Self { http, base, auth: endpoint.auth, reply_bytes: limits.source_reply_bytes })
    }

    /// Asks, and asks once more where the connection broke or the server is overloaded, if the time allows it.
    pub async fn ask(&self, question: Question<'_>, deadline: Deadline) -> Result<Reply, SourceError> {
        let first = self.ask_once(question, deadline).await;
        match pause_before_retry(&first) {
            Some(pause) if pause < deadline.remaining() => {
                tokio::time::sleep(pause).await;
                self.ask_once(question, deadline).await
            }
            _ => first,
        }
    }

    async fn ask_once(&self, question: Question<'_>, deadline: Deadline) -> Result<Reply, SourceError> {
        let call = async {
            let request = self.request(question).await?;
            let response = request.send().await.map_err(not_sent)?;
            self.read(response).await
        };
        let late = |_| Err(SourceError::new(Reason::Timeout, "no whole answer in time"));
        tokio::time::timeout(deadline.remaining(), call).await.unwrap_or_else(late)
    }

    async fn request(&self, question: Question<'_>) -> Result<RequestBuilder, SourceError> {
        let unfit = |_| SourceError::new(Reason::Refused, "the question does not make a URL");
        let mut url = Url::parse(&format!("{}/{}", self.base, question.path.trim_start_matches('/'))).map_err(unfit)?;
        let request = match question.content {
            Content::Json(document) => {
                self.http.post(url).header(CONTENT_TYPE, "application/json").body(document.to_owned())
            }
            Content::Parameters(parameters, method) => {
                url.query_pairs_mut().extend_pairs(parameters);
                let query = url.query().unwrap_or_default();
                let as_form = match method {
                    Method::Auto => query.len() > LONG_QUERY_BYTES,
                    Method::Get => false,
                    Method::Post => true,
                };
                if as_form {
                    let form = query.to_owned();
                    url.set_query(None);
                    self.http.post(url).header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(form)
                } else {
                    self.http.get(url)
                }
            }
        };
        self.authorise(request.header(ACCEPT, "application/json")).await
    }

    async fn authorise(&self, request: RequestBuilder) -> Result<RequestBuilder, SourceError> {
        Ok(match &self.auth {
            Auth::None => request,
            Auth::Basic { username, password } => request.basic_auth(username, Some(password.expose_secret())),
            Auth::Bearer(token) => request.bearer_auth(token.expose_secret()),
            Auth::BearerFile(path) => request.bearer_auth(token_in(path).await?.trim()),
            Auth::Header(name, token) => request.header(*name, sendable(token.expose_secret())?),
            Auth::HeaderFile(name, path) => request.header(*name, sendable(token_in(path).await?.trim())?),
        })
    }

    async fn read(&self, mut response: Response) -> Result<Reply, SourceError> {
        let status = response.status();
        if status.is_redirection() {
            return Err(SourceError::new(Reason::Refused, format!("{status}: redirects are not followed")));
        }
        let retry_after = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(not_read)? {
            if chunk.len() > self.reply_bytes - body.len() {
                let most = self.reply_bytes;
                return Err(SourceError::new(Reason::TooBig, format!("the answer has more than {most} bytes")));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Reply { status: status.as_u16(), retry_after: retry_after.map(Duration::from_secs), body })
    }
}

fn pause_before_retry(outcome: &Result<Reply, SourceError>) -> Option<Duration> {
    match outcome {
        Ok(Reply { status: 429 | 502..=504, retry_after, .. }) => Some(retry_after.unwrap_or(RETRY_PAUSE)),
        Err(SourceError { reason: Reason::Down, .. }) => Some(RETRY_PAUSE),
        _ => None,
    }
}

fn sendable(token: &str) -> Result<HeaderValue, SourceError> {
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
    SourceError::new(reason, words(error))
}

fn not_read(error: reqwest::Error) -> SourceError {
    let undecodable = |cause: &(dyn Error + 'static)| {
        let kind = cause.downcast_ref::<io::Error>().map(io::Error::kind);
        matches!(kind, Some(io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput))
    };
    let reason = if causes(&error).any(undecodable) { Reason::Malformed } else { Reason::Down };
    SourceError::new(reason, words(error))
}

/// The library's words and those of each cause, without the URL.
pub(super) fn words(error: reqwest::Error) -> String {
    let error = error.without_url();
    causes(&error).map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}
