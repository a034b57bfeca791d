//! PaaS-TA's monitoring of OpenStack: calls and responses of the guide, our calls, sessions, errors, and values equal to those of a file.

mod numbers;

use crate::support::fake::{Fake, RawFake, Seen, Then};
use crate::support::paasta::{Login, Measured, Names, Now, PaasTa, rounded};
use crate::support::recorded::compact;
use crate::support::{configured, demo, golden};
use axum::http::StatusCode;
use metricshot::call::Call;
use metricshot::catalog::{MetricKind, QueryTarget, Selector, SeriesQuery};
use metricshot::clock::Deadline;
use metricshot::config;
use metricshot::config::ConfigInputs;
use metricshot::error::{Reason, SourceError};
use metricshot::limits::Limits;
use metricshot::request::{Period, Span, Statistic, Zone};
use metricshot::series::{Fetched, Grid, Part};
use metricshot::source::Source;
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

const PROJECTS: &str = include_str!("../../recorded/paasta-projects.json");
const INSTANCES: &str = include_str!("../../recorded/paasta-instances.json");

/// The instance and project of the guide.
const INSTANCE: &str = "929c08d7-b9e1-48c5-a49b-7ab9b10e9f3c";
const PROJECT: &str = "da9572dd8c0a4857aa12d9c4cbb76306";

/// The start of the responses of the guide: 2017-08-10T02:00:00Z and 2017-08-24T05:37:00Z.
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

/// Returns samples that give the responses of the guide.
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

/// Returns the example configuration with the address of the fake.
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
    let loaded = config::load(&ConfigInputs { file: Some(file), ..ConfigInputs::default() }).unwrap();
    config::open_sources(&loaded.config, &loaded.limits).unwrap().remove("paasta").unwrap()
}

const LOGIN: &str = "login = { username = \"admin\", password = \"hidden\" }";

fn with_login(fake: PaasTa, calls: usize) -> PaasTa {
    PaasTa { login: Some(Login { username: "admin", password: "hidden", calls }), ..fake }
}

fn call(now: i64) -> Call<'static> {
    Call::unlimited(Deadline::after(Duration::from_secs(60)), now * 1000 + 999)
}

fn select(name: &str, labels: &[(&str, &str)], start: i64, end: i64) -> SeriesQuery {
    let limits = Limits::default();
    let (span, period) = (Span::new(start, end, &limits).unwrap(), Period::new(60, &limits).unwrap());
    let labels = labels.iter().map(|&(label, value)| (label.to_owned(), value.to_owned())).collect();
    let wanted = QueryTarget::Select(Selector { name: name.to_owned(), labels });
    let grid = Arc::new(Grid::new(span, period, &Zone::utc()));
    SeriesQuery::new(wanted, MetricKind::Gauge, Statistic::Average, grid)
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
async fn calls_are_those_of_the_guide_with_the_later_time_first() {
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
async fn invalid_ids_are_never_sent_and_unknown_names_are_empty() {
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
async fn a_future_range_is_empty_without_a_call() {
    let fake = documented(USAGE, USAGE).start().await;
    let query = select("cpuUsage", &[("instance", INSTANCE)], USAGE + 3600, USAGE + 7200);
    let fetched = source(&fake.url, "").fetch(&query, call(USAGE)).await.unwrap();
    assert!(values(&fetched).is_empty() && fake.seen().is_empty());
}

#[tokio::test]
async fn a_session_is_opened_once_and_again_after_it_ends() {
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
async fn a_rejected_login_is_tried_once_per_call_and_logs_no_secret() {
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
async fn metrics_are_found_page_by_page_until_an_instance_runs() {
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
    let reported: Vec<String> = offers
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
    assert_eq!(reported, wanted);
}

#[tokio::test]
async fn a_check_logs_in_and_requests_only_the_projects() {
    let fake = with_login(documented(USAGE, USAGE), 9).start().await;
    source(&fake.url, LOGIN).check(call(USAGE)).await.unwrap();
    let paths: Vec<String> = fake.seen().into_iter().map(|seen| seen.path).collect();
    assert_eq!(paths, ["/v1/ping", "/v1/login", "/v1/openstack/projects/summary"]);
    assert_eq!(source(&fake.url, "").check(call(USAGE)).await.unwrap_err().reason, Reason::Refused);
}

#[test]
fn every_chart_of_the_guide_is_in_the_catalogue_with_a_unit() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/paasta.toml");
    let catalog = config::load(&ConfigInputs { file: Some(file), ..ConfigInputs::default() }).unwrap().catalog;
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
async fn the_example_request_renders_the_documented_response() {
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
    assert!(drawn.missing.is_empty() && drawn.remarks.is_empty());
    golden::compare_one("snapshots/sources/paasta.png", &drawn.picture.bytes);
}
