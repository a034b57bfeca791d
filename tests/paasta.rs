//! PaaS-TA's monitoring of OpenStack: the guide's calls and answers, what we send in their place, sessions, errors, and numbers that equal
//! those of a file.

mod support;

use axum::http::StatusCode;
use metricshot::app::App;
use metricshot::catalog::{Kind, Selector, SeriesQuery, Wanted};
use metricshot::clock::Deadline;
use metricshot::config::{self, Given};
use metricshot::limits::Limits;
use metricshot::request::{Period, Span, Statistic, Zone};
use metricshot::series::{Grid, Line, Outcome, Reason};
use metricshot::source::{Call, Fetched, Part, Source, SourceError};
use serde_json::{Value, json};
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use support::fake::{Fake, RawFake, Seen, Then};
use support::fixture::{self, START, Series};
use support::paasta::{Login, Measured, Names, Now, PaasTa, rounded};
use support::recorded::compact;
use support::{configured, demo};

const PROJECTS: &str = include_str!("recorded/paasta-projects.json");
const INSTANCES: &str = include_str!("recorded/paasta-instances.json");

/// The guide's instance and project.
const INSTANCE: &str = "929c08d7-b9e1-48c5-a49b-7ab9b10e9f3c";
const PROJECT: &str = "da9572dd8c0a4857aa12d9c4cbb76306";

const DAY: i64 = 86_400;

/// 2017-08-10T02:00:00Z and 2017-08-24T05:37:00Z: when the guide's answers begin.
const USAGE: i64 = 1_502_330_400;
const NETWORK: i64 = 1_503_553_020;

fn gotten(path: &str) -> Seen {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let parameters: Vec<(&str, &str)> = query.split('&').filter_map(|pair| pair.split_once('=')).collect();
    Seen::gotten(path, ("accept", "*/*"), &parameters)
}

fn answered(fake: &PaasTa, path: &str) -> (u16, String) {
    let (status, _, body) = fake.answer(&gotten(path));
    (status.as_u16(), body)
}

fn measured(instance: &str, measurement: &'static str, points: &[(i64, f64)]) -> Measured {
    let points = points.iter().map(|(second, value)| (second * 1000, *value)).collect();
    Measured { instance: instance.to_owned(), measurement, points }
}

/// What the guide's answers were made of.
fn documented(now: i64, begin: i64) -> PaasTa {
    let at =
        |values: &[f64]| values.iter().enumerate().map(|(k, v)| (begin + 60 * k as i64 + 1, *v)).collect::<Vec<_>>();
    let twice = |measurement, value| measured(INSTANCE, measurement, &at(&[value, value]));
    let once = |measurement, value| measured(INSTANCE, measurement, &at(&[value]));
    let samples = vec![
        twice("cpu.utilization_norm_perc", 12.0),
        twice("mem.free_mb", 88.0),
        twice("mem.total_mb", 100.0),
        twice("io.read_bytes_sec", 12.0 * 1024.0),
        twice("io.write_bytes_sec", 12.0 * 1024.0),
        once("net.in_bytes_sec", 9.61 * 1024.0),
        once("net.out_bytes_sec", 24.93 * 1024.0),
        once("net.in_packets_sec", 9.61),
        once("net.out_packets_sec", 24.93),
    ];
    let instances: Value = serde_json::from_str(INSTANCES).unwrap();
    PaasTa {
        samples,
        projects: serde_json::from_str(PROJECTS).unwrap(),
        instances: instances["metric"].as_array().unwrap().clone(),
        now: Now::Fixed(now * 1000),
        names: Names::Guide,
        ..PaasTa::default()
    }
}

