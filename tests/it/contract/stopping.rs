//! Shutdown: the service reports that it is not ready, accepts no new connections, and finishes requests in flight.

use crate::support::http::request;
use crate::support::in_process::{IMAGE, JSON, Service};
use metricshot::http::Settings;
use metricshot::limits::Limits;
use std::net::TcpStream;
use std::time::Duration;

fn stopping_after(notice: Duration) -> Service {
    Service::with(Limits { drain_notice: notice, ..Limits::default() }, Settings::default())
}

#[test]
fn a_draining_service_is_alive_and_answers_but_is_not_ready() {
    let mut service = stopping_after(Duration::from_secs(600));
    let mut early = service.connect();
    assert_eq!(early.send(request("GET", "/readyz", &[], "")).response().status, 200);
    service.stop();
    let refusal = std::iter::repeat_with(|| service.get("/readyz")).find(|response| response.status != 200).unwrap();
    assert_eq!((refusal.verdict(), refusal.header("retry-after")), ((503, "draining"), Some("5")));
    assert_eq!(service.get("/healthz").status, 200);
    assert_eq!(service.post(IMAGE, "{}").verdict(), (400, "missing_field"));
}

#[test]
fn a_stopping_service_closes_idle_connections_and_refuses_new_ones() {
    let mut service = stopping_after(Duration::ZERO);
    let mut idle = service.connect();
    assert_eq!(idle.send(request("GET", "/healthz", &[], "")).response().status, 200);
    service.stop();
    service.stopped();
    assert_eq!(idle.next(), None);
    assert!(TcpStream::connect(service.address).is_err());
}

#[test]
fn a_request_in_flight_is_answered_before_the_end() {
    let mut service = stopping_after(Duration::ZERO);
    let bytes = request("POST", IMAGE, &[JSON, ("Expect", "100-continue")], "{}");
    let (head, body) = bytes.split_at(bytes.len() - 2);
    let mut connection = service.connect();
    assert_eq!(connection.send(head).response().status, 100);
    service.stop();
    assert_eq!(connection.send(body).response().verdict(), (400, "missing_field"));
    assert_eq!(connection.next(), None);
    service.stopped();
}

#[test]
fn a_client_that_never_finishes_is_disconnected_after_the_drain() {
    let drain = Duration::from_millis(100);
    let limits = Limits { drain_notice: Duration::ZERO, drain, ..Limits::default() };
    let mut service = Service::with(limits, Settings::default());
    let bytes = request("POST", IMAGE, &[JSON, ("Expect", "100-continue")], "{}");
    let mut connection = service.connect();
    assert_eq!(connection.send(&bytes[..bytes.len() - 2]).response().status, 100);
    service.stop();
    service.stopped();
    assert_eq!(connection.next(), None);
}
