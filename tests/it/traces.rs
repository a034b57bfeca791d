//! Traces, end to end: the built program, a fake source, and a fake collector that decodes the exported spans.

use crate::support::collector::{Arrived, FakeCollector};
use crate::support::fake::{Fake, RawFake, Seen, Then};
use crate::support::http::{Connection, request};
use crate::support::running::{Program, serving};
use crate::support::service::{Answer, Service};
use axum::http::StatusCode;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tempfile::TempDir;

const IMAGE: &str = "/v1/metrics/data/download/image";
const EMPTY: &str = r#"{"status":"success","data":{"resultType":"matrix","result":[]}}"#;
const BODY: &str = r#"{"start":1640995200,"end":1640998800,"period":300,"statistic_type":"AVG","title":"a caller's title","metrics":[{"namespace_name":"Host","name":"disk-free","dimensions":[{"key":"instance","value":"a caller's value"}]}]}"#;

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT: &str = "00f067aa0ba902b7";

/// Limits that export spans at once.
const FAST: &str = "traces_pause = \"1ms\"\ndrain_notice = \"0s\"\n";

/// A running service with its configuration and its log.
struct Running {
    service: Service,
    folder: TempDir,
    numbers: SocketAddr,
}

impl Running {
    /// Starts a service with one source of this URL, these limits, and further settings.
    fn start(source: &str, limits: &str, more: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("metricshot.toml");
        let rule = "[[default]]\nsource = \"main\"\nnamespaces = [\"Host\"]\nkind = \"gauge\"\nunit = \"COUNT\"\n";
        // A source that sends only samples gets one call per metric.
        let operations = "operations = \"instant\"";
        let source = format!("[sources.main]\ntype = \"prometheus\"\nurl = \"{source}\"\n{operations}\n");
        let numbers = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a free port");
        fs::write(&file, format!("metrics_listen = \"{numbers}\"\n[limits]\n{limits}{source}{more}\n{rule}")).unwrap();
        let log = File::create(folder.path().join("log")).unwrap();
        Self { service: Service::logging_to(log, Some(&file)), folder, numbers }
    }

    /// Starts a service with one source and a collector at `url`.
    fn tracing(source: &str, url: &str) -> Self {
        Self::start(source, FAST, &format!("[traces]\nurl = \"{url}\"\n"))
    }

    /// Requests an image with these headers.
    fn ask(&self, headers: &[(&str, &str)]) -> Answer {
        let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let head = format!(
            "POST {IMAGE} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n{headers}Content-Length: {}\r\n\r\n",
            BODY.len()
        );
        self.service.exchange(&[head.as_bytes(), BODY.as_bytes()].concat())
    }

    /// Returns the number of lost spans from the metrics.
    fn lost(&self) -> u64 {
        let mut page = String::new();
        let mut connection = TcpStream::connect(self.numbers).unwrap();
        connection.write_all(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
        connection.read_to_string(&mut page).unwrap();
        page.lines().find_map(|line| line.strip_prefix("metricshot_spans_lost_total ")?.parse().ok()).unwrap()
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap()
    }
}

async fn source() -> Fake {
    Fake::start(|_| EMPTY).await
}

/// Returns the names of the child spans of `parent`, sorted, each with its own children in brackets.
fn below(parent: &str, spans: &[Arrived]) -> String {
    let children = spans.iter().filter(|span| span.parent == parent);
    let shown = children.map(|child| match below(&child.id, spans) {
        none if none.is_empty() => child.span.name.clone(),
        some => format!("{}({some})", child.span.name),
    });
    let mut shown: Vec<String> = shown.collect();
    shown.sort();
    shown.join(" ")
}

fn named<'a>(spans: &'a [Arrived], name: &str) -> &'a Arrived {
    let found: Vec<_> = spans.iter().filter(|span| span.span.name == name).collect();
    let [one] = found[..] else { panic!("not one {name}: {spans:#?}") };
    one
}

