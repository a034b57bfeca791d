//! Guarantees of the roll-up, on examples and on generated data.

use super::frame;
use crate::cancel::Stop;
use crate::catalog::{
    Across, MetricKind, Missing, PlannedFetch, PlannedLine, QueryPlan, QueryTarget, Selector, SeriesQuery,
};
use crate::error::Reason;
use crate::limits::Limits;
use crate::request::{
    Colour, Dimension, DisplayText, MetricRef, MetricRequest, Name, Period, Query, Span, SplitBy, Statistic, Unit, Zone,
};
use crate::series::{Fetched, Frame, Grid, Line, Outcome, Part, Remark, Samples, SplitAnswer};
use proptest::prelude::*;
use std::sync::Arc;

const T: i64 = 1_767_225_600;
const STATISTICS: [Statistic; 7] = [
    Statistic::Average,
    Statistic::Sum,
    Statistic::Maximum,
    Statistic::Minimum,
    Statistic::Count,
    Statistic::Percentile(500),
    Statistic::Percentile(999),
];

const ACROSS: [Across; 5] = [Across::Pool, Across::Sum, Across::Average, Across::Minimum, Across::Maximum];

fn query(start: i64, end: i64, period: i64, zone: &str, statistic: Statistic) -> Query {
    let limits = Limits::default();
    let name = |text| Name::new(text, &limits).unwrap();
    let metric = MetricRef::new(name("Demo"), name("x"), Vec::<Dimension>::new()).unwrap();
    let period = Period::new(period, &limits).unwrap();
    let metric = MetricRequest { metric, period, statistic, colour: None, display_name: None, split_by: None };
    Query { span: Span::new(start, end, &limits).unwrap(), zone: Zone::parse(zone).unwrap(), metrics: vec![metric] }
}

fn plan(query: &Query, kind: MetricKind) -> QueryPlan {
    let metric = &query.metrics[0];
    let grid = Arc::new(Grid::new(query.span, metric.period, &query.zone));
    let wanted = QueryTarget::Select(Selector { name: "x".into(), labels: vec![] });
    let query = SeriesQuery::new(wanted, kind, metric.statistic, grid);
    let line = PlannedLine { fetch: 0, unit: Unit::NONE, scale: 1.0, missing: Missing::Gap };
    QueryPlan { fetches: vec![PlannedFetch { source: "test".into(), query }], lines: vec![line] }
}

fn fetched(plan: &QueryPlan, series: &[Vec<(i64, f64)>]) -> Fetched {
    let buckets = 0..plan.fetches[0].query.grid.len();
    let series = series.iter().cloned().map(Samples::new).collect();
    Fetched { parts: vec![Part::Samples { buckets, series }], fetched_at_ms: i64::MAX, ..Fetched::default() }
}

/// Returns the values of the first line; `None` is a gap.
fn rolled(query: &Query, plan: &QueryPlan, fetched: Fetched) -> Vec<Option<f64>> {
    match &frame(query, plan, vec![Ok(fetched)], &Stop::default()).unwrap().lines[0].outcome {
        Outcome::Answered(buckets, _) => buckets.iter().map(|(_, value)| value).collect(),
        Outcome::Missing(reason) => panic!("{reason:?}"),
    }
}

fn values(
    window: (i64, i64, i64),
    kind: MetricKind,
    statistic: Statistic,
    series: &[Vec<(i64, f64)>],
) -> Vec<Option<f64>> {
    let query = query(window.0, window.1, window.2, "UTC", statistic);
    let plan = plan(&query, kind);
    let fetched = fetched(&plan, series);
    rolled(&query, &plan, fetched)
}

/// Returns the values as [`values`] does, with several series combined by `across`.
fn combined(
    window: (i64, i64, i64),
    kind: MetricKind,
    statistic: Statistic,
    across: Across,
    series: &[Vec<(i64, f64)>],
) -> Vec<Option<f64>> {
    let query = query(window.0, window.1, window.2, "UTC", statistic);
    let mut plan = plan(&query, kind);
    plan.fetches[0].query.across = across;
    let fetched = fetched(&plan, series);
    rolled(&query, &plan, fetched)
}

