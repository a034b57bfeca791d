//! The memory budget of the process: inputs that want more memory than there is are rejected, and what is held is free again afterwards.
//!
//! `benches/memory/run` checks the same of the built program in a control group.

use crate::overload::planted::{self, FakeSource, ask, titled, until};
use crate::support::fake::{Fake, Seen};
use crate::support::http::{Connection, Response, request};
use crate::support::in_process::{IMAGE, INFOS, JSON, Service};
use axum::http::header::CONTENT_ENCODING;
use axum::response::{IntoResponse, Response as Answer};
use flate2::Compression;
use flate2::write::GzEncoder;
use metricshot::app::App;
use metricshot::config::{self, ConfigInputs};
use metricshot::http::Settings;
use metricshot::limits::Limits;
use metricshot::render::{self, Image};
use metricshot::source::SourceSet;
use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Runtime;

const MIB: u64 = 1 << 20;

/// A service with one Prometheus, in a process that may use so many bytes for requests.
struct Bounded {
    service: Service,
    app: App,
    _runtime: Runtime,
}

impl Bounded {
    fn new(budget: u64, answer: impl Fn(&Seen) -> Answer + Send + Sync + 'static) -> Self {
        let runtime = Runtime::new().unwrap();
        let fake = runtime.block_on(Fake::start(answer));
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("metricshot.toml");
        let text = format!(
            "[sources.p]\ntype = \"prometheus\"\nurl = \"{}\"\n[[default]]\nnamespaces = [\"P\"]\nsource = \"p\"\n",
            fake.url
        );
        std::fs::write(&file, text).unwrap();
        let loaded =
            config::load(&ConfigInputs { file: Some(file), ..ConfigInputs::default() }).expect("a right configuration");
        let limits = Limits {
            memory_percent: 100,
            source_total: Duration::from_secs(120),
            request_total: Duration::from_secs(240),
            render: Duration::from_secs(120),
            answer_stall: Duration::from_secs(240),
            ..loaded.limits
        };
        let sources = config::open_sources(&loaded.config, &limits).expect("sources that open");
        let app = App::new(loaded.catalog, SourceSet::new(sources, &limits), limits).with_memory_limit(budget);
        let service = Service::of(Arc::new(app.clone()), Settings::default());
        Self { service, app, _runtime: runtime }
    }

