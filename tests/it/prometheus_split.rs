//! The lines of a split gauge: computed by a real Prometheus 2 and a real VictoriaMetrics they have the values of their samples.

use crate::support::fixture::{self, START, Series};
use crate::support::numbers::{buckets, equal};
use crate::support::servers::Servers;
use crate::support::{configured, demo};
use metricshot::app::App;
use metricshot::memory::Held;
use metricshot::series::{Frame, Notes};
use serde_json::json;
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::sync::Arc;

const STATISTICS: [&str; 7] = ["AVG", "SUM", "MAX", "MIN", "CNT", "p50", "p99.9"];
const ACROSS: [&str; 5] = ["pool", "sum", "avg", "min", "max"];
/// The number of [`SPLITS`] that a Prometheus computes.
const GROUPED: usize = 2;
/// Keys, some of which a series lacks. Not every server groups by words of PromQL and keys that need quotes.
const SPLITS: [&[&str]; 5] = [&["host"], &["host", "disk"], &["on"], &["inf"], &["host", "no-label"]];

/// A sample each 15 s for two hours.
fn load(labels: &[(&str, &str)], value: impl Fn(i64) -> f64) -> Series {
    let points = (0..480).map(|k| ((START + 15 * k) * 1000, value(k))).collect();
    Series::new("load", labels, points)
}

/// Hosts with one disk and with two, one that ends and comes back, one without a label, and one with samples that are not finite.
fn series() -> Vec<Series> {
    let mut paused = load(&[("disk", "a"), ("host", "h4"), ("on", "y")], |k| 8.0 - (k % 7) as f64);
    paused.points.retain(|(time, _)| !(START + 1800..START + 4000).contains(&(time / 1000)));
    vec![
        load(&[("disk", "a"), ("host", "h1"), ("on", "x")], |k| (k % 40) as f64 / 8.0),
        load(&[("disk", "b"), ("host", "h1"), ("on", "x")], |k| 100.0 + (k % 11) as f64),
        load(&[("disk", "a"), ("host", "h2 (a|b)*"), ("on", "y")], |k| -(k as f64)),
        load(&[("host", "h3")], |k| (k * k % 97) as f64),
        paused,
        load(&[("disk", "a"), ("host", "h5"), ("on", "x")], |k| match k {
            50 => f64::NAN,
            200 => f64::INFINITY,
            300..=340 => f64::NAN,
            _ => k as f64,
        }),
    ]
}

fn rules(source: &str) -> String {
    let mut text = String::new();
    for (index, keys) in SPLITS.iter().enumerate() {
        for across in ACROSS {
            write!(
                text,
                "[[metric]]\nnamespace = \"{source}\"\nname = \"{index}-{across}\"\nsource = \"{source}\"\nacross = \"{across}\"\n\
                 select = {{ name = \"load\" }}\nsplit_by = {keys:?}\nlimit = 50\norder = \"name\"\n"
            )
            .unwrap();
        }
    }
    text
}

fn app(folder: &Path, servers: &Servers) -> App {
    fs::write(folder.join("data.om"), fixture::openmetrics(&series())).unwrap();
    // The probe is not repeated.
    let mut text =
        "[limits]\nlisting_age = \"3600s\"\n[sources.file]\ntype = \"file\"\npath = \"data.om\"\n".to_owned();
    let mut names = vec!["file".to_owned()];
    for (name, server) in [("prometheus", &servers.prometheus), ("victoria", &servers.victoria_metrics)] {
        for operations in ["all", "instant"] {
            write!(
                text,
                "[sources.{name}-{operations}]\ntype = \"prometheus\"\nurl = \"{}\"\nparameters = {{ nocache = \"1\" }}\noperations = \"{operations}\"\n",
                server.url()
            )
            .unwrap();
            names.push(format!("{name}-{operations}"));
        }
    }
    text.extend(names.iter().map(|name| rules(name)));
    configured::app(folder, &text)
}

struct Case {
    split: usize,
    across: &'static str,
    statistic: &'static str,
    start: i64,
    end: i64,
    period: i64,
    zone: &'static str,
}

impl Case {
    async fn frame(&self, app: &App, source: &str) -> Arc<Held<Frame>> {
        let Self { split, across, statistic, start, end, period, zone } = self;
        let metric = json!({"namespace_name": source, "name": format!("{split}-{across}"), "dimensions": []});
        let body = json!({"start": start, "end": end, "period": period, "statistic_type": statistic, "timezone": zone,
            "title": "", "width": 600, "height": 400, "metrics": [metric]});
        let frame = app.data(demo::request(body.to_string().as_bytes()).query).await;
        frame.unwrap_or_else(|failure| panic!("{}: {failure}", self.place(source)))
    }

