//! SIGHUP: configuration, keys, catalogue, templates and certificate read again while the service runs.
//!
//! All of them or none: where something is wrong, everything stays as it was and the log says what it is.

use super::error::Ended;
use super::serve::{Observed, Opened, opened};
use metricshot::app::App;
use metricshot::config::{Config, Given, load};
use metricshot::http::Served;
use std::sync::Arc;
use tokio::signal::unix::Signal;
use tokio::sync::mpsc::Sender;
use tokio::task::spawn_blocking;
use tracing::{error, info, warn};

/// Reads `given` again at each `hangup`, and passes on what it makes; `app` answered first, and its workers are kept.
pub async fn at_each(
    mut hangup: Signal,
    given: Given,
    first: Config,
    app: Arc<App>,
    observed: Observed,
    renewed: Sender<Served>,
) {
    let mut has_keys = !first.keys.is_empty();
    while hangup.recv().await.is_some() {
        let (given, of_next) = (given.clone(), observed.clone());
        let read = spawn_blocking(move || read(&given, of_next)).await;
        match read.unwrap_or_else(|panic| Err(Ended::failed("reading it was given up", panic))) {
            // As from a file that is being written: nobody opens a service to everyone by it.
            Ok((config, _)) if has_keys && config.keys.is_empty() => {
                observed.reloads.record_failure();
                error!("the configuration stays as it was: no key is left, and to serve without keys needs a restart");
            }
            Ok((config, next)) => {
                has_keys = !config.keys.is_empty();
                if config.listen != first.listen {
                    warn!("listen has changed: that needs a restart");
                }
                if config.traces_differ(&first) {
                    warn!("traces has changed: that needs a restart");
                }
                if renewed.send(next.begin_in_place_of(&app)).await.is_err() {
                    return;
                }
                observed.reloads.record_success();
                info!("the configuration was read again");
            }
            Err(ended) => {
                observed.reloads.record_failure();
                error!("the configuration stays as it was: {ended}");
            }
        }
    }
}

fn read(given: &Given, observed: Observed) -> Result<(Config, Opened), Ended> {
    opened(load(given)?, observed)
}
