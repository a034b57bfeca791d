//! The log, on standard error.

use metricshot::config::{Config, ConfigFault, LogFormat};
use std::io::{IsTerminal, stderr};
use tracing_subscriber::EnvFilter;

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
