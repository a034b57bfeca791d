//! The way without a socket, from a configuration of the test's.

use metricshot::app::App;
use metricshot::config::{self, ConfigInputs};
use metricshot::provenance::Recording;
use metricshot::source::Sources;
use std::fs;
use std::path::Path;

/// What a file `metricshot.toml` with this text in `folder` makes. Without records, so that golden pictures outlive a version.
pub fn app(folder: &Path, configuration: &str) -> App {
    let file = folder.join("metricshot.toml");
    fs::write(&file, configuration).expect("a file");
    let loaded =
        config::load(&ConfigInputs { file: Some(file), ..ConfigInputs::default() }).expect("a right configuration");
    let sources = config::open_sources(&loaded.config, &loaded.limits).expect("sources that open");
    App::new(loaded.catalog, Sources::new(sources, &loaded.limits), loaded.limits).recording(Recording::Off)
}
