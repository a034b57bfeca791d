//! The length of a request's target.
//!
//! Checked before everything else of a request: nothing of ours has a long path, so nothing looks at one.

use super::problem::Problem;
use super::service::Service;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use std::sync::Arc;

/// Of a request whose path and query have at most [`crate::limits::Limits::uri_bytes`].
pub(super) struct ShortTarget;

impl FromRequestParts<Arc<Service>> for ShortTarget {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, service: &Arc<Service>) -> Result<Self, Problem> {
        let bytes = parts.uri.path_and_query().map_or(0, |target| target.as_str().len());
        if bytes <= service.limits().uri_bytes { Ok(Self) } else { Err(Problem::UriTooLong) }
    }
}
