//! From settings to sources: the files that they name are read here, and nothing is asked of a server yet.

use super::{
    AuthConfig, BasicConfig, Config, ConfigFault, MethodConfig, OperationsConfig, PrometheusConfig, SourceConfig,
};
use crate::limits::Limits;
use crate::source::prometheus::{Auth, Method, Operations, Prometheus, Settings};
use crate::source::{Demo, File, Source};
use secrecy::{ExposeSecret, SecretString};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

/// All sources by name, or what is wrong with each.
pub fn open_sources(config: &Config, limits: &Limits) -> Result<BTreeMap<String, Arc<dyn Source>>, Vec<ConfigFault>> {
    let mut faults = Vec::new();
    let mut sources = BTreeMap::new();
    for (name, source) in &config.sources {
        match open(&format!("sources.{name}"), source, limits) {
            Ok(source) => _ = sources.insert(name.clone(), source),
            Err(wrong) => faults.extend(wrong),
        }
    }
    if faults.is_empty() { Ok(sources) } else { Err(faults) }
}

fn open(place: &str, source: &SourceConfig, limits: &Limits) -> Result<Arc<dyn Source>, Vec<ConfigFault>> {
    // One fault for each line of what the source says.
    let wrong = |text: String| text.lines().map(|line| ConfigFault::wrong(place, line)).collect::<Vec<_>>();
    Ok(match source {
        SourceConfig::Demo(_) => Arc::new(Demo::new(limits)),
        SourceConfig::File(file) => {
            let paths = file.paths.0.clone();
            Arc::new(File::new(paths, limits).map_err(|fault| wrong(fault.to_string()))?)
        }
        SourceConfig::Prometheus(server) => {
            let settings = settings(server).map_err(|fault| vec![fault])?;
            Arc::new(Prometheus::new(settings, limits).map_err(|fault| wrong(fault.to_string()))?)
        }
    })
}

fn settings(server: &PrometheusConfig) -> Result<Settings, ConfigFault> {
    let identity = match (&server.client_certificate, &server.client_key) {
        (Some(certificate), Some(key)) => Some(SecretString::from(format!("{}\n{}", text(certificate)?, text(key)?))),
        _ => None,
    };
    Ok(Settings {
        base_url: server.url.as_str().to_owned(),
        auth: server.auth.as_ref().map(auth).transpose()?.unwrap_or_default(),
        headers: server.headers.iter().map(|(name, value)| (name.clone(), value.secret())).collect(),
        parameters: server
            .parameters
            .iter()
            .map(|(name, value)| (name.clone(), value.secret().expose_secret().to_owned()))
            .collect(),
        method: match server.method {
            MethodConfig::Auto => Method::Auto,
            MethodConfig::Get => Method::Get,
            MethodConfig::Post => Method::Post,
        },
        operations: match server.operations {
            OperationsConfig::All => Operations::All,
            OperationsConfig::Instant => Operations::InstantOnly,
        },
        ca_pem: server.ca_file.as_deref().map(text).transpose()?,
        identity_pem: identity,
    })
}

fn auth(auth: &AuthConfig) -> Result<Auth, ConfigFault> {
    Ok(match auth {
        AuthConfig::Basic(basic) => Auth::Basic { username: basic.username.clone(), password: password(basic)? },
        AuthConfig::Bearer(token) => Auth::Bearer(token.secret()),
        AuthConfig::BearerFile(file) => {
            text(file)?;
            Auth::BearerFile(file.clone())
        }
    })
}

fn password(basic: &BasicConfig) -> Result<SecretString, ConfigFault> {
    match (&basic.password, &basic.password_file) {
        (Some(password), _) => Ok(password.secret()),
        (None, Some(file)) => Ok(SecretString::from(text(file)?.trim_end_matches(['\r', '\n']))),
        (None, None) => Ok(SecretString::default()),
    }
}

fn text(file: &Path) -> Result<String, ConfigFault> {
    fs::read_to_string(file).map_err(|cause| ConfigFault::unreadable(file, &cause))
}
