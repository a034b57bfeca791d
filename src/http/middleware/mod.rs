//! Middleware around every request: access log, tracing, CORS, request ids.

pub(crate) mod access_line;
pub(crate) mod access_log;
pub(crate) mod cors;
pub(crate) mod request_id;
pub(crate) mod trace;
