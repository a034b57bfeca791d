//! `/metrics` of the built program: admission, sources, keys, reloads, the process, and rejected request heads.

use crate::support::http::{Connection, Response, request};
use crate::support::running::{Program, free, number, put, signed, until};
use crate::support::signing::fresh_ms;
use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use tempfile::TempDir;

const IMAGE: &str = "/v1/metrics/data/download/image";
const JSON: (&str, &str) = ("Content-Type", "application/json");
const SECRET: &str = "b1946ac92492d2347c6235b4d2611184";

/// The built program, its configuration file and the address of its metrics.
struct Observed {
    program: Program,
    metrics: SocketAddr,
    file: PathBuf,
    _folder: TempDir,
}

impl Observed {
    fn start(lines: &str) -> Self {
        let (folder, metrics) = (tempfile::tempdir().unwrap(), free());
        let file = folder.path().join("m.toml");
        put(&file, &format!("metrics_listen = \"{metrics}\"\n{lines}"));
        Self { program: Program::start(&file), metrics, file, _folder: folder }
    }

    fn metric(&self, begin: &str) -> f64 {
        number(self.metrics, begin)
    }

    fn page(&self) -> Response {
        Connection::open(self.metrics).send(request("GET", "/metrics", &[], "")).response()
    }

    fn configuration(&self) -> String {
        fs::read_to_string(&self.file).unwrap()
    }
}

