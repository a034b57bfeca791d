//! API version of a request: the header `Scp-Api-Version: servicewatch 1.1`.
//!
//! Read by the routes before anything else of a request; [`crate::http::wire`] and the answers ask it what differs.

use axum::http::header::{HeaderMap, HeaderName};
use std::fmt;

/// The header that asks for a version, and names the one that answered.
pub(crate) const SCP_API_VERSION: HeaderName = HeaderName::from_static("scp-api-version");

/// A version that is answered. Prints as in the header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum Version {
    V1_0,
    V1_1,
    V1_2,
    V1_3,
    V1_5,
}

impl Version {
    /// Every version, the oldest first.
    pub const ALL: [Self; 5] = [Self::V1_0, Self::V1_1, Self::V1_2, Self::V1_3, Self::V1_5];
    /// The version of requests that name none.
    pub const NEWEST: Self = Self::V1_5;

    /// Returns the version that the headers request, the newest without the header.
    pub(crate) fn requested(headers: &HeaderMap) -> Result<Self, UnknownVersion> {
        let mut values = headers.get_all(SCP_API_VERSION).iter();
        match (values.next(), values.next()) {
            (None, _) => Ok(Self::NEWEST),
            (Some(value), None) => {
                let named = Self::ALL.into_iter().find(|version| version.to_string().as_bytes() == value.as_bytes());
                named.ok_or(UnknownVersion)
            }
            (Some(_), Some(_)) => Err(UnknownVersion),
        }
    }

    /// The number alone, as in `1.1`.
    pub fn number(self) -> &'static str {
        match self {
            Self::V1_0 => "1.0",
            Self::V1_1 => "1.1",
            Self::V1_2 => "1.2",
            Self::V1_3 => "1.3",
            Self::V1_5 => "1.5",
        }
    }

    /// Metrics have `individual_items`, in requests and in the catalogue: only in 1.0.
    pub fn has_individual_items(self) -> bool {
        self == Self::V1_0
    }
}

/// The error of a header that names no supported version, or more than one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct UnknownVersion;

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "servicewatch {}", self.number())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::header::HeaderValue;

    fn requested(values: &[&str]) -> Option<Version> {
        let header = |value: &&str| (SCP_API_VERSION, HeaderValue::from_str(value).unwrap());
        let headers: HeaderMap = values.iter().map(header).collect();
        Version::requested(&headers).ok()
    }

    #[test]
    fn each_known_version_is_asked_for_by_its_exact_name() {
        assert_eq!(Version::ALL.map(|version| requested(&[&version.to_string()])), Version::ALL.map(Some));
    }

    #[test]
    fn who_names_none_gets_the_newest() {
        assert_eq!(requested(&[]), Some(Version::NEWEST));
        assert_eq!(Version::ALL.into_iter().max(), Some(Version::NEWEST));
    }

    #[test]
    fn anything_else_is_no_version() {
        let long = format!("servicewatch {}", "1".repeat(1024));
        for value in [
            "servicewatch 9.9",
            "servicewatch 1.4",
            "servicewatch 1",
            "servicewatch 1.1.1",
            "servicewatch -1",
            "servicewatch",
            "iam 1.1",
            "1.1",
            "",
            "servicewatch\t1.1",
            "servicewatch  1.1",
            "Servicewatch 1.1",
            &long,
        ] {
            assert_eq!(requested(&[value]), None, "{value}");
        }
        assert_eq!(requested(&["servicewatch 1.1", "servicewatch 1.1"]), None);
    }
}
