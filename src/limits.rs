//! Every number that bounds anything, in one place, with what it protects.
//!
//! One line each: name, type, default, the least and the most that an operator may choose. The configuration reads `[limits]` by these
//! lines and `docs/limits.md` is made of them. Each room gets a reference; none keeps a number of its own. Where a limit is exceeded,
//! the error names it.

mod number;

use number::{Bound, limits};
pub use number::{Number, Row};
use std::sync::OnceLock;
use std::time::Duration;

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;
const GIB: usize = 1024 * MIB;
const DAY: i64 = 86_400;

const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

const fn s(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Returns the number of cores that the process may use. The system is asked once: each question reads the control groups, some twenty
/// system calls, and defaults are made many times.
fn cores() -> usize {
    static CORES: OnceLock<usize> = OnceLock::new();
    *CORES.get_or_init(|| std::thread::available_parallelism().map_or(1, usize::from))
}

limits! {
    /// Connections at once; fewer where the process may not open as many files.
    connections: usize = 1024, 1, 65_536;
    /// Connections at once from one address; trusted proxies are exempt.
    connections_per_address: usize = 64, 1, 65_536;
    /// Connections beyond these two limits that get answers to health checks and a 503 to everything else. A newer one takes the place of the oldest.
    connections_reserved: usize = 8, 1, 1024;
    /// Time from the first byte of a request's head to its last, and from a connection's begin to its first head's end.
    header_read: Duration = s(5), ms(10), s(600);
    /// Time that a connection may be silent between two requests.
    idle: Duration = s(15), ms(10), s(3600);
    /// Bytes of a request's head.
    header_bytes: usize = 16 * KIB, KIB, MIB;
    /// Header lines of a request.
    headers: usize = 64, 8, 1024;
    /// Bytes of a request's target, its path and query.
    uri_bytes: usize = 2 * KIB, 64, 64 * KIB;
    /// Time for a TLS handshake.
    tls_handshake: Duration = s(5), ms(10), s(60);
    /// Time in which a caller has to take [`Limits::answer_progress_bytes`] of its answer; who does not is cut off.
    answer_stall: Duration = s(10), ms(10), s(600);
    /// See [`Limits::answer_stall`].
    answer_progress_bytes: usize = 40 * KIB, 1, 64 * MIB;
    /// Bytes of an answer that the system holds for a caller who has not taken them; what fits is no longer ours.
    send_buffer_bytes: usize = 128 * KIB, 4 * KIB, 64 * MIB;
    /// Time that work on a request goes on after its caller closed the sending half: it may still read, or be gone.
    half_closed: Duration = s(2), ms(10), s(60);
    /// Bytes of a request body; above: 413.
    body_bytes: usize = 100 * KIB, KIB, 16 * MIB;
    /// Time to read a request's body.
    body_read: Duration = s(5), ms(10), s(600);
    /// Time for a whole request.
    request_total: Duration = s(9), ms(10), s(600);

    /// Difference between a signature's time and ours, either way.
    signature_skew: Duration = s(300), s(1), s(3600);
    /// Signatures remembered of one key, each for twice [`Limits::signature_skew`]; beyond them the key has to wait.
    signatures_remembered: usize = 200_000, 1, 10_000_000;
    /// Different bodies that one signature may come with: it does not cover them.
    bodies_per_signature: usize = 16, 1, 1024;
    /// Requests of one key in a second.
    key_requests: u32 = 20, 1, 1_000_000;
    /// Requests of one key at once, after it was quiet.
    key_burst: u32 = 40, 1, 1_000_000;
    /// Time that the work of one key may take of the processors in a second.
    key_work: Duration = s(2), ms(10), s(1024);

    /// Depth of nested objects and arrays in a request body; the deepest valid document has 5.
    json_depth: usize = 8, 5, 64;
    /// Faults listed in one error answer; the rest is counted.
    listed_faults: usize = 20, 1, 1000;
    /// Metrics in one request, equal ones included.
    metrics: usize = 100, 1, 1000;
    /// Dimensions of one metric.
    dimensions: usize = 30, 1, 1000;
    /// Bytes of a dimension's key.
    dimension_key_bytes: usize = 128, 1, 64 * KIB;
    /// Bytes of a dimension's value.
    dimension_value_bytes: usize = 1024, 1, 64 * KIB;
    /// Characters of a title, a display name, a namespace or a metric name.
    text_chars: usize = 256, 1, 10_000;
    /// Bytes of the same.
    text_bytes: usize = 1024, 1, 64 * KIB;
    /// Smallest width of a picture, in pixels.
    min_width: u32 = 1, 1, 16_384;
    /// Smallest height of a picture, in pixels.
    min_height: u32 = 1, 1, 16_384;
    /// Largest width or height of a picture, in pixels.
    max_side: u32 = 4096, 40, 16_384;
    /// Pixels of a picture.
    pixels: u64 = 8_000_000, 480, 1 << 26;
    /// Annotations of a chart.
    annotations: usize = 50, 0, 1000;
    /// Latest instant of a request, in Unix seconds: the year 2100, so that milliseconds are refused.
    latest_second: i64 = 4_102_444_800, 1, 253_402_300_799;
    /// Seconds between start and end.
    span_seconds: i64 = 3660 * DAY, 60, 36_600 * DAY;
    /// Seconds of a period.
    period_seconds: i64 = 30 * DAY, 60, 3660 * DAY;
    /// Buckets of one series.
    buckets_per_series: u64 = 50_000, 100, 10_000_000;
    /// Buckets of all series of a request.
    buckets_per_request: u64 = 2_000_000, 10_000, 100_000_000;

    /// Time for everything asked of the sources by one request.
    source_total: Duration = s(6), ms(10), s(600);
    /// Time to open a connection to a source.
    source_connect: Duration = s(1), ms(10), s(600);
    /// Calls in flight to one source, over all requests.
    calls_per_source: usize = 16, 1, 1024;
    /// Calls in flight to one source for one request.
    calls_per_request: usize = 4, 1, 1024;
    /// Second tries at a source, of a hundred calls.
    retry_share_percent: u32 = 10, 0, 100;
    /// Second tries at a source before that share counts, after it was well for a while.
    retry_reserve: u32 = 10, 0, 10_000;
    /// Time for which the addresses of a source's name are good.
    source_name_age: Duration = s(30), ms(0), s(3600);
    /// Time to wait for new addresses where older ones are known.
    source_name_wait: Duration = ms(250), ms(0), s(60);
    /// Time for which older addresses are used while the name cannot be looked up.
    source_name_kept: Duration = s(3600), ms(0), s(86_400);
    /// Points asked of a source in one call.
    points_per_call: usize = 11_000, 100, 1_000_000;
    /// Samples kept of one answer of a source.
    samples_per_fetch: usize = 5_000_000, 1000, 1_000_000_000;
    /// Series in one answer of a source.
    series_per_answer: usize = 10_000, 1, 1_000_000;
    /// Seconds up to which a source without a statistic for every case is asked for its points; what is longer it computes itself where that comes to the same. A week of a point each 10 s is 60,480 points a series.
    raw_seconds: i64 = 7 * DAY, 60, 3660 * DAY;
    /// Bytes of one answer of a source as it comes, where it is packed.
    source_packed_bytes: usize = 16 * MIB, 64 * KIB, 4 * GIB;
    /// Bytes of one answer of a source, unpacked.
    source_reply_bytes: usize = 64 * MIB, 64 * KIB, 4 * GIB;
    /// Bytes of all answers of sources to one request, unpacked.
    source_request_bytes: usize = 128 * MIB, 64 * KIB, 16 * GIB;
    /// Bytes of one data file of the file source.
    file_bytes: u64 = 256 * 1024 * 1024, 1024, 64 * 1024 * 1024 * 1024;
    /// Failures of a source in a row, within `failures_within`, after which its circuit breaker opens.
    failures_in_a_row: usize = 5, 1, 1000;
    /// See `failures_in_a_row`.
    failures_within: Duration = s(10), ms(10), s(600);
    /// Time for a source's own cheap probe after a timeout or a 5xx: these count as failures where the probe fails as well. It is not one of `calls_per_source`.
    source_probe: Duration = s(1), ms(10), s(60);
    /// Time for which an open circuit breaker rejects calls before one call tries the source again.
    source_pause: Duration = s(5), ms(10), s(600);
    /// Longest time for which a source's circuit breaker is open because the source asks for it.
    source_pause_asked: Duration = s(60), ms(10), s(3600);
    /// Time for which a source's list of what it has is good.
    listing_age: Duration = s(60), ms(10), s(3600);
    /// Entries of such a list.
    listed_metrics: usize = 100_000, 1, 10_000_000;

    /// Pictures drawn at once.
    render_workers: usize = cores(), 1, 1024, "one a core";
    /// Requests at once whose sources are asked or whose pictures are drawn, and as many again that wait for that; where there are several sources, half of them may ask, or wait for, the same one.
    requests: usize = 32 * cores(), 1, 65_536, "32 a core";
    /// Once somebody has waited so long to be among them, newcomers are refused at once.
    requests_wait: Duration = ms(200), ms(1), s(600);
    /// Pictures that wait for a worker. Their sources have been asked already, so refusing them is the last resort.
    render_queue_length: usize = 32 * cores(), 1, 65_536, "32 a core";
    /// Estimated time of drawing above which a picture is dear: dear ones leave a worker to the others, where there are several, and are passed by them for a while.
    render_dear: Duration = ms(20), ms(1), s(600);
    /// Time that a picture may wait for a worker; also the work, by estimate, that may wait.
    render_queue: Duration = s(1), ms(10), s(600);
    /// Time that drawing one picture may take.
    render: Duration = ms(1500), ms(10), s(600);
    /// Time after which a worker that was told to stop and does not is given up, and another takes its place.
    render_lost: Duration = s(1), ms(10), s(600);
    /// Share of the memory that the process may use which requests in flight may take, by estimate.
    memory_percent: u32 = 60, 1, 100;
    /// Bytes of one template's file. A page of a drawing program has a tenth of it.
    template_bytes: usize = 512 * KIB, KIB, 64 * MIB;
    /// Time zones in the folder `zoneinfo`.
    zone_files: usize = 4096, 1, 65_536;
    /// Bytes of one of its files; the largest of the bundled edition has 2,968.
    zone_file_bytes: usize = 64 * KIB, KIB, MIB;
    /// Elements of a frame, copies by `<use>` included; a thousand are drawn in some milliseconds.
    frame_elements: usize = 5000, 1, 1_000_000;
    /// Depth of nested elements of a frame; each translucent level takes the memory of a whole picture.
    frame_depth: usize = 32, 1, 256;
    /// Bytes of one logo of a frame, as a PNG or JPEG file.
    logo_bytes: usize = 256 * KIB, KIB, 64 * MIB;
    /// Pixels of all logos of a frame together, copies by `<use>` included; each drawing decodes them again.
    logo_pixels: u64 = 2_000_000, 1, 1 << 26;
    /// Pixels of drawn frames that are kept, 3 bytes each.
    frame_pixels_kept: u64 = 8_000_000, 0, 1 << 30;

    /// Spans of traces that wait to be sent; what comes beyond is lost, and counted. A picture has about ten.
    traces_queue: usize = 8192, 64, 1 << 20;
    /// Spans sent at once.
    traces_batch: usize = 512, 1, 8192;
    /// Time that the first span of a batch waits for others.
    traces_pause: Duration = ms(500), ms(1), s(60);
    /// Time in which a collector has to take a batch; else its spans are lost, and counted.
    traces_send: Duration = s(5), ms(10), s(60);
    /// Bytes of a collector's answer.
    traces_reply_bytes: usize = 64 * KIB, KIB, MIB;
    /// Time that the last spans get once the last request is answered, as far as [`Limits::drain`] leaves it.
    traces_flush: Duration = s(1), ms(0), s(60);

    /// Lines of the log that wait for who reads it; what comes beyond them is dropped and counted.
    log_lines: usize = 4096, 1, 1_000_000;

    /// Time between "not ready any more" and the last connection accepted, once the service is told to stop.
    drain_notice: Duration = s(2), ms(0), s(600);
    /// Time that requests in flight get to end once the service is told to stop.
    drain: Duration = s(12), ms(10), s(600);
}

impl Limits {
    /// The strict mode: the smallest picture that the vendor's own service draws.
    pub fn with_vendor_minima(mut self) -> Self {
        self.min_width = 1000;
        self.min_height = 500;
        self
    }

    /// Small bounds, so that a test can reach them cheaply.
    pub fn for_tests() -> Self {
        Self { metrics: 5, buckets_per_series: 1000, buckets_per_request: 2000, ..Self::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_default_is_one_that_an_operator_may_choose() {
        for row in Limits::rows() {
            let default = (row.get)(&Limits::default());
            assert!((row.least..=row.most).contains(&default), "{} = {default}", row.name);
        }
    }

    #[test]
    fn a_number_of_the_other_kind_changes_nothing() {
        let mut limits = Limits::default();
        for row in Limits::rows() {
            let other = match (row.get)(&limits) {
                Number::Count(_) => Number::Time(s(7)),
                Number::Time(_) => Number::Count(7),
            };
            assert!(!(row.set)(&mut limits, other), "{}", row.name);
            assert!((row.set)(&mut limits, row.least) && (row.get)(&limits) == row.least, "{}", row.name);
            limits = Limits::default();
        }
    }
}
