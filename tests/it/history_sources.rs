//! The same samples in a file, an OpenTSDB, an Erlenmeyer and a Warp 10: the same request returns the same values for every statistic,
//! several periods and zones, gaps, a clock change, and windows that do not begin or end on a bucket.

use crate::support::erlenmeyer::{Erlenmeyer, Milliseconds};
use crate::support::fake::{Fake, Seen};
use crate::support::fixture::{self, START, Series};
use crate::support::numbers::{self, equal};
use crate::support::warp10::Warp10;
use crate::support::{configured, demo, opentsdb};
use metricshot::series::Line;
use serde_json::{Value, json};
use std::fmt::Write;
use std::fs;

const DAY: i64 = 86_400;

/// Servers with the same samples; OpenTSDB and Erlenmeyer have only finite ones.
struct Servers {
    folder: tempfile::TempDir,
    opentsdb: Fake,
    erlenmeyer: Fake,
    seconds: Fake,
    warp10: Fake,
}

impl Servers {
    async fn start() -> Self {
        let finite = [fixture::cpu(), fixture::irregular(), fixture::days(), fixture::counter()].concat();
        let all = [finite.clone(), fixture::not_finite()].concat();
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("samples.om"), fixture::openmetrics(&all)).unwrap();
        let erlenmeyer = |milliseconds, series: &[Series]| {
            Erlenmeyer { series: series.to_vec(), token: "secret".to_owned(), now: 0, milliseconds }.start()
        };
        Self {
            folder,
            opentsdb: opentsdb::start(finite.clone()).await,
            erlenmeyer: erlenmeyer(Milliseconds::Kept, &finite).await,
            seconds: erlenmeyer(Milliseconds::Lost, &finite).await,
            warp10: Warp10 { series: all, token: "secret".to_owned(), per_millisecond: 1000, chunk: 100 }.start().await,
        }
    }

    /// A namespace for each source, the file first.
    fn configuration(&self) -> String {
        let auth = "auth = { basic = { username = \"read\", password = \"secret\" } }";
        let sources = [
            ("file", "type = \"file\"\npath = \"samples.om\"".to_owned()),
            ("opentsdb", format!("type = \"opentsdb\"\ndialect = \"opentsdb\"\nurl = \"{}\"", self.opentsdb.url)),
            (
                "opentsdb_pushed",
                format!(
                    "type = \"opentsdb\"\ndialect = \"opentsdb\"\nraw_seconds = 0\nurl = \"{}\"",
                    self.opentsdb.url
                ),
            ),
            (
                "erlenmeyer",
                format!("type = \"opentsdb\"\ndialect = \"erlenmeyer\"\nurl = \"{}\"\n{auth}", self.erlenmeyer.url),
            ),
            (
                "erlenmeyer_pushed",
                format!(
                    "type = \"opentsdb\"\ndialect = \"erlenmeyer\"\nraw_seconds = 0\nurl = \"{}\"\n{auth}",
                    self.erlenmeyer.url
                ),
            ),
            (
                "seconds_pushed",
                format!(
                    "type = \"opentsdb\"\ndialect = \"erlenmeyer\"\nraw_seconds = 0\nurl = \"{}\"\n{auth}",
                    self.seconds.url
                ),
            ),
            ("warp10", format!("type = \"warp10\"\nauth = {{ bearer = \"secret\" }}\nurl = \"{}\"", self.warp10.url)),
        ];
        let mut text = String::new();
        for (name, keys) in &sources {
            writeln!(text, "[sources.{name}]\n{keys}").unwrap();
        }
        for (name, _) in &sources {
            let counter = "name = \"requests_total\"\noptional = [\"*\"]\nkind = \"counter\"";
            writeln!(text, "[[metric]]\nnamespace = \"{name}\"\nsource = \"{name}\"\n{counter}").unwrap();
            writeln!(text, "[[default]]\nnamespaces = [\"{name}\"]\nsource = \"{name}\"").unwrap();
        }
        text
    }
}

const ALL: [&str; 7] =
    ["file", "opentsdb", "opentsdb_pushed", "erlenmeyer", "erlenmeyer_pushed", "seconds_pushed", "warp10"];

struct Case<'a> {
    name: &'a str,
    dimension: Option<(&'a str, &'a str)>,
    start: i64,
    end: i64,
    period: i64,
    zone: &'a str,
}

impl Case<'_> {
    fn body(&self, statistic: &str, namespaces: &[&str]) -> Vec<u8> {
        let dimensions: Vec<Value> =
            self.dimension.iter().map(|(key, value)| json!({"key": key, "value": value})).collect();
        let metric =
            |namespace: &&str| json!({"namespace_name": namespace, "name": self.name, "dimensions": dimensions});
        let metrics: Vec<Value> = namespaces.iter().map(metric).collect();
        let body = json!({"start": self.start, "end": self.end, "period": self.period, "statistic_type": statistic,
            "timezone": self.zone, "title": "", "width": 600, "height": 400, "metrics": metrics});
        body.to_string().into_bytes()
    }
}

