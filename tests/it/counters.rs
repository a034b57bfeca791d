//! Counters with known rates in a file, a real Prometheus and a real VictoriaMetrics: a bucket has the same rate on each of them for all
//! scrape intervals, gaps, resets and windows.

use crate::support::fake::Fake;
use crate::support::fixture::{START, Series};
use crate::support::servers::Servers;
use crate::support::{demo, fixture};
use metricshot::cancel::Stop;
use metricshot::catalog::Catalog;
use metricshot::clock::Deadline;
use metricshot::config::ConfigInputs;
use metricshot::limits::Limits;
use metricshot::memory::RequestMemory;
use metricshot::series::{Frame, Outcome};
use metricshot::source::SourceSet;
use metricshot::{config, rollup};
use serde_json::json;
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::time::Duration;

const HOUR: i64 = 3600;
/// The counters of the tests: four hours of samples, some without the second hour.
const END: i64 = START + 4 * HOUR;
const NAMESPACES: [&str; 3] = ["file", "prometheus", "victoriametrics"];

/// Returns Unix seconds and totals at each of `seconds`, with a rate of `per_second`.
fn growing(seconds: impl Iterator<Item = i64>, per_second: f64) -> Vec<(i64, f64)> {
    seconds.map(|second| (second, per_second * (second - START) as f64)).collect()
}

fn every(step: i64, first: i64) -> impl Iterator<Item = i64> {
    (first..END).step_by(usize::try_from(step).unwrap())
}

fn silent(points: Vec<(i64, f64)>) -> Vec<(i64, f64)> {
    points.into_iter().filter(|(second, _)| !(START + HOUR..START + 2 * HOUR).contains(second)).collect()
}

/// A counter: name, host, and seconds with totals.
type Total = (&'static str, &'static str, Vec<(i64, f64)>);

fn totals() -> Vec<Series> {
    let steady = || growing(every(60, START + 23), 0.5);
    let restarted = silent(steady())
        .into_iter()
        .map(|(second, total)| (second, if second < START + 2 * HOUR { total } else { total - 3000.0 }));
    let late = steady().into_iter().filter(|(second, _)| *second > START + 3700).map(|(t, v)| (t, v + 1e6));
    let steps = [15, 285, 60, 120, 30, 240, 90, 180, 15, 285, 200, 100, 45, 270, 75].into_iter().cycle();
    let uneven = steps.scan(START + 23, |second, step| {
        *second += step;
        (*second < END).then_some(*second)
    });
    let reset = every(60, START + 23).map(|second| {
        let since = if second < START + 5400 { START } else { START + 5400 };
        (second, 0.5 * (second - since) as f64)
    });
    let totals: Vec<Total> = vec![
        ("steady_total", "a", steady()),
        ("silent_total", "a", silent(steady())),
        ("restarted_total", "a", restarted.collect()),
        ("late_total", "a", late.collect()),
        ("slow_total", "a", growing(every(300, START + 123), 0.5)),
        ("uneven_total", "a", growing(uneven, 0.5)),
        ("reset_total", "a", reset.collect()),
        ("two_total", "a", steady()),
        ("two_total", "b", silent(growing(every(60, START + 41), 1.0))),
        ("errors_total", "a", every(60, START + 2 * HOUR + 20).map(|second| (second, 3.0)).collect()),
    ];
    let series = |(name, host, points): (&str, &str, Vec<(i64, f64)>)| {
        Series::new(name, &[("host", host)], points.into_iter().map(|(t, v)| (t * 1000, v)).collect())
    };
    totals.into_iter().map(series).collect()
}

struct Service {
    catalog: Catalog,
    sources: SourceSet,
    limits: Limits,
}

impl Service {
    fn new(folder: &Path, configuration: &str) -> Self {
        let file = folder.join("metricshot.toml");
        fs::write(&file, configuration).unwrap();
        let loaded =
            config::load(&ConfigInputs { file: Some(file), ..ConfigInputs::default() }).expect("a right configuration");
        let sources = config::open_sources(&loaded.config, &loaded.limits).expect("sources that open");
        Self { catalog: loaded.catalog, sources: SourceSet::new(sources, &loaded.limits), limits: loaded.limits }
    }

