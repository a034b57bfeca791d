use super::*;
use crate::catalog::{MetricKind, Missing, PlannedFetch, PlannedLine, QueryTarget, Selector, SeriesQuery};
use crate::limits::Limits;
use crate::request::{ChartOptions, Language, Period, Query, Scale, Size, Span, Statistic, Unit, Zone};
use crate::series::Grid;
use std::sync::Arc;

/// Returns a plan of `lines` lines with `buckets` buckets, each with its own fetch.
fn plan(lines: usize, buckets: i64) -> QueryPlan {
    let limits = Limits { buckets_per_series: u64::MAX, ..Limits::default() };
    let span = Span::new(60, 60 + 60 * buckets, &limits).unwrap();
    let query = SeriesQuery::new(
        QueryTarget::Select(Selector { name: "load".into(), labels: vec![] }),
        MetricKind::Gauge,
        Statistic::Average,
        Arc::new(Grid::new(span, Period::new(60, &limits).unwrap(), &Zone::utc())),
    );
    let line = |fetch| PlannedLine { fetch, unit: Unit::NONE, scale: 1.0, missing: Missing::Gap };
    QueryPlan {
        fetches: vec![PlannedFetch { source: "a".into(), query }; lines],
        lines: (0..lines).map(line).collect(),
    }
}

fn request((width, height): (i64, i64), chart: ChartOptions) -> ImageRequest {
    let limits = Limits::default();
    let query = Query { span: Span::new(60, 660, &limits).unwrap(), zone: Zone::utc(), metrics: vec![] };
    let size = Size::new(width, height, &limits).unwrap();
    ImageRequest { query, title: None, size, language: Language::English, chart }
}

fn png(lines: usize, buckets: i64, size: (i64, i64)) -> Cost {
    Cost::of_picture(&plan(lines, buckets), &request(size, ChartOptions::default()), Format::Png)
}

/// The loads of docs/performance.md with the milliseconds measured there.
const MEASURED: [(usize, i64, (i64, i64), f64); 5] = [
    (1, 288, (600, 400), 0.319),
    (10, 1440, (1200, 600), 1.895),
    (5, 200_000, (1200, 600), 2.814),
    (30, 288, (1200, 600), 3.780),
    (100, 288, (1200, 600), 10.1),
];

#[test]
fn the_loads_that_were_measured_are_estimated_in_their_order_and_within_twice_to_six_times() {
    let estimates = MEASURED.map(|(lines, buckets, size, _)| png(lines, buckets, size).work.as_secs_f64() * 1e3);
    for ((.., measured), estimate) in MEASURED.iter().zip(estimates) {
        assert!((0.9..7.0).contains(&(estimate / measured)), "{estimate} of {measured} ms");
    }
    let but_for_raw_points = [estimates[0], estimates[1], estimates[3], estimates[4]];
    assert!(but_for_raw_points.is_sorted(), "{estimates:?}");
}

#[test]
fn whatever_is_more_costs_more() {
    let base = png(10, 300, (600, 400));
    let scaled = ChartOptions { scale: Scale::new(2.0).unwrap(), ..ChartOptions::default() };
    let more = [
        png(11, 300, (600, 400)),
        png(10, 301, (600, 400)),
        png(10, 300, (601, 400)),
        png(10, 300, (600, 401)),
        Cost::of_picture(&plan(10, 300), &request((600, 400), scaled), Format::Png),
        Cost::of_picture(&plan(10, 300), &request((600, 400), ChartOptions::default()), Format::WebP),
    ];
    for more in more {
        assert!(more.work > base.work && more.bytes > base.bytes, "{more:?} {base:?}");
    }
    assert!(Cost::of_data(&plan(10, 300)) < base);
}

#[test]
fn a_usual_picture_is_light_and_the_largest_is_dear() {
    let limit = Limits::default().render_dear;
    assert!(png(10, 300, (600, 400)).work < limit / 5);
    assert!(png(100, 1440, (2000, 2000)).work > limit);
}

#[test]
fn no_numbers_are_too_large_to_add() {
    let plan = plan(1000, 50_000);
    let cost = Cost::of_picture(&plan, &request((4096, 1900), ChartOptions::default()), Format::WebP);
    assert!(cost.work > Duration::from_secs(1) && cost.bytes > 1 << 30);
}