fn body(namespace: &str) -> String {
    let metric = format!(r#"{{"namespace_name":"{namespace}","name":"m","dimensions":[]}}"#);
    format!(r#"{{"start":1640995200,"end":1640998800,"period":300,"statistic_type":"AVG","metrics":[{metric}]}}"#)
}

fn source(url: SocketAddr) -> String {
    format!(
        "[sources.s]\ntype = \"prometheus\"\nurl = \"http://{url}\"\n[[default]]\nsource = \"s\"\nnamespaces = [\"S\"]\nkind = \"gauge\"\nunit = \"COUNT\"\n"
    )
}

#[test]
fn a_rejected_head_is_counted_by_kind_and_logged_but_not_as_a_request() {
    let service = Observed::start("");
    let many = format!("GET / HTTP/1.1\r\n{}\r\n", "X: y\r\n".repeat(65));
    let large = format!("GET / HTTP/1.1\r\nX: {}\r\n\r\n", "y".repeat(17 * 1024));
    for (kind, head) in [
        ("method", "G{T / HTTP/1.1\r\nHost: a\r\n\r\n"),
        ("header", "GET / HTTP/1.1\r\nHo{st: a\r\n\r\n"),
        ("method", "\x16\x03\x01\x02\x00\x01\x00\x01\u{7c}\x03\x03"),
        ("version", "GET / HTTP/3.0\r\nHost: a\r\n\r\n"),
        ("http2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
        ("uri", "GET http:// HTTP/1.1\r\nHost: a\r\n\r\n"),
        ("content_length", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n"),
        ("transfer_encoding", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n"),
        ("head_too_large", &many),
        ("head_too_large", &large),
        ("incomplete", "GET / HTTP/1.1\r\nHos"),
        ("method", "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\nG{T / HTTP/1.1\r\nHost: a\r\n\r\n"),
    ] {
        let counted = format!("metricshot_heads_rejected_total{{kind=\"{kind}\"}}");
        let before = service.metric(&counted);
        let mut connection = Connection::open(service.program.address);
        connection.send(head).finish();
        until(&format!("{head:.40?} is counted as {kind}"), || service.metric(&counted) == before + 1.0);
    }
    until("each is logged", || service.program.log().matches("head rejected").count() == 12);
    assert!(service.program.log().contains("head_too_large") && service.program.log().contains("127.0.0.1"));
    assert_eq!(service.metric("metricshot_requests_accepted_total"), 1.0, "the one before the last head");
}

#[test]
fn requests_are_counted_by_key_and_status_and_reused_signatures_by_their_body() {
    let public = "https://charts.example.com";
    let keys = ["a", "b"].map(|name| format!("[keys.{name}]\naccess_key = \"k{name}\"\nsecret = \"{SECRET}{name}\"\n"));
    let service = Observed::start(&format!("public_url = \"{public}\"\n{}", keys.concat()));
    let of =
        |name: &str| signed(&format!("k{name}"), &format!("{SECRET}{name}"), &format!("{public}{IMAGE}"), fresh_ms());
    let (one, other) = (of("a"), of("b"));
    for (headers, body, status) in [
        (&one, body("Demo"), 200),
        (&one, body("Demo"), 200),
        (&one, "{}".to_owned(), 400),
        (&other, body("Demo"), 200),
    ] {
        assert_eq!(service.program.post(IMAGE, headers, &body).status, status);
    }
    let of_key = |key: &str, status: &str| {
        service.metric(&format!("metricshot_key_requests_total{{key=\"{key}\",status=\"{status}\"}}"))
    };
    until("all of them have ended", || service.metric("metricshot_key_requests_total") == 4.0);
    assert_eq!([of_key("a", "200"), of_key("a", "400"), of_key("b", "200")], [2.0, 1.0, 1.0]);
    let reused = |kind: &str| service.metric(&format!("metricshot_signatures_reused_total{{kind=\"{kind}\"}}"));
    assert_eq!([reused("same_body"), reused("other_body")], [1.0, 1.0]);
}

#[test]
fn source_calls_are_timed_and_the_circuit_breaker_is_reported() {
    let patient = "[limits]\nfailures_within = \"600s\"\nsource_pause = \"600s\"\n";
    let service = Observed::start(&format!("{patient}{}", source(free())));
    let of_source = |name: &str| service.metric(&format!("metricshot_source_{name}{{source=\"s\"}}"));
    assert_eq!((of_source("circuit_breaker_open"), of_source("call_duration_seconds_count")), (0.0, 0.0));
    let ask = || service.program.post(IMAGE, &[("Content-Type".to_owned(), JSON.1.to_owned())], &body("S")).status;
    for calls in 1..=5 {
        assert_eq!(ask(), 502);
        assert_eq!(of_source("call_duration_seconds_count"), f64::from(calls));
    }
    assert_eq!((of_source("circuit_breaker_open"), of_source("calls_in_flight")), (1.0, 0.0));
    let rejections = || of_source("circuit_breaker_rejections_total");
    assert_eq!((rejections(), ask(), rejections()), (0.0, 503, 1.0));
    assert_eq!(of_source("call_duration_seconds_count"), 5.0, "a rejected call is none");
    assert_eq!(service.metric("metricshot_source_failures_total"), 5.0, "a rejected call is no failure of the source");
    assert!(of_source("call_duration_seconds_sum") > 0.0);
}

#[test]
fn admitted_requests_and_their_memory_are_reported_during_a_fetch() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let patient = "[limits]\nsource_total = \"60s\"\nrequest_total = \"100s\"\n";
    let service = Observed::start(&format!("{patient}{}", source(silent.local_addr().unwrap())));
    let admitted = || service.metric("metricshot_admission_requests{kind=\"admitted\"}");
    let bytes = || service.metric("metricshot_admission_memory_bytes");
    assert_eq!((admitted(), bytes()), (0.0, 0.0));
    let mut client = Connection::open(service.program.address);
    client.send(request("POST", IMAGE, &[JSON], body("S")));
    let _call = silent.accept().unwrap();
    assert_eq!((admitted(), service.metric("metricshot_admission_requests{kind=\"waiting\"}")), (1.0, 0.0));
    assert_eq!(service.metric("metricshot_source_calls_in_flight{source=\"s\"}"), 1.0);
    let (taken, most) = (bytes(), service.metric("metricshot_admission_memory_limit_bytes"));
    assert!(taken > 0.0 && taken < most, "{taken} of {most}");
    drop(client);
    until("nothing is admitted any more", || (admitted(), bytes()) == (0.0, 0.0));
}

#[test]
fn the_last_reload_is_reported_with_its_time() {
    let service = Observed::start("");
    let at = || service.metric("metricshot_config_last_reload_success_timestamp_seconds");
    let succeeded = || service.metric("metricshot_config_last_reload_successful");
    let (right, begin) = (service.configuration(), at());
    assert!(succeeded() == 1.0 && begin > 1.7e9);
    put(&service.file, "nonsense = 1\n");
    service.program.signal("HUP");
    until("a faulty configuration is a failure", || succeeded() == 0.0);
    assert_eq!(at(), begin);
    put(&service.file, &right);
    service.program.signal("HUP");
    until("a right one is a success", || succeeded() == 1.0);
    assert!(at() > begin);
}

#[test]
fn version_and_process_are_reported() {
    let service = Observed::start("");
    let page = service.page();
    let build = format!("metricshot_build_info{{version=\"{}\"}} 1", env!("CARGO_PKG_VERSION"));
    assert!(page.text().contains(&build), "{}", page.text());
    let status = fs::read_to_string(format!("/proc/{}/status", service.program.id())).unwrap();
    let of_status = |name: &str| -> f64 {
        let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        line.trim_start_matches(':').trim().trim_end_matches(" kB").parse().unwrap()
    };
    let near = |one: f64, two: f64| one > 0.5 * two && one < 2.0 * two;
    let bytes = |name: &str| service.metric(&format!("process_{name}_memory_bytes"));
    assert!(near(bytes("resident"), 1024.0 * of_status("VmRSS")));
    assert!(near(bytes("virtual"), 1024.0 * of_status("VmSize")));
    assert!(near(service.metric("process_threads "), of_status("Threads")));
    let (open, most) = (service.metric("process_open_fds "), service.metric("process_max_fds "));
    assert!(open >= 3.0 && open < most, "{open} of {most}");
    let since = service.metric("metricshot_config_last_reload_success_timestamp_seconds")
        - service.metric("process_start_time_seconds ");
    assert!(since.abs() < 20.0, "it read its configuration {since} s after it began");
    assert!(page.text().contains("# TYPE process_cpu_seconds counter\nprocess_cpu_seconds_total "));
}

#[test]
fn every_metric_has_one_help_text_and_is_documented() {
    let service = Observed::start(&source(free()));
    let page = service.page();
    let names: Vec<&str> =
        page.text().lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next()).collect();
    let documentation = include_str!("../../docs/operating.md");
    for name in &names {
        assert_eq!(names.iter().filter(|other| *other == name).count(), 1, "{name}");
        assert!(documentation.contains(&format!("`{name}")), "{name} is not in docs/operating.md");
    }
}
