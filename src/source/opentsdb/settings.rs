//! What an operator says about one server. [`super::WrittenOpenTsdb`] fills it in.

use crate::source::client::Endpoint;
use serde::{Deserialize, Serialize};

/// One server.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Up to where `/api/query` begins.
    pub endpoint: Endpoint,
    /// Which program answers.
    pub dialect: Dialect,
    /// What a name that the server does not know means.
    pub unknown: Unknown,
    /// Grids longer than this, in seconds, are computed over there where that is exact.
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

/// What a name that the server does not know means.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Unknown {
    /// No samples: it may not have been written yet.
    #[default]
    Empty,
    /// A mistake.
    Failure,
}
