//! Counters: examples of the rule, and equality with a slow implementation of its text.

use super::statistics::roll_up;
use crate::catalog::{Across, Born, MetricKind, QueryTarget, Selector, SeriesQuery};
use crate::limits::Limits;
use crate::request::{Period, Span, Statistic, Zone};
use crate::series::{Grid, Samples};
use proptest::prelude::*;
use std::sync::Arc;

/// Midnight of 2026-03-01.
const T: i64 = 1_772_323_200;
const ACROSS: [Across; 4] = [Across::Sum, Across::Average, Across::Minimum, Across::Maximum];
const RATES: [Statistic; 6] = [
    Statistic::Average,
    Statistic::Minimum,
    Statistic::Maximum,
    Statistic::Percentile(500),
    Statistic::Percentile(0),
    Statistic::Percentile(990),
];

/// Unix seconds and totals.
type Series = Vec<(i64, f64)>;

/// Makes a query for a counter in `[start, end)`, in buckets of `period` seconds.
fn counter(start: i64, end: i64, period: i64, statistic: Statistic) -> SeriesQuery {
    let limits = Limits::default();
    let (span, period) = (Span::new(start, end, &limits).unwrap(), Period::new(period, &limits).unwrap());
    let wanted = QueryTarget::Select(Selector { name: "x".into(), labels: vec![] });
    SeriesQuery::new(wanted, MetricKind::Counter, statistic, Arc::new(Grid::new(span, period, &Zone::utc())))
}

/// Rolls up the samples that a source would return at `now`, a Unix second.
fn rolled(query: &SeriesQuery, series: &[Series], now: i64) -> Vec<Option<f64>> {
    let range = query.sample_range(now * 1000);
    let fetched = |points: &Series| {
        let inside = points.iter().filter(|(second, _)| range.contains(second));
        Samples::new(inside.map(|&(second, value)| (second * 1000, value)).collect())
    };
    let series: Vec<Samples> = series.iter().map(fetched).collect();
    roll_up(query, 0..query.grid.len(), &series, now * 1000).values
}

fn averages(series: &[Series], period: i64, start: i64, end: i64, now: i64) -> Vec<Option<f64>> {
    rolled(&counter(start, end, period, Statistic::Average), series, now)
}

/// Asserts that values are equal to 12 digits, and gaps are equal.
fn assert_near(values: &[Option<f64>], expected: &[Option<f64>], why: &str) {
    let is_near = |(value, expected): (&Option<f64>, &Option<f64>)| match (value, expected) {
        (Some(value), Some(expected)) => (value - expected).abs() <= 1e-12 * expected.abs().max(1e-300),
        (None, None) => true,
        _ => false,
    };
    assert!(
        values.len() == expected.len() && values.iter().zip(expected).all(is_near),
        "{why}: {values:?} is not {expected:?}"
    );
}

const LATER: i64 = T + 1_000_000;

/// Returns a counter of 0.5/s, scraped every 60 s.
fn steady() -> Series {
    (0..240).map(|index| T + 23 + 60 * index).map(|second| (second, 0.5 * (second - T) as f64)).collect()
}

/// Removes the samples of the second hour.
fn silent(series: Series) -> Series {
    series.into_iter().filter(|(second, _)| !(T + 3600..T + 7200).contains(second)).collect()
}

#[test]
fn the_first_bucket_after_a_silent_hour_has_the_true_rate_in_every_window() {
    let series = [silent(steady())];
    let from_before = averages(&series, 300, T + 6900, T + 7800, LATER);
    assert_eq!(from_before, [None, Some(0.5), Some(0.5)]);
    assert_eq!(averages(&series, 300, T + 7200, T + 7800, LATER), from_before[1..]);
    assert_eq!(averages(&series, 3600, T + 3600, T + 10_800, LATER), [Some(0.5), Some(0.5)]);
}

#[test]
fn a_reset_during_a_silence_is_no_increase() {
    let restarted = |(second, value): (i64, f64)| (second, if second < T + 7200 { value } else { value - 3000.0 });
    let series = [silent(steady()).into_iter().map(restarted).collect()];
    assert_eq!(averages(&series, 300, T + 6900, T + 7800, LATER), [None, Some(0.5), Some(0.5)]);
    assert_eq!(averages(&series, 300, T + 7200, T + 7800, LATER), [Some(0.5), Some(0.5)]);
}

