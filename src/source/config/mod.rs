//! Configuration of sources below `[sources.NAME]`, and the parts that several types share.
//!
//! Each source has its own struct in its own folder: serde reads and prints its keys, [`SourceConfig`] makes them a source. Secrets are
//! values, files or variables and are never printed; relative paths are made absolute before anything is checked or opened.

mod address;
mod auth;
mod error;
mod keystone;
mod one_or_many;
mod ovh;
mod secret;
mod server;

use super::Source;
use crate::catalog::{CheckSelector, WildcardCheck};
use crate::limits::Limits;
use std::path::Path;
use std::sync::Arc;

pub use address::Address;
pub use auth::{AuthConfig, BasicAuthConfig, secret};
pub use error::ConfigError;
pub use keystone::KeystoneConfig;
pub use one_or_many::OneOrMany;
pub use ovh::{OvhAccountConfig, OvhMetricsTokenConfig};
pub use secret::{MASK, Secret};
pub(crate) use server::{ServerKeys, with_server_keys};

/// The configuration of one source.
pub trait SourceConfig {
    /// Makes relative paths absolute.
    fn resolve(&mut self, _folder: &Path) {}

    /// Returns the faults that are visible without reading a file.
    fn check(&self) -> Vec<ConfigError> {
        Vec::new()
    }

    /// Reads the configured files and opens the source; sends nothing yet.
    fn open(&self, limits: &Limits) -> Result<Arc<dyn Source>, Vec<ConfigError>>;

    /// Reports whether the source has a query language in which the catalogue may write expressions.
    fn has_expressions(&self) -> bool {
        false
    }

    /// Reports whether the source answers queries with `split_by`.
    fn can_split(&self) -> bool {
        false
    }

    /// Returns the check for values that are wildcards in its language: a request with one is rejected, because no client means it literally.
    fn wildcard_check(&self) -> WildcardCheck {
        |_| false
    }

    /// Returns the check for parts of a selector that its language cannot express. The service rejects a request with one before it sends a
    /// query.
    fn check_selector(&self) -> CheckSelector {
        |_| Vec::new()
    }
}