    fn chart(&self, title: &str, names: &[&str]) -> Connection {
        let metric = |name: &&str| {
            format!(r#"{{"namespace_name":"P","name":"{name}","dimensions":[{{"key":"a","value":"b"}}]}}"#)
        };
        let metrics: Vec<String> = names.iter().map(metric).collect();
        let body = format!(
            r#"{{"start":1640995200,"end":1641081600,"period":3600,"statistic_type":"AVG","title":"{title}","width":100,"height":80,"metrics":[{}]}}"#,
            metrics.join(",")
        );
        ask(&self.service, &body)
    }

    /// Once nothing is under way, nothing of the budget is used.
    fn is_free_in_the_end(&self) {
        until("everything is free", || self.app.load().admission.bytes == 0);
    }
}

fn rejected(response: &Response) {
    assert_eq!(response.verdict(), (503, "overloaded"), "{}", response.text());
    assert!(response.header("retry-after").is_some());
}

/// A series with a sample each second of the window that is asked for.
fn dense(seen: &Seen) -> Answer {
    let query = seen.parameter("query").unwrap_or_default();
    let window = query.split_once('[').and_then(|(_, rest)| rest.split_once("s]")?.0.parse::<i64>().ok());
    let (Some(seconds), Some(time)) = (window, seen.parameter("time")) else { return empty() };
    let end = time.parse::<f64>().unwrap() as i64;
    let mut values = String::new();
    for time in end - seconds + 1..=end {
        let comma = if values.is_empty() { "" } else { "," };
        write!(values, "{comma}[{time},\"{time}\"]").unwrap();
    }
    matrix(&format!(r#"{{"metric":{{"a":"b"}},"values":[{values}]}}"#)).into_response()
}

fn matrix(series: &str) -> String {
    format!(r#"{{"status":"success","data":{{"resultType":"matrix","result":[{series}]}}}}"#)
}

fn empty() -> Answer {
    matrix("").into_response()
}

fn packed(text: &[u8], more: impl FnOnce(&mut Vec<u8>)) -> Answer {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(text).unwrap();
    let mut bytes = encoder.finish().unwrap();
    more(&mut bytes);
    ([(CONTENT_ENCODING, "gzip")], bytes).into_response()
}

#[test]
fn counters_with_more_samples_than_there_is_memory_for_are_rejected_and_fewer_are_drawn() {
    let bounded = Bounded::new(16 * MIB, dense);
    let names: Vec<String> = (0..20).map(|n| format!("requests_{n}_total")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    rejected(&bounded.chart("many", &names).response());
    bounded.is_free_in_the_end();
    assert_eq!(bounded.chart("one", &["a_total"]).response().status, 200);
    bounded.is_free_in_the_end();
}

#[test]
fn requests_that_together_want_more_memory_than_there_is_are_drawn_or_rejected() {
    let bounded = Bounded::new(16 * MIB, dense);
    let mut clients: Vec<_> = (0..8).map(|n| bounded.chart(&format!("number {n}"), &["a_total"])).collect();
    let responses: Vec<_> = clients.iter_mut().map(Connection::response).collect();
    responses.iter().filter(|response| response.status != 200).for_each(rejected);
    bounded.is_free_in_the_end();
    assert_eq!(bounded.chart("later", &["a_total"]).response().status, 200);
}

#[test]
fn a_response_that_unpacks_to_more_than_the_memory_is_rejected_and_to_more_than_one_may_have_is_too_big() {
    let padded = |bytes: usize| move |_: &Seen| packed(matrix(&" ".repeat(bytes)).as_bytes(), |_| {});
    let bounded = Bounded::new(16 * MIB, padded(32 << 20));
    rejected(&bounded.chart("padding", &["a_total"]).response());
    bounded.is_free_in_the_end();
    let bounded = Bounded::new(512 * MIB, padded(65 << 20));
    assert_eq!(bounded.chart("a bomb", &["a_total"]).response().verdict(), (502, "source_too_big"));
    bounded.is_free_in_the_end();
}

#[test]
fn thousands_of_empty_gzip_members_are_read() {
    let member = GzEncoder::new(Vec::new(), Compression::best()).finish().unwrap();
    let answer = move |_: &Seen| packed(matrix("").as_bytes(), |bytes| bytes.extend(member.repeat(5000)));
    assert_eq!(Bounded::new(64 * MIB, answer).chart("members", &["a_total"]).response().status, 200);
}

/// A server with 5,000 metrics.
fn listing(seen: &Seen) -> Answer {
    if !seen.path.ends_with("/series") {
        return r#"{"status":"success","data":{}}"#.into_response();
    }
    let series: Vec<String> = (0..5000).map(|n| format!(r#"{{"__name__":"metric_{n:04}","a":"b"}}"#)).collect();
    format!(r#"{{"status":"success","data":[{}]}}"#, series.join(",")).into_response()
}

#[test]
fn a_list_of_metrics_waits_for_memory_like_a_chart_and_is_rejected_where_there_is_none() {
    let bounded = Bounded::new(2 * MIB, listing);
    rejected(&bounded.service.post(INFOS, "{}"));
    bounded.is_free_in_the_end();
}

#[test]
fn clients_that_read_a_list_slowly_share_one_list_and_hold_no_text_of_it() {
    let bounded = Bounded::new(32 * MIB, listing);
    let mut clients: Vec<_> = (0..16)
        .map(|_| {
            let mut client = bounded.service.connect();
            client.take_a_part();
            client.send(request("POST", INFOS, &[JSON], "{}"));
            client
        })
        .collect();
    let responses: Vec<_> = clients.iter_mut().map(Connection::response).collect();
    let texts: Vec<usize> = responses.iter().map(|response| response.body.len()).collect();
    assert!(responses.iter().all(|response| response.status == 200), "{:?}", responses[0].verdict());
    assert!(texts[0] > 1_500_000 && texts.iter().all(|&bytes| bytes == texts[0]), "{texts:?}");
    let names = serde_json::from_slice::<serde_json::Value>(&responses[0].body).unwrap();
    assert_eq!(names["namespaces"][0]["dimensions"][0]["metrics"].as_array().map(Vec::len), Some(5000));
    until("only the cached list of the source is held", || bounded.app.load().admission.bytes < MIB);
}

/// Cuts no client off, however slowly it reads.
fn patient(render_queue: Duration) -> Limits {
    let answer_stall = Duration::from_secs(240);
    Limits { render_queue, answer_stall, memory_percent: 100, ..planted::limits() }
}

/// An image of 2 MiB.
fn heavy(
    scene: &metricshot::chart::Scene,
    output: &render::Output,
    stop: &metricshot::cancel::Stop,
) -> Result<Image, metricshot::error::Failure> {
    let picture = render::paint(scene, output, stop)?;
    Ok(Image { bytes: vec![7; 2 << 20], ..picture })
}

#[test]
fn finished_images_that_nobody_reads_hold_their_memory_until_their_last_byte_is_sent() {
    let limits = patient(Duration::from_millis(50));
    let app = planted::app(limits, FakeSource::with_answers(100), heavy).with_memory_limit(9 * MIB);
    let service = Service::of(Arc::new(app.clone()), Settings::default());
    let mut slow: Vec<Connection> = Vec::new();
    for n in 0..3u64 {
        let mut client = service.connect();
        client.take_a_part();
        client.send(request("POST", IMAGE, &[JSON], titled(&format!("number {n}"))));
        slow.push(client);
        until("the image is finished and held", || {
            app.load().admission.requests == 0 && app.load().admission.bytes == (n + 1) * 2 * MIB
        });
    }
    let one_after_the_other = service.post(IMAGE, titled("it fits"));
    assert_eq!(one_after_the_other.status, 200);
    until("only the slow ones are held", || app.load().admission.bytes == 6 * MIB);
    let mut fourth = service.connect();
    fourth.take_a_part();
    fourth.send(request("POST", IMAGE, &[JSON], titled("number 4")));
    until("four are held", || app.load().admission.bytes == 8 * MIB);
    rejected(&service.post(IMAGE, titled("one too many")));
    assert!(slow.iter_mut().all(|client| client.response().status == 200));
    drop(fourth);
    until("everything is free", || app.load().admission.bytes == 0);
}

#[test]
fn clients_that_share_an_image_hold_it_once() {
    let limits = patient(Duration::from_secs(240));
    let source = FakeSource::with_answers(0);
    let app = planted::app(limits, source.clone(), heavy).with_memory_limit(9 * MIB);
    let service = Service::of(Arc::new(app.clone()), Settings::default());
    let clients: Vec<_> = (0..8)
        .map(|_| {
            let mut client = service.connect();
            client.take_a_part();
            client.send(request("POST", IMAGE, &[JSON], titled("the same")));
            client
        })
        .collect();
    until("all wait for one run", || app.load().callers == 8 && source.asked() == 1);
    source.answers.add_permits(1);
    until("the image is held once", || app.load().callers == 0 && app.load().admission.bytes == 2 * MIB);
    drop(clients);
    until("everything is free", || app.load().admission.bytes == 0);
}

#[test]
fn what_is_held_before_a_reload_counts_after_it() {
    let limits = patient(Duration::from_secs(240));
    let source = FakeSource::with_answers(0);
    let app = planted::app(limits.clone(), source.clone(), render::paint).with_memory_limit(9 * MIB);
    let service = Service::of(Arc::new(app.clone()), Settings::default());
    let mut client = ask(&service, &titled("before"));
    until("it is in", || app.load().admission.requests == 1);
    let next = planted::app(limits, source.clone(), render::paint).with_memory_limit(8 * MIB).replacing(&app);
    assert_eq!(next.load().admission, app.load().admission);
    assert_eq!(next.admission_limit_bytes(), 8 * MIB);
    source.answers.add_permits(1);
    assert_eq!(client.response().status, 200);
    until("everything is free", || next.load().admission.bytes == 0);
}