#[test]
fn a_series_that_starts_inside_the_window_starts_with_its_rate() {
    let series = [steady().into_iter().filter(|(second, _)| *second > T + 3700).map(|(t, v)| (t, v + 1e6)).collect()];
    assert_eq!(averages(&series, 300, T + 3300, T + 4200, LATER), [None, Some(0.5), Some(0.5)]);
}

#[test]
fn scrapes_rarer_than_buckets_give_a_rate_in_every_bucket() {
    let slow = |every: i64| (0..).map(move |n| T + 123 + every * n).take_while(|t| *t < T + 14_400);
    let series: Series = slow(300).map(|second| (second, 0.5 * (second - T) as f64)).collect();
    assert_eq!(averages(&[series], 60, T + 3600, T + 4500, LATER), [Some(0.5); 15]);
    let mut second = T + 123;
    let mut series = vec![(second, 0.5 * 123.0)];
    for every in [15, 285, 60, 120, 30, 240, 90, 180, 15, 285, 200, 100, 45, 270, 75].into_iter().cycle().take(60) {
        second += every;
        series.push((second, 0.5 * (second - T) as f64));
    }
    assert_eq!(averages(&[series], 60, T + 3600, T + 6600, LATER), [Some(0.5); 50]);
}

#[test]
fn a_reset_lowers_the_rate_of_its_own_minute() {
    // The counter restarts at T + 5400, 7 s after a sample.
    let value = |second: i64| 0.5 * if second < T + 5400 { second - T } else { second - T - 5400 } as f64;
    let series = (0..240).map(|index| T + 23 + 60 * index).map(|second| (second, value(second))).collect();
    let rates = averages(&[series], 60, T + 88 * 60, T + 93 * 60, LATER);
    // The total rises by 11.5 in the 60 s between the samples at T + 5363 and T + 5423.
    let reset = 11.5 / 60.0;
    let (before, after) = ((23.0 * 0.5 + 37.0 * reset) / 60.0, (23.0 * reset + 37.0 * 0.5) / 60.0);
    assert_near(&rates, &[Some(0.5), Some(before), Some(after), Some(0.5), Some(0.5)], "reset");
}

#[test]
fn rates_of_two_hosts_are_added_while_they_are_known() {
    let other = (0..240).map(|index| T + 41 + 60 * index).map(|second| (second, (second - T) as f64)).collect();
    let series = [steady(), silent(other)];
    let expected = (0.5 * 300.0 + 259.0) / 300.0;
    let rates = averages(&series, 300, T + 6900, T + 7800, LATER);
    assert_near(&rates, &[Some(0.5), Some(expected), Some(1.5)], "two hosts");
    assert_eq!(format!("{expected:.4}"), "1.3633");
}

#[test]
fn the_live_bucket_has_the_rate_however_little_of_it_has_passed() {
    for passed in [0, 3, 30, 70, 150, 290, 299] {
        let now = T + 7200 + passed;
        let known = steady().into_iter().filter(|(second, _)| *second <= now).collect();
        assert_eq!(averages(&[known], 300, T + 6900, T + 7500, now)[0], Some(0.5));
        let known: Series = steady().into_iter().filter(|(second, _)| *second <= now).collect();
        let expected = if passed > 0 { Some(0.5) } else { None };
        assert_eq!(averages(&[known], 300, T + 7200, T + 7500, now), [expected], "{passed} s into the bucket");
    }
}

#[test]
fn samples_after_the_present_do_not_count() {
    let now = T + 7200 + 70;
    let known: Series = steady().into_iter().filter(|(second, _)| *second <= now).collect();
    for statistic in RATES.into_iter().chain([Statistic::Sum]) {
        let query = counter(T + 6900, T + 7800, 300, statistic);
        let rolled = |series: &Series| {
            let samples = Samples::new(series.iter().map(|&(second, value)| (second * 1000, value)).collect());
            roll_up(&query, 0..query.grid.len(), &[samples], now * 1000).values
        };
        assert_eq!(rolled(&known), rolled(&steady()), "{statistic}");
    }
}

#[test]
fn a_single_sample_has_no_rate_and_no_increase() {
    let series = [vec![(T + 10, 5.0)]];
    for statistic in RATES.into_iter().chain([Statistic::Sum]) {
        assert_eq!(rolled(&counter(T, T + 60, 60, statistic), &series, LATER), [None], "{statistic}");
    }
    assert_eq!(rolled(&counter(T, T + 60, 60, Statistic::Count), &series, LATER), [Some(1.0)]);
}

