//! CORS: pages of the configured origins may send requests from a browser.

use crate::http::api::auth::{
    METRICSHOT_BODY_SHA256, SCP_ACCESSKEY, SCP_ACCOUNTID, SCP_CLIENTTYPE, SCP_SIGNATURE, SCP_TIMESTAMP,
};
use crate::http::api::problem::METRICSHOT_FAULT;
use crate::http::api::response::{METRICSHOT_MISSING, METRICSHOT_NOTES, METRICSHOT_UNLISTED};
use crate::http::api::version::SCP_API_VERSION;
use axum::http::header::{ACCEPT_LANGUAGE, AUTHORIZATION, CONTENT_DISPOSITION, CONTENT_TYPE, ETAG, RETRY_AFTER};
use axum::http::{HeaderValue, Method};
use std::time::Duration;
use tower_http::cors::{AllowOrigin, CorsLayer};

/// The time for which a browser may cache a preflight response.
const REMEMBERED: Duration = Duration::from_secs(600);

/// The layer for these origins.
pub(crate) fn layer(origins: &[String]) -> Option<CorsLayer> {
    let origins: Vec<HeaderValue> = origins.iter().filter_map(|origin| origin.parse().ok()).collect();
    let layer = CorsLayer::new()
        .allow_origin(AllowOrigin::list(origins.clone()))
        .allow_methods([Method::GET, Method::POST])
        .allow_headers([
            ACCEPT_LANGUAGE,
            AUTHORIZATION,
            CONTENT_TYPE,
            METRICSHOT_BODY_SHA256,
            SCP_ACCESSKEY,
            SCP_ACCOUNTID,
            SCP_API_VERSION,
            SCP_CLIENTTYPE,
            SCP_SIGNATURE,
            SCP_TIMESTAMP,
        ])
        .expose_headers([
            CONTENT_DISPOSITION,
            ETAG,
            METRICSHOT_FAULT,
            METRICSHOT_MISSING,
            METRICSHOT_NOTES,
            METRICSHOT_UNLISTED,
            RETRY_AFTER,
            SCP_API_VERSION,
        ])
        .max_age(REMEMBERED);
    (!origins.is_empty()).then_some(layer)
}