fn values(line: &Line) -> (Vec<(i64, Option<f64>)>, usize) {
    let (buckets, notes) = numbers::buckets(line);
    assert!(!notes.incomplete);
    (buckets, notes.skipped)
}

fn pushes(seen: &Seen) -> bool {
    std::str::from_utf8(&seen.body).unwrap().contains("downsample")
}

#[tokio::test]
async fn file_opentsdb_erlenmeyer_and_warp_10_return_the_same_values() {
    let servers = Servers::start().await;
    let app = configured::app(servers.folder.path(), &servers.configuration());
    let metrics = [
        ("cpu_usage_percent", None, &ALL[..]),
        ("cpu_usage_percent", Some(("instance", "i-2")), &ALL[..]),
        ("irregular", Some(("instance", "i-1")), &ALL[..]),
        ("temperature", None, &ALL[..]),
        ("requests_total", Some(("instance", "i-1")), &ALL[..]),
        ("not_there", None, &ALL[..]),
        ("cpu_usage_percent", Some(("instance", "not there")), &ALL[..]),
        ("not_finite", None, &["file", "warp10"]),
        ("not_finite", Some(("instance", "a")), &["file", "warp10"]),
    ];
    let windows = [
        (START, START + 7200, 300, "UTC"),
        (START + 7, START + 7001, 60, "UTC"),
        (START - 900, START + 14_400, 420, "UTC"),
        (START + 2000, START + 2001, 3600, "UTC"),
        (START - DAY, START + 4 * DAY, DAY, "UTC"),
        (START - 3600, START + 4 * DAY, DAY, "Europe/Berlin"),
        (START - 3600, START + 4 * DAY, 2 * DAY, "America/Sao_Paulo"),
    ];
    let mut compared = 0;
    for (name, dimension, namespaces) in metrics {
        for (start, end, period, zone) in windows {
            let case = Case { name, dimension, start, end, period, zone };
            for statistic in ["AVG", "SUM", "MAX", "MIN", "CNT", "p50", "p90", "p99.9"] {
                let request = demo::request(&case.body(statistic, namespaces));
                let frame = app.data(request.query).await.unwrap();
                let (expected, skipped) = values(&frame.lines[0]);
                for (line, namespace) in frame.lines.iter().zip(namespaces) {
                    let (actual, also_skipped) = values(line);
                    assert_eq!(also_skipped, skipped, "{namespace}, {name}, {statistic}");
                    for ((time, one), (_, two)) in expected.iter().zip(&actual) {
                        let place =
                            format!("{namespace}, {name} {dimension:?}, {statistic} by {period} {zone} at {time}");
                        assert!(equal(*one, *two), "{place}: {two:?} instead of {one:?}");
                        compared += usize::from(one.is_some());
                    }
                }
            }
        }
    }
    assert!(compared > 20_000, "{compared} values were compared");
    for (fake, name) in
        [(&servers.opentsdb, "opentsdb"), (&servers.erlenmeyer, "erlenmeyer"), (&servers.seconds, "seconds")]
    {
        let seen = fake.seen();
        assert!(seen.iter().any(pushes) && !seen.iter().all(pushes), "{name} got both kinds of queries");
    }
}

#[tokio::test]
async fn pushed_down_buckets_are_not_fetched_as_points() {
    let servers = Servers::start().await;
    let app = configured::app(servers.folder.path(), &servers.configuration());
    let case =
        Case { name: "cpu_usage_percent", dimension: None, start: START, end: START + 7200, period: 300, zone: "UTC" };
    for statistic in ["AVG", "SUM", "MAX", "MIN", "CNT"] {
        let request = demo::request(&case.body(statistic, &["opentsdb_pushed", "erlenmeyer_pushed"]));
        app.data(request.query).await.unwrap();
    }
    for fake in [&servers.opentsdb, &servers.erlenmeyer] {
        assert!(fake.seen().len() == 5 && fake.seen().iter().all(pushes));
    }
}

#[tokio::test]
async fn an_erlenmeyer_with_whole_seconds_is_detected_by_its_times() {
    let servers = Servers::start().await;
    let app = configured::app(servers.folder.path(), &servers.configuration());
    let case = Case { name: "irregular", dimension: None, start: START, end: START + 7200, period: 300, zone: "UTC" };
    app.data(demo::request(&case.body("SUM", &["seconds_pushed"])).query).await.unwrap();
    let pushed: Vec<bool> = servers.seconds.seen().iter().map(pushes).collect();
    assert_eq!(pushed, [true, false]);
}
