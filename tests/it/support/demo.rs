//! The pipeline without a socket, with the demo source, as the program runs it without a configuration.

use metricshot::app::App;
use metricshot::config::{self, ConfigInputs};
use metricshot::http::{Version, wire};
use metricshot::limits::Limits;
use metricshot::provenance::Recording;
use metricshot::request::{ImageRequest, Language, Statistic, Zones};
use metricshot::source::SourceSet;
use std::future::Future;
use std::time::Duration;

/// Returns the application of the default configuration. It writes no records, so that golden images do not depend on the version.
pub fn app() -> App {
    let mut loaded = config::load(&ConfigInputs::default()).expect("the default configuration is valid");
    // A busy machine needs more than the default for the largest charts.
    loaded.limits.render = Duration::from_secs(60);
    let sources = config::open_sources(&loaded.config, &loaded.limits).expect("the demo source opens");
    App::new(loaded.catalog, SourceSet::new(sources, &loaded.limits), loaded.limits).recording(Recording::Off)
}

/// Parses a body by the rules of the newest API version, with percentiles allowed.
pub fn request(body: &[u8]) -> ImageRequest {
    let limits = Limits::default();
    let rules = wire::Rules {
        version: Version::NEWEST,
        statistic: Statistic::parse_with_percentiles,
        zones: &Zones::bundled(),
        limits: &limits,
    };
    wire::image_request(body, Language::English, &rules).expect("a valid request")
}

/// Runs a future to its end on a new runtime.
pub fn block_on<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    runtime.expect("a runtime").block_on(work)
}
