//! Every number that bounds anything, in one place, with what it protects.
//!
//! Each room gets a reference; none keeps a number of its own. Where a limit is exceeded, the error names it.

use std::time::Duration;

/// The bounds of one running service. [`Limits::default`] is what an operator gets who configures nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a request body; above: 413.
    pub body_bytes: usize,
    /// Depth of nested objects and arrays in a request body; the deepest valid document has 5.
    pub json_depth: usize,
    /// Faults listed in one error answer; the rest is counted.
    pub listed_faults: usize,
    /// Metrics in one request, equal ones included.
    pub metrics: usize,
    /// Dimensions of one metric.
    pub dimensions: usize,
    /// Bytes of a dimension's key.
    pub dimension_key_bytes: usize,
    /// Bytes of a dimension's value.
    pub dimension_value_bytes: usize,
    /// Characters of a title, a display name, a namespace or a metric name.
    pub text_chars: usize,
    /// Bytes of the same.
    pub text_bytes: usize,
    /// Smallest width and height of a picture, in pixels.
    pub min_width: u32,
    /// See [`Limits::min_width`].
    pub min_height: u32,
    /// Largest width or height of a picture, in pixels.
    pub max_side: u32,
    /// Pixels of a picture.
    pub pixels: u64,
    /// Annotations of a chart.
    pub annotations: usize,
    /// Latest instant of a request, in Unix seconds: the year 2100, so that milliseconds are refused.
    pub latest_second: i64,
    /// Seconds between start and end.
    pub span_seconds: i64,
    /// Seconds of a period.
    pub period_seconds: i64,
    /// Buckets of one series.
    pub buckets_per_series: u64,
    /// Buckets of all series of a request.
    pub buckets_per_request: u64,
    /// Points asked of a source in one call.
    pub points_per_call: usize,
    /// Samples kept of one answer of a source.
    pub samples_per_fetch: usize,
    /// Seconds up to which a source without a statistic for every case is asked for its points; what is longer it computes itself
    /// where that comes to the same. A week of a point each 10 s is 60,480 points a series.
    pub raw_seconds: i64,
    /// Bytes of one answer of a source, unpacked.
    pub source_reply_bytes: usize,
    /// Bytes of one data file of the file source.
    pub file_bytes: u64,
    /// Bytes of one template's file. A page of a drawing program has a tenth of it.
    pub template_bytes: usize,
    /// Elements of a frame, copies by `<use>` included; a thousand are drawn in some milliseconds.
    pub frame_elements: usize,
    /// Depth of nested elements of a frame; each translucent level takes the memory of a whole picture.
    pub frame_depth: usize,
    /// Pixels of drawn frames that are kept, 3 bytes each.
    pub frame_pixels_kept: u64,
    /// Calls in flight to one source, over all requests.
    pub calls_per_source: usize,
    /// Failures in a row, within [`Limits::failures_within`], after which a source is left alone.
    pub failures_in_a_row: usize,
    /// See [`Limits::failures_in_a_row`].
    pub failures_within: Duration,
    /// Time for which a failing source is left alone before one call tries it again.
    pub source_pause: Duration,
    /// Longest time for which a source is left alone because it asks for it.
    pub source_pause_asked: Duration,
    /// Time for which a source's list of what it has is good.
    pub listing_age: Duration,
    /// Entries of such a list.
    pub listed_metrics: usize,
    /// Time to open a connection to a source.
    pub source_connect: Duration,
    /// Time for everything asked of the sources by one request.
    pub source_total: Duration,
    /// Time from the first byte of a request's head to its last.
    pub header_read: Duration,
    /// Time to read a request's body.
    pub body_read: Duration,
    /// Bytes of a request's head.
    pub header_bytes: usize,
    /// Header lines of a request.
    pub headers: usize,
    /// Time that work on a request goes on after its caller closed the sending half: it may still read, or be gone.
    pub half_closed: Duration,
    /// Time for a whole request.
    pub request_total: Duration,
    /// Time that a picture may wait for a worker.
    pub render_queue: Duration,
    /// Time that drawing one picture may take.
    pub render: Duration,
    /// Pictures drawn at once.
    pub render_workers: usize,
    /// Time between "not ready any more" and the last connection accepted, once the service is told to stop.
    pub drain_notice: Duration,
    /// Time that requests in flight get to end once the service is told to stop.
    pub drain: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes: 100 * 1024,
            json_depth: 8,
            listed_faults: 20,
            metrics: 100,
            dimensions: 30,
            dimension_key_bytes: 128,
            dimension_value_bytes: 1024,
            text_chars: 256,
            text_bytes: 1024,
            min_width: 1,
            min_height: 1,
            max_side: 4096,
            pixels: 8_000_000,
            annotations: 50,
            latest_second: 4_102_444_800,
            span_seconds: 3660 * 86_400,
            period_seconds: 30 * 86_400,
            buckets_per_series: 50_000,
            buckets_per_request: 2_000_000,
            points_per_call: 11_000,
            samples_per_fetch: 5_000_000,
            raw_seconds: 7 * 86_400,
            source_reply_bytes: 64 * 1024 * 1024,
            file_bytes: 256 * 1024 * 1024,
            template_bytes: 512 * 1024,
            frame_elements: 5000,
            frame_depth: 32,
            frame_pixels_kept: 8_000_000,
            calls_per_source: 16,
            failures_in_a_row: 5,
            failures_within: Duration::from_secs(10),
            source_pause: Duration::from_secs(5),
            source_pause_asked: Duration::from_secs(60),
            listing_age: Duration::from_secs(60),
            listed_metrics: 100_000,
            source_connect: Duration::from_secs(1),
            source_total: Duration::from_secs(6),
            header_read: Duration::from_secs(5),
            body_read: Duration::from_secs(5),
            header_bytes: 16 * 1024,
            headers: 64,
            half_closed: Duration::from_secs(2),
            request_total: Duration::from_secs(9),
            render_queue: Duration::from_secs(1),
            render: Duration::from_millis(1500),
            render_workers: std::thread::available_parallelism().map_or(1, usize::from),
            drain_notice: Duration::from_secs(2),
            drain: Duration::from_secs(12),
        }
    }
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
