//! Routes of requests: by path, then method, then the absence of a query. Paths are compared as they came; nothing is
//! decoded or normalised.
//!
//! Called once, when the service begins. Every answer, also of what is refused here, passes [`access_log`], which knows the request's
//! ids and is the one place where a problem is written out.

use crate::http::api::charts;
use crate::http::api::error_response::{CHARTS_PATH, ErrorResponse, Form, Rejection};
use crate::http::api::handlers;
use crate::http::api::host::ValidHost;
use crate::http::api::problem::Problem;
use crate::http::api::state::Service;
use crate::http::middleware::request_id::RequestIds;
use crate::http::middleware::{access_log, cors};
use axum::Router;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use axum::middleware::{from_extractor_with_state, from_fn_with_state};
use axum::response::Response;
use axum::routing::{MethodRouter, any};
use futures_util::future::BoxFuture;
use std::sync::Arc;
use tower::util::option_layer;

/// A client whose endpoint ends with a slash writes two of them.
const ROOTS: [&str; 2] = ["/", "//"];

/// Every operation of `service`.
pub(crate) fn router(service: Arc<Service>) -> Router {
    let outside = Router::new()
        .route("/healthz", get(handlers::live))
        .route("/readyz", get(handlers::ready))
        .route("/info", get(handlers::info))
        .route(CHARTS_PATH, charts_route())
        .route(&format!("{}/{{name}}", CHARTS_PATH), get_with_query(charts::named));
    let operations = ROOTS.into_iter().fold(outside, |router, root| {
        router
            .route(root, get(handlers::versions))
            .route(&format!("{root}v1/metrics/data/download/image"), post(handlers::image))
            .route(&format!("{root}v1/metrics/data"), post(handlers::metric_data))
            .route(&format!("{root}v1/metrics"), post(handlers::metric_list))
    });
    layered(operations.fallback(responding(nowhere)), service)
}

/// The health checks of `service`, for connections beyond the limits; everything else is rejected.
pub(crate) fn health(service: Arc<Service>) -> Router {
    let rejected = async |_: Arc<Service>, _: Request| Err(Problem::TooManyConnections.into());
    let checks = Router::new().route("/healthz", get(handlers::live)).route("/readyz", get(handlers::ready));
    layered(checks.fallback(responding(rejected)), service)
}

/// Wraps `routes` in what every request passes.
fn layered(routes: Router<Arc<Service>>, service: Arc<Service>) -> Router {
    routes
        .layer(from_extractor_with_state::<ValidHost, _>(Arc::clone(&service)))
        .layer(option_layer(cors::layer(service.allowed_origins())))
        .layer(from_extractor_with_state::<UriLengthLimit, _>(Arc::clone(&service)))
        .layer(from_fn_with_state(Arc::clone(&service), access_log::answer))
        .with_state(service)
}

/// Routes of the operator's listener.
pub(crate) fn metrics(service: Arc<Service>) -> Router {
    Router::new()
        .route("/metrics", get(handlers::metrics))
        .route("/healthz", get(handlers::live))
        .route("/readyz", get(handlers::ready))
        .fallback(async || StatusCode::NOT_FOUND)
        .with_state(service)
}

/// Routes GET to `handler` and rejects every other method, also HEAD.
fn get<F: Future<Output = Result<Response, Rejection>> + Send>(
    handler: impl Fn(Arc<Service>, Request) -> F + Clone + Send + Sync + 'static,
) -> MethodRouter<Arc<Service>> {
    only(Method::GET, handler)
}

/// Routes POST to `handler` and rejects every other method.
fn post<F: Future<Output = Result<Response, Rejection>> + Send>(
    handler: impl Fn(Arc<Service>, Request) -> F + Clone + Send + Sync + 'static,
) -> MethodRouter<Arc<Service>> {
    only(Method::POST, handler)
}

