//! The service on a socket: accept loop, layers, routes, the wire's bodies per version, replies and problems.
//!
//! From the socket inwards: `serve` accepts what `gate` lets in and hands each request to the router of `route`; `layers` wraps it, a handler of
//! `service` answers it with the help of `version`, `body` and [`wire`], and either `reply` or `error_response` writes the answer. Knows
//! requests and the [`crate::app::App`], never sources or pixels.

mod api;
mod conn;
mod metrics;
mod middleware;
mod settings;
pub mod wire;

pub use api::version::Version;
pub use conn::client_address::TrustedProxies;
pub use conn::server::{Listeners, ServiceVersion, accept_loop, serve};
pub use conn::tls::{Certificate, Tls, TlsFault};
pub use metrics::reloads::Reloads;
pub(crate) use settings::BaseUrl;
pub use settings::{Dropped, Hosts, Settings};
