//! The state that handlers share.

use crate::app::App;
use crate::http::api::rate_limit::Quotas;
use crate::http::api::version::Version;
use crate::http::metrics::Metrics;
use crate::http::wire::Rules;
use crate::http::{Hosts, Settings};
use crate::limits::Limits;
use crate::named_charts::NamedChart;
use crate::request::Statistic;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The state that handlers share: the application, its settings, counters and rate limits.
#[derive(Debug)]
pub(crate) struct Service {
    pub(super) app: Arc<App>,
    pub(super) settings: Settings,
    pub(super) metrics: Arc<Metrics>,
    pub(super) quotas: Arc<Quotas>,
    draining: AtomicBool,
}

impl Service {
    /// Creates the state of a service that is ready at once and counts in `metrics`.
    pub fn new(app: Arc<App>, settings: Settings, metrics: Arc<Metrics>) -> Self {
        Self { app, settings, metrics, quotas: Arc::new(Quotas::new()), draining: AtomicBool::new(false) }
    }

    /// Returns the state after a reload. Replay cache, rate limits and counters continue.
    pub fn with_updates(&self, app: Arc<App>, settings: Settings) -> Self {
        let identity = settings.identity.continuing(&self.settings.identity);
        let (metrics, quotas) = (Arc::clone(&self.metrics), Arc::clone(&self.quotas));
        let draining = AtomicBool::new(self.draining.load(Ordering::Relaxed));
        Self { app, settings: Settings { identity, ..settings }, metrics, quotas, draining }
    }

    /// Returns the counters.
    pub fn metrics(&self) -> &Arc<Metrics> {
        &self.metrics
    }

    /// Returns the application.
    pub fn app(&self) -> &Arc<App> {
        &self.app
    }

    /// Returns the settings.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Returns the named charts.
    pub fn charts(&self) -> &BTreeMap<String, NamedChart> {
        &self.settings.charts
    }

    /// Returns the rate limits of keys and named charts.
    pub fn quotas(&self) -> &Quotas {
        &self.quotas
    }

    /// Returns the limits.
    pub fn limits(&self) -> &Limits {
        self.app.limits()
    }

    /// Returns [`Settings::hosts`].
    pub fn hosts(&self) -> Hosts {
        self.settings.hosts
    }

    /// Returns [`Settings::allowed_origins`].
    pub fn allowed_origins(&self) -> &[String] {
        &self.settings.allowed_origins
    }

    /// Makes readiness checks fail from now on; other requests are still served.
    pub fn drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }

    /// Reports whether the service drains.
    pub fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }

    /// Returns the rules by which bodies of `version` are read.
    pub fn rules(&self, version: Version) -> Rules<'_> {
        let statistic = if self.settings.percentiles { Statistic::parse_with_percentiles } else { Statistic::parse };
        Rules { version, statistic, zones: &self.settings.zones, limits: self.limits() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Catalog;
    use crate::source::SourceSet;

    impl Service {
        /// Returns a service without sources and with fresh metrics.
        pub fn for_tests(limits: Limits) -> Self {
            let catalog = Catalog::new(vec![], vec![], BTreeMap::new()).unwrap();
            let app = App::new(catalog, SourceSet::new(BTreeMap::new(), &limits), limits);
            Self::new(Arc::new(app), Settings::default(), Arc::new(Metrics::new(Arc::default())))
        }
    }
}
