//! The length of a request's target.
//!
//! Checked before everything else of a request: nothing of ours has a long path, so nothing looks at one.

use crate::http::api::error_response::ErrorResponse;
use crate::http::api::handlers::Service;
use crate::http::api::problem::Problem;
use crate::http::middleware::request_id::RequestIds;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use std::sync::Arc;

/// Of a request whose path and query have at most [`crate::limits::Limits::uri_bytes`].
pub(crate) struct ShortTarget;

impl FromRequestParts<Arc<Service>> for ShortTarget {
    type Rejection = ErrorResponse;

    async fn from_request_parts(parts: &mut Parts, service: &Arc<Service>) -> Result<Self, ErrorResponse> {
        let bytes = parts.uri.path_and_query().map_or(0, |target| target.as_str().len());
        let too_long =
            || ErrorResponse::new(Problem::UriTooLong, RequestIds::of(&parts.extensions), Arc::clone(service));
        if bytes <= service.limits().uri_bytes { Ok(Self) } else { Err(too_long()) }
    }
}
