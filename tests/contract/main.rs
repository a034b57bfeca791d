//! The wire contract, rule by rule, over a real socket.

mod connections;
mod content;
mod errors;
#[path = "../support/http.rs"]
mod http;
mod identity;
mod origins;
mod pictures;
mod stopping;
mod support;
mod transport;
mod versions;
mod watching;
