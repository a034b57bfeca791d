//! Work that ends badly, or does not end: F-20, F-21, F-22, F-10, LOAD-17.

use super::planted::{FakeSource, app, ask, limits, service, titled, until};
use crate::support::http::{Response, request};
use crate::support::in_process::{IMAGE, JSON, Service};
use async_trait::async_trait;
use metricshot::call::Call;
use metricshot::catalog::SeriesQuery;
use metricshot::error::SourceError;
use metricshot::http::Settings;
use metricshot::limits::Limits;
use metricshot::render;
use metricshot::render_pool::Meter;
use metricshot::series::Fetched;
use metricshot::source::Source;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

const MS: Duration = Duration::from_millis(1);

fn source() -> Arc<FakeSource> {
    FakeSource::with_answers(1_000_000)
}

#[test]
fn a_panic_in_the_painter_fails_its_request_alone_and_its_words_reach_nobody() {
    let (service, app) = service(limits(), source(), |scene, output, stop| {
        assert_ne!(scene.title.as_deref(), Some("planted"), "a secret");
        render::paint(scene, output, stop)
    });
    let mut connection = service.connect();
    let mut post =
        |title: &str| -> Response { connection.send(request("POST", IMAGE, &[JSON], titled(title))).response() };
    let failed = post("planted");
    assert_eq!(failed.verdict(), (500, "render_failed"));
    assert!(!failed.text().contains("secret") && !failed.text().contains("panic"), "{}", failed.text());
    assert!((0..100).all(|n| post(&format!("number {n}")).status == 200));
    assert_eq!((app.load().workers.panicked, app.load().workers.lost), (1, 0));
}

/// A fake source with a bug.
#[derive(Debug)]
struct Panicking;

#[async_trait]
impl Source for Panicking {
    async fn fetch(&self, _query: &SeriesQuery, _call: Call<'_>) -> Result<Fetched, SourceError> {
        panic!("planted");
    }
}

#[test]
fn a_panic_in_a_source_is_a_source_that_is_down() {
    let (service, app) = service(limits(), Arc::new(Panicking), render::paint);
    assert_eq!(service.post(IMAGE, titled("any")).verdict(), (502, "source_down"));
    assert_eq!(app.load().admission.requests, 0);
}

#[test]
fn drawing_without_end_is_told_to_stop_and_charged() {
    let limits = Limits { render: 1000 * MS, render_workers: 1, ..limits() };
    let app = app(limits, source(), |scene, output, stop| {
        while scene.title.as_deref() == Some("endless") {
            stop.check()?;
        }
        render::paint(scene, output, stop)
    });
    let meter = Meter::default();
    let service = Service::of(Arc::new(app.with_meter(&meter)), Settings::default());
    let ended = service.post(IMAGE, titled("endless"));
    assert_eq!((ended.verdict(), ended.header("retry-after")), ((503, "render_timeout"), Some("1")));
    assert_eq!(service.post(IMAGE, titled("usual")).status, 200);
    assert!(meter.take() >= 1000 * MS);
    assert_eq!(app.load().workers.given_up, 0);
}

#[test]
fn drawing_that_looks_at_no_deadline_costs_a_worker_which_is_replaced() {
    static END: AtomicBool = AtomicBool::new(false);
    let limits = Limits { render: 1000 * MS, render_lost: 50 * MS, render_workers: 2, ..limits() };
    let (service, app) = service(limits, source(), |scene, output, stop| {
        while scene.title.as_deref().is_some_and(|title| title.starts_with("deaf")) && !END.load(Ordering::SeqCst) {
            std::thread::sleep(MS);
        }
        render::paint(scene, output, stop)
    });
    assert!(app.is_ready());
    assert_eq!(service.post(IMAGE, titled("deaf 1")).verdict(), (503, "render_timeout"));
    until("its worker is given up", || app.load().workers.lost == 1);
    assert!(!app.is_ready(), "half of the workers are lost");
    assert_eq!(service.post(IMAGE, titled("deaf 2")).verdict(), (503, "render_timeout"));
    until("another is given up", || app.load().workers.lost == 2);
    assert!((0..20).all(|n| service.post(IMAGE, titled(&format!("usual {n}"))).status == 200));
    END.store(true, Ordering::SeqCst);
    until("both came back", || app.load().workers.lost == 0 && app.is_ready());
}

#[test]
fn when_callers_hang_up_their_pictures_end_and_what_waited_is_never_begun() {
    static BEGUN: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
    let limits = Limits { render_workers: 1, ..limits() };
    let (service, app) = service(limits, source(), |scene, output, stop| {
        BEGUN.fetch_add(1, Ordering::SeqCst);
        while scene.title.as_deref().is_some_and(|title| title.starts_with("long")) {
            stop.check()?;
            std::thread::sleep(MS);
        }
        render::paint(scene, output, stop)
    });
    let drawn = ask(&service, &titled("long"));
    until("it is drawn", || app.load().workers.drawing == 1);
    let waiting: Vec<_> = (0..9).map(|n| ask(&service, &titled(&format!("long {n}")))).collect();
    until("nine wait", || app.load().workers.waiting == 9);
    drop(waiting);
    until("nobody waits any more", || app.load().workers.waiting == 0);
    assert_eq!(app.load().workers.drawing, 1, "the other goes on");
    drop(drawn);
    until("nothing is left", || {
        let load = app.load().workers;
        (load.drawing, load.waiting, app.load().admission.requests, app.load().callers) == (0, 0, 0, 0)
    });
    assert_eq!(BEGUN.load(Ordering::SeqCst), 1);
    assert_eq!(service.post(IMAGE, titled("usual")).status, 200);
}

#[test]
fn a_picture_that_is_being_drawn_when_the_service_is_told_to_stop_is_answered() {
    static GO: AtomicBool = AtomicBool::new(false);
    let limits = Limits { drain_notice: Duration::ZERO, drain: 120_000 * MS, ..limits() };
    let (mut service, app) = service(limits, source(), |scene, output, stop| {
        while !GO.load(Ordering::SeqCst) {
            std::thread::sleep(MS);
        }
        render::paint(scene, output, stop)
    });
    let mut caller = ask(&service, &titled("late"));
    until("it is drawn", || app.load().workers.drawing == 1);
    service.stop();
    until("nothing new is taken", || std::net::TcpStream::connect(service.address).is_err());
    GO.store(true, Ordering::SeqCst);
    assert_eq!(caller.response().status, 200);
    service.stopped();
}
