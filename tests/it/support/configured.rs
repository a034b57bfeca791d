//! The pipeline without a socket, with a configuration of the test.

use metricshot::app::App;
use metricshot::config::{self, ConfigInputs};
use metricshot::provenance::Recording;
use metricshot::source::SourceSet;
use std::fs;
use std::path::Path;

/// Returns the application of a configuration with this text, written to `folder`. It writes no records, so that golden images do not depend on
/// the version.
pub fn app(folder: &Path, configuration: &str) -> App {
    let file = folder.join("metricshot.toml");
    fs::write(&file, configuration).expect("a file");
    let loaded =
        config::load(&ConfigInputs { file: Some(file), ..ConfigInputs::default() }).expect("a valid configuration");
    let sources = config::open_sources(&loaded.config, &loaded.limits).expect("sources that open");
    App::new(loaded.catalog, SourceSet::new(sources, &loaded.limits), loaded.limits).recording(Recording::Off)
}