fn gauge(window: (i64, i64, i64), statistic: Statistic, series: &[Vec<(i64, f64)>]) -> Vec<Option<f64>> {
    values(window, MetricKind::Gauge, statistic, series)
}

/// Makes series with a sample each 15 s, `index % 40` and 100 more for each series after the first; the second one
/// pauses for 20 minutes.
fn fixture() -> Vec<Vec<(i64, f64)>> {
    let sample = |plus: f64, index: i64| ((T + 15 * index) * 1000, (index % 40) as f64 + plus);
    let pauses = |index: &i64| !(120..200).contains(index);
    vec![
        (0..=480).map(|index| sample(0.0, index)).collect(),
        (0..=480).filter(pauses).map(|index| sample(100.0, index)).collect(),
    ]
}

#[test]
fn the_fixture_has_the_values_of_prometheus_and_victoriametrics() {
    for (statistic, first, second) in [
        (Statistic::Average, 9.5, 29.5),
        (Statistic::Minimum, 0.0, 20.0),
        (Statistic::Maximum, 19.0, 39.0),
        (Statistic::Sum, 190.0, 590.0),
        (Statistic::Count, 20.0, 20.0),
        (Statistic::Percentile(900), 17.1, 37.1),
    ] {
        let values = gauge((T, T + 1200, 300), statistic, &fixture()[..1]);
        for (value, expected) in values.into_iter().zip([first, second, first, second]) {
            assert!((value.unwrap() - expected).abs() < 1e-12, "{statistic}: {value:?}");
        }
    }
}

#[test]
fn samples_of_all_series_are_pooled() {
    let values = gauge((T, T + 600, 300), Statistic::Average, &fixture());
    assert_eq!(values, [Some(59.5), Some(79.5)]);
    let uneven = [vec![(T * 1000, 1.0)], vec![(T * 1000, 4.0), ((T + 1) * 1000, 4.0)]];
    assert_eq!(gauge((T, T + 60, 60), Statistic::Average, &uneven), [Some(3.0)]);
}

#[test]
fn several_series_are_combined_by_sum_mean_minimum_or_maximum() {
    let cards: Vec<_> = [100.0, 200.0, 300.0, 400.0]
        .map(|rate| (0..4).map(|index| ((T + 15 * index) * 1000, rate + index as f64)).collect())
        .into();
    for (across, expected) in [
        (Across::Pool, 251.5),
        (Across::Sum, 1006.0),
        (Across::Average, 251.5),
        (Across::Minimum, 101.5),
        (Across::Maximum, 401.5),
    ] {
        for statistic in [Statistic::Average, Statistic::Percentile(500)] {
            let values = combined((T, T + 60, 60), MetricKind::Gauge, statistic, across, &cards);
            let pooled_median = across == Across::Pool && statistic != Statistic::Average;
            assert_eq!(values, [Some(if pooled_median { 251.5 } else { expected })], "{across:?} {statistic}");
        }
    }
    assert_eq!(combined((T, T + 60, 60), MetricKind::Gauge, Statistic::Maximum, Across::Sum, &cards), [Some(1012.0)]);
    assert_eq!(combined((T, T + 60, 60), MetricKind::Gauge, Statistic::Count, Across::Minimum, &cards), [Some(4.0)]);
}

#[test]
fn a_series_without_samples_in_a_bucket_is_left_out_there() {
    let series = [vec![(T * 1000, 1.0), ((T + 60) * 1000, 3.0)], vec![((T + 60) * 1000, 5.0)]];
    for (across, second) in [(Across::Sum, 8.0), (Across::Average, 4.0), (Across::Minimum, 3.0), (Across::Maximum, 5.0)]
    {
        let values = combined((T, T + 180, 60), MetricKind::Gauge, Statistic::Average, across, &series);
        assert_eq!(values, [Some(1.0), Some(second), None], "{across:?}");
    }
}

#[test]
fn an_overflowing_sum_of_series_is_a_gap_and_their_mean_is_not() {
    let huge = [vec![(T * 1000, 1.5e308)], vec![(T * 1000, 1.5e308)]];
    let value = |across| combined((T, T + 60, 60), MetricKind::Gauge, Statistic::Average, across, &huge)[0];
    assert_eq!((value(Across::Sum), value(Across::Average)), (None, Some(1.5e308)));
}