#[test]
fn the_fake_answers_every_call_of_the_guide_byte_for_byte() {
    let usage = r#"[{"metric":[{"time":1502330400,"usage":12},{"time":1502330460,"usage":12}],"name":"cpu"}]"#;
    let network = r#"[{"metric":[{"time":1503553020,"usage":9.61}],"name":"in"},{"metric":[{"time":1503553020,"usage":24.93}],"name":"out"}]"#;
    for (operation, begin, wanted) in [
        ("cpuUsage", USAGE, usage),
        ("memUsage", USAGE, usage),
        ("diskRead", USAGE, usage),
        ("diskWrite", USAGE, usage),
        ("networkIo", NETWORK, network),
        ("networkPackets", NETWORK, network),
    ] {
        for (times, now) in [("defaultTimeRange=10m", begin + 500), ("timeRangeFrom=10m&timeRangeTo=30m", begin + 1500)]
        {
            let path = format!("/v1/openstack/projects/{INSTANCE}/{operation}?{times}&groupBy=1m");
            assert_eq!(answered(&documented(now, begin), &path), (200, wanted.to_owned()), "{path}");
        }
    }
    let fake = documented(0, 0);
    let page = format!("/v1/openstack/projects/{PROJECT}/instances?limit=2");
    assert_eq!(answered(&fake, "/v1/openstack/projects/summary"), (200, compact(PROJECTS)));
    assert_eq!(answered(&fake, &page), (200, compact(INSTANCES)));
    let none = compact(INSTANCES).split_once("{\"address").unwrap().0.len();
    let (_, of_name) = answered(&fake, &format!("{page}&hostname=monasca"));
    assert_eq!(&of_name[none..], format!("],\"projectId\":\"{PROJECT}\",\"totalCnt\":0}}"));
}

#[test]
fn the_fake_has_the_traps_of_the_program() {
    let fake = documented(USAGE + 1500, USAGE);
    let chart = |query: &str| answered(&fake, &format!("/v1/openstack/projects/{INSTANCE}/diskRead?{query}"));
    assert_eq!(chart("defaultTimeRange=10m"), (400, "Required input value does not exist. [groupBy]".to_owned()));
    let nothing = (200, r#"[{"metric":null,"name":"cpu"}]"#.to_owned());
    assert_eq!(chart("timeRangeFrom=2h&timeRangeTo=1h&groupBy=1m"), nothing, "the guide's table has them reversed");
    let sum = r#"[{"metric":[{"time":1502330400,"usage":24}],"name":"cpu"}]"#;
    assert_eq!(chart("timeRangeFrom=10m&timeRangeTo=30m&groupBy=5m"), (200, sum.to_owned()), "a group is summed");
    assert_eq!(answered(&fake, "/v1/openstack/projects/summaries").0, 404);
}

/// The example configuration with the fake's address.
fn example(folder: &Path, url: &str, more: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    fs::copy(root.join("paasta-catalog.toml"), folder.join("paasta-catalog.toml")).unwrap();
    let line = |line: &str| match line {
        _ if line.starts_with("url = ") => format!("url = \"{url}\"\n{more}\n"),
        _ => format!("{line}\n"),
    };
    fs::read_to_string(root.join("paasta.toml")).unwrap().lines().map(line).collect()
}

fn source(url: &str, more: &str) -> Arc<dyn Source> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("metricshot.toml");
    fs::write(&file, example(folder.path(), url, more)).unwrap();
    let loaded = config::load(&Given { file: Some(file), ..Given::default() }).unwrap();
    config::open_sources(&loaded.config, &loaded.limits).unwrap().remove("paasta").unwrap()
}

const LOGIN: &str = "login = { username = \"admin\", password = \"hidden\" }";

fn with_login(fake: PaasTa, calls: usize) -> PaasTa {
    PaasTa { login: Some(Login { username: "admin", password: "hidden", calls }), ..fake }
}

fn call(now: i64) -> Call {
    Call { deadline: Deadline::after(Duration::from_secs(5)), now_ms: now * 1000 + 999 }
}

fn select(name: &str, labels: &[(&str, &str)], start: i64, end: i64) -> SeriesQuery {
    let limits = Limits::default();
    let (span, period) = (Span::new(start, end, &limits).unwrap(), Period::new(60, &limits).unwrap());
    let labels = labels.iter().map(|&(label, value)| (label.to_owned(), value.to_owned())).collect();
    let wanted = Wanted::Select(Selector { name: name.to_owned(), labels });
    let grid = Arc::new(Grid::new(span, period, &Zone::utc()));
    SeriesQuery { wanted, kind: Kind::Gauge, statistic: Statistic::Average, grid }
}

async fn cpu(source: &Arc<dyn Source>) -> Result<Fetched, SourceError> {
    source.fetch(&select("cpuUsage", &[("instance", INSTANCE)], USAGE, USAGE + 120), call(USAGE + 1200)).await
}

