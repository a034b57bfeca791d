//! The one HTTP client: every source that asks over HTTP asks through it, and nothing else knows the library behind it.
//!
//! It goes where the operator's base URL points and nowhere else: no redirects, no proxies, no cookies, and no address that the operator
//! cannot have meant. An answer is read with a cap on its bytes, packed and unpacked, and one deadline bounds everything, looking up the
//! name included. Neither the URL nor a secret is ever part of an error.

mod addresses;
mod ask;
mod credentials;
mod endpoint;
mod question;
mod reach;
mod reply;
mod retries;
#[cfg(test)]
mod tests;
mod traced;

pub use addresses::Addresses;
pub use ask::Client;
pub(super) use ask::{basic, sendable};
pub use credentials::{Credentials, Kept, Outgoing};
pub use endpoint::{Auth, Endpoint, EndpointFault};
pub use question::{Content, Method, Order, Post, Question, Verb};
pub use reply::Reply;
pub use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
