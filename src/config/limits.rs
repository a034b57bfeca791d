//! `[limits]`: the numbers that an operator may change. Names and meaning are those of [`Limits`].

use super::{ConfigFault, Seconds};
use crate::limits::Limits;
use serde::{Deserialize, Serialize};

/// See the field of the same name in [`Limits`]; times are seconds, or carry their unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[allow(missing_docs)]
pub struct LimitsConfig {
    /// Refuse pictures smaller than the vendor's own service draws: [`Limits::with_vendor_minima`].
    pub strict_minima: bool,
    pub body_bytes: usize,
    pub metrics: usize,
    pub max_side: u32,
    pub pixels: u64,
    pub span_seconds: i64,
    pub buckets_per_series: u64,
    pub buckets_per_request: u64,
    pub points_per_call: usize,
    pub samples_per_fetch: usize,
    pub source_reply_bytes: usize,
    pub file_bytes: u64,
    pub calls_per_source: usize,
    pub render_workers: usize,
    pub source_connect: Seconds,
    pub source_total: Seconds,
    pub request_total: Seconds,
    pub render_queue: Seconds,
    pub render: Seconds,
    pub drain: Seconds,
}

impl Default for LimitsConfig {
    fn default() -> Self {
        let limits = Limits::default();
        Self {
            strict_minima: false,
            body_bytes: limits.body_bytes,
            metrics: limits.metrics,
            max_side: limits.max_side,
            pixels: limits.pixels,
            span_seconds: limits.span_seconds,
            buckets_per_series: limits.buckets_per_series,
            buckets_per_request: limits.buckets_per_request,
            points_per_call: limits.points_per_call,
            samples_per_fetch: limits.samples_per_fetch,
            source_reply_bytes: limits.source_reply_bytes,
            file_bytes: limits.file_bytes,
            calls_per_source: limits.calls_per_source,
            render_workers: limits.render_workers,
            source_connect: Seconds(limits.source_connect),
            source_total: Seconds(limits.source_total),
            request_total: Seconds(limits.request_total),
            render_queue: Seconds(limits.render_queue),
            render: Seconds(limits.render),
            drain: Seconds(limits.drain),
        }
    }
}

const KIB: u64 = 1024;
const MIB: u64 = 1024 * KIB;
const GIB: u64 = 1024 * MIB;
const DAY: u64 = 86_400;

impl LimitsConfig {
    /// What the rooms get.
    pub fn limits(&self) -> Limits {
        let limits = Limits {
            body_bytes: self.body_bytes,
            metrics: self.metrics,
            max_side: self.max_side,
            pixels: self.pixels,
            span_seconds: self.span_seconds,
            buckets_per_series: self.buckets_per_series,
            buckets_per_request: self.buckets_per_request,
            points_per_call: self.points_per_call,
            samples_per_fetch: self.samples_per_fetch,
            source_reply_bytes: self.source_reply_bytes,
            file_bytes: self.file_bytes,
            calls_per_source: self.calls_per_source,
            render_workers: self.render_workers,
            source_connect: self.source_connect.0,
            source_total: self.source_total.0,
            request_total: self.request_total.0,
            render_queue: self.render_queue.0,
            render: self.render.0,
            drain: self.drain.0,
            ..Limits::default()
        };
        if self.strict_minima { limits.with_vendor_minima() } else { limits }
    }

    /// What is wrong with them: numbers with which nothing would work, or which no machine holds.
    pub(super) fn check(&self) -> Vec<ConfigFault> {
        let size = |size: usize| u64::try_from(size).unwrap_or(u64::MAX);
        let numbers = [
            ("body_bytes", size(self.body_bytes), KIB, 16 * MIB),
            ("metrics", size(self.metrics), 1, 1000),
            ("max_side", u64::from(self.max_side), 40, 16_384),
            ("pixels", self.pixels, 480, 1 << 26),
            ("span_seconds", u64::try_from(self.span_seconds).unwrap_or(0), 60, 36_600 * DAY),
            ("buckets_per_series", self.buckets_per_series, 100, 10_000_000),
            ("buckets_per_request", self.buckets_per_request, 10_000, 100_000_000),
            ("points_per_call", size(self.points_per_call), 100, 1_000_000),
            ("samples_per_fetch", size(self.samples_per_fetch), 1000, 1_000_000_000),
            ("source_reply_bytes", size(self.source_reply_bytes), 64 * KIB, 4 * GIB),
            ("file_bytes", self.file_bytes, KIB, 64 * GIB),
            ("calls_per_source", size(self.calls_per_source), 1, 1024),
            ("render_workers", size(self.render_workers), 1, 1024),
        ];
        let times = [
            ("source_connect", self.source_connect),
            ("source_total", self.source_total),
            ("request_total", self.request_total),
            ("render_queue", self.render_queue),
            ("render", self.render),
            ("drain", self.drain),
        ];
        let number = |&(key, value, least, most): &(&str, u64, u64, u64)| {
            let text = format!("should be {least} to {most}");
            (!(least..=most).contains(&value)).then(|| ConfigFault::wrong(format!("limits.{key}"), text))
        };
        let time = |&(key, time): &(&str, Seconds)| {
            let wrong = !(10..=600_000).contains(&time.0.as_millis());
            wrong.then(|| ConfigFault::wrong(format!("limits.{key}"), "should be 10ms to 10m"))
        };
        let strict = (self.strict_minima && (self.max_side < 1000 || self.pixels < 500_000)).then(|| {
            let text = "needs max_side of at least 1000 and pixels of at least 500000";
            ConfigFault::wrong("limits.strict_minima", text)
        });
        let never = (self.source_total > self.request_total).then(|| {
            let text = format!("should be at least source_total, which is {}", self.source_total);
            ConfigFault::wrong("limits.request_total", text)
        });
        numbers.iter().filter_map(number).chain(times.iter().filter_map(time)).chain(strict).chain(never).collect()
    }
}
