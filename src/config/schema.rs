//! The schema of the configuration file. A printed configuration parses to the same one.

use super::error::{source_fault, table_fault};
use super::{
    Address, AuthConfig, AuthMode, ChartsConfig, ConfigFault, KeyConfig, LimitsConfig, Networks, OneOrMany,
    PicturesConfig, TemplatesConfig, TlsConfig,
};
use crate::otlp::http_post::TracesConfig;
use crate::source::AnySourceConfig;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

/// All settings of an operator.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The address and port on which the service listens.
    pub listen: SocketAddr,
    /// The address and port of `/metrics`, `/healthz` and `/readyz` over plain HTTP; `None`: no such listener.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metrics_listen: Option<SocketAddr>,
    /// URLs by which clients reach the service behind a proxy: the URLs that they sign.
    #[serde(skip_serializing_if = "OneOrMany::is_empty")]
    pub public_url: OneOrMany<Address>,
    /// Origins whose pages may call the service from a browser (CORS).
    #[serde(skip_serializing_if = "OneOrMany::is_empty")]
    pub allowed_origins: OneOrMany<Address>,
    /// Proxies whose `X-Forwarded-For` is trusted; exempt from the limit of connections per address.
    #[serde(skip_serializing_if = "Networks::is_empty")]
    pub trusted_proxies: Networks,
    /// Allows `p50` … `p99.9` as `statistic_type`.
    pub percentiles: bool,
    /// The format of the log.
    pub log: LogFormat,
    /// The filter of the log, such as `info` or `warn,metricshot=debug`.
    pub log_filter: String,
    /// Catalogue files, whose rules come after those of this file.
    #[serde(skip_serializing_if = "OneOrMany::is_empty")]
    pub catalog: OneOrMany<PathBuf>,
    /// The folder of a time zone database that replaces the bundled one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zoneinfo: Option<PathBuf>,
    /// The TLS certificate and key; `None`: plain HTTP.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls: Option<TlsConfig>,
    /// The collector of traces; `None`: no traces are sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub traces: Option<TracesConfig>,
    /// The record inside images, and the format of errors.
    pub pictures: PicturesConfig,
    /// The limits of the service.
    pub limits: LimitsConfig,
    /// Authentication of requests.
    pub auth: AuthConfig,
    /// The keys of clients by name; empty: only clients on this machine are served, without a key.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub keys: BTreeMap<String, KeyConfig>,
    /// Themes and frames.
    pub templates: TemplatesConfig,
    /// Named charts.
    #[serde(skip_serializing_if = "ChartsConfig::is_empty")]
    pub charts: ChartsConfig,
    /// The sources by name; if the file has none, the demo.
    pub sources: BTreeMap<String, AnySourceConfig>,
    /// Rules for single metrics.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub metric: Vec<toml::Table>,
    /// Rules for whole namespaces.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub default: Vec<toml::Table>,
}

/// A format of the log on standard error.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// Text lines, for people.
    #[default]
    Text,
    /// One JSON object per line.
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
            charts: ChartsConfig::default(),
            sources: BTreeMap::new(),
            metric: Vec::new(),
            default: Vec::new(),
        }
    }
}

impl Config {
    /// Makes relative paths absolute, and adds the demo if no source is configured.
    pub(super) fn resolve(&mut self, folder: &Path) {
        self.catalog.resolve(folder);
        self.zoneinfo.iter_mut().for_each(|path| *path = folder.join(&*path));
        self.templates.resolve(folder);
        self.charts.resolve(folder);
        self.tls.iter_mut().for_each(|tls| tls.resolve(folder));
        self.traces.iter_mut().for_each(|traces| traces.resolve(folder));
        if self.sources.is_empty() {
            self.sources.insert("demo".to_owned(), AnySourceConfig::Demo(Box::default()));
        }
        self.keys.values_mut().for_each(|key| key.resolve(folder));
        self.sources.values_mut().for_each(|source| source.resolve(folder));
    }

    /// Returns the faults of all settings except the rules.
    pub(super) fn check(&self) -> Vec<ConfigFault> {
        let sources = self
            .sources
            .iter()
            .flat_map(|(name, source)| source.check().into_iter().map(move |fault| source_fault(name, fault)));
        let origins = self.allowed_origins.0.iter().filter(|origin| !origin.is_origin()).map(|origin| {
            let text =
                format!("should be scheme and host alone, such as https://wiki.example.com, not {}", origin.as_str());
            ConfigFault::wrong("allowed_origins", text)
        });
        let traces = self.traces.iter().flat_map(TracesConfig::check).map(|fault| table_fault("traces", fault));
        self.limits.check().into_iter().chain(origins).chain(traces).chain(sources).collect()
    }

    /// Rejects settings that would let other machines read metrics without authentication, unless `auth.mode` is `none`. Returns all
    /// faults, in the order of the keys of the file.
    pub fn check_exposure(&self) -> Vec<ConfigFault> {
        match self.auth.mode {
            AuthMode::None if self.keys.is_empty() => Vec::new(),
            AuthMode::None => vec![ConfigFault::wrong(
                "auth.mode",
                "should be \"keys\", or remove [keys]: with \"none\" the service checks no key",
            )],
            AuthMode::Keys if !self.keys.is_empty() => Vec::new(),
            AuthMode::Keys => self.exposures().collect(),
        }
    }

    /// Returns a fault for each setting that makes the service reachable from other machines.
    fn exposures(&self) -> impl Iterator<Item = ConfigFault> {
        let remedy = "add [keys.NAME], or set auth.mode = \"none\" to serve without authentication";
        let listen = (!self.listen.ip().to_canonical().is_loopback()).then_some((
            "listen",
            "should be a loopback address, such as 127.0.0.1:8080, while no keys are configured",
        ));
        let public = (!self.public_url.0.is_empty())
            .then_some(("public_url", "needs keys, because it declares that other machines reach the service"));
        let proxies = (!self.trusted_proxies.is_empty())
            .then_some(("trusted_proxies", "needs keys, because a proxy lets other machines reach the service"));
        let faults = [listen, public, proxies].into_iter().flatten();
        faults.map(move |(key, text)| ConfigFault::wrong(key, format!("{text}; {remedy}")))
    }

    /// Reports whether every client is served without authentication (`auth.mode = "none"`).
    pub fn is_open(&self) -> bool {
        self.auth.mode == AuthMode::None
    }

    /// Reports whether only clients on this machine are served: no keys are configured, and `auth.mode` is `keys`.
    pub fn is_local(&self) -> bool {
        self.keys.is_empty() && !self.is_open()
    }

    /// Reports whether `[traces]` differs from that of `other`; a changed secret does not count.
    pub fn traces_differ(&self, other: &Self) -> bool {
        let shown = |config: &Self| config.traces.as_ref().and_then(|traces| toml::to_string(traces).ok());
        shown(self) != shown(other)
    }

    /// Returns the name of the first demo source.
    pub fn demo(&self) -> Option<&str> {
        let is_demo = |source: &AnySourceConfig| matches!(source, AnySourceConfig::Demo(_));
        self.sources.iter().find(|(_, source)| is_demo(source)).map(|(name, _)| name.as_str())
    }

    /// Prints the configuration as TOML, with secrets masked.
    pub fn print(&self) -> Result<String, ConfigFault> {
        toml::to_string_pretty(self).map_err(|fault| ConfigFault::wrong("print-config", fault.to_string()))
    }
}
