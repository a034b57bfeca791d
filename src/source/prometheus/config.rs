//! `type = "prometheus"`.

use super::Prometheus;
use crate::catalog::CheckSelector;
use crate::http_client::{AddressPolicy, Auth, Endpoint, ParamEncoding};
use crate::limits::Limits;
use crate::source::Source;
use crate::source::config::{ConfigError, Secret, SourceConfig, with_server_keys};
use secrecy::ExposeSecret;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// One server, with everything that differs between the relatives.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Up to where `/api/v1/…` begins, as in `http://127.0.0.1:9090` or `https://mimir.example/prometheus`.
    pub base_url: String,
    /// Credentials.
    pub auth: Auth,
    /// Sent with every call: a tenant, an application key.
    pub headers: Vec<(String, SecretString)>,
    /// Sent with every query. VictoriaMetrics wants `nocache=1`, or it shifts the newest window; Thanos has `dedup` and others.
    pub parameters: Vec<(String, String)>,
    /// Encoding of queries, unless `operations` decides it.
    pub method: ParamEncoding,
    /// Operations that the server has.
    pub operations: Operations,
    /// The certificates to trust, and no others; `None` trusts what the system trusts.
    pub ca_pem: Option<String>,
    /// Our certificate chain and its private key.
    pub identity_pem: Option<SecretString>,
    /// Addresses to which the client may connect.
    pub addresses: AddressPolicy,
}

/// The parts of the API that a server has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Operations {
    /// `query` and `query_range`.
    #[default]
    All,
    /// `query` alone and only by GET, as with Aetos: everything is fetched raw.
    #[serde(rename = "instant")]
    InstantOnly,
}

impl Settings {
    pub(super) fn endpoint(&self) -> Endpoint {
        Endpoint {
            base_url: self.base_url.clone(),
            auth: self.auth.clone(),
            headers: self.headers.clone(),
            ca_pem: self.ca_pem.clone(),
            identity_pem: self.identity_pem.clone(),
            addresses: self.addresses.clone(),
        }
    }
}

with_server_keys! {
    /// A Prometheus server, or one that speaks like it.
    pub struct PrometheusConfig {
        /// Added to every call, as `nocache = "1"`. Some servers take a key this way, so they are not printed either.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        pub parameters: BTreeMap<String, Secret>,
        /// Encoding of queries.
        #[serde(default)]
        pub method: ParamEncoding,
        /// Operations that the server has.
        #[serde(default)]
        pub operations: Operations,
    }
}

impl PrometheusConfig {
    fn settings(&self, limits: &Limits) -> Result<Settings, ConfigError> {
        let Endpoint { base_url, auth, headers, ca_pem, identity_pem, addresses } = self.server().endpoint(limits)?;
        let parameter = |(name, value): (&String, &Secret)| (name.clone(), value.secret().expose_secret().to_owned());
        let parameters = self.parameters.iter().map(parameter).collect();
        let (method, operations) = (self.method, self.operations);
        Ok(Settings { base_url, auth, headers, parameters, method, operations, ca_pem, identity_pem, addresses })
    }
}

impl SourceConfig for PrometheusConfig {
    fn resolve(&mut self, folder: &Path) {
        self.resolve_server(folder);
    }

    fn check(&self) -> Vec<ConfigError> {
        let posted = self.operations == Operations::InstantOnly && self.method == ParamEncoding::Post;
        let method = posted.then(|| ConfigError::wrong("method", "should be get where operations is instant"));
        self.server().check("/api/v1").into_iter().chain(method).collect()
    }

    fn open(&self, limits: &Limits) -> Result<Arc<dyn Source>, Vec<ConfigError>> {
        let settings = self.settings(limits).map_err(|fault| vec![fault])?;
        Ok(Arc::new(Prometheus::new(settings, limits).map_err(|fault| ConfigError::lines(&fault))?))
    }

    /// See [`promql::selector`].
    fn check_selector(&self) -> CheckSelector {
        super::promql::inexpressible
    }

    fn has_expressions(&self) -> bool {
        true
    }

    fn can_split(&self) -> bool {
        true
    }
}
