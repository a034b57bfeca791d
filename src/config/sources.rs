//! `[sources.NAME]`: where series come from, as an operator writes it.
//!
//! `open` makes sources of it. Secrets are values, files or variables; paths are made absolute when the configuration is read.

use super::layer::Layer;
use super::{Address, ConfigFault, Paths, Secret};
use figment::value::Dict;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// One source.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum SourceConfig {
    /// Synthetic series; its catalogue comes with it.
    Demo(DemoConfig),
    /// Files with samples.
    File(FileConfig),
    /// A Prometheus server, or one that speaks like it.
    Prometheus(Box<PrometheusConfig>),
}

/// Has no settings.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DemoConfig {}

/// Files with samples.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileConfig {
    /// At least one.
    #[serde(alias = "path")]
    pub paths: Paths,
}

/// A Prometheus server, or one that speaks like it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PrometheusConfig {
    /// With its prefix, without `/api/v1`.
    pub url: Address,
    /// How we prove who we are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auth: Option<AuthConfig>,
    /// Sent with every call, as `X-Scope-OrgID`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, Secret>,
    /// Added to every call, as `nocache = "1"`. Some servers take a key this way, so they are not printed either.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<String, Secret>,
    /// How questions are sent.
    #[serde(default)]
    pub method: MethodConfig,
    /// What the server can be asked.
    #[serde(default)]
    pub operations: OperationsConfig,
    /// Certificates of authorities that sign the server's, PEM; those of the system count otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ca_file: Option<PathBuf>,
    /// Our certificate, PEM; needs `client_key`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_certificate: Option<PathBuf>,
    /// Its key, PEM.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_key: Option<PathBuf>,
}

/// One of these.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthConfig {
    /// Name and password.
    Basic(BasicConfig),
    /// A token.
    Bearer(Secret),
    /// A file with a token, read again when it changes.
    BearerFile(PathBuf),
}

/// Name and password; the password here or in a file.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BasicConfig {
    /// Who we are.
    pub username: String,
    /// In clear text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password: Option<Secret>,
    /// A file that holds nothing else; a line break at its end does not count.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password_file: Option<PathBuf>,
}

/// How questions are sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MethodConfig {
    /// GET while they are short, else POST.
    #[default]
    Auto,
    /// GET alone.
    Get,
    /// POST alone.
    Post,
}

/// What a server can be asked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OperationsConfig {
    /// `query` and `query_range`.
    #[default]
    All,
    /// `query` alone, as with OpenStack's Aetos.
    Instant,
}

/// By hand, because serde forgets which key of a tagged enum was wrong.
impl<'de> Deserialize<'de> for SourceConfig {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut values = Dict::deserialize(deserializer)?;
        let kind = values.remove("type").ok_or_else(|| D::Error::missing_field("type"))?;
        let layer = Layer::new("source", values);
        let read = match kind.as_str() {
            Some("demo") => layer.read().map(Self::Demo),
            Some("file") => layer.read().map(Self::File),
            Some("prometheus") => layer.read().map(Self::Prometheus),
            _ => Err("type: should be one of demo, file, prometheus".to_owned()),
        };
        read.map_err(D::Error::custom)
    }
}

impl SourceConfig {
    /// Its word.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Demo(_) => "demo",
            Self::File(_) => "file",
            Self::Prometheus(_) => "prometheus",
        }
    }

    /// Makes relative paths absolute.
    pub(super) fn resolve(&mut self, folder: &Path) {
        match self {
            Self::Demo(_) => {}
            Self::File(file) => file.paths.resolve(folder),
            Self::Prometheus(server) => {
                let auth = match &mut server.auth {
                    Some(AuthConfig::Basic(basic)) => basic.password_file.as_mut(),
                    Some(AuthConfig::BearerFile(file)) => Some(file),
                    Some(AuthConfig::Bearer(_)) | None => None,
                };
                let files =
                    [auth, server.ca_file.as_mut(), server.client_certificate.as_mut(), server.client_key.as_mut()];
                files.into_iter().flatten().for_each(|path| *path = folder.join(&*path));
            }
        }
    }

    /// What is wrong with it; `place` is its key.
    pub(super) fn check(&self, place: &str) -> Vec<ConfigFault> {
        match self {
            Self::Demo(_) => vec![],
            Self::File(file) if file.paths.0.is_empty() => {
                vec![ConfigFault::wrong(format!("{place}.paths"), "should name at least one file")]
            }
            Self::File(_) => vec![],
            Self::Prometheus(server) => server.check(place),
        }
    }
}

impl PrometheusConfig {
    fn check(&self, place: &str) -> Vec<ConfigFault> {
        let auth = match &self.auth {
            Some(AuthConfig::Basic(basic)) if basic.password.is_some() == basic.password_file.is_some() => {
                let text = "should have either password or password_file";
                Some(ConfigFault::wrong(format!("{place}.auth.basic"), text))
            }
            Some(AuthConfig::Bearer(token)) if token.is_empty() => {
                Some(ConfigFault::wrong(format!("{place}.auth.bearer"), "should not be empty"))
            }
            _ => None,
        };
        let pair = (self.client_certificate.is_some() != self.client_key.is_some())
            .then(|| ConfigFault::wrong(place, "client_certificate and client_key need each other"));
        let api = self.url.as_str().trim_end_matches('/').ends_with("/api/v1").then(|| {
            ConfigFault::wrong(format!("{place}.url"), "should end before /api/v1, which is added to each call")
        });
        [auth, pair, api].into_iter().flatten().collect()
    }
}