    /// Returns a line for each source at `now`, in Unix seconds.
    async fn frame(&self, name: &str, statistic: &str, window: (i64, i64), period: i64, now: i64) -> Frame {
        let metric = |namespace: &&str| json!({"namespace_name": namespace, "name": name, "dimensions": []});
        let metrics: Vec<_> = NAMESPACES.iter().map(metric).collect();
        let body = json!({"start": window.0, "end": window.1, "period": period, "statistic_type": statistic, "metrics": metrics});
        let query = demo::request(body.to_string().as_bytes()).query;
        let plan = self.catalog.plan(&query, &self.limits).expect("a right request");
        let answers = self
            .sources
            .fetch(&plan, Deadline::after(Duration::from_secs(20)), now * 1000, &RequestMemory::unlimited())
            .await;
        rollup::frame(&query, &plan, answers, &Stop::default()).expect("nobody stops it")
    }

    /// Checks the values on every source; `None` is a gap.
    async fn assert(
        &self,
        name: &str,
        statistic: &str,
        window: (i64, i64),
        period: i64,
        now: i64,
        expected: &[Option<f64>],
    ) {
        let window = (START + window.0, START + window.1);
        let frame = self.frame(name, statistic, window, period, now).await;
        for (line, source) in frame.lines.iter().zip(NAMESPACES) {
            let case = format!("{statistic} of {name} on {source} in {window:?} by {period}");
            let Outcome::Answered(buckets, _) = &line.outcome else { panic!("{case}: {:?}", line.outcome) };
            let values: Vec<Option<f64>> = buckets.iter().map(|(_, value)| value).collect();
            let is_near = |(one, two): (&Option<f64>, &Option<f64>)| match (one, two) {
                (Some(one), Some(two)) => (one - two).abs() <= 1e-12 * two.abs(),
                (one, two) => one == two,
            };
            let near = values.len() == expected.len() && values.iter().zip(expected).all(is_near);
            assert!(near, "{case}: {values:?} instead of {expected:?}");
        }
    }
}

fn configuration(prometheus: &str, victoria_metrics: &str, more: &str) -> String {
    let mut text = format!(
        "[sources.file]\ntype = \"file\"\npath = \"samples.om\"\n[sources.prometheus]\ntype = \"prometheus\"\nurl = \"{prometheus}\"\n[sources.victoriametrics]\ntype = \"prometheus\"\nurl = \"{victoria_metrics}\"\nparameters = {{ nocache = \"1\" }}\n"
    );
    for name in NAMESPACES {
        let born = "name = \"errors_total\"\nkind = \"counter\"\nborn = \"zero\"";
        writeln!(text, "[[metric]]\nnamespace = \"{name}\"\nsource = \"{name}\"\n{born}").unwrap();
        let least = "name = \"least\"\nkind = \"counter\"\nacross = \"min\"\nselect = { name = \"two_total\" }";
        writeln!(text, "[[metric]]\nnamespace = \"{name}\"\nsource = \"{name}\"\n{least}").unwrap();
        if name != "file" {
            let quick = "name = \"quick\"\nkind = \"counter\"\nresolution = 60\napproximate = true\nselect = { name = \"steady_total\" }";
            writeln!(text, "[[metric]]\nnamespace = \"{name}\"\nsource = \"{name}\"\n{quick}").unwrap();
        }
        writeln!(text, "[[default]]\nnamespaces = [\"{name}\"]\nsource = \"{name}\"\nkind = \"counter\"").unwrap();
    }
    text + more
}

