//! Operations of the API: routes, handlers, authentication, request bodies, responses and errors.

pub(crate) mod auth;
pub(crate) mod body;
pub(crate) mod chart_response;
pub(crate) mod charts;
pub(crate) mod discovery;
pub(crate) mod error_response;
pub(crate) mod handlers;
pub(crate) mod host;
pub(crate) mod json;
pub(crate) mod language;
pub(crate) mod list_body;
pub(crate) mod metric_data;
pub(crate) mod metric_list;
pub(crate) mod problem;
pub(crate) mod rate_limit;
pub(crate) mod response;
pub(crate) mod routes;
pub(crate) mod state;
pub(crate) mod version;
