//! Address and authentication of a server, checked once at start, so that a later call fails for reasons of the server only.
//!
//! Used by the sources that speak HTTP, with settings from `written`.

use super::address_policy::AddressPolicy;
use super::connector::ResolvedAddrs;
use super::credentials::Credentials;
use crate::limits::Limits;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Certificate, Identity, Url};
use secrecy::{ExposeSecret, SecretString};
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;

/// A server and our credentials for it.
#[derive(Debug, Clone)]
pub struct Endpoint {
    /// `http` or `https`, with the path before the API's own, without credentials, query and fragment.
    pub base_url: String,
    /// Credentials.
    pub auth: Auth,
    /// Sent with every call.
    pub headers: Vec<(String, SecretString)>,
    /// The certificates to trust, and no others; `None` trusts what the system trusts.
    pub ca_pem: Option<String>,
    /// Our certificate chain and its private key.
    pub identity_pem: Option<SecretString>,
    /// Addresses to which the client may connect.
    pub addresses: AddressPolicy,
}

/// Authentication of a call.
#[derive(Debug, Clone, Default)]
pub enum Auth {
    /// Not at all, or by other headers.
    #[default]
    None,
    /// Name and password.
    Basic {
        /// The name.
        username: String,
        /// The password.
        password: SecretString,
    },
    /// Bearer token.
    Bearer(SecretString),
    /// File with a bearer token that another program renews; read for each call.
    BearerFile(PathBuf),
    /// Token in a header that the server defines.
    Header(HeaderName, SecretString),
    /// File with a token, see [`Auth::BearerFile`], for a header that the server defines.
    HeaderFile(HeaderName, PathBuf),
    /// Credentials that are fetched or computed before a call.
    Credentials(Arc<dyn Credentials>),
}

impl Auth {
    /// Moves a token to the header `name`; anything else is unchanged.
    pub fn in_header(self, name: HeaderName) -> Self {
        match self {
            Self::Bearer(token) => Self::Header(name, token),
            Self::BearerFile(path) => Self::HeaderFile(name, path),
            Self::Credentials(own) => Self::Credentials(own.in_header(&name).unwrap_or(own)),
            other => other,
        }
    }
}

/// A fault of an [`Endpoint`]. Never contains a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EndpointFault {
    /// The base URL.
    #[error("the base URL {0}")]
    BaseUrl(&'static str),
    /// The address in it.
    #[error("the address {0} is not dialled: if it is meant, addresses should name it")]
    Address(IpAddr),
    /// A header's name.
    #[error("'{0}' is not the name of a header")]
    HeaderName(String),
    /// The value of the header with this name.
    #[error("the value of the header '{0}' cannot be sent")]
    HeaderValue(String),
    /// The bearer token.
    #[error("the bearer token cannot be sent")]
    Token,
    /// The certificates to trust.
    #[error("the CA file is not one or more PEM certificates")]
    Ca,
    /// Our own certificate.
    #[error("the identity is not PEM with a certificate and its private key")]
    Identity,
    /// All of it together.
    #[error("no connection can be made with these certificates: {0}")]
    Tls(String),
}

impl Endpoint {
    /// Returns the base URL without a slash at its end.
    pub(super) fn base(&self) -> Result<String, EndpointFault> {
        let url = Url::parse(&self.base_url).map_err(|_| EndpointFault::BaseUrl("is not a URL"))?;
        let fault = match () {
            () if !matches!(url.scheme(), "http" | "https") => "should begin with http:// or https://",
            () if !url.username().is_empty() || url.password().is_some() => "should have no user name and password",
            () if url.query().is_some() || url.fragment().is_some() => "should end with its path",
            () => return Ok(self.base_url.trim_end_matches('/').to_owned()),
        };
        Err(EndpointFault::BaseUrl(fault))
    }