#[tokio::test]
async fn a_bucket_has_the_true_rate_on_every_source_and_in_every_window() {
    let text = fixture::openmetrics(&totals());
    let servers = Servers::start(&text);
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("samples.om"), &text).unwrap();
    let configuration = configuration(&servers.prometheus.url(), &servers.victoria_metrics.url(), "");
    let service = Service::new(folder.path(), &configuration);
    let later = END + 24 * HOUR;
    let half = Some(0.5);

    // The first bucket after an hour without samples, also with a reset in between.
    for name in ["silent_total", "restarted_total"] {
        service.assert(name, "AVG", (6900, 7800), 300, later, &[None, half, half]).await;
        service.assert(name, "AVG", (7200, 7800), 300, later, &[half, half]).await;
        service.assert(name, "MAX", (7200, 7800), 300, later, &[half, half]).await;
        service.assert(name, "MIN", (7200, 7800), 300, later, &[half, half]).await;
        service.assert(name, "p90", (7200, 7800), 300, later, &[half, half]).await;
    }
    // Buckets of an hour join two samples an hour apart.
    service.assert("silent_total", "AVG", (3600, 10_800), 3600, later, &[half, half]).await;
    // A series that starts inside the window at 1,000,000.
    service.assert("late_total", "AVG", (3300, 4200), 300, later, &[None, half, half]).await;
    // Scrape intervals longer than buckets, and irregular ones.
    service.assert("slow_total", "AVG", (3600, 4500), 60, later, &[half; 15]).await;
    service.assert("uneven_total", "AVG", (3600, 6600), 60, later, &[half; 50]).await;
    // A reset in a minute lowers the rate of that minute.
    let reset = 11.5 / 60.0;
    let (before, after) = ((23.0 * 0.5 + 37.0 * reset) / 60.0, (23.0 * reset + 37.0 * 0.5) / 60.0);
    let expected = [half, Some(before), Some(after), half, half];
    service.assert("reset_total", "AVG", (88 * 60, 93 * 60), 60, later, &expected).await;
    // Two hosts, one of them without samples for an hour.
    let shared = (0.5 * 300.0 + 259.0) / 300.0;
    service.assert("two_total", "AVG", (6900, 7800), 300, later, &[half, Some(shared), Some(1.5)]).await;
    service.assert("least", "MAX", (6900, 7800), 300, later, &[half, half, half]).await;
    // A live chart.
    for passed in [30, 70, 150, 290] {
        let now = START + 7200 + passed;
        service.assert("steady_total", "AVG", (6900, 7500), 300, now, &[half, half]).await;
    }
    // The increase counts at the later sample; with `born = "zero"` the first sample counts as well.
    service.assert("steady_total", "SUM", (6900, 7500), 300, later, &[Some(150.0), Some(150.0)]).await;
    service.assert("silent_total", "SUM", (6900, 7800), 300, later, &[None, Some(120.0), Some(150.0)]).await;
    service.assert("silent_total", "CNT", (6900, 7800), 300, later, &[None, Some(5.0), Some(5.0)]).await;
    service.assert("errors_total", "SUM", (6900, 7500), 300, later, &[None, Some(3.0)]).await;
}

#[tokio::test]
async fn gaps_and_pooled_series_are_noted_on_every_source() {
    let text = fixture::openmetrics(&totals());
    let servers = Servers::start(&text);
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("samples.om"), &text).unwrap();
    let configuration = configuration(&servers.prometheus.url(), &servers.victoria_metrics.url(), "");
    let service = Service::new(folder.path(), &configuration);
    for (name, silences, pooled) in [("silent_total", 1, 0), ("steady_total", 0, 0), ("two_total", 1, 2)] {
        let frame = service.frame(name, "AVG", (START, END), 300, END + 24 * HOUR).await;
        for (line, source) in frame.lines.iter().zip(NAMESPACES) {
            let Outcome::Answered(_, notes) = &line.outcome else { panic!("{source}: {:?}", line.outcome) };
            assert_eq!((notes.silences, notes.pooled), (silences, pooled), "{name} on {source}");
        }
    }
}

