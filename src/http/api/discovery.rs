//! `GET /`: which versions there are, and where. Clients ask it before every operation, without credentials.
//!
//! The address in it is the configured public one, or the one that the caller used, as its `Host` says.

use crate::http::api::version::Version;
use crate::request::Zones;
use serde::Serialize;

/// The document. Exactly one version is CURRENT: the newest, which callers get who name none.
#[derive(Debug, Serialize)]
pub(crate) struct Versions {
    versions: [Entry; Version::ALL.len()],
}

#[derive(Debug, Serialize)]
struct Entry {
    id: String,
    links: [Link; 1],
    /// The day until which the version will be there at least; empty, since none is to go.
    not_before: &'static str,
    status: &'static str,
}

#[derive(Debug, Serialize)]
struct Link {
    href: String,
    rel: &'static str,
}

impl Versions {
    /// Returns the document with links below `base`, such as `http://127.0.0.1:8080`.
    pub fn at(base: &str) -> Self {
        let base = base.trim_end_matches('/');
        let entry = |version: Version| Entry {
            id: format!("v{}", version.number()),
            links: [Link { href: format!("{base}/v1"), rel: "self" }],
            not_before: "",
            status: if version == Version::NEWEST { "CURRENT" } else { "SUPPORTED" },
        };
        Self { versions: Version::ALL.map(entry) }
    }
}

/// The description of a running service, for operators.
#[derive(Debug, Serialize)]
pub(crate) struct Info<'a> {
    name: &'static str,
    version: &'static str,
    versions: [&'static str; Version::ALL.len()],
    /// The edition of the time zone database.
    time_zones: &'a str,
}

impl<'a> Info<'a> {
    /// Describes this program with the time zones of `zones`.
    pub fn new(zones: &'a Zones) -> Self {
        let versions = Version::ALL.map(Version::number);
        let (name, version) = (env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"));
        Self { name, version, versions, time_zones: zones.edition() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_version_alone_is_current_and_all_point_to_the_same_place() {
        let text = serde_json::to_string(&Versions::at("https://charts.example.com/")).unwrap();
        let link = r#""links":[{"href":"https://charts.example.com/v1","rel":"self"}],"not_before":"","#;
        let entry = |id: &str, status: &str| format!(r#"{{"id":"{id}",{link}"status":"{status}"}}"#);
        let entries = [
            entry("v1.0", "SUPPORTED"),
            entry("v1.1", "SUPPORTED"),
            entry("v1.2", "SUPPORTED"),
            entry("v1.3", "SUPPORTED"),
            entry("v1.5", "CURRENT"),
        ];
        assert_eq!(text, format!(r#"{{"versions":[{}]}}"#, entries.join(",")));
    }
}
