//! What a configuration file holds. Printing it and reading that again gives the same.

use super::sources::{of_source, of_table};
use super::{
    Address, AuthConfig, AuthMode, ConfigFault, KeyConfig, LimitsConfig, Networks, OneOrMany, PicturesConfig,
    TemplatesConfig, TlsConfig,
};
use crate::source::WrittenSource;
use crate::source::collector::WrittenTraces;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

/// Everything that an operator may say.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Where the service listens.
    pub listen: SocketAddr,
    /// Where `/metrics` is shown, and health as well; nowhere without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metrics_listen: Option<SocketAddr>,
    /// How callers reach it, where that is not the address it listens on: what they sign.
    #[serde(skip_serializing_if = "OneOrMany::is_empty")]
    pub public_url: OneOrMany<Address>,
    /// Origins whose pages may ask from a browser.
    #[serde(skip_serializing_if = "OneOrMany::is_empty")]
    pub allowed_origins: OneOrMany<Address>,
    /// Who may say of whom a request is.
    #[serde(skip_serializing_if = "Networks::is_empty")]
    pub trusted_proxies: Networks,
    /// `p50` … `p99.9` are allowed as `statistic_type`.
    pub percentiles: bool,
    /// How the log is written.
    pub log: LogFormat,
    /// What is logged, as in `info` or `warn,metricshot=debug`.
    pub log_filter: String,
    /// Files with rules, read after those of this file.
    #[serde(skip_serializing_if = "OneOrMany::is_empty")]
    pub catalog: OneOrMany<PathBuf>,
    /// The folder of a time zone database that replaces the bundled one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zoneinfo: Option<PathBuf>,
    /// What is spoken on the socket; none: plain HTTP.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls: Option<TlsConfig>,
    /// Where traces go; nowhere without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub traces: Option<WrittenTraces>,
    /// What is in the files of pictures.
    pub pictures: PicturesConfig,
    /// What an operator may change of what bounds the service.
    pub limits: LimitsConfig,
    /// Authentication of requests.
    pub auth: AuthConfig,
    /// Who may ask; none: anyone on this machine.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub keys: BTreeMap<String, KeyConfig>,
    /// Themes and frames.
    pub templates: TemplatesConfig,
    /// Where series come from; none: the demo.
    pub sources: BTreeMap<String, WrittenSource>,
    /// Rules of one metric.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub metric: Vec<toml::Table>,
    /// Rules of whole namespaces.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub default: Vec<toml::Table>,
}

/// How the log is written, to standard error.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8080),
            metrics_listen: None,
            public_url: OneOrMany::default(),
            allowed_origins: OneOrMany::default(),
            trusted_proxies: Networks::default(),
            percentiles: false,
            log: LogFormat::default(),
            log_filter: "info".to_owned(),
            catalog: OneOrMany::default(),
            zoneinfo: None,
            tls: None,
            traces: None,
            pictures: PicturesConfig::default(),
            limits: LimitsConfig::default(),
            auth: AuthConfig::default(),
            keys: BTreeMap::new(),
            templates: TemplatesConfig::default(),
            sources: BTreeMap::new(),
            metric: Vec::new(),
            default: Vec::new(),
        }
    }
}

impl Config {
    /// Makes relative paths absolute, and the demo the only source where none is named.
    pub(super) fn resolve(&mut self, folder: &Path) {
        self.catalog.resolve(folder);
        self.zoneinfo.iter_mut().for_each(|path| *path = folder.join(&*path));
        self.templates.resolve(folder);
        self.tls.iter_mut().for_each(|tls| tls.resolve(folder));
        self.traces.iter_mut().for_each(|traces| traces.resolve(folder));
        if self.sources.is_empty() {
            self.sources.insert("demo".to_owned(), WrittenSource::Demo(Box::default()));
        }
        self.keys.values_mut().for_each(|key| key.resolve(folder));
        self.sources.values_mut().for_each(|source| source.resolve(folder));
    }

    /// What is wrong with it, the rules aside.
    pub(super) fn check(&self) -> Vec<ConfigFault> {
        let sources = self
            .sources
            .iter()
            .flat_map(|(name, source)| source.check().into_iter().map(move |fault| of_source(name, fault)));
        let origins = self.allowed_origins.0.iter().filter(|origin| !origin.is_origin()).map(|origin| {
            let text =
                format!("should be scheme and host alone, such as https://wiki.example.com, not {}", origin.as_str());
            ConfigFault::wrong("allowed_origins", text)
        });
        let traces = self.traces.iter().flat_map(WrittenTraces::check).map(|fault| of_table("traces", fault));
        self.limits.check().into_iter().chain(origins).chain(traces).chain(sources).collect()
    }

    /// Rejects configurations that would open the service to others without authentication: without keys it is for this machine
    /// alone, unless `auth.mode` says otherwise. All faults, in the order of the keys of the file.
    pub fn check_exposure(&self) -> Vec<ConfigFault> {
        match self.auth.mode {
            AuthMode::None if self.keys.is_empty() => Vec::new(),
            AuthMode::None => vec![ConfigFault::wrong(
                "auth.mode",
                "should be \"keys\", or [keys] should go: with \"none\" no key is ever asked for",
            )],
            AuthMode::Keys if !self.keys.is_empty() => Vec::new(),
            AuthMode::Keys => self.exposures().collect(),
        }
    }

    /// Returns a fault for each setting that makes the service reachable from other machines.
    fn exposures(&self) -> impl Iterator<Item = ConfigFault> {
        let cure = "write [keys.NAME], or auth.mode = \"none\" to serve without authentication";
        let listen = (!self.listen.ip().to_canonical().is_loopback()).then_some((
            "listen",
            "should be of this machine alone, such as 127.0.0.1:8080, as long as there is no key",
        ));
        let public = (!self.public_url.0.is_empty())
            .then_some(("public_url", "needs a key: it says that others reach the service"));
        let proxies = (!self.trusted_proxies.is_empty())
            .then_some(("trusted_proxies", "needs a key: a proxy lets others reach the service"));
        let faults = [listen, public, proxies].into_iter().flatten();
        faults.map(move |(key, text)| ConfigFault::wrong(key, format!("{text}; {cure}")))
    }

    /// Serves every client that reaches it, because the operator says so.
    pub fn is_open(&self) -> bool {
        self.auth.mode == AuthMode::None
    }

    /// Serves this machine alone: there are no keys, and the operator does not say that none are needed.
    pub fn is_local(&self) -> bool {
        self.keys.is_empty() && !self.is_open()
    }

    /// Its traces go elsewhere than those of `other`, or are others; a secret alone does not count.
    pub fn traces_differ(&self, other: &Self) -> bool {
        let shown = |config: &Self| config.traces.as_ref().and_then(|traces| toml::to_string(traces).ok());
        shown(self) != shown(other)
    }

    /// The name of the first demo source.
    pub fn demo(&self) -> Option<&str> {
        let is_demo = |source: &WrittenSource| matches!(source, WrittenSource::Demo(_));
        self.sources.iter().find(|(_, source)| is_demo(source)).map(|(name, _)| name.as_str())
    }

    /// As TOML, secrets masked.
    pub fn print(&self) -> Result<String, ConfigFault> {
        toml::to_string_pretty(self).map_err(|fault| ConfigFault::wrong("print-config", fault.to_string()))
    }
}
