//! Settings of the HTTP server.

use super::conn::client_address::TrustedProxies;
use super::conn::tls::Tls;
use super::metrics::reloads::Reloads;
use crate::auth::Authenticator;
use crate::named_charts::NamedChart;
use crate::request::Zones;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

/// The settings of the HTTP server.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Percentiles are allowed as `statistic_type`.
    pub percentiles: bool,
    /// The base URLs at which clients reach the service, as in `https://charts.example.com`, without a slash at the end; the first is what the list of
    /// versions shows. None: what their `Host` says.
    pub public_urls: Vec<String>,
    /// The `Host`s that are answered.
    pub hosts: Hosts,
    /// Origins such as `https://wiki.example.com` whose pages may ask from a browser.
    pub allowed_origins: Vec<String>,
    /// Named charts.
    pub charts: Arc<BTreeMap<String, NamedChart>>,
    /// The time zones that requests may name.
    pub zones: Zones,
    /// The keys and their checks.
    pub identity: Authenticator,
    /// Proxies whose `X-Forwarded-For` is trusted; exempt from the per-address connection limit.
    pub trusted_proxies: TrustedProxies,
    /// Shows an image instead of JSON if no source has a result.
    pub error_images: bool,
    /// Counters of dropped log lines and spans.
    pub dropped: Dropped,
    /// Outcome of the last reload of the configuration.
    pub reloads: Reloads,
    /// Spoken on the socket; `None` is plain HTTP.
    pub tls: Option<Tls>,
}

/// Counters of dropped log lines and spans.
#[derive(Debug, Clone, Default)]
pub struct Dropped {
    /// Lines of the log.
    pub lines: Arc<AtomicU64>,
    /// Spans of traces.
    pub spans: Arc<AtomicU64>,
}

/// The `Host`s that the service answers to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Hosts {
    /// Every one.
    #[default]
    Any,
    /// Names and addresses of this machine only. Keeps web pages from reaching a service without keys by a name of their own that
    /// resolves to a loopback address (DNS rebinding).
    Loopback,
}

/// The origin of the base URL of signatures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BaseUrl {
    /// Scheme of the listener and the request's `Host`.
    Host,
    /// `public_url` of the configuration.
    Configured,
}

impl BaseUrl {
    /// Returns the name of the origin, for the log and for clients.
    pub fn from(self) -> &'static str {
        match self {
            Self::Host => "the Host header",
            Self::Configured => "public_url in the service's configuration",
        }
    }
}

impl Settings {
    /// Returns the origin of the base URL of signatures.
    pub(crate) fn base_url(&self) -> BaseUrl {
        if self.public_urls.is_empty() { BaseUrl::Host } else { BaseUrl::Configured }
    }

    /// Returns the scheme of URLs if no public URL is configured.
    pub(crate) fn scheme(&self) -> &'static str {
        if self.tls.is_some() { "https" } else { "http" }
    }
}
