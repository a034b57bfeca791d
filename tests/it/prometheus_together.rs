//! Combined queries: metrics that differ in the value of one label are fetched by one query, with the values of single queries.

use crate::support::fake::{Fake, Seen};
use crate::support::fixture;
use crate::support::fixture::{START, Series};
use crate::support::servers::Servers;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use metricshot::call::Call;
use metricshot::catalog::{MetricKind, PlannedFetch, QueryPlan, QueryTarget, Selector, SeriesQuery};
use metricshot::clock::Deadline;
use metricshot::error::Reason;
use metricshot::limits::Limits;
use metricshot::memory::RequestMemory;
use metricshot::request::{Period, Span, Statistic, Zone};
use metricshot::series::{Fetched, Grid, Part};
use metricshot::source::prometheus::{Prometheus, Settings};
use metricshot::source::{Source, SourceSet};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

const STATISTICS: [Statistic; 6] = [
    Statistic::Average,
    Statistic::Sum,
    Statistic::Maximum,
    Statistic::Minimum,
    Statistic::Count,
    Statistic::Percentile(950),
];

/// Hosts whose names have special characters of regular expressions.
fn host(index: usize) -> String {
    format!("h{index}.example (a|b)*")
}

fn query(host: &str, statistic: Statistic) -> SeriesQuery {
    let limits = Limits::default();
    let (span, period) = (Span::new(START, START + 3600, &limits).unwrap(), Period::new(300, &limits).unwrap());
    let labels = vec![("host".to_owned(), host.to_owned()), ("region".to_owned(), "kr".to_owned())];
    let wanted = QueryTarget::Select(Selector { name: "load".to_owned(), labels });
    SeriesQuery::new(wanted, MetricKind::Gauge, statistic, Arc::new(Grid::new(span, period, &Zone::utc())))
}

fn source(url: String) -> Arc<Prometheus> {
    let parameters = vec![("nocache".to_owned(), "1".to_owned())];
    Arc::new(
        Prometheus::new(Settings { base_url: url, parameters, ..Settings::default() }, &Limits::default()).unwrap(),
    )
}

async fn together(source: &Arc<Prometheus>, queries: &[SeriesQuery]) -> Vec<Result<Fetched, Reason>> {
    let fetch = |query: &SeriesQuery| PlannedFetch { source: "prometheus".to_owned(), query: query.clone() };
    let plan = QueryPlan { fetches: queries.iter().map(fetch).collect(), lines: vec![] };
    let shared: Arc<dyn Source> = source.clone();
    let sources = SourceSet::new(BTreeMap::from([("prometheus".to_owned(), shared)]), &Limits::default());
    sources.fetch(&plan, Deadline::after(Duration::from_secs(20)), 2_000_000_000_000, &RequestMemory::unlimited()).await
}

async fn alone(source: &Prometheus, query: &SeriesQuery) -> Fetched {
    let call = Call::unlimited(Deadline::after(Duration::from_secs(20)), 2_000_000_000_000);
    source.fetch(query, call).await.unwrap()
}

/// Returns a sample every 15 s for an hour.
fn load(host: &str, disk: &str, region: &str, value: impl Fn(i64) -> f64) -> Series {
    let points = (0..240).map(|k| ((START + 15 * k) * 1000, value(k))).collect();
    Series::new("load", &[("disk", disk), ("host", host), ("region", region)], points)
}

