//! The program of all fuzz targets: `METRICSHOT_FUZZ` selects the target of libFuzzer's inputs. `fuzz/run` builds and runs it.
//!
//! A target is a function that panics if its invariant is broken. Inputs are bytes where the project parses bytes, and lines of words
//! everywhere else, so that seeds can be read and written by hand.

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

/// The allocator, which counts bytes so that targets can check their memory.
#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// The maximum memory of one input, in bytes.
const MAX_MEMORY: usize = 256 * 1024 * 1024;

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
    assert!(taken <= MAX_MEMORY, "{taken} bytes for {} bytes of input", input.len());
});

/// Returns the result of `work`, which must take at most `max`. It has ten attempts, because the machine may be busy.
fn quickly<T>(max: Duration, work: impl Fn() -> T) -> T {
    let timed = || {
        let begun = Stopwatch::start();
        let result = work();
        (begun.elapsed(), result)
    };
    let in_time = (0..10).map(|_| timed()).find(|(time, _)| *time <= max);
    in_time.unwrap_or_else(|| panic!("the input takes longer than {max:?}")).1
}

/// Returns the result of `work`, and the peak of the bytes that it allocated.
fn taken<T>(work: impl FnOnce() -> T) -> (T, usize) {
    let before = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    let result = work();
    (result, MEMORY.peak_usage().saturating_sub(before))
}
