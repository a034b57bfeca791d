//! The log, on standard error.

use metricshot::config::{Config, ConfigFault, LogFormat};
use metricshot::traces::TraceLayer;
use std::io::{IsTerminal, stderr};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, fmt};

/// Checks what is to be logged.
pub fn filter(config: &Config) -> Result<EnvFilter, ConfigFault> {
    EnvFilter::try_new(&config.log_filter).map_err(|_| {
        let text = "should be a level (error, warn, info, debug, trace), or levels such as warn,metricshot=debug";
        ConfigFault::wrong("log_filter", text)
    })
}

/// Begins to log.
pub fn begin(config: &Config) -> Result<(), ConfigFault> {
    let log = tracing_subscriber::fmt().with_env_filter(filter(config)?).with_writer(stderr);
    match config.log {
        LogFormat::Text => log.with_ansi(stderr().is_terminal()).init(),
        LogFormat::Json => log.json().init(),
    }
    Ok(())
}

/// Begins to log, with a layer for traces beside it, which sees spans that the log leaves out.
pub fn begin_beside(traces: TraceLayer, config: &Config) -> Result<(), ConfigFault> {
    let (log, filter) = (fmt::layer().with_writer(stderr), filter(config)?);
    let registry = tracing_subscriber::registry().with(traces);
    match config.log {
        LogFormat::Text => registry.with(log.with_ansi(stderr().is_terminal()).with_filter(filter)).init(),
        LogFormat::Json => registry.with(log.json().with_filter(filter)).init(),
    }
    Ok(())
}