/// Routes requests of one method without a query to `handler`. An empty query is one too: a signature covers path and query without a mark
/// between them and what follows.
fn only<F: Future<Output = Result<Response, Rejection>> + Send>(
    method: Method,
    handler: impl Fn(Arc<Service>, Request) -> F + Clone + Send + Sync + 'static,
) -> MethodRouter<Arc<Service>> {
    any(responding(move |service, request: Request| {
        let (method, handler) = (method.clone(), handler.clone());
        async move {
            match () {
                () if !is_method(request.method(), &method) => Err(Problem::MethodNotAllowed(method).into()),
                () if request.uri().query().is_some() => Err(Problem::UnexpectedQuery.into()),
                () => handler(service, request).await,
            }
        }
    }))
}

/// Routes GET and HEAD to the list of named charts, POST to a chart by its JSON.
fn charts_route() -> MethodRouter<Arc<Service>> {
    any(responding(|service, request: Request| async move {
        match (request.method(), request.uri().query()) {
            (_, Some(_)) => Err(Problem::UnexpectedQuery.into()),
            (&Method::GET | &Method::HEAD, None) => charts::list(service, request).await,
            (&Method::POST, None) => charts::draw(service, request).await,
            _ => Err(Problem::MethodNotAllowed(Method::POST).into()),
        }
    }))
}

/// Routes GET and HEAD with any query to `handler`, and rejects every other method.
fn get_with_query<F: Future<Output = Result<Response, Rejection>> + Send>(
    handler: impl Fn(Arc<Service>, Request) -> F + Clone + Send + Sync + 'static,
) -> MethodRouter<Arc<Service>> {
    any(responding(move |service, request: Request| {
        let handler = handler.clone();
        async move {
            match *request.method() {
                Method::GET | Method::HEAD => handler(service, request).await,
                _ => Err(Problem::MethodNotAllowed(Method::GET).into()),
            }
        }
    }))
}

/// Reports whether `sent` is `method`, or HEAD for GET: the connection leaves out the body.
fn is_method(sent: &Method, method: &Method) -> bool {
    sent == method || (sent == Method::HEAD && method == Method::GET)
}

/// Turns `handler` into one of axum: adds to its rejection what the response says of the request.
fn responding<F: Future<Output = Result<Response, Rejection>> + Send>(
    handler: impl Fn(Arc<Service>, Request) -> F + Clone + Send + Sync + 'static,
) -> impl Fn(State<Arc<Service>>, Request) -> BoxFuture<'static, Result<Response, ErrorResponse>>
+ Clone
+ Send
+ Sync
+ 'static {
    move |State(service), request| {
        let handler = handler.clone();
        Box::pin(async move {
            let (ids, form) = (RequestIds::of(request.extensions()), Form::at(request.uri().path()));
            let answered = handler(Arc::clone(&service), request).await;
            answered.map_err(|rejection| ErrorResponse::new(rejection, ids, service).in_form(form))
        })
    }
}

async fn nowhere(_: Arc<Service>, request: Request) -> Result<Response, Rejection> {
    match request.uri().path().starts_with('/') {
        true => Err(Problem::NotFound.into()),
        false => Err(Problem::BadRequest("The request should name a path.").into()),
    }
}

/// A check that path and query have at most [`crate::limits::Limits::uri_bytes`]. Runs before everything else that reads the path.
struct UriLengthLimit;

impl FromRequestParts<Arc<Service>> for UriLengthLimit {
    type Rejection = ErrorResponse;

    async fn from_request_parts(parts: &mut Parts, service: &Arc<Service>) -> Result<Self, ErrorResponse> {
        let bytes = parts.uri.path_and_query().map_or(0, |target| target.as_str().len());
        let too_long =
            || ErrorResponse::new(Problem::UriTooLong, RequestIds::of(&parts.extensions), Arc::clone(service));
        if bytes <= service.limits().uri_bytes { Ok(Self) } else { Err(too_long()) }
    }
}
