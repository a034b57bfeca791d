//! The HTTP contract, rule by rule, over a socket.

mod connections;
mod content;
mod errors;
mod identity;
mod origins;
mod pictures;
mod stopping;
mod transport;
mod versions;
mod watching;