/// Starts a Prometheus with a block, and writes later samples.
fn the_day_before() -> Series {
    Series::new("before", &[], vec![((START - 86_400) * 1000, 1.0)])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_hosts_are_at_most_two_calls_and_have_the_values_of_a_hundred_queries() {
    let servers = Servers::start(&fixture::openmetrics(&[the_day_before()]));
    let smooth = |index: usize| load(&host(index), "a", "kr", move |k| (k * 7 + index as i64) as f64 / 8.0);
    let mut series: Vec<Series> = (0..100).map(smooth).collect();
    series.push(load(&host(7), "a", "jp", |_| 1e9));
    series.push(load("h7", "a", "kr", |_| 1e9));
    servers.prometheus.write(&series);
    servers.victoria_metrics.write(&series);
    servers.victoria_metrics.flush();
    for (name, url) in [("Prometheus", servers.prometheus.url()), ("VictoriaMetrics", servers.victoria_metrics.url())] {
        let source = source(url);
        for statistic in STATISTICS {
            let queries: Vec<_> = (0..100).map(|index| query(&host(index), statistic)).collect();
            let before = servers.prometheus.range_queries();
            let fetched = together(&source, &queries).await;
            let calls = servers.prometheus.range_queries() - before;
            assert!(calls <= 2, "{name}, {statistic}: {calls} calls");
            assert!(calls > 0 || name != "Prometheus", "its calls are counted");
            for (query, fetched) in queries.iter().zip(fetched) {
                let fetched = fetched.unwrap();
                assert_eq!(fetched, alone(&source, query).await, "{name}, {query:?}");
                let [Part::Computed(values)] = &fetched.parts[..] else { panic!("{name}, {query:?}: computed") };
                assert_eq!(values.len(), 12, "{name}, {query:?}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hosts_with_several_series_samples_that_are_not_finite_or_none_have_their_own_values() {
    let servers = Servers::start(&fixture::openmetrics(&[the_day_before()]));
    let mut series = vec![
        load(&host(0), "a", "kr", |k| k as f64),
        load(&host(1), "a", "kr", |k| k as f64),
        load(&host(1), "b", "kr", |k| 1000.0 - k as f64),
        load(&host(2), "a", "kr", |k| if k == 50 { f64::NAN } else { k as f64 }),
        load(&host(3), "a", "kr", |k| if k == 50 { f64::INFINITY } else { -k as f64 }),
        load(&host(5), "a", "kr", |k| k as f64),
    ];
    series[5].points.retain(|(time, _)| *time > (START + 1800) * 1000);
    servers.prometheus.write(&series);
    servers.victoria_metrics.write(&series);
    servers.victoria_metrics.flush();
    for (name, url) in [("Prometheus", servers.prometheus.url()), ("VictoriaMetrics", servers.victoria_metrics.url())] {
        let source = source(url);
        for statistic in STATISTICS {
            // The fifth host has no sample.
            let queries: Vec<_> = (0..6).map(|index| query(&host(index), statistic)).collect();
            for (query, fetched) in queries.iter().zip(together(&source, &queries).await) {
                assert_eq!(fetched.unwrap(), alone(&source, query).await, "{name}, {query:?}");
            }
        }
    }
}

/// Returns a row for each of these labels, with a value for the first bucket.
fn rows(labels: &[&str]) -> String {
    rows_with(labels, "3")
}

fn rows_with(labels: &[&str], value: &str) -> String {
    let time = START + 300;
    let row = |labels: &&str| format!(r#"{{"metric":{{{labels}}},"values":[[{time},"{value}"]]}}"#);
    let rows: Vec<_> = labels.iter().map(row).collect();
    format!(r#"{{"status":"success","data":{{"resultType":"matrix","result":[{}]}}}}"#, rows.join(","))
}

#[tokio::test]
async fn a_failed_or_doubtful_combined_query_is_replaced_by_single_ones() {
    let warning = rows(&[r#""host":"h0""#, r#""host":"h1""#]);
    let warning = format!(r#"{},"warnings":["a store is missing"]}}"#, &warning[..warning.len() - 1]);
    let refused = r#"{"status":"error","errorType":"bad_data","error":"parse error"}"#.to_owned();
    let other = rows(&[r#""host":"h0""#, r#""host":"h1""#, r#""host":"h2""#]);
    let unclear = rows_with(&[r#""host":"h0","column":"series""#, r#""host":"h1","column":"series""#], "NaN");
    for (status, for_all) in [
        (StatusCode::OK, warning),
        (StatusCode::BAD_REQUEST, refused),
        (StatusCode::OK, other),
        (StatusCode::OK, unclear),
    ] {
        let answer = move |seen: &Seen| -> Response {
            let query = seen.parameter("query").unwrap();
            match query {
                _ if query.contains("vector(1)") => rows(&[]).into_response(),
                _ if query.contains("=~") => (status, for_all.clone()).into_response(),
                _ => rows(&[""]).into_response(),
            }
        };
        let fake = Fake::start(answer).await;
        let source = source(fake.url.clone());
        let queries = ["h0", "h1"].map(|host| query(host, Statistic::Average));
        let fetched = together(&source, &queries).await;
        let whole = Fetched { parts: vec![Part::Computed(vec![(0, 3.0)])], ..Fetched::default() };
        for fetched in fetched {
            assert_eq!(Fetched { fetched_at_ms: 0, ..fetched.unwrap() }, whole);
        }
        assert_eq!(fake.seen().len(), 4, "the probe, all, and each alone");
    }
}

#[tokio::test]
async fn counters_are_fetched_by_single_queries() {
    let fake = Fake::start(|_| rows(&[])).await;
    let source = source(fake.url.clone());
    let counter = |host: &str| SeriesQuery { kind: MetricKind::Counter, ..query(host, Statistic::Sum) };
    let fetched = together(&source, &[counter("h0"), counter("h1")]).await;
    assert!(fetched.iter().all(Result::is_ok));
    assert!(fake.seen().iter().all(|seen| !seen.parameter("query").unwrap().contains("=~")));
}
