//! `type = "opentsdb"`.

use super::OpenTsdb;
use crate::catalog::{CheckSelector, WildcardCheck};
use crate::http_client::Endpoint;
use crate::limits::Limits;
use crate::source::Source;
use crate::source::config::{ConfigError, SourceConfig, with_server_keys};
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::sync::Arc;

/// One server.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Up to where `/api/query` begins.
    pub endpoint: Endpoint,
    /// Program of the server.
    pub dialect: Dialect,
    /// Treatment of names that the server does not know.
    pub unknown: Unknown,
    /// Grids longer than this, in seconds, are computed by the server where that is exact.
    pub raw_seconds: i64,
}

/// Programs that answer `/api/query`. They agree on the question and not on what a time means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Dialect {
    /// OpenTSDB 2.3 and later: buckets begin at multiples of their length and carry their start.
    OpenTsdb,
    /// OVH's Erlenmeyer over Warp 10: buckets are counted back from the end of the query and carry their end.
    Erlenmeyer,
}

/// Treatment of names that the server does not know.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Unknown {
    /// No samples: it may not have been written yet.
    #[default]
    Empty,
    /// A mistake.
    Failure,
}

with_server_keys! {
    /// A server that answers OpenTSDB's `/api/query`.
    pub struct OpenTsdbConfig {
        /// Program of the server.
        pub dialect: Dialect,
        /// Treatment of a metric or label that the server does not know.
        #[serde(default)]
        pub unknown: Unknown,
        /// Up to this length of what is asked, in seconds, the points themselves are fetched; else [`Limits::raw_seconds`].
        #[serde(skip_serializing_if = "Option::is_none")]
        pub raw_seconds: Option<u32>,
    }
}

impl SourceConfig for OpenTsdbConfig {
    fn resolve(&mut self, folder: &Path) {
        self.resolve_server(folder);
    }

    fn check(&self) -> Vec<ConfigError> {
        let unknowable = (self.dialect == Dialect::Erlenmeyer && self.unknown == Unknown::Failure).then(|| {
            ConfigError::wrong("unknown", "should be empty: erlenmeyer does not tell unknown names from idle ones")
        });
        self.server().check("/api/query").into_iter().chain(unknowable).collect()
    }

    /// Reports wildcards. A star in `tags` matches any value of a series, and in its literal filters a bar is between two values. As a
    /// literal either would be the value of none: tags cannot hold it.
    fn wildcard_check(&self) -> WildcardCheck {
        match self.dialect {
            Dialect::OpenTsdb => |value| value == "*" || value.contains('|'),
            Dialect::Erlenmeyer => |value| value == "*",
        }
    }

    /// Accepts any text but wildcards for OpenTSDB. See [`super::query::inexpressible`] for Erlenmeyer.
    fn check_selector(&self) -> CheckSelector {
        match self.dialect {
            Dialect::OpenTsdb => |_| Vec::new(),
            Dialect::Erlenmeyer => super::query::inexpressible,
        }
    }

    fn open(&self, limits: &Limits) -> Result<Arc<dyn Source>, Vec<ConfigError>> {
        let endpoint = self.server().endpoint(limits).map_err(|fault| vec![fault])?;
        let raw_seconds = self.raw_seconds.map_or(limits.raw_seconds, i64::from);
        let settings = Settings { endpoint, dialect: self.dialect, unknown: self.unknown, raw_seconds };
        Ok(Arc::new(OpenTsdb::new(settings, limits).map_err(|fault| ConfigError::lines(&fault))?))
    }

    fn can_split(&self) -> bool {
        true
    }
}