#[test]
fn increases_are_stamped_at_the_later_sample_and_stay_integers() {
    let series = [vec![(T - 5, 100.0), (T + 10, 130.0), (T + 40, 160.0), (T + 70, 220.0), (T + 100, 12.0)]];
    let sum = rolled(&counter(T, T + 180, 60, Statistic::Sum), &series, LATER);
    assert_eq!(sum, [Some(60.0), Some(72.0), None]);
}

#[test]
fn increases_of_several_series_are_combined_by_across() {
    let series = [vec![(T, 0.0), (T + 30, 3.0), (T + 59, 4.0)], vec![(T, 0.0), (T + 30, 10.0)], vec![(T + 3, 7.0)]];
    for (across, expected) in
        [(Across::Sum, 14.0), (Across::Average, 7.0), (Across::Minimum, 4.0), (Across::Maximum, 10.0)]
    {
        let query = SeriesQuery { across, ..counter(T, T + 60, 60, Statistic::Sum) };
        assert_eq!(rolled(&query, &series, LATER), [Some(expected)], "{across:?}");
    }
}

#[test]
fn a_counter_born_at_zero_begins_with_an_increase() {
    let mut query = counter(T, T + 120, 60, Statistic::Sum);
    let series = [vec![(T + 10, 2.0), (T + 70, 3.0)], vec![(T + 20, 5.0)]];
    assert_eq!(rolled(&query, &series, LATER), [None, Some(1.0)]);
    query.counter.born = Born::Zero;
    assert_eq!(rolled(&query, &series, LATER), [Some(7.0), Some(1.0)]);
}

#[test]
fn the_rule_s_longest_gap_decides_which_samples_are_joined() {
    let series = [vec![(T, 0.0), (T + 1800, 900.0), (T + 3600, 1800.0)]];
    let mut query = counter(T, T + 3600, 300, Statistic::Average);
    assert_eq!(rolled(&query, &series, LATER), [None; 12]);
    query.counter.longest_gap_seconds = Some(1800);
    assert_eq!(rolled(&query, &series, LATER), [Some(0.5); 12]);
    query.counter.longest_gap_seconds = Some(1799);
    assert_eq!(rolled(&query, &series, LATER), [None; 12]);
}

#[test]
fn silences_in_the_window_are_counted() {
    let query = |start, end| counter(start, end, 300, Statistic::Average);
    let silences = |start, end, series: &[Series]| {
        let query = query(start, end);
        let samples: Vec<Samples> =
            series.iter().map(|points| Samples::new(points.iter().map(|&(t, v)| (t * 1000, v)).collect())).collect();
        roll_up(&query, 0..query.grid.len(), &samples, LATER * 1000).notes.silences
    };
    let series = [silent(steady()), steady()];
    assert_eq!(silences(T, T + 14_400, &series), 1);
    assert_eq!(silences(T + 3900, T + 6900, &series), 1, "it spans the window");
    assert_eq!(silences(T, T + 3300, &series), 0, "it is behind the window");
    assert_eq!(silences(T + 7500, T + 14_400, &series), 0, "it is before the window");
    assert_eq!(silences(T, T + 14_400, &[silent(steady()), silent(steady())]), 2);
}

#[test]
fn rates_of_any_size_have_a_finite_mean() {
    let series = [vec![(T, 0.0), (T + 1, 1e308), (T + 2, 1e308), (T + 3, 1.5e308)]];
    let query = counter(T, T + 86_400, 86_400, Statistic::Average);
    assert_near(&rolled(&query, &series, LATER), &[Some(1.5e308 / 4.0 + 0.5e308 / 4.0)], "mean of huge rates");
}

#[test]
fn a_percentile_is_weighted_by_time() {
    // 1/s for 30 s, then 3/s for 20 s, then 2/s for 10 s.
    let series = [vec![(T, 0.0), (T + 30, 30.0), (T + 50, 90.0), (T + 60, 110.0)]];
    let percentile =
        |tenths| rolled(&counter(T, T + 60, 60, Statistic::Percentile(tenths)), &series, LATER)[0].unwrap();
    assert_eq!([0, 499, 500, 501, 666, 667, 1000].map(percentile), [1.0, 1.0, 1.5, 2.0, 2.0, 3.0, 3.0]);
}

