//! The length of a request's target.
//!
//! Checked before everything else of a request: nothing of ours has a long path, so nothing looks at one.

use super::error_response::ErrorResponse;
use super::problem::Problem;
use super::request_id::RequestIds;
use super::service::Service;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use std::sync::Arc;

/// Of a request whose path and query have at most [`crate::limits::Limits::uri_bytes`].
pub(super) struct ShortTarget;

impl FromRequestParts<Arc<Service>> for ShortTarget {
    type Rejection = ErrorResponse;

    async fn from_request_parts(parts: &mut Parts, service: &Arc<Service>) -> Result<Self, ErrorResponse> {
        let bytes = parts.uri.path_and_query().map_or(0, |target| target.as_str().len());
        let too_long =
            || ErrorResponse::new(Problem::UriTooLong, RequestIds::of(&parts.extensions), Arc::clone(service));
        if bytes <= service.limits().uri_bytes { Ok(Self) } else { Err(too_long()) }
    }
}
