//! What an operator says about one server. [`super::WrittenWarp10`] fills it in.

use crate::source::client::Endpoint;
use serde::{Deserialize, Serialize};

/// One server.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Up to where `/api/v0/…` begins.
    pub endpoint: Endpoint,
    /// What its times count.
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
    /// How many are a millisecond.
    pub(super) fn per_millisecond(self) -> i64 {
        match self {
            Self::Milliseconds => 1,
            Self::Microseconds => 1000,
            Self::Nanoseconds => 1_000_000,
        }
    }
}