/// A literal and slow implementation of the rule: it evaluates every instant of a bucket, and every pair at each
/// instant.
mod slow {
    use super::*;

    /// Returns the rate of one series in `(from, to]`, which contains no sample, and whether a joined pair defines it.
    fn rate(points: &Series, from: i64, to: i64, gap: i64, now: i64) -> Option<(f64, bool)> {
        for (index, pair) in points.windows(2).enumerate() {
            let [(t0, v0), (t1, v1)] = [pair[0], pair[1]];
            let length = t1 - t0;
            if length > gap {
                continue;
            }
            let rate = if v1 < v0 { v1 } else { v1 - v0 } / length as f64;
            if t0 <= from && to <= t1 {
                return Some((rate, true));
            }
            let is_followed = points.get(index + 2).is_some_and(|next| next.0 - t1 <= gap);
            if !is_followed && t1 <= from && to <= (t1 + length).min(now) {
                return Some((rate, false));
            }
        }
        None
    }

    /// Returns the value of the bucket `[start, end)` from the whole history up to the present.
    pub(super) fn value(query: &SeriesQuery, series: &[Series], start: i64, end: i64, now: i64) -> Option<f64> {
        let gap = query.longest_gap_seconds();
        let known: Vec<Series> =
            series.iter().map(|one| one.iter().filter(|p| p.0 <= now).copied().collect()).collect();
        let mut instants = Vec::new();
        let mut spanned = false;
        for second in start..end {
            let rates: Vec<_> = known.iter().filter_map(|one| rate(one, second, second + 1, gap, now)).collect();
            if rates.is_empty() {
                continue;
            }
            spanned |= rates.iter().any(|(_, is_joined)| *is_joined);
            let sum: f64 = rates.iter().map(|(rate, _)| rate).sum();
            instants.push(match query.across {
                Across::Pool | Across::Sum => sum,
                Across::Average => sum / rates.len() as f64,
                Across::Minimum => rates.iter().map(|(rate, _)| *rate).fold(f64::INFINITY, f64::min),
                Across::Maximum => rates.iter().map(|(rate, _)| *rate).fold(f64::NEG_INFINITY, f64::max),
            });
        }
        let has_sample = known.iter().flatten().any(|(second, _)| (start..end).contains(second));
        if instants.is_empty() || !(has_sample || spanned || (start..end).contains(&now)) {
            return None;
        }
        instants.sort_by(f64::total_cmp);
        Some(match query.statistic {
            Statistic::Average => instants.iter().sum::<f64>() / instants.len() as f64,
            Statistic::Minimum => instants[0],
            Statistic::Maximum => instants[instants.len() - 1],
            Statistic::Percentile(tenths) => {
                let rank = instants.len() * usize::from(tenths);
                let (below, above) = (rank.div_ceil(1000).max(1) - 1, (rank / 1000).min(instants.len() - 1));
                if tenths == 0 { instants[0] } else { f64::midpoint(instants[below], instants[above]) }
            }
            Statistic::Sum | Statistic::Count => unreachable!("no rate"),
        })
    }

    /// Sums the increases of joined pairs, stamped at the later sample, over the series.
    pub(super) fn sum(query: &SeriesQuery, series: &[Series], start: i64, end: i64, now: i64) -> Option<f64> {
        let gap = query.longest_gap_seconds();
        let mut steps = Vec::new();
        for pair in series.iter().flat_map(|points| points.windows(2)) {
            let [(t0, v0), (t1, v1)] = [pair[0], pair[1]];
            if t1 <= now && t1 - t0 <= gap && (start..end).contains(&t1) {
                steps.push(if v1 < v0 { v1 } else { v1 - v0 });
            }
        }
        if steps.is_empty() { None } else { Some(steps.iter().sum()) }
    }
}

