//! One question over HTTP and its answer, whole, in time and within the cap; a source at fault gets one more chance.
//!
//! Used by the sources that speak HTTP. What is in an answer, an error of the API included, is theirs to read.

use super::credentials::Outgoing;
use super::endpoint::secret_header;
use super::{Auth, Endpoint, EndpointFault};
use crate::clock::{Deadline, now_ms};
use crate::limits::Limits;
use crate::series::Reason;
use crate::source::SourceError;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER};
use reqwest::{Request, Response, Url};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use std::error::Error;
use std::io;
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

/// From this length of the encoded parameters on, [`Method::Auto`] asks by POST: shorter ones pass every gateway as a URL.
const LONG_QUERY_BYTES: usize = 2048;

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";

/// A server that is asked too much is left alone for so long, where it did not say.
const OVERLOAD_PAUSE: Duration = Duration::from_secs(5);

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

/// Something that may change what is there, and is therefore said once.
#[derive(Debug, Clone, Copy)]
pub struct Order<'a> {
    /// As in `POST`.
    pub verb: Verb,
    /// Below the base URL.
    pub path: &'a str,
    /// Names and values of the URL's query, not yet encoded.
    pub parameters: &'a [(&'a str, &'a str)],
    /// A JSON document.
    pub document: Option<&'a str>,
}

/// The methods of HTTP that orders use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Verb {
    Post,
    Put,
    Delete,
}

impl From<Verb> for reqwest::Method {
    fn from(verb: Verb) -> Self {
        match verb {
            Verb::Post => Self::POST,
            Verb::Put => Self::PUT,
            Verb::Delete => Self::DELETE,
        }
    }
}

/// An answer of any status that is not a redirect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// Its headers.
    pub headers: HeaderMap,
    /// Unpacked, at most [`Limits::source_reply_bytes`].
    pub body: Vec<u8>,
}

impl Reply {
    /// It asks everybody to stay away for so long: 429 does, and 503 where it says how long.
    fn pause(&self) -> Option<Duration> {
        match self.status {
            429 => Some(self.retry_after().unwrap_or(OVERLOAD_PAUSE)),
            503 => self.retry_after(),
            _ => None,
        }
    }

    /// What it says about that.
    fn retry_after(&self) -> Option<Duration> {
        pause_until(self.headers.get(RETRY_AFTER)?.to_str().ok()?, now_ms())
    }

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

    /// The same server over the same connections, with other credentials.
    pub fn with_auth(&self, auth: Auth) -> Self {
        Self { auth, ..self.clone() }
    }

