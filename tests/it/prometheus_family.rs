//! The Prometheus source with a real Prometheus 2.42 (closed ranges) and a real VictoriaMetrics 1.79 (left-open): every bucket of every
//! statistic must equal that computed from the samples.

use crate::support::fixture;
use crate::support::fixture::{START, Series};
use crate::support::servers::Servers;
use metricshot::call::Call;
use metricshot::catalog::{Across, Expression, MetricKind, Piece, QueryTarget, Selector, SeriesQuery};
use metricshot::clock::{Deadline, now_ms};
use metricshot::error::Reason;
use metricshot::limits::Limits;
use metricshot::request::{Period, Span, Statistic, Zone};
use metricshot::series::{Fetched, Grid, Part};
use metricshot::source::Source;
use metricshot::source::prometheus::{Operations, Prometheus, Settings};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

const STATISTICS: [Statistic; 8] = [
    Statistic::Average,
    Statistic::Sum,
    Statistic::Maximum,
    Statistic::Minimum,
    Statistic::Count,
    Statistic::Percentile(500),
    Statistic::Percentile(950),
    Statistic::Percentile(999),
];

fn source(url: String, operations: Operations) -> Prometheus {
    let parameters = vec![("nocache".to_owned(), "1".to_owned())];
    Prometheus::new(Settings { base_url: url, parameters, operations, ..Settings::default() }, &Limits::default())
        .unwrap()
}

