//! Tests of the demo's documented behaviour.

use super::*;
use crate::catalog::MetricKind;
use crate::clock::Deadline;
use crate::request::{Period, Span, Statistic, Zone};
use proptest::prelude::*;
use std::sync::Arc;

const T: i64 = 1_640_995_200;

fn query(name: &str, labels: &[(&str, &str)], window: (i64, i64, i64), kind: MetricKind) -> SeriesQuery {
    let limits = Limits::default();
    let (span, period) = (Span::new(window.0, window.1, &limits).unwrap(), Period::new(window.2, &limits).unwrap());
    let labels = labels.iter().map(|(label, value)| ((*label).to_owned(), (*value).to_owned())).collect();
    SeriesQuery::new(
        QueryTarget::Select(Selector { name: name.into(), labels }),
        kind,
        Statistic::Average,
        Arc::new(Grid::new(span, period, &Zone::parse("UTC").unwrap())),
    )
}

fn ask_at(now_ms: i64, query: &SeriesQuery) -> Result<Samples, SourceError> {
    let call = Call::unlimited(Deadline::after(Duration::from_secs(60)), now_ms);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut fetched = runtime.block_on(Demo::new(&Limits::default()).fetch(query, call))?;
    match fetched.parts.pop() {
        Some(Part::Samples { buckets, mut series }) if buckets == (0..query.grid.len()) => Ok(series.remove(0)),
        part => panic!("{part:?}"),
    }
}

fn ask(name: &str, window: (i64, i64, i64)) -> Samples {
    ask_at(0, &query(name, &[("VolumeID", "v-1")], window, MetricKind::Gauge)).unwrap()
}

/// Returns minimum and maximum.
fn extent(samples: &Samples) -> (f64, f64) {
    samples.values().iter().fold((f64::MAX, f64::MIN), |(least, most), v| (least.min(*v), most.max(*v)))
}

#[test]
fn the_documented_request_has_samples() {
    let samples = ask("CPU Usage/Core[Basic]", (T, T + 240, 300));
    assert_eq!(samples.times_ms(), [0, 60, 120, 180, 240].map(|second| (T + second) * 1000));
}

#[test]
fn values_are_the_same_on_every_machine() {
    let first = |name, kind| {
        let query = query(name, &[("VolumeID", "v-1")], (T, T + 60, 60), kind);
        let samples = ask_at((T + 60) * 1000, &query).unwrap();
        let second = if kind == MetricKind::Counter { T - 60 } else { T };
        samples.values()[samples.times_ms().partition_point(|&time| time < second * 1000)]
    };
    let values = [
        first("CPU Usage/Core[Basic]", MetricKind::Gauge),
        first("Disk Read Bytes", MetricKind::Gauge),
        first("Requests", MetricKind::Counter),
    ];
    assert_eq!(values, [26.840947800394353, 72_981_675.0, 11_400_982.0]);
}

#[test]
fn the_present_plays_no_part() {
    let ahead = query("Load", &[], (4_000_000_020, 4_000_003_620, 60), MetricKind::Gauge);
    assert_eq!(ask_at(0, &ahead).unwrap().len(), 60);
    assert_eq!(ask_at(0, &ahead), ask_at(5_000_000_000_000, &ahead));
}

#[test]
fn windows_that_overlap_agree() {
    let (whole, part) = (ask("Load", (T, T + 86_400, 60)), ask("Load", (T + 3600, T + 7200, 60)));
    assert_eq!(part.values(), &whole.values()[60..120]);
}

#[test]
fn series_with_other_labels_look_otherwise() {
    let of = |value| ask_at(0, &query("Load", &[("host", value)], (T, T + 3600, 60), MetricKind::Gauge)).unwrap();
    assert_ne!(of("a").values(), of("b").values());
}

#[test]
fn names_tell_how_large_values_are() {
    let week = (T, T + 7 * 86_400, 300);
    for name in ["CPU Usage", "disk util", "free %", "Percent Idle", "Memory Usage"] {
        let (least, most) = extent(&ask(name, week));
        assert!(0.0 <= least && most <= 100.0 && most - least > 10.0, "{name} {least} {most}");
    }
    for name in ["Network In", "Bytes", "Memory Free", "Disk Reads"] {
        let samples = ask(name, week);
        assert!(extent(&samples).1 > 1e6 && samples.values().iter().all(|value| value.fract() == 0.0), "{name}");
    }
    assert!(extent(&ask("Latency", week)).1 > 200.0);
}

