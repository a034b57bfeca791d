//! Merges defaults, file, environment and flags into one configuration, and opens what it names.

use super::error::{sentence, table};
use super::merge::{ENVIRONMENT, Layer, dict};
use super::open_telemetry::OPENTELEMETRY;
use super::sources::{data_faults, open_collector, open_sources};
use super::{Config, ConfigFault, TlsConfig, charts, environment, keys, open_telemetry, rules, templates, zoneinfo};
use crate::auth::Authenticator;
use crate::catalog::Catalog;
use crate::clock::now_ms;
use crate::http::Certificate;
use crate::limits::Limits;
use crate::named_charts::NamedChart;
use crate::render::Templates;
use crate::request::Zones;
use figment::Figment;
use figment::value::{Dict, Value};
use std::collections::BTreeMap;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The inputs of a configuration: file, flags and environment variables.
#[derive(Debug, Clone, Default)]
pub struct ConfigInputs {
    /// The value of the flag `--config`.
    pub file: Option<PathBuf>,
    /// The value of the flag `--listen`.
    pub listen: Option<SocketAddr>,
    /// The `METRICSHOT_…` and `OTEL_…` variables, see [`super::variables`].
    pub variables: Vec<(String, String)>,
}

/// A valid configuration, and the values made from it.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The configuration with defaults filled in.
    pub config: Config,
    /// The limits in force.
    pub limits: Limits,
    /// The rules that map metrics to queries.
    pub catalog: Catalog,
    /// The time zones that requests may name.
    pub zones: Zones,
    /// The keys of clients, opened.
    pub identity: Authenticator,
    /// Themes and frames by name.
    pub templates: Arc<Templates>,
    /// Named charts.
    pub charts: Arc<BTreeMap<String, NamedChart>>,
    /// The TLS certificate; `None`: plain HTTP.
    pub certificate: Option<Certificate>,
    /// Notes for the operator on valid settings, such as low contrast of a theme.
    pub notes: Vec<String>,
}

/// Reads the configuration and opens everything that it names except the sources, or returns all its faults.
pub fn load(inputs: &ConfigInputs) -> Result<Loaded, Vec<ConfigFault>> {
    open(read_all(inputs), &inputs.place_name())
}

/// Opens everything except the sources; `place` names the configuration in faults.
fn open(read: Read, place: &str) -> Result<Loaded, Vec<ConfigFault>> {
    let Read { config, mut faults, has_all_sources } = read;
    faults.extend(config.check().into_iter().map(|fault| within(place, fault)));
    let limits = config.limits.limits();
    // If a source cannot be read, every rule for it would add a fault.
    let catalog = match has_all_sources {
        true => rules::catalog(&config, place).map_err(|more| faults.extend(more)),
        false => Err(()),
    };
    let templates = templates::templates(&config.templates, &limits, place).map_err(|more| faults.extend(more));
    let identity = keys::identity(&config.keys, &config.auth, &limits, now_ms());
    let identity = identity.map_err(|more| faults.extend(more.into_iter().map(|fault| within(place, fault))));
    let certificate = config.tls.as_ref().map(TlsConfig::read).transpose();
    let certificate = certificate.map_err(|fault| faults.push(within(place, fault)));
    let zones = zoneinfo::zones(config.zoneinfo.as_deref(), &limits);
    let zones = zones.map_err(|more| faults.extend(more.into_iter().map(|fault| within(place, fault))));
    let charts = charts::named_charts(&config.charts, &limits).map_err(|more| faults.extend(more));
    match (catalog, templates, identity, certificate, zones, charts) {
        (Ok(catalog), Ok((templates, notes)), Ok(identity), Ok(certificate), Ok(zones), Ok(charts))
            if faults.is_empty() =>
        {
            let percentiles = config.percentiles;
            charts::try_all(&charts, &catalog, &templates, &zones, (&limits, percentiles))?;
            let (templates, charts) =
                (Arc::new(templates), Arc::new(charts.into_iter().map(|(name, (_, chart))| (name, chart)).collect()));
            Ok(Loaded { limits, catalog, zones, identity, templates, charts, certificate, notes, config })
        }
        _ => Err(faults),
    }
}

/// Returns the readable part of a configuration, without its faults.
pub fn readable(inputs: &ConfigInputs) -> Config {
    read_all(inputs).config
}

/// Runs all stages of opening a configuration, each as far as the faults of earlier stages allow. Returns what `serve` would start with, or
/// the faults of values, rules, keys, templates, files and exposure. Contacts no server.
pub fn check(inputs: &ConfigInputs) -> Result<Loaded, Vec<ConfigFault>> {
    let (read, place) = (read_all(inputs), inputs.place_name());
    let config = read.config.clone();
    let limits = config.limits.limits();
    let loaded = open(read, &place);
    let mut faults = loaded.as_ref().err().cloned().unwrap_or_default();
    let opening = config.check_exposure().into_iter();
    let sources = open_sources(&config, &limits);
    let opening = opening.chain(sources.as_ref().map(data_faults).unwrap_or_default());
    let opening = opening.chain(sources.err().into_iter().flatten());
    let opening = opening.chain(open_collector(&config, &limits).err().into_iter().flatten());
    for fault in opening.map(|fault| within(&place, fault)) {
        // `open` reports faults in the settings of a source as well.
        if !faults.contains(&fault) {
            faults.push(fault);
        }
    }
    loaded.ok().filter(|_| faults.is_empty()).ok_or(faults)
}

