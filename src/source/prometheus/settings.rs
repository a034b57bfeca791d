//! What an operator says about one server. [`super::WrittenPrometheus`] fills it in.

use crate::source::client::{Addresses, Auth, Endpoint, Method};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

/// One server, with everything that differs between the relatives.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Up to where `/api/v1/…` begins, as in `http://127.0.0.1:9090` or `https://mimir.example/prometheus`.
    pub base_url: String,
    /// Who we are.
    pub auth: Auth,
    /// Sent with every call: a tenant, an application key.
    pub headers: Vec<(String, SecretString)>,
    /// Sent with every query. VictoriaMetrics wants `nocache=1`, or it shifts the newest window; Thanos has `dedup` and others.
    pub parameters: Vec<(String, String)>,
    /// How queries travel, unless `operations` says it.
    pub method: Method,
    /// What it can be asked.
    pub operations: Operations,
    /// The certificates to trust, and no others; `None` trusts what the system trusts.
    pub ca_pem: Option<String>,
    /// Our certificate chain and its private key.
    pub identity_pem: Option<SecretString>,
    /// Where it may be.
    pub addresses: Addresses,
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