#[test]
fn pooled_series_are_noted_with_their_number() {
    let query = query(T, T + 60, 60, "UTC", Statistic::Average);
    let pooled = |kind, series: &[Vec<(i64, f64)>]| {
        let plan = plan(&query, kind);
        let frame = frame(&query, &plan, vec![Ok(fetched(&plan, series))], &Stop::default()).unwrap();
        let Outcome::Answered(_, notes) = &frame.lines[0].outcome else { panic!("an answer") };
        notes.pooled
    };
    let (inside, outside) = (vec![((T + 1) * 1000, 1.0)], vec![((T - 1) * 1000, 1.0)]);
    let spanning = vec![((T - 10) * 1000, 1.0), ((T + 70) * 1000, 2.0)];
    assert_eq!(pooled(MetricKind::Gauge, &[inside.clone(), inside.clone(), outside.clone(), vec![]]), 2);
    assert_eq!(pooled(MetricKind::Gauge, &[inside.clone(), outside.clone()]), 0);
    assert_eq!(pooled(MetricKind::Counter, &[inside.clone(), spanning, outside]), 2);
    assert_eq!(pooled(MetricKind::Counter, &[inside]), 0);
}

#[test]
fn a_bucket_without_samples_is_a_gap_in_every_statistic() {
    for statistic in STATISTICS {
        let values = gauge((1_767_227_100, 1_767_228_900, 300), statistic, &fixture()[1..]);
        let gaps: Vec<bool> = values.iter().map(Option::is_none).collect();
        assert_eq!(gaps, [false, true, true, true, true, false], "{statistic}");
    }
}

#[test]
fn a_sample_on_an_edge_belongs_to_the_bucket_that_begins_there() {
    let series = [vec![(T * 1000 - 1, 1.0), (T * 1000, 2.0), ((T + 60) * 1000 - 1, 3.0), ((T + 60) * 1000, 4.0)]];
    assert_eq!(gauge((T, T + 60, 60), Statistic::Sum, &series), [Some(5.0)]);
}

#[test]
fn non_finite_samples_are_skipped_and_noted() {
    let query = query(T, T + 120, 60, "UTC", Statistic::Average);
    let plan = plan(&query, MetricKind::Gauge);
    let series = [vec![(T * 1000, 1.0), (T * 1000 + 1, f64::NAN), (T * 1000 + 2, 3.0), ((T + 60) * 1000, f64::NAN)]];
    let mut fetched = fetched(&plan, &series);
    fetched.notes.skipped = 5;
    let frame = frame(&query, &plan, vec![Ok(fetched.clone())], &Stop::default()).unwrap();
    assert_eq!(frame.remarks(), [(0, vec![Remark::Skipped(7)])]);
    assert_eq!(rolled(&query, &plan, fetched), [Some(2.0), None]);
}

#[test]
fn a_day_of_23_or_25_hours_is_one_bucket() {
    for (start, hours) in [(1_774_738_800, 23), (1_792_879_200, 25)] {
        let query = query(start, start + 1, 86_400, "Europe/Berlin", Statistic::Count);
        let plan = plan(&query, MetricKind::Gauge);
        let series = [(-60..90).map(|half| ((start + half * 1800) * 1000, 1.0)).collect()];
        let fetched = fetched(&plan, &series);
        assert_eq!(rolled(&query, &plan, fetched), [Some(f64::from(hours * 2))]);
    }
}

#[test]
fn integers_add_up_exactly_and_small_values_survive_large_ones() {
    let at = |values: &[f64]| [values.iter().enumerate().map(|(i, v)| (T * 1000 + i as i64, *v)).collect::<Vec<_>>()];
    assert_eq!(gauge((T, T + 60, 60), Statistic::Sum, &at(&[1.0, 1e100, 1.0, -1e100])), [Some(2.0)]);
    assert_eq!(gauge((T, T + 60, 60), Statistic::Sum, &at(&[0.1; 10])), [Some(1.0)]);
    assert_eq!(gauge((T, T + 60, 60), Statistic::Average, &at(&[0.1; 7])), [Some(0.1)]);
}

