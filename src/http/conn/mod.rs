//! Connections: accept loop, TLS, timeouts, limits and counters.

pub(crate) mod client_address;
pub(crate) mod counters;
pub(crate) mod limit;
pub(crate) mod rejected_head;
pub(crate) mod response_body;
pub(crate) mod server;
pub(crate) mod stream;
pub(crate) mod timeouts;
pub(crate) mod tls;
pub(crate) mod unread_body;
