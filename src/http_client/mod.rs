//! The one HTTP client: every source that asks over HTTP asks through it, and nothing else knows the library behind it.
//!
//! It goes where the operator's base URL points and nowhere else: no redirects, no proxies, no cookies, and no address that the operator
//! cannot have meant. An answer is read with a cap on its bytes, packed and unpacked, and one deadline bounds everything, looking up the
//! name included. Neither the URL nor a secret is ever part of an error.

mod address_policy;
mod client;
mod connector;
mod credentials;
mod endpoint;
mod error_text;
pub mod keystone;
pub mod ovh;
mod request;
mod response;
mod retries;
#[cfg(test)]
mod tests;
mod trace;

pub use address_policy::Addresses;
pub use client::Client;
pub(crate) use client::{basic, sendable};
pub use credentials::{Credentials, Kept, Outgoing};
pub use endpoint::{Auth, Endpoint, EndpointFault};
pub use request::{Content, Method, Order, Post, Question, Verb};
pub use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
pub use response::Reply;
