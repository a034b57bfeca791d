//! The regions of the API by the names that OVH's own clients have for them.

use serde::{Deserialize, Serialize};

/// A region; an account exists in one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)]
pub enum Region {
    OvhEu,
    OvhCa,
    OvhUs,
    KimsufiEu,
    KimsufiCa,
    SoyoustartEu,
    SoyoustartCa,
}

impl Region {
    /// The base URL of its API.
    pub fn url(self) -> &'static str {
        match self {
            Self::OvhEu => "https://eu.api.ovh.com/1.0",
            Self::OvhCa => "https://ca.api.ovh.com/1.0",
            Self::OvhUs => "https://api.us.ovhcloud.com/1.0",
            Self::KimsufiEu => "https://eu.api.kimsufi.com/1.0",
            Self::KimsufiCa => "https://ca.api.kimsufi.com/1.0",
            Self::SoyoustartEu => "https://eu.api.soyoustart.com/1.0",
            Self::SoyoustartCa => "https://ca.api.soyoustart.com/1.0",
        }
    }
}