#[test]
fn an_overflowing_sum_is_a_gap_and_its_mean_is_not() {
    let huge = [vec![(T * 1000, 1.5e308), (T * 1000 + 1, 1.5e308), ((T + 60) * 1000, 7.0)]];
    assert_eq!(gauge((T, T + 120, 60), Statistic::Sum, &huge), [None, Some(7.0)]);
    assert_eq!(gauge((T, T + 120, 60), Statistic::Average, &huge), [Some(1.5e308), Some(7.0)]);
    let cancels = [vec![(T * 1000, 1e308), (T * 1000 + 1, 1e308), (T * 1000 + 2, -1e308)]];
    assert_eq!(gauge((T, T + 60, 60), Statistic::Sum, &cancels), [Some(1e308)]);
}

#[test]
fn missing_zero_applies_only_to_sum_and_count_up_to_now() {
    for (statistic, expected) in [
        (Statistic::Sum, [Some(2.0), Some(0.0), Some(0.0), None]),
        (Statistic::Count, [Some(1.0), Some(0.0), Some(0.0), None]),
        (Statistic::Average, [Some(2.0), None, None, None]),
    ] {
        let query = query(T, T + 240, 60, "UTC", statistic);
        let mut plan = plan(&query, MetricKind::Gauge);
        plan.lines[0].missing = Missing::Zero;
        let answer = Fetched { fetched_at_ms: (T + 150) * 1000, ..fetched(&plan, &[vec![(T * 1000, 2.0)]]) };
        assert_eq!(rolled(&query, &plan, answer), expected, "{statistic}");
    }
}

#[test]
fn an_overflowing_sum_is_not_zero() {
    let query = query(T, T + 60, 60, "UTC", Statistic::Sum);
    let mut plan = plan(&query, MetricKind::Gauge);
    plan.lines[0].missing = Missing::Zero;
    let answer = fetched(&plan, &[vec![(T * 1000, 1.5e308), (T * 1000 + 1, 1.5e308)]]);
    assert_eq!(rolled(&query, &plan, answer), [None]);
}

#[test]
fn computed_and_sampled_parts_lie_side_by_side_and_are_scaled() {
    let query = query(T, T + 240, 60, "UTC", Statistic::Average);
    let mut plan = plan(&query, MetricKind::Gauge);
    plan.lines[0].scale = 10.0;
    let sampled = (0..4).map(|minute| ((T + 60 * minute) * 1000, 5.0)).collect();
    let answer = Fetched {
        parts: vec![
            Part::Computed(vec![(0, 1.0), (3, 4.0), (9, 9.0)]),
            Part::Samples { buckets: 1..3, series: vec![Samples::new(sampled)] },
            Part::Samples { buckets: 7..9, series: vec![] },
        ],
        ..Fetched::default()
    };
    assert_eq!(rolled(&query, &plan, answer), [Some(10.0), Some(50.0), Some(50.0), Some(40.0)]);
}

#[test]
fn lines_share_a_response_and_a_failed_one_is_missing_with_its_reason() {
    let mut query = query(T, T + 60, 60, "UTC", Statistic::Count);
    query.metrics = vec![query.metrics[0].clone(); 3];
    let mut plan = plan(&query, MetricKind::Gauge);
    let line = plan.lines[0].clone();
    plan.fetches.push(plan.fetches[0].clone());
    plan.lines = vec![line.clone(), PlannedLine { fetch: 1, missing: Missing::Zero, ..line.clone() }, line];
    let answer = fetched(&plan, &[vec![(T * 1000, 1.0)]]);
    let frame = frame(&query, &plan, vec![Ok(answer), Err(Reason::Timeout)], &Stop::default()).unwrap();
    assert_eq!(frame.missing(), [(1, Reason::Timeout)]);
    assert_eq!(frame.lines[0].outcome, frame.lines[2].outcome);
}