fn sources(servers: &Servers) -> [(&'static str, Prometheus); 3] {
    [
        ("Prometheus", source(servers.prometheus.url(), Operations::All)),
        ("Prometheus, instant only", source(servers.prometheus.url(), Operations::InstantOnly)),
        ("VictoriaMetrics", source(servers.victoria_metrics.url(), Operations::All)),
    ]
}

fn grid(start: i64, end: i64, period: i64, zone: &str) -> Arc<Grid> {
    let limits = Limits::default();
    let (span, period) = (Span::new(start, end, &limits).unwrap(), Period::new(period, &limits).unwrap());
    Arc::new(Grid::new(span, period, &Zone::parse(zone).unwrap()))
}

fn select(name: &str, labels: &[(&str, &str)]) -> QueryTarget {
    let labels = labels.iter().map(|&(label, value)| (label.to_owned(), value.to_owned())).collect();
    QueryTarget::Select(Selector { name: name.to_owned(), labels })
}

fn gauge(target: QueryTarget, statistic: Statistic, grid: &Arc<Grid>) -> SeriesQuery {
    SeriesQuery::new(target, MetricKind::Gauge, statistic, Arc::clone(grid))
}

async fn fetch(source: &Prometheus, query: &SeriesQuery) -> Fetched {
    let call = Call::unlimited(Deadline::after(Duration::from_secs(60)), now_ms());
    let fetched = source.fetch(query, call).await.unwrap();
    assert_eq!(fetched.fetched_at_ms, call.now_ms);
    fetched
}

fn statistic_of(statistic: Statistic, mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let (count, sum) = (values.len() as f64, values.iter().sum::<f64>());
    match statistic {
        _ if values.is_empty() => None,
        Statistic::Average => Some(sum / count),
        Statistic::Sum => Some(sum),
        Statistic::Maximum => values.last().copied(),
        Statistic::Minimum => values.first().copied(),
        Statistic::Count => Some(count),
        Statistic::Percentile(permille) => {
            let rank = f64::from(permille) / 1000.0 * (count - 1.0);
            let (below, above) = (values[rank.floor() as usize], values[rank.ceil() as usize]);
            Some(below + (above - below) * rank.fract())
        }
    }
}

/// Computes the buckets from the samples of the fixture.
fn expected(series: &[Series], statistic: Statistic, grid: &Grid) -> BTreeMap<usize, f64> {
    let values = |bucket: usize| {
        let range = grid.edge(bucket) * 1000..grid.edge(bucket + 1) * 1000;
        let points = series.iter().flat_map(|series| &series.points);
        points.filter(|(time, value)| range.contains(time) && value.is_finite()).map(|(_, value)| *value).collect()
    };
    (0..grid.len()).filter_map(|bucket| Some((bucket, statistic_of(statistic, values(bucket))?))).collect()
}

/// Computes the buckets from what the source returned.
fn answered(fetched: &Fetched, statistic: Statistic, grid: &Grid) -> BTreeMap<usize, f64> {
    let mut found = BTreeMap::new();
    for part in &fetched.parts {
        let values: Vec<(usize, f64)> = match part {
            Part::Computed(values) => values.clone(),
            Part::Samples { buckets, series } => {
                let mut pooled = BTreeMap::<usize, Vec<f64>>::new();
                for (time, value) in series.iter().flat_map(|s| s.times_ms().iter().zip(s.values())) {
                    let bucket = grid.bucket_of(*time).expect("a sample inside of the grid");
                    assert!(buckets.contains(&bucket), "a sample inside of its part");
                    pooled.entry(bucket).or_default().push(*value);
                }
                pooled.into_iter().filter_map(|(bucket, v)| Some((bucket, statistic_of(statistic, v)?))).collect()
            }
        };
        for (bucket, value) in values {
            assert_eq!(found.insert(bucket, value), None, "a bucket in two parts");
        }
    }
    found
}

fn assert_equal(answered: &BTreeMap<usize, f64>, expected: &BTreeMap<usize, f64>, case: &str) {
    assert!(answered.keys().eq(expected.keys()), "{case}: {answered:?} instead of {expected:?}");
    for (bucket, value) in expected {
        let difference = (answered[bucket] - value).abs();
        assert!(difference <= 1e-12 * value.abs(), "{case}, bucket {bucket}: {} instead of {value}", answered[bucket]);
    }
}

async fn assert_statistics(servers: &Servers, wanted: &QueryTarget, series: &[Series], grids: &[Arc<Grid>]) {
    for (name, source) in sources(servers) {
        for grid in grids {
            for statistic in STATISTICS {
                let case = format!("{name}, {wanted:?}, {statistic}, {grid:?}");
                let fetched = fetch(&source, &gauge(wanted.clone(), statistic, grid)).await;
                assert!(!fetched.notes.incomplete, "{case}");
                assert_equal(&answered(&fetched, statistic, grid), &expected(series, statistic, grid), &case);
            }
        }
    }
}

fn utc_grids() -> Vec<Arc<Grid>> {
    [(0, 7200, 300), (7, 7195, 300), (1501, 3301, 60), (-900, 9000, 420), (0, 14_400, 3600), (2000, 2001, 15)]
        .map(|(start, end, period)| grid(START + start, START + end, period, "UTC"))
        .to_vec()
}

#[tokio::test]
async fn every_bucket_of_every_statistic_equals_that_of_the_samples() {
    let groups = [fixture::cpu(), fixture::not_finite(), fixture::irregular(), fixture::days(), fixture::counter()];
    let all: Vec<Series> = groups.iter().flatten().cloned().chain(fixture::last_millisecond()).collect();
    let servers = Servers::start(&fixture::openmetrics(&all));
    let [cpu, not_finite, irregular, days, _] = &groups;

    assert_statistics(&servers, &select("cpu_usage_percent", &[]), cpu, &utc_grids()).await;
    assert_statistics(&servers, &select("cpu_usage_percent", &[("instance", "i-2")]), &cpu[1..], &utc_grids()).await;
    assert_statistics(&servers, &select("not_finite", &[]), not_finite, &utc_grids()).await;
    assert_statistics(&servers, &select("irregular", &[]), irregular, &utc_grids()).await;
    assert_statistics(&servers, &select("no_such_metric", &[]), &[], &utc_grids()[..1]).await;

    let zones = ["Asia/Seoul", "Europe/Berlin", "Asia/Kathmandu", "America/Sao_Paulo"];
    let days_of = |zone| [1, 2, 7].map(|days| grid(START - 3600, START + 4 * 86_400, days * 86_400, zone));
    let grids: Vec<_> = zones.into_iter().flat_map(days_of).collect();
    assert!(grids.iter().any(|grid| grid.stretches().len() == 3), "a day of another length");
    assert_statistics(&servers, &select("temperature", &[]), days, &grids).await;

    finite_buckets_are_computed_and_only_the_others_fetched(&servers).await;
    more_buckets_than_one_call_may_have_are_fetched_in_windows(&servers, cpu).await;
    statistics_of_several_series_are_combined_as_a_rule_says(&servers, cpu).await;
    a_counter_has_the_samples_that_decide_its_rate(&servers).await;
    an_expression_is_evaluated_at_its_resolution(&servers).await;
    a_sample_in_the_last_millisecond_counts_once_on_every_server(&servers).await;
    hostile_names_and_values_select_exactly_their_series(&servers).await;
    short_buckets_of_the_last_minute_hold_their_own_samples(&servers).await;
    an_expression_that_cannot_be_read_is_refused(&servers).await;
}

async fn finite_buckets_are_computed_and_only_the_others_fetched(servers: &Servers) {
    let grid = grid(START, START + 14_400, 600, "UTC");
    let raw_buckets = |fetched: &Fetched| -> Vec<usize> {
        let buckets = fetched.parts.iter().flat_map(|part| match part {
            Part::Samples { buckets, .. } => buckets.clone(),
            Part::Computed(_) => 0..0,
        });
        buckets.collect()
    };
    for (url, unclear) in [(servers.prometheus.url(), vec![0, 5, 8, 12]), (servers.victoria_metrics.url(), vec![8, 12])]
    {
        let source = source(url, Operations::All);
        for statistic in &STATISTICS[..5] {
            let cpu = fetch(&source, &gauge(select("cpu_usage_percent", &[]), *statistic, &grid)).await;
            assert!(raw_buckets(&cpu).is_empty());
            let fetched = fetch(&source, &gauge(select("not_finite", &[]), *statistic, &grid)).await;
            assert_eq!(raw_buckets(&fetched), unclear, "{statistic}");
        }
        let one = select("cpu_usage_percent", &[("instance", "i-1")]);
        let percentile = fetch(&source, &gauge(one, Statistic::Percentile(950), &grid)).await;
        assert!(raw_buckets(&percentile).is_empty());
    }
}

async fn more_buckets_than_one_call_may_have_are_fetched_in_windows(servers: &Servers, cpu: &[Series]) {
    let grids = [grid(START - 3600, START + 10_000, 1, "UTC")];
    assert!(grids[0].len() > Limits::default().points_per_call);
    assert_statistics(servers, &select("cpu_usage_percent", &[]), cpu, &grids).await;
}

async fn statistics_of_several_series_are_combined_as_a_rule_says(servers: &Servers, cpu: &[Series]) {
    let grid = grid(START, START + 7200, 300, "UTC");
    for url in [servers.prometheus.url(), servers.victoria_metrics.url()] {
        let source = source(url, Operations::All);
        for across in [Across::Sum, Across::Average, Across::Minimum, Across::Maximum] {
            for statistic in STATISTICS {
                let query = SeriesQuery { across, ..gauge(select("cpu_usage_percent", &[]), statistic, &grid) };
                let each: Vec<_> =
                    cpu.iter().map(|series| expected(std::slice::from_ref(series), statistic, &grid)).collect();
                let combined = (0..grid.len()).filter_map(|bucket| {
                    let values: Vec<f64> = each.iter().filter_map(|values| values.get(&bucket).copied()).collect();
                    let value = match across {
                        Across::Pool | Across::Sum => values.iter().sum(),
                        Across::Average => values.iter().sum::<f64>() / values.len() as f64,
                        Across::Minimum => values.iter().copied().fold(f64::INFINITY, f64::min),
                        Across::Maximum => values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
                    };
                    (!values.is_empty()).then_some((bucket, value))
                });
                let case = format!("{across:?} of {statistic}");
                assert_equal(&answered(&fetch(&source, &query).await, statistic, &grid), &combined.collect(), &case);
            }
        }
    }
}

async fn a_counter_has_the_samples_that_decide_its_rate(servers: &Servers) {
    let grid = grid(START + 310, START + 3000, 300, "UTC");
    for (name, source) in sources(servers) {
        let wanted = select("requests_total", &[]);
        let query = SeriesQuery { kind: MetricKind::Counter, ..gauge(wanted, Statistic::Sum, &grid) };
        let fetched = fetch(&source, &query).await;
        let [Part::Samples { buckets, series }] = &fetched.parts[..] else { panic!("{name}: samples") };
        assert_eq!((buckets.clone(), series.len()), (0..grid.len(), 1), "{name}");
        let window = (grid.range().start - 1200) * 1000..(grid.range().end + 600) * 1000;
        let points = fixture::counter().remove(0).points.into_iter().filter(|(time, _)| window.contains(time));
        let answered = series[0].times_ms().iter().copied().zip(series[0].values().iter().copied());
        assert!(answered.eq(points), "{name}");
    }
}

async fn an_expression_is_evaluated_at_its_resolution(servers: &Servers) {
    let pieces = vec![
        Piece::Text("max_over_time(cpu_usage_percent{instance=".to_owned()),
        Piece::Value("i-1".to_owned()),
        Piece::Text("}[".to_owned()),
        Piece::Resolution,
        Piece::Text("]) * 2".to_owned()),
    ];
    let wanted = QueryTarget::Expression(Expression { pieces, resolution_seconds: 5 });
    let grid = grid(START + 600, START + 6000, 300, "UTC");
    for (name, source) in sources(servers) {
        let statistic = Statistic::Maximum;
        let fetched = fetch(&source, &gauge(wanted.clone(), statistic, &grid)).await;
        let mut twice = fixture::cpu().remove(0);
        twice.points.iter_mut().for_each(|(_, value)| *value *= 2.0);
        assert_equal(&answered(&fetched, statistic, &grid), &expected(&[twice], statistic, &grid), name);
    }
}

/// Checks a boundary case: only Prometheus 2 has closed ranges.
async fn a_sample_in_the_last_millisecond_counts_once_on_every_server(servers: &Servers) {
    let grid = grid(START, START + 120, 60, "UTC");
    for (name, source) in sources(servers) {
        for (statistic, values) in [
            (Statistic::Count, [1.0, 1.0]),
            (Statistic::Sum, [1.0, 2.0]),
            (Statistic::Average, [1.0, 2.0]),
            (Statistic::Minimum, [1.0, 2.0]),
            (Statistic::Percentile(500), [1.0, 2.0]),
        ] {
            let fetched = fetch(&source, &gauge(select("last_millisecond", &[]), statistic, &grid)).await;
            let expected = BTreeMap::from([(0, values[0]), (1, values[1])]);
            assert_eq!(answered(&fetched, statistic, &grid), expected, "{name}, {statistic}");
        }
    }
}

async fn hostile_names_and_values_select_exactly_their_series(servers: &Servers) {
    let texts = [
        "CPU Usage/Core[Basic]",
        "45fbde15-6ad5-4df0-b4ea-1b3ab27f42d8",
        r#"" or up or ""#,
        r"back\slash\",
        "line\nbreak\r\ttab",
        r#"{instance=~".*"}"#,
        "nul\0del\u{7f}esc\u{1b}",
        "replaced \u{fffd} 온도 😀",
        r#"\"} or vector(1) #"#,
        ".*+?()[]|^$",
        "\u{202e}\u{85}\u{2028}",
        "unassigned \u{378} private \u{e000}",
        "inf",
        "on",
        "group_left",
        "sum",
        "by",
        "ceilometer_memory_usage",
        "job:load:sum5m",
        "_",
    ];
    let time = (START + 10 * 86_400 + 30) * 1000;
    let value = |index: usize| index as f64 + 1.0;
    let series: Vec<_> = texts
        .iter()
        .enumerate()
        .map(|(index, text)| Series::new(text, &[("VolumeID", text)], vec![(time, value(index))]))
        .collect();
    servers.prometheus.write(&series);
    servers.victoria_metrics.write(&series);
    servers.victoria_metrics.flush();
    let grid = grid(START + 10 * 86_400, START + 10 * 86_400 + 60, 60, "UTC");
    for (name, source) in sources(servers) {
        for (index, text) in texts.iter().enumerate() {
            for (statistic, value) in [(Statistic::Sum, value(index)), (Statistic::Count, 1.0)] {
                let fetched = fetch(&source, &gauge(select(text, &[("VolumeID", text)]), statistic, &grid)).await;
                assert_eq!(answered(&fetched, statistic, &grid), BTreeMap::from([(0, value)]), "{name}, {text:?}");
            }
        }
    }
}

/// Checks recent, short buckets: VictoriaMetrics returns the previous value for them.
async fn short_buckets_of_the_last_minute_hold_their_own_samples(servers: &Servers) {
    let now = now_ms() / 1000 / 10 * 10;
    let points = (-60..=0).map(|k| ((now + 5 * k) * 1000, f64::from(k as i32))).collect();
    let series = [Series::new("fresh", &[], points)];
    servers.victoria_metrics.write(&series);
    servers.victoria_metrics.flush();
    let source = source(servers.victoria_metrics.url(), Operations::All);
    let grid = grid(now - 200, now + 10, 10, "UTC");
    for statistic in [Statistic::Maximum, Statistic::Count] {
        let fetched = fetch(&source, &gauge(select("fresh", &[]), statistic, &grid)).await;
        assert_equal(&answered(&fetched, statistic, &grid), &expected(&series, statistic, &grid), "fresh");
    }
}

async fn an_expression_that_cannot_be_read_is_refused(servers: &Servers) {
    let wanted =
        QueryTarget::Expression(Expression { pieces: vec![Piece::Text("sum(".to_owned())], resolution_seconds: 60 });
    let grid = grid(START, START + 600, 60, "UTC");
    for (name, source) in sources(servers) {
        let call = Call::unlimited(Deadline::after(Duration::from_secs(60)), now_ms());
        let error = source.fetch(&gauge(wanted.clone(), Statistic::Sum, &grid), call).await.unwrap_err();
        assert_eq!(error.reason, Reason::Refused, "{name}: {error}");
    }
}