fn values(fetched: &Fetched) -> Vec<f64> {
    let parts = fetched.parts.iter().flat_map(|part| match part {
        Part::Samples { series, .. } => series.iter().flat_map(|samples| samples.values().to_vec()).collect(),
        Part::Computed(_) => vec![],
    });
    parts.collect()
}

#[tokio::test]
async fn our_calls_are_the_guides_with_the_nearer_time_first() {
    for (operation, labels, wanted) in [
        ("cpuUsage", &[][..], &[12.0, 12.0][..]),
        ("memUsage", &[], &[12.0, 12.0]),
        ("diskRead", &[], &[12.0, 12.0]),
        ("diskWrite", &[], &[12.0, 12.0]),
        ("networkIo", &[("direction", "in")], &[9.61]),
        ("networkIo", &[("direction", "out")], &[24.93]),
        ("networkPackets", &[("direction", "in")], &[9.61]),
        ("networkPackets", &[], &[9.61, 24.93]),
    ] {
        let begin =
            if wanted.len() == 2 && labels.is_empty() && operation != "networkPackets" { USAGE } else { NETWORK };
        let fake = documented(begin + 1200, begin).start().await;
        let labels = [labels, &[("instance", INSTANCE)]].concat();
        let query = select(operation, &labels, begin, begin + 120);
        let fetched = source(&fake.url, "").fetch(&query, call(begin + 1200)).await.unwrap();
        assert_eq!(values(&fetched), wanted, "{operation}");
        let [seen] = &fake.seen()[..] else { panic!("one call") };
        assert_eq!(seen.method.as_str(), "GET");
        assert_eq!(seen.path, format!("/v1/openstack/projects/{INSTANCE}/{operation}"));
        let parameters = [("timeRangeFrom", "1050s"), ("timeRangeTo", "1230s"), ("groupBy", "15s")];
        assert_eq!(seen.parameters, parameters.map(|(name, value)| (name.to_owned(), value.to_owned())));
        assert!(seen.body.is_empty() && seen.header("cookie").is_none());
    }
}

#[tokio::test]
async fn ids_that_are_none_are_never_sent_and_unknown_names_are_empty() {
    let fake = documented(USAGE, USAGE).start().await;
    let source = source(&fake.url, "");
    for instance in ["", "i-1", "' or 1=1", "../summary", "929c08d7-b9e1-48c5-a49b-7ab9b10e9f3c\n"] {
        let query = select("cpuUsage", &[("instance", instance)], USAGE, USAGE + 60);
        assert_eq!(source.fetch(&query, call(USAGE)).await.unwrap_err().reason, Reason::Refused);
    }
    for (name, labels) in
        [("cpu", &[("instance", INSTANCE)][..]), ("cpuUsage", &[("host", "a"), ("instance", INSTANCE)])]
    {
        let fetched = source.fetch(&select(name, labels, USAGE, USAGE + 60), call(USAGE)).await.unwrap();
        assert!(values(&fetched).is_empty());
    }
    assert!(fake.seen().is_empty());
}

#[tokio::test]
async fn what_is_wholly_ahead_is_empty_without_a_call() {
    let fake = documented(USAGE, USAGE).start().await;
    let query = select("cpuUsage", &[("instance", INSTANCE)], USAGE + 3600, USAGE + 7200);
    let fetched = source(&fake.url, "").fetch(&query, call(USAGE)).await.unwrap();
    assert!(values(&fetched).is_empty() && fake.seen().is_empty());
}

#[tokio::test]
async fn a_session_is_opened_once_and_again_when_it_has_ended() {
    let fake = with_login(documented(USAGE + 1200, USAGE), 2).start().await;
    let source = source(&fake.url, LOGIN);
    for _ in 0..2 {
        let (one, two) = tokio::join!(cpu(&source), cpu(&source));
        assert_eq!((values(&one.unwrap()), values(&two.unwrap())), (vec![12.0, 12.0], vec![12.0, 12.0]));
    }
    let seen = fake.seen();
    let of = |path: &str| seen.iter().filter(|seen| seen.path == path).collect::<Vec<_>>();
    assert_eq!((of("/v1/ping").len(), of("/v1/login").len()), (2, 2), "two calls a session");
    let (ping, login) = (of("/v1/ping")[0], of("/v1/login")[0]);
    assert_eq!((ping.method.as_str(), ping.header("x-xsrf-token"), ping.header("cookie")), ("GET", None, None));
    assert_eq!((login.method.as_str(), login.header("content-type")), ("POST", Some("application/json")));
    assert_eq!((login.header("x-xsrf-token"), login.header("cookie")), (Some("token-0"), Some("session=cookie-0")));
    let document: Value = serde_json::from_slice(&login.body).unwrap();
    assert_eq!(document, json!({"username": "admin", "password": "hidden"}));
    let charts = seen.iter().filter(|seen| seen.path.ends_with("cpuUsage"));
    for chart in charts {
        assert!(chart.header("x-xsrf-token").is_some() && chart.header("cookie").is_some());
    }
}