    /// Whether a Prometheus counts the series of this.
    fn counts_series(&self) -> bool {
        match self.statistic {
            "AVG" => !matches!(self.across, "sum" | "avg"),
            "SUM" => matches!(self.across, "min" | "max"),
            _ => true,
        }
    }

    fn place(&self, source: &str) -> String {
        let Self { split, across, statistic, period, zone, .. } = self;
        format!("{source}, {:?}, {across} of {statistic} by {period} {zone}", SPLITS[*split])
    }
}

/// Returns the number of values that both frames have.
fn assert_same_lines(one: &Frame, two: &Frame, place: &str) -> usize {
    let labels = |frame: &Frame| frame.lines.iter().map(|line| line.label.as_str().to_owned()).collect::<Vec<_>>();
    assert_eq!(labels(one), labels(two), "{place}");
    let mut compared = 0;
    for (one, two) in one.lines.iter().zip(&two.lines) {
        for ((time, expected), (_, value)) in buckets(one).0.into_iter().zip(buckets(two).0) {
            assert!(
                equal(expected, value),
                "{place}, {} at {time}: {value:?} instead of {expected:?}",
                one.label.as_str()
            );
            compared += usize::from(value.is_some());
        }
    }
    compared
}

/// What a reader should know of the lines. A server computes the number of series beside a statistic unless that is one sum of them.
fn notes(frame: &Frame, counts_series: bool) -> Vec<Notes> {
    let notes = frame.lines.iter().map(|line| buckets(line).1.clone());
    notes.map(|notes| if counts_series { notes } else { Notes { pooled: 0, ..notes } }).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_lines_of_a_split_gauge_are_one_query_with_the_values_of_their_samples() {
    let servers = Servers::start(&fixture::openmetrics(&series()));
    let folder = tempfile::tempdir().unwrap();
    let app = app(folder.path(), &servers);
    let mut compared = 0;
    for split in 0..SPLITS.len() {
        for across in ACROSS {
            for statistic in STATISTICS {
                for (start, end, period, zone) in [
                    (START, START + 7200, 300, "UTC"),
                    (START + 7, START + 7001, 420, "UTC"),
                    (START - 3600, START + 86_400, 86_400, "Europe/Berlin"),
                ] {
                    let case = Case { split, across, statistic, start, end, period, zone };
                    let expected = case.frame(&app, "file").await;
                    let before = servers.prometheus.range_queries();
                    let pushed = case.frame(&app, "prometheus-all").await;
                    let queries = servers.prometheus.range_queries() - before;
                    // Days have two lengths there. The first case has the probe.
                    let expected_queries = match (split < GROUPED, zone) {
                        (false, _) => 0,
                        (true, "UTC") => 1,
                        (true, _) => 2,
                    };
                    assert!(
                        queries == expected_queries || compared == 0,
                        "{queries}: {}",
                        case.place("prometheus-all")
                    );
                    let fetched = case.frame(&app, "prometheus-instant").await;
                    assert_same_lines(&expected, &fetched, &case.place("prometheus-instant"));
                    compared += assert_same_lines(&expected, &pushed, &case.place("prometheus-all"));
                    let counts = case.counts_series();
                    assert_eq!(notes(&pushed, counts), notes(&fetched, counts), "{}", case.place("prometheus-all"));
                    let [pushed, fetched] =
                        [case.frame(&app, "victoria-all").await, case.frame(&app, "victoria-instant").await];
                    compared += assert_same_lines(&expected, &pushed, &case.place("victoria-all"));
                    assert_eq!(notes(&pushed, false), notes(&fetched, false), "{}", case.place("victoria-all"));
                }
            }
        }
    }
    assert!(compared > 10_000, "{compared} values were compared");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_samples_that_are_not_finite_a_split_needs_no_samples() {
    let finite: Vec<Series> = series().into_iter().filter(|series| series.labels.iter().all(|l| l.1 != "h5")).collect();
    let servers = Servers::start(&fixture::openmetrics(&finite));
    let folder = tempfile::tempdir().unwrap();
    let app = app(folder.path(), &servers);
    for statistic in &STATISTICS[..5] {
        let case =
            Case { split: 0, across: "pool", statistic, start: START, end: START + 7200, period: 300, zone: "UTC" };
        assert_eq!(case.frame(&app, "prometheus-all").await.lines.len(), 4);
    }
    assert_eq!(servers.prometheus.range_queries(), 5 + 1, "one for each chart, and the probe");
    assert_eq!(servers.prometheus.instant_queries(), 0);
}
