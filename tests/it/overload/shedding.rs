//! Who does not fit is told so at once, and everybody else gets a picture.

use super::planted::{FakeSource, ask, body, limits, service, titled, until};
use crate::support::in_process::{IMAGE, Service};
use metricshot::http::Settings;
use metricshot::limits::Limits;
use metricshot::render;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Far longer than a test reads for an answer: a request that is answered did not wait.
const LONG: Duration = Duration::from_secs(600);

fn refused_at_once(service: &Service, body: &str) {
    let mut connection = service.connect();
    let refused = connection
        .send(crate::support::http::request("POST", IMAGE, &[crate::support::in_process::JSON], body))
        .response();
    assert_eq!(refused.verdict(), (503, "overloaded"), "{}", refused.text());
    let seconds: u32 = refused.header("retry-after").expect("when to come again").parse().unwrap();
    assert!((1..=5).contains(&seconds));
    let alive = connection.send(crate::support::http::request("GET", "/healthz", &[], "")).response();
    assert_eq!(alive.status, 200, "the connection goes on");
}

#[test]
fn n_pictures_wait_for_a_worker_and_one_more_is_refused_before_its_source_is_asked() {
    static GO: AtomicBool = AtomicBool::new(false);
    let limits = Limits { render_workers: 1, render_queue_length: 3, render: LONG, render_queue: LONG, ..limits() };
    let source = FakeSource::with_answers(100);
    let (service, app) = service(limits, source.clone(), |scene, output, stop| {
        while !GO.load(Ordering::SeqCst) {
            stop.check()?;
            std::thread::sleep(Duration::from_millis(1));
        }
        render::paint(scene, output, stop)
    });
    let mut accepted: Vec<_> = (0..4).map(|n| ask(&service, &titled(&format!("number {n}")))).collect();
    until("one is drawn and three wait", || (app.load().workers.drawing, app.load().workers.waiting) == (1, 3));
    refused_at_once(&service, &titled("one more"));
    assert_eq!(source.asked(), 4);
    GO.store(true, Ordering::SeqCst);
    assert!(accepted.iter_mut().all(|caller| caller.response().status == 200));
    assert_eq!(service.post(IMAGE, titled("later")).status, 200);
    let rest = || (app.load().admission.requests, app.load().admission.bytes, app.load().workers.drawing);
    until("nothing is held", || rest() == (0, 0, 0));
}

#[test]
fn n_requests_ask_their_sources_n_wait_and_one_more_is_refused() {
    let limits = Limits {
        requests: 2,
        requests_wait: LONG,
        render_queue: LONG,
        source_total: LONG,
        request_total: LONG,
        ..limits()
    };
    let source = FakeSource::with_answers(0);
    let (service, app) = service(limits, source.clone(), render::paint);
    let mut accepted: Vec<_> = (0..4).map(|n| ask(&service, &titled(&format!("number {n}")))).collect();
    until("two are in and two wait", || source.asked() == 2 && app.load().admission.waiting == 2);
    refused_at_once(&service, &titled("one more"));
    source.answers.add_permits(4);
    assert!(accepted.iter_mut().all(|caller| caller.response().status == 200));
}

#[test]
fn what_can_never_fit_into_the_memory_is_the_callers_to_change() {
    let app = super::planted::app(limits(), FakeSource::with_answers(100), render::paint).with_memory_limit(24 << 20);
    let service = Service::of(Arc::new(app), Settings::default());
    assert_eq!(service.post(IMAGE, body("usual", (600, 400), 10)).status, 200);
    let refused = service.post(IMAGE, body("huge", (2800, 2800), 10));
    assert_eq!(refused.verdict(), (400, "cost_too_high"));
    assert!(refused.text().contains("memory_percent"), "{}", refused.text());
}

#[test]
fn one_that_waited_for_memory_longer_than_allowed_is_refused() {
    let source = FakeSource::with_answers(0);
    let limits = Limits { render_queue: Duration::from_millis(50), ..limits() };
    let app = super::planted::app(limits, source.clone(), render::paint).with_memory_limit(24 << 20);
    let service = Service::of(Arc::new(app.clone()), Settings::default());
    let mut first = ask(&service, &body("first", (2000, 2000), 1));
    until("it is in", || app.load().admission.requests == 1);
    refused_at_once(&service, &body("second", (2000, 2000), 1));
    source.answers.add_permits(1);
    assert_eq!(first.response().status, 200);
}
