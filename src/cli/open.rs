//! The parts of a service made from a configuration, at the start and at each reload.

use super::error::CliError;
use super::rlimit;
use metricshot::app::App;
use metricshot::config::{Config, ErrorFormat, Loaded, Memory, memory, open_sources};
use metricshot::http::{Dropped, Hosts, Reloads, ServiceVersion, Settings, Tls, TrustedProxies};
use metricshot::source::{Source, SourceSet};
use std::sync::Arc;
use tokio::runtime::Handle;

/// The parts of a service, before its sources have started.
pub struct Opened {
    app: App,
    settings: Settings,
    sources: Vec<Arc<dyn Source>>,
}

/// The state of the process that the metrics report; a reload keeps it.
#[derive(Clone)]
pub struct Observed {
    /// The counters of dropped log lines and spans.
    pub dropped: Dropped,
    /// The outcomes of reloads.
    pub reloads: Reloads,
}

/// Opens the sources of a configuration, and makes the application and the settings of its HTTP interface.
pub fn open(loaded: Loaded, observed: Observed) -> Result<(Config, Opened), CliError> {
    let Loaded { config, limits, catalog, zones, identity, templates, charts, certificate, .. } = loaded;
    check_exposure(&config)?;
    let limits = rlimit::fit(&config, limits);
    let opened = open_sources(&config, &limits)?;
    let sources = opened.values().cloned().collect();
    let app = App::new(catalog, SourceSet::new(opened, &limits), limits);
    let app = app.with_templates(templates).recording(config.pictures.recording()).with_memory_limit(memory_limit());
    let tls = certificate.map(Tls::new).transpose();
    let settings = Settings {
        percentiles: config.percentiles,
        public_urls: config.public_url.bare().map(str::to_owned).collect(),
        hosts: if config.is_local() { Hosts::Loopback } else { Hosts::Any },
        allowed_origins: config.allowed_origins.0.iter().map(|origin| origin.as_str().to_owned()).collect(),
        charts,
        zones,
        identity,
        trusted_proxies: TrustedProxies::new(config.trusted_proxies.0.clone()),
        error_images: config.pictures.errors == ErrorFormat::Picture,
        dropped: observed.dropped,
        reloads: observed.reloads,
        tls: tls.map_err(|cause| CliError::failed("TLS cannot be started", cause))?,
    };
    Ok((config, Opened { app, settings, sources }))
}

/// Returns the number of bytes that the process may use; logs a warning if the system does not report it.
fn memory_limit() -> u64 {
    let memory = memory();
    let limit_bytes = memory.bytes();
    if memory == Memory::Unknown {
        tracing::warn!(
            limit_bytes,
            "the memory limit is unknown: neither a control group nor /proc/meminfo reports it. A fixed limit is assumed; set MemoryMax"
        );
    }
    limit_bytes
}

/// Rejects a configuration that opens the service by accident; logs a warning if `auth.mode = "none"` opens it.
fn check_exposure(config: &Config) -> Result<(), CliError> {
    let faults = config.check_exposure();
    if !faults.is_empty() {
        return Err(faults.into());
    }
    if config.is_open() {
        tracing::warn!("auth.mode is \"none\": every client that reaches the service may read every metric");
    }
    Ok(())
}

impl Opened {
    /// Starts the render workers. Fails if the system cannot start a thread.
    pub fn start_workers(&self) -> std::io::Result<()> {
        self.app.start_workers()
    }

    /// Starts the background tasks of the sources; fetches and renders run on `work`.
    pub fn begin(self, work: &Handle) -> ServiceVersion {
        Self { app: self.app.on_runtime(work), ..self }.start()
    }

    /// Starts the background tasks of the sources, and takes over the workers of `before`.
    pub fn begin_replacing(self, before: &App) -> ServiceVersion {
        Self { app: self.app.replacing(before), ..self }.start()
    }

    fn start(self) -> ServiceVersion {
        self.sources.into_iter().for_each(|source| source.begin());
        ServiceVersion { app: Arc::new(self.app), settings: self.settings }
    }
}
