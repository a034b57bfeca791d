//! Counters in rules: rates, counts, sample limits.

use super::*;

fn counted(across: Option<&str>, counter: CounterConfig, resolution: Option<i64>) -> RuleConfig {
    let across = across.map(str::to_owned);
    let meaning = MeaningConfig { across, counter, resolution, ..meaning("BYTES", "counter") };
    RuleConfig { meaning, ..rule("A", &[], &[]) }
}

/// Returns the query of the rule `A` for buckets of `seconds`.
fn query_of(rule: RuleConfig, statistic: Statistic, seconds: i64) -> SeriesQuery {
    let metric = MetricRequest { statistic, ..metric("Host", "A", &[], seconds) };
    catalog(vec![rule], vec![]).unwrap().plan(&hour(vec![metric]), &Limits::default()).unwrap().fetches.remove(0).query
}

#[test]
fn gauges_are_pooled_and_counters_summed_unless_the_rule_says_otherwise() {
    let across = |rule, statistic| query_of(rule, statistic, 60).across;
    let gauge = |across: &str| {
        let meaning = MeaningConfig { across: Some(across.to_owned()), ..meaning("BYTES", "gauge") };
        RuleConfig { meaning, ..rule("A", &[], &[]) }
    };
    assert_eq!(across(rule("A", &[], &[]), Statistic::Average), Across::Pool);
    assert_eq!(across(counted(None, CounterConfig::default(), None), Statistic::Average), Across::Sum);
    for (word, expected) in
        [("sum", Across::Sum), ("avg", Across::Average), ("min", Across::Minimum), ("max", Across::Maximum)]
    {
        assert_eq!(across(gauge(word), Statistic::Average), expected);
        assert_eq!(across(gauge(word), Statistic::Percentile(500)), expected);
        assert_eq!(across(counted(Some(word), CounterConfig::default(), None), Statistic::Average), expected);
    }
    assert_eq!(across(gauge("pool"), Statistic::Average), Across::Pool);
}

#[test]
fn counts_of_counters_use_the_query_of_gauges() {
    let counter = |across| query_of(counted(across, CounterConfig::default(), None), Statistic::Count, 60);
    assert_eq!(counter(None), query_of(rule("A", &[], &[]), Statistic::Count, 60));
    assert_eq!((counter(Some("max")).kind, counter(Some("max")).across), (MetricKind::Gauge, Across::Maximum));
}

#[test]
fn a_counter_has_its_own_options_and_a_gauge_none() {
    let options = CounterConfig { longest_gap: Some(7200), born: Some("zero".to_owned()), approximate: None };
    let query = query_of(counted(None, options.clone(), Some(15)), Statistic::Sum, 60);
    assert_eq!((query.longest_gap_seconds(), query.counter.born), (7200, Born::Zero));
    let gauge =
        RuleConfig { meaning: MeaningConfig { counter: options, ..meaning("BYTES", "gauge") }, ..rule("A", &[], &[]) };
    let faults = faults(vec![gauge], vec![]).concat();
    assert!(
        faults.contains("longest_gap belongs to a counter") && faults.contains("born belongs to a counter"),
        "{faults}"
    );
}

#[test]
fn the_longest_gap_is_two_periods_between_ten_minutes_and_a_day() {
    let gap = |seconds| {
        query_of(counted(None, CounterConfig::default(), None), Statistic::Average, seconds).longest_gap_seconds()
    };
    assert_eq!([60, 300, 3600, 86_400].map(gap), [600, 600, 7200, 86_400]);
}

#[test]
fn a_counter_s_sample_range_is_two_gaps_before_to_one_after_up_to_now() {
    let query = query_of(counted(None, CounterConfig::default(), None), Statistic::Average, 60);
    assert_eq!(query.sample_range(i64::MAX), 3600 - 1200..7200 + 600);
    assert_eq!(query.sample_range(7_300_999), 2400..7301);
    assert_eq!(query.sample_range(0), 2400..2400);
    assert_eq!(query_of(rule("A", &[], &[]), Statistic::Average, 60).sample_range(0), 3600..7200);
}

#[test]
fn a_rate_is_approximate_from_20_samples_in_a_bucket_on() {
    let options = CounterConfig { approximate: Some(true), ..CounterConfig::default() };
    let precision =
        |seconds| query_of(counted(None, options.clone(), Some(15)), Statistic::Average, seconds).counter.precision;
    assert_eq!([299, 300, 3600].map(precision), [Precision::Exact, Precision::Approximate, Precision::Approximate]);
    assert!(fault(counted(None, options.clone(), None)).contains("approximate needs resolution"));
    let expressed = expressed(counted(None, options, Some(15)), "x");
    assert!(fault(expressed).contains("approximate and expression exclude each other"));
}

