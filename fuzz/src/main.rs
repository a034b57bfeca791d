//! One program for all targets: `METRICSHOT_FUZZ` says which of them libFuzzer's inputs go to. `fuzz/run` builds and calls it.
//!
//! A target is a function that panics where its invariant is broken. Inputs are bytes where the project reads bytes, and lines of
//! words everywhere else, so that every seed can be read and written by hand.

#![no_main]

mod chart;
mod config;
mod edges;
mod http;
mod layout;
mod number_text;
mod question;
mod raster;
mod raster_image;
mod reply;
mod rollup;
mod signature;
mod text;
mod time_axis;
mod unpack;
mod value_axis;
mod wire;
mod words;

use metricshot::clock::Stopwatch;
use peak_alloc::PeakAlloc;
use std::sync::LazyLock;
use std::time::Duration;

/// Counts, so that a target can tell what its input took.
#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// What one input may take, in bytes.
const MOST_MEMORY: usize = 256 * 1024 * 1024;

type Target = fn(&[u8]);

const TARGETS: &[(&str, Target)] = &[
    ("bucket_edges", edges::check),
    ("config", config::check),
    ("display_text", text::check),
    ("gunzip_cap", unpack::check),
    ("http_smuggle", http::check),
    ("layout", layout::check),
    ("number_text", number_text::check),
    ("openstack_path", question::openstack_path),
    ("openstack_reply", reply::openstack),
    ("opentsdb_query", question::opentsdb_query),
    ("opentsdb_reply", reply::opentsdb),
    ("prometheus_reply", reply::prometheus),
    ("promql", question::promql),
    ("raster", raster::check),
    ("raster_image", raster_image::check),
    ("request_limits", wire::limits),
    ("rollup", rollup::check),
    ("signature", signature::check),
    ("time_axis", time_axis::check),
    ("value_axis", value_axis::check),
    ("whole", layout::whole),
    ("wire", wire::check),
];

static TARGET: LazyLock<Target> = LazyLock::new(|| {
    let wanted = std::env::var("METRICSHOT_FUZZ").unwrap_or_default();
    let names: Vec<&str> = TARGETS.iter().map(|(name, _)| *name).collect();
    let place = names.iter().position(|name| *name == wanted);
    TARGETS[place.unwrap_or_else(|| panic!("METRICSHOT_FUZZ should be one of {}", names.join(" ")))].1
});

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let ((), taken) = taken(|| TARGET(input));
    assert!(taken <= MOST_MEMORY, "{taken} bytes for {} bytes of input", input.len());
});

/// What `work` gives, in at most so much time. The machine may have other things to do, so it gets a few tries.
fn quickly<T>(most: Duration, work: impl Fn() -> T) -> T {
    let timed = || {
        let begun = Stopwatch::start();
        let result = work();
        (begun.elapsed(), result)
    };
    let in_time = (0..10).map(|_| timed()).find(|(time, _)| *time <= most);
    in_time.unwrap_or_else(|| panic!("it takes longer than {most:?}")).1
}

/// What `work` gives, and by how many bytes more than before it held at most meanwhile.
fn taken<T>(work: impl FnOnce() -> T) -> (T, usize) {
    let before = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    let result = work();
    (result, MEMORY.peak_usage().saturating_sub(before))
}
