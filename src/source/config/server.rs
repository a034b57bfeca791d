//! Keys that every source with a server has: URL, authentication, headers, certificates, allowed addresses.
//!
//! [`with_server_keys`] adds them to a source's struct, before its own; [`ServerKeys`] reads them in any such struct. (serde could
//! flatten one struct into another, but then unknown keys are accepted and errors do not name the key.)

use super::auth::read_text;
use super::{Address, AuthConfig, ConfigError, Secret};
use crate::http_client::{AddressPolicy, Auth, Endpoint};
use crate::limits::Limits;
use secrecy::SecretString;
use std::collections::BTreeMap;
use std::path::Path;

/// The keys of a server in a source's configuration.
pub struct ServerKeys<'a> {
    pub url: &'a Address,
    pub auth: Option<&'a AuthConfig>,
    pub headers: &'a BTreeMap<String, Secret>,
    pub ca_file: Option<&'a Path>,
    pub client_certificate: Option<&'a Path>,
    pub client_key: Option<&'a Path>,
    pub addresses: &'a AddressPolicy,
}

impl ServerKeys<'_> {
    /// Returns the faults of the keys; `api` is the path that each call adds to the URL.
    pub fn check(&self, api: &str) -> Vec<ConfigError> {
        let auth = self.auth.map(AuthConfig::check).unwrap_or_default();
        let pair = (self.client_certificate.is_some() != self.client_key.is_some())
            .then(|| ConfigError::wrong("", "client_certificate and client_key need each other"));
        let doubled = self.url.as_str().trim_end_matches('/').ends_with(api);
        let url =
            doubled.then(|| ConfigError::wrong("url", format!("should end before {api}, which is added to each call")));
        auth.into_iter().chain(pair).chain(url).collect()
    }

    /// Reads the files and returns the endpoint.
    pub fn endpoint(&self, limits: &Limits) -> Result<Endpoint, ConfigError> {
        let identity = match (self.client_certificate, self.client_key) {
            (Some(certificate), Some(key)) => {
                Some(SecretString::from(format!("{}\n{}", read_text(certificate)?, read_text(key)?)))
            }
            _ => None,
        };
        let endpoint = Endpoint {
            base_url: self.url.as_str().to_owned(),
            auth: Auth::None,
            headers: self.headers.iter().map(|(name, value)| (name.clone(), value.secret())).collect(),
            ca_pem: self.ca_file.map(read_text).transpose()?,
            identity_pem: identity,
            addresses: self.addresses.clone(),
        };
        let auth = self.auth.map(|auth| auth.open(&endpoint, limits)).transpose()?.unwrap_or_default();
        Ok(Endpoint { auth, ..endpoint })
    }
}

/// A struct of settings with the keys of a server and its own. `server` returns the former, `resolve_server` makes their paths absolute.
macro_rules! with_server_keys {
    ($(#[$about:meta])* pub struct $Settings:ident { $($own:tt)* }) => {
        $(#[$about])*
        #[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $Settings {
            /// URL with its prefix, without the path of the API.
            pub url: $crate::source::config::Address,
            /// Authentication.
            #[serde(skip_serializing_if = "Option::is_none")]
            pub auth: Option<$crate::source::config::AuthConfig>,
            /// Sent with every call, as `X-Scope-OrgID`.
            #[serde(default, skip_serializing_if = "std::collections::BTreeMap::is_empty")]
            pub headers: std::collections::BTreeMap<String, $crate::source::config::Secret>,
            /// Certificates of authorities that sign the server's, PEM; those of the system count otherwise.
            #[serde(skip_serializing_if = "Option::is_none")]
            pub ca_file: Option<std::path::PathBuf>,
            /// Our certificate, PEM; needs `client_key`.
            #[serde(skip_serializing_if = "Option::is_none")]
            pub client_certificate: Option<std::path::PathBuf>,
            /// Its key, PEM.
            #[serde(skip_serializing_if = "Option::is_none")]
            pub client_key: Option<std::path::PathBuf>,
            /// Addresses and networks of the server, such as `10.0.0.0/8`; the client connects to no others then.
            #[serde(default, skip_serializing_if = "crate::http_client::AddressPolicy::is_empty")]
            pub addresses: $crate::http_client::AddressPolicy,
            $($own)*
        }

        impl $Settings {
            pub(crate) fn server(&self) -> $crate::source::config::ServerKeys<'_> {
                $crate::source::config::ServerKeys {
                    url: &self.url,
                    auth: self.auth.as_ref(),
                    headers: &self.headers,
                    ca_file: self.ca_file.as_deref(),
                    client_certificate: self.client_certificate.as_deref(),
                    client_key: self.client_key.as_deref(),
                    addresses: &self.addresses,
                }
            }

            fn resolve_server(&mut self, folder: &std::path::Path) {
                let auth = self.auth.as_mut().map($crate::source::config::AuthConfig::files).unwrap_or_default();
                let own = [self.ca_file.as_mut(), self.client_certificate.as_mut(), self.client_key.as_mut()];
                auth.into_iter().chain(own.into_iter().flatten()).for_each(|path| *path = folder.join(&*path));
            }
        }
    };
}

pub(crate) use with_server_keys;
