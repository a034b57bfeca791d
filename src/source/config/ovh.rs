//! `account = { … }` and `auth = { ovh_metrics_token = { … } }`: the account that calls the API, and the token.

use crate::http_client::ovh::{Api, Keys, MetricsToken, PathSegment, Region};
use crate::limits::Limits;
use crate::source::config::{Address, ConfigError, Secret, secret};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// URL and keys of the API; its page `/createToken` creates the keys.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OvhAccountConfig {
    /// The region where the account is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<Region>,
    /// Instead of a region: the base URL of its API, with the version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<Address>,
    /// Names the application; no secret.
    pub application_key: String,
    /// Secret in clear text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub application_secret: Option<Secret>,
    /// A file that holds nothing else; a line break at its end does not count.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub application_secret_file: Option<PathBuf>,
    /// Key in clear text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub consumer_key: Option<Secret>,
    /// See `application_secret_file`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub consumer_key_file: Option<PathBuf>,
}

/// Whose token.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OvhMetricsTokenConfig {
    /// The Private Cloud, as in `pcc-37-187-228-180`.
    pub service: PathSegment,
    /// The id of its user.
    pub user: PathSegment,
    /// Account that fetches the token.
    pub account: OvhAccountConfig,
}

impl OvhAccountConfig {
    /// Returns the files that it names.
    pub(crate) fn files(&mut self) -> impl Iterator<Item = &mut PathBuf> {
        [self.application_secret_file.as_mut(), self.consumer_key_file.as_mut()].into_iter().flatten()
    }

    /// Returns its fault, for the `key` below which it is configured.
    pub(crate) fn check(&self, key: &'static str) -> Option<ConfigError> {
        let text = match () {
            () if self.region.is_some() == self.url.is_some() => "should have either region or url",
            () if self.application_key.is_empty() => "should have an application_key",
            () if self.application_secret.is_some() == self.application_secret_file.is_some() => {
                "should have either application_secret or application_secret_file"
            }
            () if self.consumer_key.is_some() == self.consumer_key_file.is_some() => {
                "should have either consumer_key or consumer_key_file"
            }
            () => return None,
        };
        Some(ConfigError::wrong(key, text))
    }

    /// Reads the files and returns the API.
    pub(crate) fn open(&self, key: &'static str, limits: &Limits) -> Result<Api, ConfigError> {
        let keys = Keys {
            application_key: self.application_key.clone(),
            application_secret: secret(self.application_secret.as_ref(), self.application_secret_file.as_deref())?,
            consumer_key: secret(self.consumer_key.as_ref(), self.consumer_key_file.as_deref())?,
        };
        let url = self.url.as_ref().map(Address::as_str).or_else(|| self.region.map(Region::url)).unwrap_or_default();
        Api::new(url, keys, limits).map_err(|fault| ConfigError::wrong(key, fault.to_string()))
    }
}

impl OvhMetricsTokenConfig {
    /// Reads the files and returns the credentials.
    pub(crate) fn open(&self, limits: &Limits) -> Result<MetricsToken, ConfigError> {
        let api = self.account.open("auth.ovh_metrics_token.account", limits)?;
        Ok(MetricsToken::new(api, self.service.clone(), self.user.clone()))
    }
}
