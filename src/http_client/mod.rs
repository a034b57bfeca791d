//! HTTP client of all sources and of the trace exporter. No other module uses the library below it.
//!
//! It connects to the configured base URL only: no redirects, no proxies, no cookies, and no address that the address policy forbids.
//! Limits bound the bytes of a response before and after decompression, and one deadline bounds the whole call with its name resolution.
//! Neither the URL nor a secret is ever part of an error.

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

pub use address_policy::AddressPolicy;
pub use client::Client;
pub(crate) use client::{basic, sendable};
pub use credentials::{CachedCredential, Credentials, OutgoingRequest};
pub use endpoint::{Auth, Endpoint, EndpointFault};
pub use request::{Content, HttpMethod, ParamEncoding, ProtobufPost, ReadRequest, WriteRequest};
pub use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
pub use response::HttpResponse;
