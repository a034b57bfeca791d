//! `type = "gnocchi"`.

use super::Gnocchi;
use crate::catalog::CheckSelector;
use crate::limits::Limits;
use crate::source::Source;
use crate::source::config::{ConfigError, SourceConfig, with_server_keys};
use std::path::Path;
use std::sync::Arc;

with_server_keys! {
    /// A Gnocchi server.
    pub struct GnocchiConfig {}
}

impl SourceConfig for GnocchiConfig {
    fn resolve(&mut self, folder: &Path) {
        self.resolve_server(folder);
    }

    fn check(&self) -> Vec<ConfigError> {
        self.server().check("/v1")
    }

    fn check_selector(&self) -> CheckSelector {
        super::resources::inexpressible
    }

    fn open(&self, limits: &Limits) -> Result<Arc<dyn Source>, Vec<ConfigError>> {
        let endpoint = self.server().endpoint(limits).map_err(|fault| vec![fault])?;
        Ok(Arc::new(Gnocchi::new(endpoint, limits).map_err(|fault| ConfigError::lines(&fault))?))
    }
}
