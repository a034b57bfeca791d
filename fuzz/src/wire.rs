//! `wire` and `request_limits`: a body → a request that prints and parses to the same request, within the limits.

use crate::taken;
use metricshot::config::{ConfigInputs, Loaded, load};
use metricshot::http::Version;
use metricshot::http::wire::{Rules, chart_options, data_request, image_request, metric_filter};
use metricshot::limits::Limits;
use metricshot::request::{DisplayText, ImageRequest, Language, MetricRequest, Statistic};
use serde_json::{Value, json};
use std::sync::LazyLock;

/// The maximum memory of parsing, in bytes per byte of the body. A list of one-digit numbers (2 bytes each) takes 3 × 32 bytes per number while
/// it grows, a list of empty objects (5 bytes each) 3 × 56. The rules of a time zone stay in memory in addition.
const MEMORY_PER_BYTE: usize = 48;
const MEMORY: usize = 64 * 1024;

static DEMO: LazyLock<Loaded> = LazyLock::new(|| load(&ConfigInputs::default()).expect("the demo is valid"));

/// Checks `wire` in the oldest version, which has an additional field, and in the newest.
pub fn check(body: &[u8]) {
    for version in [Version::V1_0, Version::NEWEST] {
        let rules =
            Rules { version, statistic: Statistic::parse_with_percentiles, zones: &DEMO.zones, limits: &DEMO.limits };
        let (read, bytes) = taken(|| image_request(body, Language::English, &rules));
        assert!(bytes <= MEMORY + MEMORY_PER_BYTE * body.len(), "{bytes} bytes for {}", body.len());
        match read {
            Ok(request) => {
                let printed = printed(&request).to_string();
                assert_eq!(
                    image_request(printed.as_bytes(), Language::English, &rules).as_ref(),
                    Ok(&request),
                    "{printed}"
                );
            }
            Err(faults) => assert!(!faults.is_empty(), "refused without a reason"),
        }
        let _ = (data_request(body, &rules).is_ok(), metric_filter(body, &rules).is_ok());
    }
    let _ = chart_options(body, &DEMO.limits).is_ok();
}

/// Checks `request_limits`: each plan is within the limits, and has no query twice.
pub fn limits(body: &[u8]) {
    let Loaded { limits, catalog, .. } = &*DEMO;
    let rules =
        Rules { version: Version::NEWEST, statistic: Statistic::parse_with_percentiles, zones: &DEMO.zones, limits };
    let Ok(request) = image_request(body, Language::English, &rules) else { return };
    let Ok(plan) = catalog.plan(&request.query, limits) else { return };
    assert!(plan.fetches.len() <= 100.min(limits.metrics), "{} source calls", plan.fetches.len());
    assert_eq!(plan.lines.len(), request.query.metrics.len());
    let buckets = |fetch: usize| u64::try_from(plan.fetches[fetch].query.grid.len()).expect("a count");
    let each: Vec<u64> = plan.lines.iter().map(|line| buckets(line.fetch)).collect();
    assert!(each.iter().all(|count| *count <= limits.buckets_per_series), "{each:?}");
    assert!(each.iter().sum::<u64>() <= limits.buckets_per_request, "{each:?}");
    let is_new = |(index, fetch)| !plan.fetches[..index].contains(fetch);
    assert!(plan.fetches.iter().enumerate().all(is_new), "a query is planned twice");
    let Limits { max_side, pixels, .. } = *limits;
    let (width, height) = (request.size.width(), request.size.height());
    assert!(width <= max_side && height <= max_side && u64::from(width) * u64::from(height) <= pixels);
}

fn printed(request: &ImageRequest) -> Value {
    let query = &request.query;
    json!({
        "start": query.span.start(),
        "end": query.span.end(),
        "period": 60,
        "statistic_type": "AVG",
        "timezone": query.zone.name(),
        "title": request.title.as_ref().map(DisplayText::as_str),
        "width": request.size.width(),
        "height": request.size.height(),
        "metrics": query.metrics.iter().map(metric).collect::<Vec<_>>(),
    })
}

fn metric(request: &MetricRequest) -> Value {
    let pairs = request.metric.dimensions().iter().map(|pair| json!({"key": pair.key(), "value": pair.value()}));
    json!({
        "namespace_name": request.metric.namespace.as_str(),
        "name": request.metric.name.as_str(),
        "dimensions": pairs.collect::<Vec<_>>(),
        "color": request.colour.map(|colour| colour.to_string()),
        "display_name": request.display_name.as_ref().map(DisplayText::as_str),
        "period": request.period.seconds(),
        "statistic_type": request.statistic.to_string(),
    })
}
