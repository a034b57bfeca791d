//! What a source is asked or told, and how that becomes a request.
//!
//! Written by the sources, sent by the client. Parameters and documents are values until here, and encoded here.

use crate::error::{Reason, SourceError};
use reqwest::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderValue};
use reqwest::{Body, Request, Url};
use serde::{Deserialize, Serialize};

/// From this length of the encoded parameters on, [`Method::Auto`] asks by POST: shorter ones pass every gateway as a URL.
const LONG_QUERY_BYTES: usize = 2048;

pub(super) const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";

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

/// Bytes for a server that keeps them.
#[derive(Debug, Clone)]
pub struct Post<'a> {
    /// Below the base URL.
    pub path: &'a str,
    /// Of the bytes.
    pub content_type: &'static str,
    /// What is sent.
    pub body: Vec<u8>,
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

impl Question<'_> {
    /// For the server at `base`.
    pub(super) fn request(self, base: &str) -> Result<Request, SourceError> {
        let mut url = url(base, self.path)?;
        let (parameters, method) = match self.content {
            Content::Json(document) => return Ok(posting(url, document.to_owned(), JSON)),
            Content::Parameters(parameters, method) => (parameters, method),
        };
        if parameters.is_empty() {
            return Ok(Request::new(reqwest::Method::GET, url));
        }
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
        Ok(posting(url, form, FORM))
    }
}

impl Order<'_> {
    /// For the server at `base`.
    pub(super) fn request(self, base: &str) -> Result<Request, SourceError> {
        let mut url = url(base, self.path)?;
        if !self.parameters.is_empty() {
            url.query_pairs_mut().extend_pairs(self.parameters);
        }
        let mut request = Request::new(self.verb.into(), url);
        match self.document {
            Some(document) => carry(&mut request, document.to_owned(), JSON),
            // Some gateways want a length of nothing as well.
            None if self.verb != Verb::Delete => _ = request.headers_mut().insert(CONTENT_LENGTH, 0.into()),
            None => {}
        }
        Ok(request)
    }
}

impl Post<'_> {
    /// For the server at `base`.
    pub(super) fn request(self, base: &str) -> Result<Request, SourceError> {
        Ok(posting(url(base, self.path)?, self.body, self.content_type))
    }
}

fn url(base: &str, path: &str) -> Result<Url, SourceError> {
    let unfit = |_| SourceError::new(Reason::Refused, "the question does not make a URL");
    Url::parse(&format!("{base}/{}", path.trim_start_matches('/'))).map_err(unfit)
}

fn posting(url: Url, body: impl Into<Body>, content_type: &'static str) -> Request {
    let mut request = Request::new(reqwest::Method::POST, url);
    carry(&mut request, body, content_type);
    request
}

fn carry(request: &mut Request, body: impl Into<Body>, content_type: &'static str) {
    request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    *request.body_mut() = Some(body.into());
}