#[test]
fn a_frame_is_complete_until_its_first_answer_was_fetched() {
    let query = query(T, T + 60, 60, "UTC", Statistic::Sum);
    let plan = plan(&query, MetricKind::Gauge);
    let answer = |milliseconds| Fetched { fetched_at_ms: T * 1000 + milliseconds, ..fetched(&plan, &[]) };
    assert_eq!(frame(&query, &plan, vec![Ok(answer(9_500))], &Stop::default()).unwrap().complete_until, Some(T + 9));
    assert_eq!(frame(&query, &plan, vec![Err(Reason::Timeout)], &Stop::default()).unwrap().complete_until, None);
}

#[test]
fn a_response_without_series_is_a_success() {
    for statistic in STATISTICS {
        assert_eq!(gauge((T, T + 120, 60), statistic, &[]), [None, None]);
    }
}

/// Generates a few series of samples at any millisecond around an hour, with finite values of every size.
fn any_series() -> impl Strategy<Value = Vec<Vec<(i64, f64)>>> {
    let sample = (-600_000_i64..4_200_000, prop_oneof![-1e3..1e3, -1e308..1e308, Just(0.0), Just(0.1)]);
    let sample = sample.prop_map(|(ms, value)| (T * 1000 + ms, value));
    let unique = |mut samples: Vec<(i64, f64)>| {
        samples.sort_by_key(|sample| sample.0);
        samples.dedup_by_key(|sample| sample.0);
        samples
    };
    prop::collection::vec(prop::collection::vec(sample, 0..80).prop_map(unique), 0..5)
}

proptest! {
    #[test]
    fn counts_add_up_to_the_samples_in_range(series in any_series(), period in 1_i64..4000) {
        let query = query(T, T + 3600, period, "UTC", Statistic::Count);
        let range = Grid::new(query.span, query.metrics[0].period, &query.zone).range();
        let inside = series.iter().flatten().filter(|sample| range.contains(&sample.0.div_euclid(1000))).count();
        for kind in [MetricKind::Gauge, MetricKind::Counter] {
            let counts = values((T, T + 3600, period), kind, Statistic::Count, &series);
            prop_assert_eq!(counts.into_iter().flatten().sum::<f64>(), inside as f64);
        }
    }

    #[test]
    fn every_statistic_of_the_middle_lies_between_minimum_and_maximum(series in any_series(), period in 1_i64..4000) {
        let of = |statistic| gauge((T, T + 3600, period), statistic, &series);
        let (minimum, maximum) = (of(Statistic::Minimum), of(Statistic::Maximum));
        for statistic in [Statistic::Average, Statistic::Percentile(500), Statistic::Percentile(999)] {
            for ((value, minimum), maximum) in of(statistic).into_iter().zip(&minimum).zip(&maximum) {
                prop_assert_eq!(value.is_some(), minimum.is_some());
                prop_assert!(*minimum <= value && value <= *maximum, "{} {:?} {:?}", statistic, minimum, value);
            }
        }
    }

    #[test]
    fn the_order_of_the_series_changes_no_bit(series in any_series(), turn in 0_usize..5, period in 1_i64..4000) {
        let mut turned = series.clone();
        turned.rotate_left(turn.min(series.len()));
        for kind in [MetricKind::Gauge, MetricKind::Counter] {
            for (statistic, across) in STATISTICS.into_iter().zip(ACROSS.into_iter().cycle()) {
                let of = |series| combined((T, T + 3600, period), kind, statistic, across, series);
                prop_assert_eq!(of(&series), of(&turned), "{} {:?}", statistic, across);
            }
        }
    }

    #[test]
    fn the_value_of_a_gauge_s_bucket_does_not_depend_on_the_window(series in any_series(), from in 0_i64..20) {
        for statistic in [Statistic::Minimum, Statistic::Maximum, Statistic::Count, Statistic::Percentile(950)] {
            for across in [Across::Pool, Across::Minimum, Across::Maximum] {
                let of = |window| combined(window, MetricKind::Gauge, statistic, across, &series);
                let (whole, part) = (of((T, T + 3600, 120)), of((T + from * 120 + 7, T + 3600, 120)));
                prop_assert_eq!(&whole[usize::try_from(from).unwrap()..], &part[..]);
            }
        }
    }
}

