//! Scope of an operation: project, generation of the API, region, and configured server.
//!
//! The server and the app key are those of a `prometheus` source, whose URL is that of the same service with `/prometheus` behind it.

use super::checked::{Id, Region};
use crate::http_client::{Endpoint, EndpointFault};
use crate::limits::Limits;
use crate::source::AnySourceConfig;
use crate::source::config::ConfigError;
use secrecy::SecretString;

/// The header that holds the key.
pub const APP_KEY: &str = "X-TC-APP-KEY";

/// The header that holds the region.
const REGION: &str = "X-SYSMON-REGION";

/// Path below which the Prometheus API of the service is.
const PROMETHEUS: &str = "/prometheus";

/// A generation of the API.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Api {
    /// `/openmetric/projects/…`, as in the guide; two calls name a region.
    #[default]
    Unversioned,
    /// `/v1.0/projects/…`, to which it moved; every call names a region.
    V1,
}

/// Scope of an operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Generation of the API.
    pub api: Api,
    /// The project's id.
    pub project: Id,
    /// `None`: the one that the server's name tells.
    pub region: Option<Region>,
}

/// A fault of a scope: the key of the source or the option, and a valid value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unfit(String);

/// Reports whether calls name a region.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Named {
    Yes,
    No,
}

impl Place {
    /// Returns the prefix of every path.
    pub(super) fn root(&self) -> String {
        let generation = match self.api {
            Api::Unversioned => "openmetric",
            Api::V1 => "v1.0",
        };
        format!("{generation}/projects/{}", self.project)
    }

    /// Returns the server of `source` without the Prometheus path, with its key, and with a region where that is `named`.
    pub(super) fn endpoint(&self, source: &AnySourceConfig, named: Named, limits: &Limits) -> Result<Endpoint, Unfit> {
        let AnySourceConfig::Prometheus(settings) = source else {
            return Err(Unfit(format!("its type is {}; the one of NHN's service is prometheus", source.kind())));
        };
        if !has_app_key(source) {
            return Err(Unfit(format!("headers: should hold {APP_KEY}, the app key of System Monitoring")));
        }
        let url = settings.url.as_str().trim_end_matches('/');
        let base = url.strip_suffix(PROMETHEUS);
        let base = base.ok_or_else(|| Unfit(format!("url: should end with {PROMETHEUS}, as that of NHN's service")))?;
        let mut endpoint = settings.server().endpoint(limits).map_err(unread)?;
        if named == Named::Yes {
            let region = self.region.clone().or_else(|| region_of(base));
            let region = region.ok_or_else(|| Unfit("its url tells no region; add --region".to_owned()))?;
            endpoint.headers.push((REGION.to_owned(), SecretString::from(region.to_string())));
        }
        Ok(Endpoint { base_url: base.to_owned(), ..endpoint })
    }
}

impl Unfit {
    pub(super) fn endpoint(fault: &EndpointFault) -> Self {
        Self(fault.to_string())
    }
}

/// Reports whether `source` sends an app key.
pub fn has_app_key(source: &AnySourceConfig) -> bool {
    let AnySourceConfig::Prometheus(settings) = source else { return false };
    settings.headers.iter().any(|(name, key)| name.eq_ignore_ascii_case(APP_KEY) && !key.is_empty())
}

/// Returns the region of a host such as `kr1-api-sysmon.cloud.toast.com`.
fn region_of(base: &str) -> Option<Region> {
    let (_, host) = base.split_once("://")?;
    let (place, _) = host.split_once("-api-sysmon")?;
    // The first of a country is called by the country alone.
    place.strip_suffix('1').unwrap_or(place).parse().ok()
}

fn unread(fault: ConfigError) -> Unfit {
    Unfit(match fault {
        ConfigError::Unreadable { file, cause } => format!("{}: cannot be read: {cause}", file.display()),
        ConfigError::Wrong { key, text } => format!("{key}: {text}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_is_in_the_name_of_the_documented_hosts() {
        let region = |host: &str| region_of(&format!("https://{host}")).map(|region| region.to_string());
        for (host, wanted) in [
            ("kr1-api-sysmon.cloud.toast.com", Some("kr")),
            ("kr2-api-sysmon.cloud.toast.com", Some("kr2")),
            ("us1-api-sysmon.cloud.toast.com", Some("us")),
            ("jp1-api-sysmon.cloud.toast.com", Some("jp")),
            ("127.0.0.1:8011", None),
            ("A B-api-sysmon.example.com", None),
        ] {
            assert_eq!(region(host).as_deref(), wanted, "{host}");
        }
    }
}
