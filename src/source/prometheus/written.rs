//! `type = "prometheus"`.

use super::{Method, Operations, Prometheus, Settings};
use crate::catalog::CheckSelector;
use crate::limits::Limits;
use crate::source::Source;
use crate::source::client::Endpoint;
use crate::source::written::{Secret, Written, WrittenFault, with_server_keys};
use secrecy::ExposeSecret;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

with_server_keys! {
    /// A Prometheus server, or one that speaks like it.
    pub struct WrittenPrometheus {
        /// Added to every call, as `nocache = "1"`. Some servers take a key this way, so they are not printed either.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        pub parameters: BTreeMap<String, Secret>,
        /// How questions are sent.
        #[serde(default)]
        pub method: Method,
        /// What the server can be asked.
        #[serde(default)]
        pub operations: Operations,
    }
}

impl WrittenPrometheus {
    fn settings(&self, limits: &Limits) -> Result<Settings, WrittenFault> {
        let Endpoint { base_url, auth, headers, ca_pem, identity_pem, addresses } = self.server().endpoint(limits)?;
        let parameter = |(name, value): (&String, &Secret)| (name.clone(), value.secret().expose_secret().to_owned());
        let parameters = self.parameters.iter().map(parameter).collect();
        let (method, operations) = (self.method, self.operations);
        Ok(Settings { base_url, auth, headers, parameters, method, operations, ca_pem, identity_pem, addresses })
    }
}

impl Written for WrittenPrometheus {
    fn resolve(&mut self, folder: &Path) {
        self.resolve_server(folder);
    }

    fn check(&self) -> Vec<WrittenFault> {
        let posted = self.operations == Operations::InstantOnly && self.method == Method::Post;
        let method = posted.then(|| WrittenFault::wrong("method", "should be get where operations is instant"));
        self.server().check("/api/v1").into_iter().chain(method).collect()
    }

    fn open(&self, limits: &Limits) -> Result<Arc<dyn Source>, Vec<WrittenFault>> {
        let settings = self.settings(limits).map_err(|fault| vec![fault])?;
        Ok(Arc::new(Prometheus::new(settings, limits).map_err(|fault| WrittenFault::lines(&fault))?))
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