/// Generates counters with irregular scrapes, resets and silences.
fn any_counters() -> impl Strategy<Value = Vec<Series>> {
    let interval = prop_oneof![6 => 1_i64..90, 3 => Just(60_i64), 1 => 300_i64..2500];
    let step = prop_oneof![8 => 0_u32..1000, 1 => Just(u32::MAX)];
    let series = (0_i64..3000, prop::collection::vec((interval, step), 0..60)).prop_map(|(from, steps)| {
        let (mut second, mut total) = (T - 3000 + from, 5000_u32);
        let next = |(every, step): (i64, u32)| {
            second += every;
            total = if step == u32::MAX { 3 } else { total + step };
            (second, f64::from(total))
        };
        steps.into_iter().map(next).collect()
    });
    prop::collection::vec(series, 1..4)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_bucket_equals_the_slow_rule_in_every_window(
        series in any_counters(),
        period in prop_oneof![Just(60_i64), Just(300), 1_i64..2000],
        window in (0_i64..2400, 1_i64..2400),
        now in -600_i64..6000,
        gap in prop_oneof![3 => Just(None), 1 => (1_i64..1500).prop_map(Some)],
    ) {
        let (start, end, now) = (T + window.0, T + window.0 + window.1, T + now);
        for (statistic, across) in RATES.into_iter().flat_map(|s| ACROSS.map(|a| (s, a))) {
            let mut query = SeriesQuery { across, ..counter(start, end, period, statistic) };
            query.counter.longest_gap_seconds = gap;
            let edges = |bucket| (query.grid.edge(bucket), query.grid.edge(bucket + 1));
            let expected = (0..query.grid.len()).map(edges).map(|(s, e)| slow::value(&query, &series, s, e, now));
            let expected: Vec<_> = expected.collect();
            assert_near(&rolled(&query, &series, now), &expected, &format!("{statistic} {across:?}"));
        }
        let mut query = counter(start, end, period, Statistic::Sum);
        query.counter.longest_gap_seconds = gap;
        let edges = |bucket| (query.grid.edge(bucket), query.grid.edge(bucket + 1));
        let expected = (0..query.grid.len()).map(edges).map(|(s, e)| slow::sum(&query, &series, s, e, now));
        prop_assert_eq!(rolled(&query, &series, now), expected.collect::<Vec<_>>());
    }

    #[test]
    fn the_value_of_a_counter_s_bucket_does_not_depend_on_the_window(
        series in any_counters(), from in 0_usize..20, until in 1_usize..20, period in 1_i64..600,
    ) {
        let (from, until) = (from.min(until), from.max(until).max(from + 1));
        let (start, end) = (i64::try_from(from).unwrap() * period, i64::try_from(until).unwrap() * period);
        for statistic in RATES.into_iter().chain([Statistic::Sum, Statistic::Count]) {
            for across in ACROSS {
                let rolled = |start, end| {
                    let query = SeriesQuery { across, ..counter(start, end, period, statistic) };
                    rolled(&query, &series, LATER)
                };
                let first = T.div_euclid(period) * period;
                let (whole, part) = (rolled(first, first + 20 * period), rolled(first + start, first + end));
                assert_near(&part, &whole[from..until], &format!("{statistic} {across:?}"));
            }
        }
    }

    #[test]
    fn the_mean_rate_lies_between_minimum_and_maximum(series in any_counters(), period in 1_i64..4000) {
        for across in ACROSS {
            let of = |statistic| {
                let query = SeriesQuery { across, ..counter(T - 3000, T + 3000, period, statistic) };
                rolled(&query, &series, LATER)
            };
            let (minimum, maximum) = (of(Statistic::Minimum), of(Statistic::Maximum));
            for statistic in [Statistic::Average, Statistic::Percentile(500), Statistic::Percentile(999)] {
                for ((value, minimum), maximum) in of(statistic).into_iter().zip(&minimum).zip(&maximum) {
                    prop_assert_eq!(value.is_some(), minimum.is_some());
                    prop_assert!(*minimum <= value && value <= *maximum, "{} {:?} {:?}", statistic, minimum, value);
                }
            }
        }
    }

    #[test]
    fn the_increases_of_a_counter_add_up_to_its_total_increase(
        steps in prop::collection::vec((1_i64..90, 0_u32..1000), 1..60),
    ) {
        let (mut second, mut total) = (T, 0_u32);
        let samples: Series = steps.iter().map(|(every, step)| {
            (second, total) = (second + every, total + step);
            (second, f64::from(total))
        }).collect();
        let grown = samples[samples.len() - 1].1 - samples[0].1;
        let sums = rolled(&counter(T, T + 7200, 300, Statistic::Sum), &[samples], LATER);
        prop_assert_eq!(sums.into_iter().flatten().sum::<f64>(), grown);
    }
}