#[test]
fn invalid_counter_options_are_faults_with_corrections() {
    let fault = |across, counter| fault(counted(across, counter, None));
    assert!(fault(Some("pool"), CounterConfig::default()).contains("write sum, avg, min or max"));
    assert!(fault(Some("total"), CounterConfig::default()).ends_with("write one of pool, sum, avg, min, max"));
    for seconds in [0, -1, 2_592_001] {
        let counter = CounterConfig { longest_gap: Some(seconds), ..CounterConfig::default() };
        assert!(fault(None, counter).ends_with("should be 1 to 2592000 seconds"));
    }
    let born = CounterConfig { born: Some("one".to_owned()), ..CounterConfig::default() };
    assert!(fault(None, born).ends_with("write one of unknown, zero"));
}

#[test]
fn equivalent_combinations_are_planned_as_pooled() {
    for (word, statistic) in
        [("sum", Statistic::Sum), ("sum", Statistic::Count), ("min", Statistic::Minimum), ("max", Statistic::Maximum)]
    {
        let meaning = MeaningConfig { across: Some(word.to_owned()), ..meaning("BYTES", "gauge") };
        let combined = RuleConfig { meaning, ..rule("A", &[], &[]) };
        assert_eq!(
            query_of(combined, statistic, 60),
            query_of(rule("A", &[], &[]), statistic, 60),
            "{word} {statistic}"
        );
    }
}

#[test]
fn only_the_mean_rate_and_the_increase_of_a_sum_or_mean_of_series_are_approximate() {
    let options = CounterConfig { approximate: Some(true), ..CounterConfig::default() };
    let precision =
        |across, statistic| query_of(counted(across, options.clone(), Some(3)), statistic, 60).counter.precision;
    for (across, statistic, expected) in [
        (None, Statistic::Sum, Precision::Approximate),
        (Some("avg"), Statistic::Average, Precision::Approximate),
        (Some("max"), Statistic::Average, Precision::Exact),
        (None, Statistic::Maximum, Precision::Exact),
        (None, Statistic::Percentile(500), Precision::Exact),
    ] {
        assert_eq!(precision(across, statistic), expected, "{across:?} {statistic}");
    }
}

#[test]
fn a_counter_with_too_many_samples_suggests_the_longest_window() {
    let limits = Limits { samples_per_fetch: 1000, ..Limits::default() };
    let catalog = catalog(vec![counted(None, CounterConfig::default(), Some(15))], vec![]).unwrap();
    let plan = |seconds, period| {
        let request = query(100, 100 + seconds, vec![metric("Host", "A", &[], period)]);
        catalog.plan(&request, &limits)
    };
    for period in [7, 60, 300] {
        let faults = plan(86_400, period).unwrap_err();
        assert_eq!((faults.len(), faults[0].kind, faults[0].path.as_str()), (1, FaultKind::TooExpensive, "end"));
        let words = faults[0].text.strip_prefix("Input should be a time range of at most ").unwrap();
        let named: i64 = words.split(' ').next().unwrap().parse().unwrap();
        assert!((12_000..=15_000).contains(&named), "{named}");
        assert!(plan(named, period).is_ok() && plan(named + 1, period).is_err(), "{named}");
    }
    let none = Limits { samples_per_fetch: 10, ..Limits::default() };
    let request = query(100, 200, vec![metric("Host", "A", &[], 60)]);
    assert!(catalog.plan(&request, &none).unwrap_err()[0].text.starts_with("Input should be another metric: "));
}

#[test]
fn an_approximate_counter_suggests_the_shortest_period() {
    let limits = Limits { samples_per_fetch: 1000, ..Limits::default() };
    let options = CounterConfig { approximate: Some(true), ..CounterConfig::default() };
    let catalog = catalog(vec![counted(None, options, Some(15))], vec![]).unwrap();
    let plan = |period| catalog.plan(&query(3600, 90_000, vec![metric("Host", "A", &[], period)]), &limits);
    let faults = plan(60).unwrap_err();
    assert!(faults[0].text.starts_with("Input should be a period of at least 300 seconds: "), "{faults:?}");
    assert_eq!(faults[0].path, "metrics[0].period");
    assert!(plan(300).is_ok() && plan(299).is_err());
}

#[test]
fn counts_and_gauges_are_not_rejected_for_their_samples() {
    let limits = Limits { samples_per_fetch: 1000, ..Limits::default() };
    let catalog = catalog(vec![counted(None, CounterConfig::default(), Some(15))], vec![]).unwrap();
    let counted = MetricRequest { statistic: Statistic::Count, ..metric("Host", "A", &[], 300) };
    assert!(catalog.plan(&query(3600, 90_000, vec![counted]), &limits).is_ok());
}