#[test]
fn hard_cases_are_what_their_names_say() {
    let day = (T, T + 86_400, 60);
    assert_eq!(extent(&ask("flat", day)), (42.0, 42.0));
    assert_eq!(extent(&ask("ZERO", day)), (0.0, 0.0));
    assert!(extent(&ask("Huge", day)).1 > 1e299);
    assert!(extent(&ask("Tiny", day)).1 < 1e-8 && extent(&ask("Tiny", day)).1 > 0.0);
    assert!(extent(&ask("Negative", day)).1 <= 0.0);
    assert!(extent(&ask("Mixed", day)).0 < 0.0 && extent(&ask("Mixed", day)).1 > 0.0);
    let month = ask("Spike", (T, T + 30 * 86_400, 60));
    assert_eq!((month.len(), month.values().iter().filter(|value| **value == 1000.0).count()), (43_200, 1));
    assert!(ask("Ramp", day).values().is_sorted());
    assert_eq!(extent(&ask("Day Curve", day)), (0.0, 100.0));
    assert_eq!(ask("No Data", day).len(), 0);
    assert_eq!(ask("Single Point", day).times_ms(), [(T + 43_200) * 1000]);
    assert_eq!(ask("Single Point", (T, T + 10, 30)).len(), 1);
    let nan = ask("NaN", day);
    assert!(nan.skipped() > 240 && nan.len() > 720);
    assert_eq!(ask("Gap", (T + 86_400, T + 2 * 86_400, 60)).len(), 21 * 50);
}

#[test]
fn an_error_is_refused_and_so_is_an_expression() {
    let day = (T, T + 86_400, 60);
    assert_eq!(ask_at(0, &query("error", &[], day, MetricKind::Gauge)).unwrap_err().reason, Reason::Refused);
    let expression = QueryTarget::Expression(crate::catalog::Expression { pieces: vec![], resolution_seconds: 60 });
    let query = SeriesQuery { target: expression, ..query("Load", &[], day, MetricKind::Gauge) };
    assert_eq!(ask_at(0, &query).unwrap_err().reason, Reason::Refused);
}

#[tokio::test]
async fn slow_is_never_in_time() {
    let deadline = Duration::from_millis(20);
    let call = Call::unlimited(Deadline::after(deadline), 0);
    let query = query("Slow", &[], (T, T + 60, 60), MetricKind::Gauge);
    let demo = Demo::new(&Limits::default());
    assert!(tokio::time::timeout(deadline * 2, demo.fetch(&query, call)).await.is_err());
}

#[test]
fn counters_only_fall_at_a_reset_and_begin_two_gaps_early() {
    let later = (T + 7 * 86_400) * 1000;
    let samples = ask_at(later, &query("Counter Reset", &[], (T, T + 86_400, 60), MetricKind::Counter)).unwrap();
    assert_eq!(samples.times_ms()[0], (T - 1200) * 1000);
    let index_of = |second: i64| samples.times_ms().partition_point(|&time| time < second * 1000);
    let day = index_of(T - 60)..index_of(T + 86_400);
    let falls = samples.values()[day].windows(2).filter(|pair| pair[1] < pair[0]).count();
    assert_eq!(falls, 4);
    assert!(samples.values().iter().all(|value| *value >= 0.0 && value.fract() == 0.0));
    let requests = ask_at(later, &query("Requests", &[], (T, T + 86_400, 60), MetricKind::Counter)).unwrap();
    assert!(requests.values().windows(2).filter(|pair| pair[1] < pair[0]).count() <= 1);
}

#[test]
fn every_hard_case_is_in_the_catalogue_of_the_demo() {
    let catalogue = include_str!("../../config/demo.toml");
    for (name, _) in shape::CASES {
        assert!(catalogue.contains(&format!("namespace = \"Demo\"\nname = \"{name}\"\n")), "{name}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn every_bucket_of_a_minute_or_more_has_a_sample_and_the_answer_is_bounded(
        start in 1_i64..3_700_000_000,
        buckets in 1_i64..49_000,
        period in prop_oneof![60_i64..8000, 86_400_i64..2_592_000, Just(86_400)],
    ) {
        let end = start + (buckets * period).min(3660 * 86_400);
        let query = query("Load", &[], (start, end, period), MetricKind::Gauge);
        let samples = ask_at(0, &query).unwrap();
        prop_assert!(samples.len() <= 100_001);
        let mut met: Vec<usize> = samples.times_ms().iter().filter_map(|time| query.grid.bucket_of(*time)).collect();
        met.dedup();
        prop_assert_eq!(met.len(), query.grid.len());
    }
}
