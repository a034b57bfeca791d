//! Every limit of the server, with what it bounds.
//!
//! One line each: name, type, default, and the minimum and maximum that an operator may configure. The configuration reads `[limits]` by
//! these lines, and `docs/limits.md` is generated from them. Each module gets a reference and has no limit of its own. The error for an
//! exceeded limit names it.

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

/// Returns the number of cores that the process may use. Cached, because each query reads the control groups with some
/// twenty system calls, and defaults are made many times.
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
    /// Time from the first byte of a request's head to its last, and from the start of a connection to the end of its first head.
    header_read: Duration = s(5), ms(10), s(600);
    /// Time that a connection may be idle between two requests.
    idle: Duration = s(15), ms(10), s(3600);
    /// Bytes of a request's head.
    header_bytes: usize = 16 * KIB, KIB, MIB;
    /// Header lines of a request.
    headers: usize = 64, 8, 1024;
    /// Bytes of a request's target: path and query.
    uri_bytes: usize = 2 * KIB, 64, 64 * KIB;
    /// Time for a TLS handshake.
    tls_handshake: Duration = s(5), ms(10), s(60);
    /// Time in which a client must read [`Limits::answer_progress_bytes`] of its response; a slower client is disconnected.
    answer_stall: Duration = s(10), ms(10), s(600);
    /// See [`Limits::answer_stall`].
    answer_progress_bytes: usize = 40 * KIB, 1, 64 * MIB;
    /// TCP send buffer (`SO_SNDBUF`) per connection. Bytes of a response in it count as sent.
    send_buffer_bytes: usize = 128 * KIB, 4 * KIB, 64 * MIB;
    /// Time that work on a request continues after its client closed the sending half of the connection: the client may still read, or be gone.
    half_closed: Duration = s(2), ms(10), s(60);
    /// Bytes of a request body; a larger one is rejected with 413.
    body_bytes: usize = 100 * KIB, KIB, 16 * MIB;
    /// Time to read a request's body.
    body_read: Duration = s(5), ms(10), s(600);
    /// Time for a whole request.
    request_total: Duration = s(9), ms(10), s(600);

    /// Clock skew: difference between the time of a signature and the server's clock, in either direction.
    signature_skew: Duration = s(300), s(1), s(3600);
    /// Signatures in the replay cache of one key, each for twice [`Limits::signature_skew`]; while it is full, further requests of the key are rejected.
    signatures_remembered: usize = 200_000, 1, 10_000_000;
    /// Different bodies that may have the same signature, which does not cover the body.
    bodies_per_signature: usize = 16, 1, 1024;
    /// Rate limit: requests of one key per second.
    key_requests: u32 = 20, 1, 1_000_000;
    /// Burst of the rate limit: requests of one key at once, after it was idle.
    key_burst: u32 = 40, 1, 1_000_000;
    /// Time of the render workers that requests of one key may use per second.
    key_work: Duration = s(2), ms(10), s(1024);

    /// Nesting depth of objects and arrays in a request body; the deepest valid body has 5.
    json_depth: usize = 8, 5, 64;
    /// Faults listed in one error response; further ones are counted.
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
    /// Bytes of a title, a display name, a namespace or a metric name.
    text_bytes: usize = 1024, 1, 64 * KIB;
    /// Minimum width of an image, in pixels.
    min_width: u32 = 1, 1, 16_384;
    /// Minimum height of an image, in pixels.
    min_height: u32 = 1, 1, 16_384;
    /// Maximum width or height of an image, in pixels.
    max_side: u32 = 4096, 40, 16_384;
    /// Pixels of an image.
    pixels: u64 = 8_000_000, 480, 1 << 26;
    /// Annotations of a chart.
    annotations: usize = 50, 0, 1000;
    /// Bytes of finished charts that are kept to answer GETs of named charts again.
    cache_bytes: usize = 32 * MIB, 0, GIB;
    /// Variables of a named chart.
    chart_variables: usize = 16, 0, 256;
    /// Latest instant of a request, in Unix seconds: the year 2100, so that times in milliseconds are rejected.
    latest_second: i64 = 4_102_444_800, 1, 253_402_300_799;
    /// Seconds between start and end.
    span_seconds: i64 = 3660 * DAY, 60, 36_600 * DAY;
    /// Seconds of a period.
    period_seconds: i64 = 30 * DAY, 60, 3660 * DAY;
    /// Buckets of one series.
    buckets_per_series: u64 = 50_000, 100, 10_000_000;
    /// Buckets of all series of a request.
    buckets_per_request: u64 = 2_000_000, 10_000, 100_000_000;

    /// Time for all source calls of one request.
    source_total: Duration = s(6), ms(10), s(600);
    /// Time to open a connection to a source.
    source_connect: Duration = s(1), ms(10), s(600);
    /// Calls in flight to one source, over all requests.
    calls_per_source: usize = 16, 1, 1024;
    /// Calls in flight to one source, for one request.
    calls_per_request: usize = 4, 1, 1024;
    /// Retry budget: retries per hundred calls of a source.
    retry_share_percent: u32 = 10, 0, 100;
    /// Retries of a source that may exceed this share after a time without failures.
    retry_reserve: u32 = 10, 0, 10_000;
    /// Time for which the resolved addresses of a source's host name are fresh.
    source_name_age: Duration = s(30), ms(0), s(3600);
    /// Time to wait for name resolution where older addresses are known.
    source_name_wait: Duration = ms(250), ms(0), s(60);
    /// Time for which older addresses are used while the name cannot be resolved.
    source_name_kept: Duration = s(3600), ms(0), s(86_400);
    /// Points requested from a source in one call.
    points_per_call: usize = 11_000, 100, 1_000_000;
    /// Samples kept of one response of a source.
    samples_per_fetch: usize = 5_000_000, 1000, 1_000_000_000;
    /// Series in one response of a source.
    series_per_answer: usize = 10_000, 1, 1_000_000;
    /// Longest time range in seconds for which samples are fetched from a source that cannot compute every statistic; longer ranges are computed by the source (pushdown) where that is exact. A week of one sample each 10 s is 60,480 samples a series.
    raw_seconds: i64 = 7 * DAY, 60, 3660 * DAY;
    /// Compressed bytes of one response of a source.
    source_packed_bytes: usize = 16 * MIB, 64 * KIB, 4 * GIB;
    /// Decompressed bytes of one response of a source.
    source_reply_bytes: usize = 64 * MIB, 64 * KIB, 4 * GIB;
    /// Decompressed bytes of all responses of sources to one request.
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
    /// Time for which the list of a source's metrics is cached.
    listing_age: Duration = s(60), ms(10), s(3600);
    /// Entries of such a list.
    listed_metrics: usize = 100_000, 1, 10_000_000;

    /// Workers: images drawn at once.
    render_workers: usize = cores(), 1, 1024, "one a core";
    /// Admitted requests: their sources are called or their charts drawn. As many again may wait for admission. Where there are several sources, half of both may be for the same source.
    requests: usize = 32 * cores(), 1, 65_536, "32 a core";
    /// Waiting time for admission after which the queue counts as stalled: new requests are rejected at once.
    requests_wait: Duration = ms(200), ms(1), s(600);
    /// Charts that wait for a worker. Their sources have been called already, so rejecting them is the last resort.
    render_queue_length: usize = 32 * cores(), 1, 65_536, "32 a core";
    /// Charts whose estimated drawing time is above this are *expensive*: they never occupy the last of several workers, and cheaper charts overtake them for a while.
    render_dear: Duration = ms(20), ms(1), s(600);
    /// Time that a chart may wait for a worker; also the estimated work that may wait.
    render_queue: Duration = s(1), ms(10), s(600);
    /// Time that drawing one image may take.
    render: Duration = ms(1500), ms(10), s(600);
    /// Time after which a worker that does not react to its stop signal counts as lost and is replaced.
    render_lost: Duration = s(1), ms(10), s(600);
    /// Share of the memory that the process may use which requests in flight, results that are not sent yet and cached lists may take.
    memory_percent: u32 = 60, 1, 100;
    /// Bytes of one template file. A page of a drawing program has a tenth of it.
    template_bytes: usize = 512 * KIB, KIB, 64 * MIB;
    /// Time zones in the folder `zoneinfo`.
    zone_files: usize = 4096, 1, 65_536;
    /// Bytes of one file in the folder `zoneinfo`; the largest of the bundled edition has 2,968.
    zone_file_bytes: usize = 64 * KIB, KIB, MIB;
    /// Elements of a frame, copies by `<use>` included; a thousand are drawn in a few milliseconds.
    frame_elements: usize = 5000, 1, 1_000_000;
    /// Nesting depth of elements of a frame; each translucent level takes the memory of a whole image.
    frame_depth: usize = 32, 1, 256;
    /// Bytes of one logo of a frame, as a PNG or JPEG file.
    logo_bytes: usize = 256 * KIB, KIB, 64 * MIB;
    /// Pixels of all logos of a frame together, copies by `<use>` included; each drawing decodes them again.
    logo_pixels: u64 = 2_000_000, 1, 1 << 26;
    /// Pixels of drawn frames in the cache, 3 bytes each.
    frame_pixels_kept: u64 = 8_000_000, 0, 1 << 30;

    /// Spans of traces that wait to be sent; further ones are dropped and counted. A chart has about ten.
    traces_queue: usize = 8192, 64, 1 << 20;
    /// Spans sent in one batch.
    traces_batch: usize = 512, 1, 8192;
    /// Time that the first span of a batch waits for others.
    traces_pause: Duration = ms(500), ms(1), s(60);
    /// Time in which a collector must accept a batch; after it the spans are dropped and counted.
    traces_send: Duration = s(5), ms(10), s(60);
    /// Bytes of a collector's response.
    traces_reply_bytes: usize = 64 * KIB, KIB, MIB;
    /// Time to send the last spans after the last response, as far as [`Limits::drain`] leaves it.
    traces_flush: Duration = s(1), ms(0), s(60);

    /// Log lines that wait for the reader of the log; further ones are dropped and counted.
    log_lines: usize = 4096, 1, 1_000_000;

    /// Time between "not ready" and the last accepted connection, after a signal to stop.
    drain_notice: Duration = s(2), ms(0), s(600);
    /// Time for requests in flight to finish after a signal to stop.
    drain: Duration = s(12), ms(10), s(600);
}

impl Limits {
    /// Applies the strict mode: the smallest image that the vendor's own service renders.
    pub fn with_vendor_minima(mut self) -> Self {
        self.min_width = 1000;
        self.min_height = 500;
        self
    }

    /// Returns small limits, so that a test can reach them cheaply.
    pub fn for_tests() -> Self {
        Self { metrics: 5, buckets_per_series: 1000, buckets_per_request: 2000, ..Self::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_default_is_within_its_allowed_range() {
        for row in Limits::rows() {
            let default = (row.get)(&Limits::default());
            assert!((row.least..=row.most).contains(&default), "{} = {default}", row.name);
        }
    }

    #[test]
    fn a_number_of_the_wrong_kind_changes_nothing() {
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
