//! What an operator writes about a source below `[sources.NAME]`, and the parts of it that sources share.
//!
//! Each source has its own struct in its own folder: serde reads and prints its keys, [`Written`] makes them a source. Secrets are
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
pub use auth::{WrittenAuth, WrittenBasic, secret};
pub use error::WrittenFault;
pub use keystone::WrittenKeystone;
pub use one_or_many::OneOrMany;
pub use ovh::{WrittenAccount, WrittenMetricsToken};
pub use secret::{MASK, Secret};
pub(crate) use server::{ServerKeys, with_server_keys};

/// The settings of one source as they are written.
pub trait Written {
    /// Makes relative paths absolute.
    fn resolve(&mut self, _folder: &Path) {}

    /// What is wrong with them, no file read yet.
    fn check(&self) -> Vec<WrittenFault> {
        Vec::new()
    }

    /// The source. Files that they name are read here, and nothing is asked of a server yet.
    fn open(&self, limits: &Limits) -> Result<Arc<dyn Source>, Vec<WrittenFault>>;

    /// The source has a language of its own, in which the catalogue may write expressions.
    fn has_expressions(&self) -> bool {
        false
    }

    /// Reports whether the source answers queries with `split_by`.
    fn can_split(&self) -> bool {
        false
    }

    /// Which values mean several in its language: a request for one is refused, because nobody can mean it literally.
    fn wildcard_check(&self) -> WildcardCheck {
        |_| false
    }

    /// Returns the check for parts of a selector that its language cannot express. The service rejects a request with one before it sends a
    /// query.
    fn check_selector(&self) -> CheckSelector {
        |_| Vec::new()
    }
}
