//! `type = "warp10"`.

use super::Warp10;
use crate::http_client::{Endpoint, HeaderName};
use crate::limits::Limits;
use crate::source::Source;
use crate::source::config::{ConfigError, SourceConfig, with_server_keys};
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::sync::Arc;

/// One server.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Up to where `/api/v0/…` begins.
    pub endpoint: Endpoint,
    /// Unit of its times.
    pub unit: Unit,
}

/// The time unit of a platform (`warp.timeunits`), which its answers do not tell.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Unit {
    /// Microseconds, as nearly everywhere.
    #[default]
    #[serde(rename = "us")]
    Microseconds,
    /// Milliseconds.
    #[serde(rename = "ms")]
    Milliseconds,
    /// Nanoseconds.
    #[serde(rename = "ns")]
    Nanoseconds,
}

impl Unit {
    /// Returns the number of units in a millisecond.
    pub(super) fn per_millisecond(self) -> i64 {
        match self {
            Self::Milliseconds => 1,
            Self::Microseconds => 1000,
            Self::Nanoseconds => 1_000_000,
        }
    }
}

/// The header in which Warp 10 wants a token.
const TOKEN: HeaderName = HeaderName::from_static("x-warp10-token");

with_server_keys! {
    /// A Warp 10 server. A bearer token travels in the header that it reads.
    pub struct Warp10Config {
        /// Unit of its times.
        #[serde(default)]
        pub unit: Unit,
    }
}

impl SourceConfig for Warp10Config {
    fn resolve(&mut self, folder: &Path) {
        self.resolve_server(folder);
    }

    fn check(&self) -> Vec<ConfigError> {
        self.server().check("/api/v0")
    }

    fn open(&self, limits: &Limits) -> Result<Arc<dyn Source>, Vec<ConfigError>> {
        let endpoint = self.server().endpoint(limits).map_err(|fault| vec![fault])?;
        let endpoint = Endpoint { auth: endpoint.auth.in_header(TOKEN), ..endpoint };
        let settings = Settings { endpoint, unit: self.unit };
        Ok(Arc::new(Warp10::new(settings, limits).map_err(|fault| ConfigError::lines(&fault))?))
    }

    fn can_split(&self) -> bool {
        true
    }
}