    /// Asks, and asks once more where the connection broke or the server is overloaded, if the time allows it.
    pub async fn ask(&self, question: Question<'_>, deadline: Deadline) -> Result<Reply, SourceError> {
        let request = self.question(question)?;
        let first = self.call(&request, deadline).await;
        let answered = match pause_before_retry(&first) {
            Some(pause) if pause < deadline.remaining() => {
                tokio::time::sleep(pause).await;
                self.call(&request, deadline).await
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
        let mut url = self.url(order.path)?;
        if !order.parameters.is_empty() {
            url.query_pairs_mut().extend_pairs(order.parameters);
        }
        let mut request = Request::new(order.verb.into(), url);
        match order.document {
            Some(document) => carry(&mut request, document.to_owned(), JSON),
            // Some gateways want a length of nothing as well.
            None if order.verb != Verb::Delete => _ = request.headers_mut().insert(CONTENT_LENGTH, 0.into()),
            None => {}
        }
        self.call(&request, deadline).await
    }

    /// With our credentials; once more with new ones where those that we kept have ended.
    async fn call(&self, request: &Request, deadline: Deadline) -> Result<Reply, SourceError> {
        let call = async {
            let sent = self.proof(request, deadline).await?;
            let reply = self.send(request, &sent).await?;
            match &self.auth {
                Auth::Credentials(own) if own.is_refusal(&reply) && own.refused(&sent).await => {
                    self.send(request, &self.proof(request, deadline).await?).await
                }
                _ => Ok(reply),
            }
        };
        let late = |_| Err(SourceError::new(Reason::Timeout, "no whole answer in time"));
        tokio::time::timeout(deadline.remaining(), call).await.unwrap_or_else(late)
    }

    async fn send(&self, request: &Request, proof: &HeaderMap) -> Result<Reply, SourceError> {
        let uncopied = || SourceError::new(Reason::Refused, "the question cannot be sent");
        let mut request = request.try_clone().ok_or_else(uncopied)?;
        request.headers_mut().insert(ACCEPT, HeaderValue::from_static(JSON));
        request.headers_mut().extend(proof.clone());
        let response = self.http.execute(request).await.map_err(not_sent)?;
        self.read(response).await
    }

    fn url(&self, path: &str) -> Result<Url, SourceError> {
        let unfit = |_| SourceError::new(Reason::Refused, "the question does not make a URL");
        Url::parse(&format!("{}/{}", self.base, path.trim_start_matches('/'))).map_err(unfit)
    }

    fn question(&self, question: Question<'_>) -> Result<Request, SourceError> {
        let mut url = self.url(question.path)?;
        match question.content {
            Content::Json(document) => {
                let mut request = Request::new(reqwest::Method::POST, url);
                carry(&mut request, document.to_owned(), JSON);
                Ok(request)
            }
            Content::Parameters([], _) => Ok(Request::new(reqwest::Method::GET, url)),
            Content::Parameters(parameters, method) => {
                url.query_pairs_mut().extend_pairs(parameters);
                let query = url.query().unwrap_or_default();
                let as_form = match method {
                    Method::Auto => query.len() > LONG_QUERY_BYTES,
                    Method::Get => false,
                    Method::Post => true,
                };
                if !as_form {
                    return Ok(Request::new(reqwest::Method::GET, url));
                }
                let form = query.to_owned();
                url.set_query(None);
                let mut request = Request::new(reqwest::Method::POST, url);
                carry(&mut request, form, FORM);
                Ok(request)
            }
        }
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

    async fn read(&self, mut response: Response) -> Result<Reply, SourceError> {
        let status = response.status();
        if status.is_redirection() {
            return Err(SourceError::new(Reason::Refused, format!("{status}: redirects are not followed")));
        }
        let headers = response.headers().clone();
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(not_read)? {
            if chunk.len() > self.reply_bytes - body.len() {
                let most = self.reply_bytes;
                return Err(SourceError::new(Reason::TooBig, format!("the answer has more than {most} bytes")));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Reply { status: status.as_u16(), headers, body })
    }
}

fn pause_before_retry(outcome: &Result<Reply, SourceError>) -> Option<Duration> {
    match outcome {
        Ok(reply) if matches!(reply.status, 429 | 502..=504) => Some(reply.retry_after().unwrap_or(RETRY_PAUSE)),
        Err(SourceError { reason: Reason::Down, .. }) => Some(RETRY_PAUSE),
        _ => None,
    }
}

fn carry(request: &mut Request, body: String, content_type: &'static str) {
    request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    *request.body_mut() = Some(body.into());
}

/// The value of `Authorization` by RFC 7617.
pub fn basic(username: &str, password: &SecretString) -> String {
    format!("Basic {}", STANDARD.encode(format!("{username}:{}", password.expose_secret())))
}

/// RFC 9110, 10.2.3: seconds, or a date.
fn pause_until(words: &str, now_ms: i64) -> Option<Duration> {
    if let Ok(seconds) = words.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let now = UNIX_EPOCH + Duration::from_millis(u64::try_from(now_ms).ok()?);
    Some(httpdate::parse_http_date(words).ok()?.duration_since(now).unwrap_or_default())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_is_said_in_seconds_or_as_a_date() {
        let pause = |words| pause_until(words, 1_640_995_200_000);
        assert_eq!(pause("120"), Some(Duration::from_secs(120)));
        assert_eq!(pause("Sat, 01 Jan 2022 00:00:30 GMT"), Some(Duration::from_secs(30)));
        assert_eq!(pause("Fri, 31 Dec 2021 23:59:59 GMT"), Some(Duration::ZERO), "it is over");
        assert_eq!((pause("soon"), pause("-1"), pause("")), (None, None, None));
    }
}
