//! The wire contract, rule by rule, over a real socket.

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
