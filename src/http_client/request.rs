//! Requests to a server, before and after encoding.
//!
//! Parameters and documents are values, and are encoded here only.

use crate::error::{Reason, SourceError};
use reqwest::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderValue};
use reqwest::{Body, Request, Url};
use serde::{Deserialize, Serialize};

/// Length of the encoded parameters from which [`ParamEncoding::Auto`] uses POST: every gateway accepts shorter ones in a URL.
const LONG_QUERY_BYTES: usize = 2048;

pub(super) const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";

/// Encoding of parameters.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ParamEncoding {
    /// Query of the URL up to a length, else a form.
    #[default]
    Auto,
    /// Query of the URL.
    Get,
    /// Form in the body.
    Post,
}

/// An idempotent request, which may be retried.
#[derive(Debug, Clone, Copy)]
pub struct ReadRequest<'a> {
    /// Path below the base URL.
    pub path: &'a str,
    /// Content of the request.
    pub content: Content<'a>,
}

/// Content of a read request.
#[derive(Debug, Clone, Copy)]
pub enum Content<'a> {
    /// Names and values, not yet encoded, and their encoding.
    Parameters(&'a [(&'a str, &'a str)], ParamEncoding),
    /// A JSON document, posted with its length: some servers refuse chunks.
    Json(&'a str),
}

/// A non-idempotent request, which is sent once.
#[derive(Debug, Clone, Copy)]
pub struct WriteRequest<'a> {
    /// HTTP method.
    pub method: HttpMethod,
    /// Path below the base URL.
    pub path: &'a str,
    /// Names and values of the URL's query, not yet encoded.
    pub parameters: &'a [(&'a str, &'a str)],
    /// A JSON document.
    pub document: Option<&'a str>,
}

/// Protobuf bytes for a server that stores them.
#[derive(Debug, Clone)]
pub struct ProtobufPost<'a> {
    /// Path below the base URL.
    pub path: &'a str,
    /// Media type of the body.
    pub content_type: &'static str,
    /// Body.
    pub body: Vec<u8>,
}

/// HTTP methods of non-idempotent requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum HttpMethod {
    Post,
    Put,
    Delete,
}

impl From<HttpMethod> for reqwest::Method {
    fn from(method: HttpMethod) -> Self {
        match method {
            HttpMethod::Post => Self::POST,
            HttpMethod::Put => Self::PUT,
            HttpMethod::Delete => Self::DELETE,
        }
    }
}

impl ReadRequest<'_> {
    /// Returns the request for the server at `base`.
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
            ParamEncoding::Auto => query.len() > LONG_QUERY_BYTES,
            ParamEncoding::Get => false,
            ParamEncoding::Post => true,
        };
        if !as_form {
            return Ok(Request::new(reqwest::Method::GET, url));
        }
        let form = query.to_owned();
        url.set_query(None);
        Ok(posting(url, form, FORM))
    }
}

impl WriteRequest<'_> {
    /// Returns the request for the server at `base`.
    pub(super) fn request(self, base: &str) -> Result<Request, SourceError> {
        let mut url = url(base, self.path)?;
        if !self.parameters.is_empty() {
            url.query_pairs_mut().extend_pairs(self.parameters);
        }
        let mut request = Request::new(self.method.into(), url);
        match self.document {
            Some(document) => carry(&mut request, document.to_owned(), JSON),
            // Some gateways want a length of nothing as well.
            None if self.method != HttpMethod::Delete => _ = request.headers_mut().insert(CONTENT_LENGTH, 0.into()),
            None => {}
        }
        Ok(request)
    }
}

impl ProtobufPost<'_> {
    /// Returns the request for the server at `base`.
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