#[tokio::test]
async fn an_approximate_rate_is_that_of_the_server_except_in_the_live_bucket() {
    let text = fixture::openmetrics(&totals());
    let servers = Servers::start(&text);
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("samples.om"), &text).unwrap();
    let configuration = configuration(&servers.prometheus.url(), &servers.victoria_metrics.url(), "");
    let service = Service::new(folder.path(), &configuration);
    let now = START + 3 * HOUR + 70;
    for (statistic, rate) in [("AVG", 0.5), ("SUM", 1800.0)] {
        for (period, is_approximate) in [(1199, false), (3600, true)] {
            let metrics = ["prometheus", "victoriametrics"]
                .map(|namespace| json!({"namespace_name": namespace, "name": "quick", "dimensions": []}));
            let body = json!({"start": START + 3600, "end": START + 4 * HOUR, "period": period, "statistic_type": statistic, "metrics": metrics});
            let query = demo::request(body.to_string().as_bytes()).query;
            let plan = service.catalog.plan(&query, &service.limits).unwrap();
            let answers = service
                .sources
                .fetch(&plan, Deadline::after(Duration::from_secs(20)), now * 1000, &RequestMemory::unlimited())
                .await;
            let frame = rollup::frame(&query, &plan, answers, &Stop::default()).unwrap();
            for line in &frame.lines {
                let Outcome::Answered(buckets, notes) = &line.outcome else { panic!("{:?}", line.outcome) };
                assert_eq!(notes.approximate, is_approximate, "{statistic} by {period}");
                if !is_approximate {
                    continue;
                }
                let values: Vec<f64> = buckets.points().map(|(_, value)| value).collect();
                assert_eq!(values.len(), 3, "{values:?}");
                for value in &values[..2] {
                    assert!((value / rate - 1.0).abs() < 0.02, "{statistic}: {values:?}");
                }
                // The last hour has two samples, with an increase between them.
                let live = if statistic == "AVG" { 0.5 } else { 30.0 };
                assert!((values[2] - live).abs() < 1e-12, "{statistic}: {values:?}");
            }
        }
    }
}

/// Starts a server with a sample of `steady_total` every second for any query.
async fn endless() -> Fake {
    Fake::start(|seen| {
        let parameter = |name: &str| seen.parameter(name).unwrap_or_default().to_owned();
        let (query, end) = (parameter("query"), parameter("time").parse::<f64>().unwrap_or(0.0).ceil() as i64);
        let seconds: i64 = query.rsplit_once('[').and_then(|(_, rest)| rest.strip_suffix("s]")?.parse().ok()).unwrap_or(1);
        let points: Vec<String> = (end - seconds..end).map(|second| format!("[{second},\"{second}\"]")).collect();
        format!(
            "{{\"status\":\"success\",\"data\":{{\"resultType\":\"matrix\",\"result\":[{{\"metric\":{{\"__name__\":\"x\"}},\"values\":[{}]}}]}}}}",
            points.join(",")
        )
    })
    .await
}

#[tokio::test]
async fn too_many_samples_are_rejected_with_a_valid_range() {
    let server = endless().await;
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("samples.om"), "x 1 1\n# EOF\n").unwrap();
    let limits = "[limits]\nsamples_per_fetch = 20000\n";
    let app = crate::support::configured::app(
        folder.path(),
        &format!(
            "{limits}[sources.s]\ntype = \"prometheus\"\nurl = \"{}\"\n[[metric]]\nnamespace = \"N\"\nname = \"x\"\nsource = \"s\"\nkind = \"counter\"\n[[metric]]\nnamespace = \"N\"\nname = \"known\"\nsource = \"s\"\nkind = \"counter\"\nresolution = 1\nselect = {{ name = \"x\" }}\n",
            server.url
        ),
    );
    let query = |name: &str, seconds: i64| {
        let metric = json!({"namespace_name": "N", "name": name, "dimensions": []});
        let body =
            json!({"start": START, "end": START + seconds, "period": 60, "statistic_type": "AVG", "metrics": [metric]});
        demo::request(body.to_string().as_bytes()).query
    };
    // Without `resolution` the fetch fails with too many samples.
    let failure = app.data(query("x", 86_400)).await.unwrap_err();
    let metricshot::error::Failure::Sources(reasons) = failure else { panic!("{failure:?}") };
    let [metricshot::error::Reason::TooManySamples { fits_seconds }] = reasons[..] else { panic!("{reasons:?}") };
    assert!((16_000..20_000).contains(&fits_seconds), "{fits_seconds}");
    assert!(app.data(query("x", i64::from(fits_seconds))).await.is_ok());
    // A rule with `resolution` rejects the request before the fetch.
    let asked = server.seen().len();
    let failure = app.data(query("known", 86_400)).await.unwrap_err();
    let metricshot::error::Failure::Invalid(faults) = failure else { panic!("{failure:?}") };
    assert!(faults[0].text.starts_with("Input should be a time range of at most "), "{faults:?}");
    assert_eq!(server.seen().len(), asked, "nothing is fetched");
}