/// Reads the configuration and makes its paths absolute, or returns the faults of all values that cannot be read.
pub fn read(inputs: &ConfigInputs) -> Result<Config, Vec<ConfigFault>> {
    let Read { config, faults, .. } = read_all(inputs);
    if faults.is_empty() { Ok(config) } else { Err(faults) }
}

/// The readable part of a configuration, and the faults of the rest.
struct Read {
    config: Config,
    faults: Vec<ConfigFault>,
    /// Is `false` if a source was left out because of its faults.
    has_all_sources: bool,
}

/// Reads all layers. A value that cannot be read is reported and left out, so that it does not hide other faults.
fn read_all(inputs: &ConfigInputs) -> Read {
    let file = inputs.place();
    let mut faults = Vec::new();
    let mut layers = Vec::new();
    let mut folder = PathBuf::new();
    if let Some(path) = &file {
        let text = fs::read_to_string(path).map_err(|cause| ConfigFault::unreadable(path, &cause));
        match text.and_then(|text| table(&path.display().to_string(), &text)) {
            Ok(values) => layers.push(Layer::new("file", dict(values))),
            Err(fault) => faults.push(fault),
        }
        folder = path.parent().map(Path::to_owned).unwrap_or_default();
    }
    layers.push(environment::layer(&inputs.variables));
    // The headers of OTEL_… variables must not reach a collector that the configuration names.
    if merged(&layers).find_value("traces.url").is_err() {
        match open_telemetry::layer(&inputs.variables) {
            Ok(standard) => layers.splice(0..0, standard).for_each(drop),
            Err(fault) => faults.push(fault),
        }
    }
    if let Some(listen) = inputs.listen {
        let values = Dict::from([("listen".to_owned(), Value::from(listen.to_string()))]);
        layers.push(Layer::new("flag", values));
    }
    let mut left_out: Vec<Vec<String>> = Vec::new();
    let mut config = loop {
        match merged(&layers).extract::<Config>() {
            Ok(config) => break config,
            Err(error) => {
                let culprit = culprit(&error);
                // A value that was left out is not reported as missing too.
                if !left_out.iter().any(|key| is_missing(&error, key)) {
                    faults.push(unreadable_value(&error, file.as_deref()));
                }
                let removed = layers.iter_mut().map(|layer| layer.remove(&culprit)).filter(|&removed| removed).count();
                if removed == 0 {
                    break Config::default();
                }
                left_out.push(culprit);
            }
        }
    };
    match std::path::absolute(folder.join(".")) {
        Ok(folder) => config.resolve(&folder),
        Err(cause) => faults.push(ConfigFault::unreadable(&folder, &cause)),
    }
    let has_all_sources = !left_out.iter().any(|key| key.first().is_some_and(|table| table == "sources"));
    Read { config, faults, has_all_sources }
}

/// Merges the layers; later ones take precedence.
fn merged(layers: &[Layer]) -> Figment {
    layers.iter().fold(Figment::new(), |merged, layer| merged.merge(layer.clone()))
}

/// Reports whether `error` says that `key` is missing.
fn is_missing(error: &figment::Error, key: &[String]) -> bool {
    let figment::error::Kind::MissingField(name) = &error.kind else { return false };
    key.split_last().is_some_and(|(last, table)| last == name.as_ref() && table == error.path)
}

/// Returns the path of the value to leave out, so that the rest can be read: an unknown key, or the whole table that lacks a required key.
fn culprit(error: &figment::Error) -> Vec<String> {
    let unknown = match &error.kind {
        figment::error::Kind::UnknownField(key, _) => Some(key.clone()),
        _ => None,
    };
    let at_parent = error.path.last() != unknown.as_ref();
    error.path.iter().cloned().chain(unknown.filter(|_| at_parent)).collect()
}

impl ConfigInputs {
    /// Returns the name of the configuration in faults: its file, or `configuration`.
    fn place_name(&self) -> String {
        self.place().map_or_else(|| "configuration".to_owned(), |file| file.display().to_string())
    }

    fn place(&self) -> Option<PathBuf> {
        self.file.clone().or_else(|| environment::file(&self.variables).map(PathBuf::from))
    }
}

fn unreadable_value(error: &figment::Error, file: Option<&Path>) -> ConfigFault {
    let comes_from = |origin: &str| error.metadata.as_ref().is_some_and(|metadata| metadata.name == origin);
    let place = match file {
        _ if comes_from(ENVIRONMENT) => environment::variable(&error.path),
        _ if comes_from(OPENTELEMETRY) => open_telemetry::variable(&error.path).to_owned(),
        Some(file) => format!("{}: {}", file.display(), error.path.join(".")),
        None => error.path.join("."),
    };
    ConfigFault::wrong(place, sentence(&error.kind))
}

fn within(file: &str, fault: ConfigFault) -> ConfigFault {
    match fault {
        ConfigFault::Wrong { place, text } => ConfigFault::Wrong { place: format!("{file}: {place}"), text },
        other => other,
    }
}