fn traceparents(source: &Fake) -> Vec<String> {
    source.seen().iter().filter_map(|seen: &Seen| seen.header("traceparent").map(str::to_owned)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_image_request_continues_the_trace_of_its_client_to_the_source() {
    let (source, collector) = (source().await, FakeCollector::start().await);
    let running = Running::tracing(&source.url, collector.url());
    let traceparent = format!("00-{TRACE}-{PARENT}-01");
    let answer = running.ask(&[("traceparent", &traceparent), ("tracestate", "a=1"), ("tracestate", "b=2")]);
    assert_eq!(answer.status, 200, "{}", answer.head);
    let spans = collector.spans_of(1).await;
    assert!(spans.iter().all(|span| span.trace == TRACE), "{spans:#?}");
    let root = format!("POST {IMAGE}");
    assert_eq!(below(PARENT, &spans), format!("{root}(admit draw(chart paint rollup) fetch(source(call)) plan)"));
    let of = |name: &str| &named(&spans, name).attributes;
    let text = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
        pairs.iter().map(|&(key, value)| (key.to_owned(), value.to_owned())).collect()
    };
    let mut asked = of(&root).clone();
    assert!(asked.remove("request_id").unwrap().starts_with("req-"));
    let expected = [("http.request.method", "POST"), ("http.response.status_code", "200"), ("http.route", IMAGE)];
    assert_eq!(asked, text(&expected));
    assert_eq!(of("source"), &text(&[("metricshot.source", "main")]));
    assert_eq!(of("call"), &text(&[("http.request.method", "GET"), ("http.response.status_code", "200")]));
    // The kinds of OTLP: server and client.
    assert_eq!((named(&spans, &root).span.kind, named(&spans, "call").span.kind), (2, 3));
    assert_eq!(traceparents(&source), [format!("00-{TRACE}-{}-01", named(&spans, "call").id)]);
    assert_eq!(source.seen()[0].header("tracestate"), Some("a=1,b=2"));
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(collector.resource(), text(&[("service.name", "metricshot"), ("service.version", version)]));
    let seen = &collector.seen()[0];
    assert_eq!((seen.path.as_str(), seen.header("content-type")), ("/v1/traces", Some("application/x-protobuf")));
    assert!(collector.seen().iter().all(|seen| seen.header("traceparent").is_none()), "traces of traces");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_or_malformed_traceparent_starts_a_trace() {
    let (source, collector) = (source().await, FakeCollector::start().await);
    let running = Running::tracing(&source.url, collector.url());
    let right = format!("00-{TRACE}-{PARENT}-01");
    let wrong = [format!("00-{}-{PARENT}-01", "0".repeat(32)), format!("{right}-x"), right.to_uppercase(), "x".into()];
    assert_eq!(running.ask(&[]).status, 200);
    for header in &wrong {
        assert_eq!(running.ask(&[("traceparent", header)]).status, 200);
    }
    assert_eq!(running.ask(&[("traceparent", &right), ("traceparent", &right)]).status, 200, "two are none");
    let spans = collector.spans_of(6).await;
    let traces: BTreeSet<&str> = spans.iter().map(|span| span.trace.as_str()).collect();
    assert_eq!((traces.len(), traces.contains(TRACE)), (6, false));
    let passed_on: BTreeSet<String> = traceparents(&source).iter().map(|header| header[3..35].to_owned()).collect();
    assert_eq!(passed_on.iter().map(String::as_str).collect::<BTreeSet<_>>(), traces);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_traces_no_source_gets_a_traceparent() {
    let source = source().await;
    let running = Running::start(&source.url, FAST, "");
    assert_eq!(running.ask(&[("traceparent", &format!("00-{TRACE}-{PARENT}-01")), ("tracestate", "a=1")]).status, 200);
    let seen = source.seen();
    assert_eq!(seen.len(), 1);
    assert!(seen[0].header("traceparent").is_none() && seen[0].header("tracestate").is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sampling_ratio_of_zero_follows_the_client() {
    let (source, collector) = (source().await, FakeCollector::start().await);
    let traces = format!("[traces]\nurl = \"{}\"\nshare = 0.0\n", collector.url());
    let running = Running::start(&source.url, FAST, &traces);
    assert_eq!(running.ask(&[]).status, 200);
    assert_eq!(running.ask(&[("traceparent", &format!("00-{TRACE}-{PARENT}-01"))]).status, 200);
    assert!(collector.spans_of(1).await.iter().all(|span| span.trace == TRACE));
    let flags: Vec<String> = traceparents(&source).iter().map(|header| header[53..].to_owned()).collect();
    assert_eq!(flags, ["00", "01"], "sources hear what was decided");
}

#[tokio::test(flavor = "multi_thread")]
async fn opentelemetry_variables_configure_the_collector() {
    let collector = FakeCollector::start().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("metricshot.toml");
    fs::write(&file, format!("[limits]\n{FAST}")).unwrap();
    let variables = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url()),
        ("OTEL_EXPORTER_OTLP_HEADERS", "api-key=key%20of%20the%20collector"),
        ("OTEL_SERVICE_NAME", "charts"),
        ("OTEL_TRACES_SAMPLER", "always_on"),
    ];
    let program = Program::of(serving(&file).envs(variables).stderr(Stdio::null()));
    // The client's trace is not sampled, which a sampler without `parentbased_` ignores.
    let traceparent = format!("00-{TRACE}-{PARENT}-00");
    let headers = [("Content-Type", "application/json"), ("traceparent", traceparent.as_str())];
    Connection::open(program.address).send(request("POST", IMAGE, &headers, BODY)).response();
    let spans = collector.spans_of(1).await;
    assert!(spans.iter().all(|span| span.trace == TRACE), "{spans:#?}");
    assert_eq!(collector.resource()["service.name"], "charts");
    assert_eq!(collector.seen()[0].header("api-key"), Some("key of the collector"));
}

#[tokio::test(flavor = "multi_thread")]
async fn spans_of_a_failure_have_place_and_error_type() {
    let source = Fake::start(|_| (StatusCode::BAD_REQUEST, "a secret of the source")).await;
    let collector = FakeCollector::start().await;
    let running = Running::tracing(&source.url, collector.url());
    assert_eq!(running.ask(&[]).status, 502);
    let spans = collector.spans_of(1).await;
    let root = named(&spans, &format!("POST {IMAGE}"));
    assert_eq!(root.attributes["error.type"], "source_refused");
    assert_eq!(root.span.status.as_ref().unwrap().code, 2, "an error");
    assert_eq!(named(&spans, "source").attributes["error.type"], "refused");
    assert_eq!(named(&spans, "call").attributes["http.response.status_code"], "400");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hanging_collector_delays_no_request_and_the_shutdown_at_most_traces_flush() {
    let (source, collector) = (source().await, RawFake::start("", Then::Silence).await);
    let limits =
        format!("{FAST}traces_queue = 64\ntraces_send = \"60s\"\ndrain = \"600s\"\ntraces_flush = \"300ms\"\n");
    let traces = format!("[traces]\nurl = \"{}\"\n", collector.url);
    let mut running = Running::start(&source.url, &limits, &traces);
    // More spans than the queue holds.
    assert!((0..20).all(|_| running.ask(&[]).status == 200));
    // Without the limit, the service would wait for the collector longer than the test.
    assert_eq!(running.service.stop(), Some(0));
    let log = running.log();
    assert!(log.contains("the last spans did not reach the collector of traces in time"), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_or_faulty_collector_is_abandoned_and_logged() {
    const IN_TIME: &str = "in time";
    let source = source().await;
    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/x-protobuf\r\n";
    let long = format!("{head}Content-Length: 1000000\r\n\r\n");
    let page = format!("{head}Content-Length: 6\r\n\r\n<html>");
    for (answer, then, why) in [
        (String::new(), Then::Silence, IN_TIME),
        (
            format!("{head}Transfer-Encoding: chunked\r\n\r\n"),
            Then::Again("10\r\n0123456789abcdef\r\n"),
            "more than 65536",
        ),
        (long, Then::Drip, "more than 65536"),
        (page, Then::Close, "not one of OTLP"),
        (String::new(), Then::Reset, "down"),
    ] {
        let collector = RawFake::start(answer, then).await;
        let traces = format!("[traces]\nurl = \"{}\"\n", collector.url);
        let send = if why == IN_TIME { "500ms" } else { "60s" };
        let running = Running::start(&source.url, &format!("{FAST}traces_send = \"{send}\"\n"), &traces);
        assert_eq!(running.ask(&[]).status, 200);
        let begin = Instant::now();
        while !running.log().contains("the collector of traces loses spans") {
            assert!(begin.elapsed() < Duration::from_secs(60), "{}", running.log());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert!(running.log().contains(why), "{why}: {}", running.log());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lost_spans_are_logged_at_the_begin_and_the_end() {
    let well = Arc::new(AtomicBool::new(false));
    let now = Arc::clone(&well);
    let status = move |_: &Seen| match now.load(Ordering::SeqCst) {
        true => StatusCode::OK,
        false => StatusCode::INTERNAL_SERVER_ERROR,
    };
    let (source, collector) = (source().await, FakeCollector::answering(status).await);
    let mut running = Running::tracing(&source.url, collector.url());
    let until = |batches: usize| {
        let begin = Instant::now();
        while collector.seen().len() < batches {
            assert_eq!(running.ask(&[]).status, 200);
            assert!(begin.elapsed() < Duration::from_secs(60));
        }
    };
    until(3);
    let lost = running.lost();
    assert!(lost > 0);
    well.store(true, Ordering::SeqCst);
    until(collector.seen().len() + 3);
    let lost = running.lost();
    until(collector.seen().len() + 3);
    assert_eq!(running.lost(), lost, "what is taken is not lost");
    assert_eq!(running.service.stop(), Some(0));
    let log = running.log();
    assert_eq!(log.matches("the collector of traces loses spans").count(), 1, "{log}");
    assert!(log.contains("HTTP status 500"), "{log}");
    assert_eq!(log.matches("the collector of traces takes all spans again").count(), 1, "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_batch_is_sent_before_the_process_ends() {
    let (source, collector) = (source().await, FakeCollector::start().await);
    let traces = format!("[traces]\nurl = \"{}\"\n", collector.url());
    let mut running = Running::start(&source.url, "traces_pause = \"60s\"\ndrain_notice = \"0s\"\n", &traces);
    assert_eq!(running.ask(&[]).status, 200);
    assert_eq!(running.service.stop(), Some(0));
    let spans = collector.spans();
    assert_eq!(below("", &spans), format!("POST {IMAGE}(admit draw(chart paint rollup) fetch(source(call)) plan)"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_collector_is_logged_as_needing_a_restart() {
    let (source, collector) = (source().await, FakeCollector::start().await);
    let running = Running::tracing(&source.url, collector.url());
    let file = running.folder.path().join("metricshot.toml");
    let text = fs::read_to_string(&file).unwrap();
    let new = file.with_extension("new");
    fs::write(&new, text.replace(collector.url(), "http://127.0.0.1:1")).unwrap();
    fs::rename(new, file).unwrap();
    running.service.signal("HUP");
    let begin = Instant::now();
    while !running.log().contains("configuration reloaded") {
        assert!(begin.elapsed() < Duration::from_secs(60), "{}", running.log());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!(running.log().contains("traces has changed; restart the service to apply it"), "{}", running.log());
    assert_eq!(running.ask(&[]).status, 200);
    assert!(!collector.spans_of(1).await.is_empty(), "the previous collector gets the spans");
}

#[tokio::test(flavor = "multi_thread")]
async fn spans_contain_no_secret_and_no_text_of_client_or_source() {
    const ACCESS_KEY: &str = "access-key-of-reports";
    const SECRET: &str = "b1946ac92492d2347c6235b4d2611184";
    let (source, collector) = (Fake::start(|_| "words of the source").await, FakeCollector::start().await);
    let more = format!(
        "[sources.main.auth.basic]\nusername = \"reader-of-main\"\npassword = \"password-of-main\"\n\
         [sources.main.headers]\nX-Own = \"header-of-main\"\n\
         [keys.reports]\naccess_key = \"{ACCESS_KEY}\"\nsecret = \"{SECRET}\"\n\
         [traces]\nurl = \"{}\"\n[traces.auth]\nbearer = \"token-of-the-collector\"\n",
        collector.url()
    );
    let running = Running::start(&source.url, FAST, &more);
    let time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis().to_string();
    let message = format!("POSThttp://localhost{IMAGE}{time}{ACCESS_KEY}Openapi");
    let mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap().chain_update(message).finalize();
    let signature = STANDARD.encode(mac.into_bytes());
    let headers = [
        ("Scp-Accesskey", ACCESS_KEY),
        ("Scp-Timestamp", &time),
        ("Scp-ClientType", "Openapi"),
        ("Scp-Signature", &signature),
        ("User-Agent", "agent-of-the-caller"),
    ];
    let answer = running.ask(&headers);
    assert_eq!(answer.status, 502, "{}", answer.head);
    let spans = collector.spans_of(1).await;
    assert_eq!(named(&spans, &format!("POST {IMAGE}")).attributes["metricshot.key"], "reports");
    assert_eq!(named(&spans, "source").attributes["error.type"], "malformed");
    assert!(spans.iter().all(|span| span.span.events.is_empty()), "lines of the log: {spans:#?}");
    let sent: Vec<u8> = collector.seen().iter().flat_map(|seen| seen.body.to_vec()).collect();
    let says = |word: &str| sent.windows(word.len()).any(|bytes| bytes == word.as_bytes());
    assert!(says("reports"), "the words are looked for where they would be");
    let address = source.url.strip_prefix("http://").unwrap();
    let (main, credentials) = ("password-of-main", STANDARD.encode("reader-of-main:password-of-main"));
    for word in [ACCESS_KEY, SECRET, &signature, "reader-of-main", main, &credentials, "header-of-main", address] {
        assert!(!says(word), "{word}");
    }
    for word in
        ["token-of-the-collector", "agent-of-the-caller", "a caller's", "words of the source", "disk-free", "127."]
    {
        assert!(!says(word), "{word}");
    }
    assert_eq!(collector.seen()[0].header("authorization"), Some("Bearer token-of-the-collector"));
    let log = running.log();
    assert!(!log.contains("token-of-the-collector") && !log.contains("password-of-main"), "{log}");
}
