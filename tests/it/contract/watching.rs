//! Observability of a running service: metrics and stage timings.

use crate::support::http::{Connection, Response, request};
use crate::support::in_process::{EXAMPLE, IMAGE, INFOS, JSON, Service, demo_app};
use metricshot::http::{Listeners, ServiceVersion, Settings, accept_loop};
use metricshot::limits::Limits;
use std::future::pending;
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::mpsc;

/// Starts a service with a metrics listener.
struct Watched {
    requests: SocketAddr,
    numbers: SocketAddr,
    _runtime: Runtime,
}

impl Watched {
    fn start() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let bind = || runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let (requests, numbers) = (bind(), bind());
        let addresses = (requests.local_addr().unwrap(), numbers.local_addr().unwrap());
        let served = ServiceVersion { app: demo_app(Limits::default()), settings: Settings::default() };
        let listeners = Listeners { requests, metrics: Some(numbers) };
        runtime.spawn(accept_loop(listeners, served, mpsc::channel(1).1, pending()));
        Self { requests: addresses.0, numbers: addresses.1, _runtime: runtime }
    }

    fn ask(&self, bytes: Vec<u8>) -> Response {
        Connection::open(self.requests).send(bytes).response()
    }

    fn page(&self, target: &str) -> Response {
        Connection::open(self.numbers).send(request("GET", target, &[], "")).response()
    }

    /// Returns the sum of all metrics whose line begins with the text.
    fn number(&self, line: &str) -> f64 {
        let page = self.page("/metrics").text().to_owned();
        let value = |line: &str| line.rsplit(' ').next().unwrap().parse::<f64>().unwrap();
        page.lines().filter(|found| found.starts_with(line)).map(value).sum()
    }
}

fn post(target: &str, body: &str) -> Vec<u8> {
    request("POST", target, &[JSON], body)
}

#[test]
fn every_accepted_request_is_counted_once_as_answered_or_gone() {
    let service = Watched::start();
    assert_eq!(service.ask(post(IMAGE, EXAMPLE)).status, 200);
    assert_eq!(service.ask(post(IMAGE, "{}")).status, 400);
    assert_eq!(service.ask(post(INFOS, "{}")).status, 200);
    // A head whose body never arrives, and a client that disconnects.
    let head =
        format!("POST {IMAGE} HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n");
    let mut leaving = Connection::open(service.requests);
    leaving.send(head);
    let begin = Instant::now();
    let until = |line: &str, wanted: f64| {
        while service.number(line) != wanted {
            assert!(begin.elapsed() < Duration::from_secs(60), "{line}: {}", service.number(line));
        }
    };
    until("metricshot_requests_in_flight", 1.0);
    drop(leaving);
    until("metricshot_requests_in_flight", 0.0);
    let answered = r#"metricshot_requests_answered_total{operation="image",status="#;
    assert_eq!(service.number(&format!(r#"{answered}"200",fault=""}}"#)), 1.0);
    assert_eq!(service.number(&format!(r#"{answered}"400",fault="missing_field"}}"#)), 1.0);
    let ends = service.number("metricshot_requests_answered_total") + service.number("metricshot_requests_gone_total");
    assert_eq!((service.number("metricshot_requests_accepted_total"), ends), (4.0, 4.0));
    assert_eq!(service.number(r#"metricshot_phase_seconds_count{kind="paint"}"#), 1.0);
}

#[test]
fn metrics_are_served_on_their_own_listener() {
    let service = Watched::start();
    let page = service.page("/metrics");
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    assert_eq!((page.status, page.header("content-type")), (200, Some(kind)));
    assert!(page.text().ends_with("# EOF\n"));
    assert_eq!((service.page("/readyz").status, service.page("/healthz").status), (200, 200));
    assert_eq!(service.page(IMAGE).status, 404);
    assert_eq!(service.ask(request("GET", "/metrics", &[], "")).status, 404);
}

#[test]
fn an_image_has_stage_timings() {
    let picture = Service::start().post(IMAGE, EXAMPLE);
    let timing = picture.header("server-timing").unwrap();
    let names: Vec<&str> = timing.split(", ").map(|step| step.split(";dur=").next().unwrap()).collect();
    assert_eq!(names, ["plan", "fetch", "queue", "rollup", "chart", "paint"], "{timing}");
    assert!(timing.split(", ").all(|step| step.split(";dur=").nth(1).unwrap().parse::<f64>().is_ok()));
}
