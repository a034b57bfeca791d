//! Which request goes where: by path, then method, then the absence of a query. Paths are compared as they came; nothing is
//! decoded or normalised.
//!
//! Called once, when the service begins. Every answer, also of what is refused here, passes [`layers`], which knows the request's
//! ids and is the one place where a problem is written out.

use super::problem::Problem;
use super::service::{self, Service};
use super::target::ShortTarget;
use super::{cors, layers};
use axum::Router;
use axum::extract::FromRequestParts;
use axum::handler::Handler;
use axum::http::header::{HOST, HeaderMap};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode, Uri, Version};
use axum::middleware::{from_extractor, from_extractor_with_state, from_fn_with_state};
use axum::routing::{MethodRouter, any};
use std::sync::Arc;
use tower::util::option_layer;

/// A client whose endpoint ends with a slash writes two of them.
const ROOTS: [&str; 2] = ["/", "//"];

/// Every operation of `service`.
pub(super) fn router(service: Arc<Service>) -> Router {
    let outside = Router::new()
        .route("/healthz", get(async || ()))
        .route("/readyz", get(service::ready))
        .route("/info", get(service::info));
    let operations = ROOTS.into_iter().fold(outside, |router, root| {
        router
            .route(root, get(service::versions))
            .route(&format!("{root}v1/metrics/data/download/image"), post(service::image))
            .route(&format!("{root}v1/metrics/data"), post(service::values))
            .route(&format!("{root}v1/metrics"), post(service::infos))
    });
    operations
        .fallback(nowhere)
        .layer(from_extractor::<Host>())
        .layer(option_layer(cors::layer(service.allowed_origins())))
        .layer(from_extractor_with_state::<ShortTarget, _>(Arc::clone(&service)))
        .layer(from_fn_with_state(Arc::clone(&service), layers::answer))
        .with_state(service)
}

/// What an operator looks at, apart from what callers ask.
pub(super) fn numbers(service: Arc<Service>) -> Router {
    Router::new()
        .route("/metrics", get(service::numbers))
        .route("/healthz", get(async || ()))
        .route("/readyz", get(service::ready))
        .fallback(async || StatusCode::NOT_FOUND)
        .with_state(service)
}

/// `handler` for GET and nothing else; axum alone would let it answer HEAD too.
fn get<T: 'static>(handler: impl Handler<T, Arc<Service>>) -> MethodRouter<Arc<Service>> {
    let refuse = async || Problem::MethodNotAllowed(Method::GET);
    any(refuse).get(handler).route_layer(from_extractor::<NoQuery>()).head(refuse)
}

/// `handler` for POST and nothing else.
fn post<T: 'static>(handler: impl Handler<T, Arc<Service>>) -> MethodRouter<Arc<Service>> {
    let refuse = async || Problem::MethodNotAllowed(Method::POST);
    any(refuse).post(handler).route_layer(from_extractor::<NoQuery>())
}

async fn nowhere(uri: Uri) -> Problem {
    match uri.path().starts_with('/') {
        true => Problem::NotFound,
        false => Problem::BadRequest("The request should name a path."),
    }
}

/// Of a request without a query. Not even an empty one: a signature covers path and query without a mark between them and what
/// follows.
struct NoQuery;

impl<S: Sync> FromRequestParts<S> for NoQuery {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parts.uri.query().map_or(Ok(Self), |_| Err(Problem::UnexpectedQuery))
    }
}

/// The `Host` of a request: one that can be a host, or none at all in HTTP/1.0.
pub(super) struct Host(pub Option<String>);

impl<S: Sync> FromRequestParts<S> for Host {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        match host(&parts.headers) {
            None if parts.version == Version::HTTP_10 && !parts.headers.contains_key(HOST) => Ok(Self(None)),
            None => Err(Problem::BadRequest("The request should have one valid Host.")),
            Some(host) => Ok(Self(Some(host.to_owned()))),
        }
    }
}

/// The one `Host` of these headers, if it can be one.
pub(super) fn host(headers: &HeaderMap) -> Option<&str> {
    let mut hosts = headers.get_all(HOST).iter();
    let (host, more) = (hosts.next()?.to_str().ok()?, hosts.next());
    (more.is_none() && is_host(host)).then_some(host)
}

/// A name or an address, perhaps with a port: enough to know that it may stand in a document of ours.
fn is_host(host: &str) -> bool {
    let may_stand = |byte: u8| byte.is_ascii_alphanumeric() || b".-_:[]".contains(&byte);
    (1..=MOST_HOST_BYTES).contains(&host.len()) && host.bytes().all(may_stand)
}

/// The longest name that DNS has, and a port.
const MOST_HOST_BYTES: usize = 253 + ":65535".len();

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_can_be_a_host_is_repeated() {
        for good in ["localhost", "127.0.0.1:8080", "[::1]:80", "a-b.example.com"] {
            assert!(is_host(good), "{good}");
        }
        let long = "a".repeat(300);
        for bad in ["", "a b", "a\"b", "a/b", "a@b", "<a>", "a,b", "é", &long] {
            assert!(!is_host(bad), "{bad}");
        }
    }
}