#[tokio::test]
async fn a_login_that_is_refused_is_tried_once_a_call_and_tells_no_secret() {
    let fake = with_login(documented(USAGE + 1200, USAGE), 9).start().await;
    let wrong = LOGIN.replace("hidden", "planted");
    for (more, logins) in [("", 0), (wrong.as_str(), 1)] {
        let error = cpu(&source(&fake.url, more)).await.unwrap_err();
        assert_eq!(error.reason, Reason::Refused);
        assert!(error.detail.starts_with("HTTP status 401: ") && !error.detail.contains("planted"), "{error}");
        assert_eq!(fake.seen().iter().filter(|seen| seen.path == "/v1/login").count(), logins);
    }
    let open = documented(USAGE + 1200, USAGE);
    let without_ping = Fake::start(move |seen: &Seen| match seen.path.as_str() {
        "/v1/ping" => (StatusCode::OK, Default::default(), String::new()),
        _ => open.answer(seen),
    })
    .await;
    let error = cpu(&source(&without_ping.url, LOGIN)).await.unwrap_err();
    assert!(error.detail.contains("the ping brought no X-XSRF-TOKEN"), "{error}");
}

#[tokio::test]
async fn errors_in_every_form_have_their_reason() {
    for (status, body, reason, detail) in [
        (400, "Required input value does not exist. [groupBy]", Reason::Refused, "does not exist. [groupBy]"),
        (500, r#"{"message":"error parsing query","HttpStatus":500}"#, Reason::Refused, "error parsing query"),
        (500, r#"{"message":"","HttpStatus":500}"#, Reason::Refused, "HTTP status 500"),
        (403, "\"Forbidden login\"", Reason::Refused, "HTTP status 403"),
        (404, "404 page not found\n", Reason::Refused, "404 page not found"),
        (504, "", Reason::Timeout, "HTTP status 504"),
        (200, "<html>", Reason::Malformed, "expected value"),
    ] {
        let fake = Fake::start(move |_| (StatusCode::from_u16(status).unwrap(), body)).await;
        let error = cpu(&source(&fake.url, "")).await.unwrap_err();
        assert_eq!(error.reason, reason, "{body}");
        assert!(error.detail.contains(detail), "{error}");
    }
    let panicked = RawFake::start("", Then::Close).await;
    assert_eq!(cpu(&source(&panicked.url, "")).await.unwrap_err().reason, Reason::Down);
    let fake = Fake::start(|_| r#"[{"metric":null,"name":"cpu"}]"#).await;
    assert!(values(&cpu(&source(&fake.url, "")).await.unwrap()).is_empty());
}

fn instance(number: usize, state: &str) -> Value {
    json!({"instance_id": format!("{number:032x}"), "name": format!("vm-{number}"), "state": state, "tenant_id": PROJECT})
}

#[tokio::test]
async fn what_it_has_is_found_page_by_page_until_an_instance_runs() {
    let with = |instances| PaasTa { instances, ..documented(USAGE, USAGE) };
    let stopped = |count: usize| (0..count).map(|number| instance(number, "SHUTOFF")).collect::<Vec<_>>();
    let running = [stopped(120), vec![instance(120, "ACTIVE")]].concat();
    for (instances, pages, offers) in [(running, 3, 6), (stopped(100), 3, 0), (stopped(7), 1, 0), (vec![], 1, 0)] {
        let fake = with(instances).start().await;
        let offered = source(&fake.url, "").list(call(USAGE)).await.unwrap().unwrap();
        assert_eq!(offered.len(), offers);
        let seen = fake.seen();
        assert_eq!(seen[0].path, "/v1/openstack/projects/summary");
        assert_eq!(seen[1].path, "/v1/openstack/projects/9c1a27e20412473b843dbf32bdec2390/instances");
        let asked: Vec<_> = seen.iter().filter(|seen| seen.path.contains(PROJECT)).collect();
        assert_eq!(asked.len(), pages);
        for (page, seen) in asked.iter().enumerate() {
            let marker = (page > 0).then(|| format!("{:032x}", 50 * page - 1));
            assert_eq!((seen.parameter("limit"), seen.parameter("marker")), (Some("50"), marker.as_deref()));
        }
    }
    let fake = documented(USAGE, USAGE).start().await;
    let offers = source(&fake.url, "").list(call(USAGE)).await.unwrap().unwrap();
    let told: Vec<String> = offers
        .iter()
        .map(|offer| format!("{} {} {}", offer.name, offer.labels.join(","), offer.unit.unwrap()))
        .collect();
    let wanted = [
        "cpuUsage instance PERCENT",
        "diskRead instance KILOBYTES_PER_SECOND",
        "diskWrite instance KILOBYTES_PER_SECOND",
        "memUsage instance PERCENT",
        "networkIo direction,instance KILOBYTES_PER_SECOND",
        "networkPackets direction,instance COUNT_PER_SECOND",
    ];
    assert_eq!(told, wanted);
}

#[tokio::test]
async fn a_check_logs_in_and_asks_for_the_projects_alone() {
    let fake = with_login(documented(USAGE, USAGE), 9).start().await;
    source(&fake.url, LOGIN).check(call(USAGE)).await.unwrap();
    let paths: Vec<String> = fake.seen().into_iter().map(|seen| seen.path).collect();
    assert_eq!(paths, ["/v1/ping", "/v1/login", "/v1/openstack/projects/summary"]);
    assert_eq!(source(&fake.url, "").check(call(USAGE)).await.unwrap_err().reason, Reason::Refused);
}

/// The instances of the comparison: a sample each 15 s for two hours with a hole of 20 minutes, and one each half an hour for five days
/// around a clock change.
const REGULAR: &str = "c5e1012f-9455-47ff-bbb7-1cff5e1f9894";
const SPARSE: &str = "0123456789abcdef0123456789abcdef";

/// Where the agents' groups of 15 s begin, and a number for the value.
fn moments(instance: &str) -> Vec<(i64, i64)> {
    let hole = START + 1800..START + 3000;
    match instance {
        REGULAR => (0..=480).map(|k| (START + 15 * k, k)).filter(|(time, _)| !hole.contains(time)).collect(),
        _ => (-48..192).map(|k| (START + 1800 * k + 15, k * 31)).collect(),
    }
}

/// What an agent measures, each sample somewhere in its group; and the same as what a chart says of it, where each group begins.
fn agents() -> (Vec<Measured>, Vec<Series>) {
    let (mut raw, mut charts) = (Vec::new(), Vec::new());
    for instance in [REGULAR, SPARSE] {
        let moments = moments(instance);
        let late = |(time, k): (i64, i64)| time * 1000 + 1 + k.rem_euclid(14) * 1007;
        let mut chart = |name: &str,
                         direction: Option<&str>,
                         value: &dyn Fn(i64) -> f64,
                         of: &[(&'static str, &dyn Fn(i64) -> f64)]| {
            for (measurement, value) in of {
                let points = moments.iter().map(|&(time, k)| (late((time, k)), value(k))).collect();
                raw.push(Measured { instance: instance.to_owned(), measurement, points });
            }
            let labels: Vec<_> =
                direction.map(|to| ("direction", to)).into_iter().chain([("instance", instance)]).collect();
            let points = moments.iter().map(|&(time, k)| (time * 1000, rounded(value(k)))).collect();
            charts.push(Series::new(name, &labels, points));
        };
        let kb = |k: i64| (k.rem_euclid(97) * 41) as f64 / 4.0;
        let free = |k: i64| (k.rem_euclid(89) * 113) as f64;
        chart(
            "cpuUsage",
            None,
            &|k| (k.rem_euclid(40)) as f64 / 4.0,
            &[("cpu.utilization_norm_perc", &|k| k.rem_euclid(40) as f64 / 4.0)],
        );
        let memory: [(&str, &dyn Fn(i64) -> f64); 2] = [("mem.free_mb", &free), ("mem.total_mb", &|_| 16_000.0)];
        chart("memUsage", None, &|k| 100.0 - free(k) / 16_000.0 * 100.0, &memory);
        chart("diskRead", None, &kb, &[("io.read_bytes_sec", &|k| kb(k) * 1024.0)]);
        chart("diskWrite", None, &|k| kb(k + 7), &[("io.write_bytes_sec", &|k| kb(k + 7) * 1024.0)]);
        chart("networkIo", Some("in"), &|k| kb(k + 1), &[("net.in_bytes_sec", &|k| kb(k + 1) * 1024.0)]);
        chart("networkIo", Some("out"), &|k| kb(k + 2), &[("net.out_bytes_sec", &|k| kb(k + 2) * 1024.0)]);
        chart("networkPackets", Some("in"), &|k| kb(k + 3), &[("net.in_packets_sec", &|k| kb(k + 3))]);
        chart("networkPackets", Some("out"), &|k| kb(k + 4), &[("net.out_packets_sec", &|k| kb(k + 4))]);
    }
    (raw, charts)
}

/// A file and two servers with the same, whose clocks are right and wrong by some seconds.
async fn compared(folder: &Path) -> (App, Vec<Fake>) {
    let (raw, charts) = agents();
    fs::write(folder.join("samples.om"), fixture::openmetrics(&charts)).unwrap();
    let mut configuration = "[sources.file]\ntype = \"file\"\npath = \"samples.om\"\n".to_owned();
    let mut fakes = Vec::new();
    for (name, ahead) in [("right", 0), ("ahead", 14), ("behind", -14)] {
        let fake = PaasTa { samples: raw.clone(), now: Now::Machine(ahead), ..PaasTa::default() };
        let fake = with_login(fake, 50).start().await;
        writeln!(configuration, "[sources.{name}]\ntype = \"paasta\"\nurl = \"{}\"\n{LOGIN}", fake.url).unwrap();
        fakes.push(fake);
    }
    for name in ["file", "right", "ahead", "behind"] {
        writeln!(configuration, "[[default]]\nnamespaces = [\"{name}\"]\nsource = \"{name}\"").unwrap();
    }
    (configured::app(folder, &configuration), fakes)
}

fn buckets(line: &Line) -> Vec<(i64, Option<f64>)> {
    let Outcome::Answered(buckets, notes) = &line.outcome else { panic!("{:?}", line.outcome) };
    assert!(!notes.incomplete);
    buckets.iter().collect()
}

/// 12 significant digits.
fn equal(one: Option<f64>, two: Option<f64>) -> bool {
    match (one, two) {
        (Some(one), Some(two)) => one == two || (one - two).abs() <= 1e-12 * one.abs().max(two.abs()),
        (one, two) => one == two,
    }
}

#[tokio::test]
async fn a_file_and_paasta_give_the_same_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let (app, fakes) = compared(folder.path()).await;
    let metrics = [
        ("cpuUsage", None),
        ("memUsage", None),
        ("diskRead", None),
        ("diskWrite", None),
        ("networkIo", Some("in")),
        ("networkIo", Some("out")),
        ("networkIo", None),
        ("networkPackets", Some("in")),
        ("networkPackets", Some("out")),
        ("not there", None),
    ];
    let windows = [
        (START, START + 7200, 300, "UTC"),
        (START + 7, START + 7001, 60, "UTC"),
        (START + 100, START + 400, 10, "UTC"),
        (START - 900, START + 14_400, 420, "UTC"),
        (START + 2000, START + 2001, 3600, "UTC"),
        (START - DAY, START + 4 * DAY, DAY, "UTC"),
        (START - 3600, START + 4 * DAY, DAY, "Europe/Berlin"),
        (START - 3600, START + 4 * DAY, 2 * DAY, "America/Sao_Paulo"),
    ];
    let mut compared = 0;
    for (name, direction) in metrics {
        for (start, end, period, zone) in windows {
            for (statistic, instance) in ["AVG", "SUM", "MAX", "MIN", "CNT", "p50", "p90", "p99.9"]
                .iter()
                .flat_map(|s| [(s, REGULAR), (s, SPARSE)])
            {
                let mut dimensions = vec![json!({"key": "instance", "value": instance})];
                dimensions.extend(direction.map(|to| json!({"key": "direction", "value": to})));
                let metric = |namespace| json!({"namespace_name": namespace, "name": name, "dimensions": dimensions});
                let metrics = ["file", "right", "ahead", "behind"].map(metric);
                let body = json!({"start": start, "end": end, "period": period, "statistic_type": statistic,
                    "timezone": zone, "title": "", "width": 600, "height": 400,
                    "metrics": metrics});
                let frame = app.data(demo::request(body.to_string().as_bytes()).query).await.unwrap();
                let expected = buckets(&frame.lines[0]);
                for line in &frame.lines[1..] {
                    for ((time, one), (_, two)) in expected.iter().zip(buckets(line)) {
                        let place = format!("{name} {direction:?}, {statistic} by {period} {zone} at {time}");
                        assert!(equal(*one, two), "{place}: {two:?} instead of {one:?}");
                        compared += usize::from(one.is_some());
                    }
                }
            }
        }
    }
    assert!(compared > 20_000, "{compared} values were compared");
    let logins = fakes[0].seen().iter().filter(|seen| seen.path == "/v1/login").count();
    assert!(logins > 5, "sessions ended {logins} times");
}

#[tokio::test]
async fn a_long_time_is_asked_for_window_by_window() {
    let folder = tempfile::tempdir().unwrap();
    let (app, fakes) = compared(folder.path()).await;
    let body = json!({"start": START - DAY, "end": START + 9 * DAY, "period": 3600, "statistic_type": "AVG", "title": "",
        "width": 600, "height": 400, "metrics": [{"namespace_name": "right", "name": "cpuUsage",
        "dimensions": [{"key": "instance", "value": SPARSE}]}]});
    app.data(demo::request(body.to_string().as_bytes()).query).await.unwrap();
    let seconds = |seen: &Seen, name: &str| seen.parameter(name)?.strip_suffix('s')?.parse::<i64>().ok();
    let seen = fakes[0].seen();
    let lengths: Vec<i64> =
        seen.iter().filter_map(|seen| Some(seconds(seen, "timeRangeTo")? - seconds(seen, "timeRangeFrom")?)).collect();
    assert_eq!(lengths, [DAY + 60, 2 * DAY + 60, 4 * DAY + 60, 3 * DAY + 60]);
}

#[test]
fn every_chart_of_the_guide_is_in_the_catalogue_with_a_unit() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/paasta.toml");
    let catalog = config::load(&Given { file: Some(file), ..Given::default() }).unwrap().catalog;
    let entries: Vec<String> = catalog.entries().map(|entry| format!("{} {}", entry.name, entry.unit)).collect();
    let wanted = [
        "CPU usage PERCENT",
        "Memory usage PERCENT",
        "Disk read KILOBYTES_PER_SECOND",
        "Disk write KILOBYTES_PER_SECOND",
        "Network in KILOBYTES_PER_SECOND",
        "Network out KILOBYTES_PER_SECOND",
        "Packets in COUNT_PER_SECOND",
        "Packets out COUNT_PER_SECOND",
    ];
    assert_eq!(entries, wanted);
}

#[tokio::test]
async fn the_example_request_is_a_picture_of_the_documented_answer() {
    let fake = Fake::start(|seen: &Seen| {
        let point =
            |value: f64| move |k: i64| json!({"time": NETWORK + 15 * k, "usage": rounded(value + k.rem_euclid(7) as f64)});
        let series =
            |name, value: f64| json!({"name": name, "metric": (-108..132).map(point(value)).collect::<Vec<_>>()});
        assert!(seen.path.ends_with("/networkIo"));
        json!([series("in", 9.61), series("out", 24.93)]).to_string()
    })
    .await;
    let folder = tempfile::tempdir().unwrap();
    let app = configured::app(folder.path(), &example(folder.path(), &fake.url, ""));
    let body = fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/requests/paasta-network.json")).unwrap();
    let drawn = app.picture(demo::request(&body)).await.unwrap();
    assert!(drawn.missing.is_empty() && drawn.notes.is_empty());
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("snapshots/sources/paasta.png");
    if std::env::var_os("METRICSHOT_BLESS").is_some() {
        fs::write(&golden, &drawn.picture.bytes).unwrap();
    }
    assert!(fs::read(&golden).unwrap_or_default() == drawn.picture.bytes, "look at {}", golden.display());
}
