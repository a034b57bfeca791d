//! The one HTTP client: every source that asks over HTTP asks through it, and nothing else knows the library behind it.
//!
//! It goes where the operator's base URL points and nowhere else: no redirects, no proxies, no cookies. An answer is read with a
//! cap on its unpacked bytes, and one deadline bounds everything. Neither the URL nor a secret is ever part of an error.

mod ask;
mod credentials;
mod endpoint;

pub use ask::{Client, Content, Method, Order, Question, Reply, Verb};
pub(super) use ask::{basic, sendable};
pub use credentials::{Credentials, Kept, Outgoing};
pub use endpoint::{Auth, Endpoint, EndpointFault};
pub use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
