//! Reload at SIGHUP: configuration, keys, catalogue, templates and certificate.
//!
//! A reload applies all of them or none: if one has a fault, the old configuration stays in force, and the log has the fault.

use super::error::CliError;
use super::open::{Observed, Opened, open};
use metricshot::app::App;
use metricshot::config::{Config, ConfigInputs, load};
use metricshot::http::ServiceVersion;
use std::sync::Arc;
use tokio::signal::unix::Signal;
use tokio::sync::mpsc::Sender;
use tokio::task::spawn_blocking;
use tracing::{error, info, warn};

/// Reloads the configuration at each `hangup`, and sends the new version to `updates`. `first` is the configuration at the start; the
/// workers of `app` are kept.
pub async fn reload_at(
    mut hangup: Signal,
    inputs: ConfigInputs,
    first: Config,
    app: Arc<App>,
    observed: Observed,
    updates: Sender<ServiceVersion>,
) {
    let mut has_keys = !first.keys.is_empty();
    while hangup.recv().await.is_some() {
        let (inputs, next_observed) = (inputs.clone(), observed.clone());
        let read = spawn_blocking(move || read(&inputs, next_observed)).await;
        match read.unwrap_or_else(|panic| Err(CliError::failed("reading the configuration panicked", panic))) {
            // An editor may have truncated the file: a reload must not open the service to all clients.
            Ok((config, _)) if has_keys && config.keys.is_empty() => {
                observed.reloads.record_failure();
                error!(
                    "configuration not reloaded, the old one stays in force: the new one has no keys; to serve without keys, restart the service"
                );
            }
            Ok((config, next)) => {
                has_keys = !config.keys.is_empty();
                if config.listen != first.listen {
                    warn!("listen has changed; restart the service to apply it");
                }
                if config.traces_differ(&first) {
                    warn!("traces has changed; restart the service to apply it");
                }
                if updates.send(next.begin_replacing(&app)).await.is_err() {
                    return;
                }
                observed.reloads.record_success();
                info!("configuration reloaded");
            }
            Err(cause) => {
                observed.reloads.record_failure();
                error!("configuration not reloaded, the old one stays in force: {cause}");
            }
        }
    }
}

fn read(inputs: &ConfigInputs, observed: Observed) -> Result<(Config, Opened), CliError> {
    open(load(inputs)?, observed)
}