/// Makes a plan whose first metric is split by `host`, and the response with the value of each host in its only bucket.
fn split(query: &Query, hosts: &[(&str, f64)], limit: i64) -> (QueryPlan, Fetched) {
    let mut plan = plan(query, MetricKind::Gauge);
    let split_by = SplitBy::new(vec!["host".to_owned()], Some(limit), None, Some("host {{host}}")).unwrap();
    plan.fetches[0].query.split_by = Some(split_by);
    let answer = |(host, value): &(&str, f64)| SplitAnswer {
        values: vec![(*host).to_owned()],
        fetched: fetched(&plan, &[vec![(T * 1000, *value)]]),
    };
    let answer = Fetched { split: hosts.iter().map(answer).collect(), ..Fetched::default() };
    (plan, answer)
}

fn labels_and_values(frame: &Frame) -> Vec<(usize, String, Option<f64>)> {
    let value = |line: &Line| match &line.outcome {
        Outcome::Answered(buckets, _) => buckets.value(0),
        Outcome::Missing(_) => None,
    };
    frame.lines.iter().map(|line| (line.metric, line.label.as_str().to_owned(), value(line))).collect()
}

#[test]
fn a_split_metric_has_a_line_for_each_value_and_counts_truncated_lines() {
    let mut query = query(T, T + 60, 60, "UTC", Statistic::Average);
    query.metrics.push(query.metrics[0].clone());
    let colour = Colour::rgb(0xff_0000);
    query.metrics[0].colour = Some(colour);
    let (mut plan, answer) = split(&query, &[("a", 1.0), ("b", 3.0), ("c", 2.0), ("d", f64::NAN)], 2);
    plan.lines.push(PlannedLine { fetch: 0, scale: 10.0, ..plan.lines[0].clone() });
    let frame = frame(&query, &plan, vec![Ok(answer)], &Stop::default()).unwrap();
    let line = |metric, label: &str, value| (metric, label.to_owned(), Some(value));
    assert_eq!(
        labels_and_values(&frame),
        [line(0, "host b", 3.0), line(0, "host c", 2.0), line(1, "host b", 30.0), line(1, "host c", 20.0)]
    );
    assert!(frame.lines.iter().all(|line| line.colour.is_none()));
    // A sample that is not finite makes no line, and does not count as one that the limit left out.
    assert_eq!(frame.remarks(), [(0, vec![Remark::Truncated(1)]), (1, vec![Remark::Truncated(1)])]);
}

#[test]
fn a_split_with_one_value_keeps_the_colour_and_the_name_of_the_request() {
    let mut query = query(T, T + 60, 60, "UTC", Statistic::Average);
    let (colour, name) = (Some(Colour::rgb(0xff_0000)), DisplayText::lossy("Load"));
    (query.metrics[0].colour, query.metrics[0].display_name) = (colour, Some(name));
    let (plan, answer) = split(&query, &[("a", 1.0)], 12);
    let frame = frame(&query, &plan, vec![Ok(answer)], &Stop::default()).unwrap();
    assert_eq!(labels_and_values(&frame), [(0, "Load · host a".to_owned(), Some(1.0))]);
    assert_eq!((frame.lines[0].colour, frame.remarks()), (colour, vec![]));
}

#[test]
fn a_split_without_values_is_one_line_without_data_and_a_failed_one_is_missing() {
    let query = query(T, T + 60, 60, "UTC", Statistic::Average);
    for hosts in [&[][..], &[("a", f64::NAN)]] {
        let (plan, answer) = split(&query, hosts, 12);
        let frame = frame(&query, &plan, vec![Ok(answer)], &Stop::default()).unwrap();
        assert_eq!(labels_and_values(&frame), [(0, query.metrics[0].label().as_str().to_owned(), None)]);
        assert!(frame.missing().is_empty());
    }
    let (plan, _) = split(&query, &[], 12);
    let frame = frame(&query, &plan, vec![Err(Reason::Down)], &Stop::default()).unwrap();
    assert_eq!((frame.lines.len(), frame.missing()), (1, vec![(0, Reason::Down)]));
}
