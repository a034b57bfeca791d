//! From defaults, file, environment and flags to one configuration.

use super::fault::{sentence, table};
use super::layer::{ENVIRONMENT, Layer, dict};
use super::open_telemetry::{self, OPENTELEMETRY};
use super::{Config, ConfigFault, TlsConfig, environment, keys, rules, templates, zoneinfo};
use crate::catalog::Catalog;
use crate::clock::now_ms;
use crate::http::Certificate;
use crate::identity::Identity;
use crate::limits::Limits;
use crate::paint::Templates;
use crate::request::Zones;
use figment::Figment;
use figment::value::{Dict, Value};
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What the process was given.
#[derive(Debug, Clone, Default)]
pub struct Given {
    /// The file of the flag `--config`.
    pub file: Option<PathBuf>,
    /// Of the flag `--listen`.
    pub listen: Option<SocketAddr>,
    /// `METRICSHOT_…` and `OTEL_…` variables, see [`super::variables`].
    pub variables: Vec<(String, String)>,
}

/// A configuration that was found right, and what it makes.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// As it was written, defaults filled in.
    pub config: Config,
    /// The numbers of all rooms.
    pub limits: Limits,
    /// The rules.
    pub catalog: Catalog,
    /// The time zones that requests may name.
    pub zones: Zones,
    /// Who may ask.
    pub identity: Identity,
    /// Themes and frames by name.
    pub templates: Arc<Templates>,
    /// What is shown to callers, where TLS is spoken.
    pub certificate: Option<Certificate>,
    /// What is right and yet should be known.
    pub notes: Vec<String>,
}

/// The configuration with everything that it names, sources aside; or all that is wrong with it.
pub fn load(given: &Given) -> Result<Loaded, Vec<ConfigFault>> {
    let config = read(given).map_err(|fault| vec![fault])?;
    let place = given.place().map_or_else(|| "configuration".to_owned(), |file| file.display().to_string());
    let mut faults: Vec<ConfigFault> = config.check().into_iter().map(|fault| within(&place, fault)).collect();
    let limits = config.limits.limits();
    let catalog = rules::catalog(&config, &place).map_err(|more| faults.extend(more));
    let templates = templates::templates(&config.templates, &limits, &place).map_err(|more| faults.extend(more));
    let identity = keys::identity(&config.keys, &config.identity, &limits, now_ms());
    let identity = identity.map_err(|more| faults.extend(more.into_iter().map(|fault| within(&place, fault))));
    let certificate = config.tls.as_ref().map(TlsConfig::read).transpose();
    let certificate = certificate.map_err(|fault| faults.push(within(&place, fault)));
    let zones = zoneinfo::zones(config.zoneinfo.as_deref(), &limits);
    let zones = zones.map_err(|more| faults.extend(more.into_iter().map(|fault| within(&place, fault))));
    match (catalog, templates, identity, certificate, zones) {
        (Ok(catalog), Ok((templates, notes)), Ok(identity), Ok(certificate), Ok(zones)) if faults.is_empty() => {
            Ok(Loaded { limits, catalog, zones, identity, templates: Arc::new(templates), certificate, notes, config })
        }
        _ => Err(faults),
    }
}

/// The configuration as it is written, paths made absolute, or the first thing that cannot be read.
pub fn read(given: &Given) -> Result<Config, ConfigFault> {
    let file = given.place();
    let mut layers = Figment::new();
    let mut folder = PathBuf::new();
    if let Some(path) = &file {
        let text = fs::read_to_string(path).map_err(|cause| ConfigFault::unreadable(path, &cause))?;
        let values = dict(table(&path.display().to_string(), &text)?);
        layers = layers.merge(Layer::new("file", values));
        folder = path.parent().map(Path::to_owned).unwrap_or_default();
    }
    layers = layers.merge(environment::layer(&given.variables));
    // With a collector of its own the configuration sends it no header that the environment means for another one.
    if layers.find_value("traces.url").is_err()
        && let Some(standard) = open_telemetry::layer(&given.variables)?
    {
        layers = layers.join(standard);
    }
    if let Some(listen) = given.listen {
        let values = Dict::from([("listen".to_owned(), Value::from(listen.to_string()))]);
        layers = layers.merge(Layer::new("flag", values));
    }
    let mut config: Config = layers.extract().map_err(|error| unreadable_value(&error, file.as_deref()))?;
    let folder = std::path::absolute(folder.join(".")).map_err(|cause| ConfigFault::unreadable(&folder, &cause))?;
    config.resolve(&folder);
    Ok(config)
}

impl Given {
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