    /// Makes the library's client for this endpoint alone; it connects to the addresses in `dialled` where the host is a name.
    pub(super) fn connector(&self, dialled: ResolvedAddrs, limits: &Limits) -> Result<reqwest::Client, EndpointFault> {
        // The library takes the process-wide provider. It is the same whoever installs it first.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let builder = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .no_proxy()
            .dns_resolver(Arc::new(dialled))
            .referer(false)
            .user_agent(concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(limits.source_connect)
            .pool_max_idle_per_host(limits.calls_per_source)
            .default_headers(self.header_map()?);
        let builder = match &self.identity_pem {
            Some(pem) => builder.identity(identity(pem)?),
            None => builder,
        };
        let builder = match &self.ca_pem {
            Some(pem) => builder.tls_certs_only(certificates(pem)?),
            // A small image has no roots at all, which plain HTTP should not mind.
            None if self.base_url.starts_with("http:") => builder.tls_certs_only([]),
            None => builder,
        };
        builder.build().map_err(|error| EndpointFault::Tls(super::error_text::error_text(error)))
    }

    fn header_map(&self) -> Result<HeaderMap, EndpointFault> {
        let mut map = HeaderMap::new();
        for (name, value) in &self.headers {
            let header = HeaderName::try_from(name).map_err(|_| EndpointFault::HeaderName(name.clone()))?;
            let fault = |_| EndpointFault::HeaderValue(name.clone());
            map.append(header, secret_header(value.expose_secret()).map_err(fault)?);
        }
        if let Auth::Bearer(token) | Auth::Header(_, token) = &self.auth {
            secret_header(token.expose_secret()).map_err(|_| EndpointFault::Token)?;
        }
        Ok(map)
    }
}

pub(super) fn secret_header(value: &str) -> Result<HeaderValue, reqwest::header::InvalidHeaderValue> {
    let mut value = HeaderValue::from_str(value)?;
    value.set_sensitive(true);
    Ok(value)
}

fn certificates(pem: &str) -> Result<Vec<Certificate>, EndpointFault> {
    let certificates = Certificate::from_pem_bundle(pem.as_bytes()).map_err(|_| EndpointFault::Ca)?;
    if certificates.is_empty() { Err(EndpointFault::Ca) } else { Ok(certificates) }
}

fn identity(pem: &SecretString) -> Result<Identity, EndpointFault> {
    Identity::from_pem(pem.expose_secret().as_bytes()).map_err(|_| EndpointFault::Identity)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(base_url: &str) -> Endpoint {
        let base_url = base_url.to_owned();
        Endpoint {
            base_url,
            auth: Auth::None,
            headers: vec![],
            ca_pem: None,
            identity_pem: None,
            addresses: AddressPolicy::default(),
        }
    }

    #[test]
    fn a_base_url_keeps_its_prefix_and_loses_its_last_slash() {
        for (url, base) in [
            ("http://a:9090", "http://a:9090"),
            ("http://a:9090/", "http://a:9090"),
            ("https://a/prometheus/", "https://a/prometheus"),
        ] {
            assert_eq!(endpoint(url).base().unwrap(), base);
        }
    }

    #[test]
    fn a_base_url_with_anything_else_in_it_is_refused_without_being_quoted() {
        for url in
            ["", "a:9090", "ftp://a", "http://user:hidden@a", "http://user@a", "http://a/?token=hidden", "http://a#b"]
        {
            let fault = endpoint(url).base().unwrap_err();
            assert!(matches!(fault, EndpointFault::BaseUrl(_)), "{url}");
            assert!(!fault.to_string().contains("hidden"));
        }
    }

    #[test]
    fn what_cannot_be_sent_is_refused_at_the_start() {
        let limits = Limits::default();
        let with = |change: fn(&mut Endpoint)| {
            let mut endpoint = endpoint("https://a");
            change(&mut endpoint);
            endpoint.connector(ResolvedAddrs::default(), &limits).unwrap_err()
        };
        assert_eq!(with(|e| e.headers = vec![("a b".into(), "c".into())]), EndpointFault::HeaderName("a b".into()));
        assert_eq!(with(|e| e.headers = vec![("a".into(), "b\nc".into())]), EndpointFault::HeaderValue("a".into()));
        assert_eq!(with(|e| e.auth = Auth::Bearer("b\nc".into())), EndpointFault::Token);
        assert_eq!(with(|e| e.ca_pem = Some("no certificate".into())), EndpointFault::Ca);
        assert_eq!(with(|e| e.identity_pem = Some("no key".into())), EndpointFault::Identity);
    }

    #[test]
    fn secrets_do_not_print() {
        let mut endpoint = endpoint("http://a");
        endpoint.auth = Auth::Basic { username: "reader".into(), password: "hidden".into() };
        endpoint.headers = vec![("X-Token".into(), "hidden".into())];
        endpoint.identity_pem = Some("hidden".into());
        assert!(!format!("{endpoint:?}").contains("hidden"));
    }
}
