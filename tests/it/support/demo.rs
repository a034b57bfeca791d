//! The way without a socket: requests drawn from the demo source, as the program does without configuration.

use metricshot::app::App;
use metricshot::config::{self, ConfigInputs};
use metricshot::http::{Version, wire};
use metricshot::limits::Limits;
use metricshot::provenance::Recording;
use metricshot::request::{ImageRequest, Language, Statistic, Zones};
use metricshot::source::Sources;
use std::future::Future;
use std::time::Duration;

/// What runs when nothing is configured. Without records, so that golden pictures outlive a version.
pub fn app() -> App {
    let mut loaded = config::load(&ConfigInputs::default()).expect("no configuration is a right one");
    // A busy machine draws the largest charts in more than the default.
    loaded.limits.render = Duration::from_secs(60);
    let sources = config::open_sources(&loaded.config, &loaded.limits).expect("the demo source opens");
    App::new(loaded.catalog, Sources::new(sources, &loaded.limits), loaded.limits).recording(Recording::Off)
}

/// A body by the newest version's rules, percentiles allowed.
pub fn request(body: &[u8]) -> ImageRequest {
    let limits = Limits::default();
    let rules = wire::Rules {
        version: Version::NEWEST,
        statistic: Statistic::parse_with_percentiles,
        zones: &Zones::bundled(),
        limits: &limits,
    };
    wire::image_request(body, Language::English, &rules).expect("a right request")
}

/// Runs the one asynchronous arrow of the way.
pub fn block_on<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    runtime.expect("a runtime").block_on(work)
}
