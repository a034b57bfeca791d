//! LOAD-11: the same question from many at once.

use crate::planted::{FakeSource, ask, limits, service, titled, until};
use crate::support::IMAGE;
use metricshot::paint;
use std::sync::atomic::{AtomicUsize, Ordering};

#[test]
fn a_thousand_equal_requests_ask_the_sources_once_and_are_drawn_once() {
    static DRAWN: AtomicUsize = AtomicUsize::new(0);
    let source = FakeSource::with_answers(0);
    let (service, app) = service(limits(), source.clone(), |scene, output, stop| {
        DRAWN.fetch_add(1, Ordering::SeqCst);
        paint::paint(scene, output, stop)
    });
    let body = titled("the same");
    let mut callers: Vec<_> = (0..1000).map(|_| ask(&service, &body)).collect();
    until("all of them wait", || app.load().callers == 1000);
    let other = ask(&service, &titled("another"));
    until("another question is a run of its own", || source.asked() == 2);
    source.answers.add_permits(2);
    let answers: Vec<_> = callers.iter_mut().map(|caller| caller.response()).collect();
    assert!(answers.iter().all(|answer| answer.status == 200 && answer.body == answers[0].body));
    assert_eq!({ other }.response().status, 200);
    assert_eq!((source.asked(), DRAWN.load(Ordering::SeqCst), app.load().callers), (2, 2, 0));

    source.answers.add_permits(1);
    assert_eq!(service.post(IMAGE, &body).status, 200);
    assert_eq!(source.asked(), 3, "nothing was kept");
}

#[test]
fn who_leaves_takes_nothing_from_those_who_stay() {
    let source = FakeSource::with_answers(0);
    let (service, app) = service(limits(), source.clone(), paint::paint);
    let body = titled("shared");
    let (first, mut second) = (ask(&service, &body), ask(&service, &body));
    until("both wait", || app.load().callers == 2);
    drop(first);
    until("one is gone", || app.load().callers == 1);
    source.answers.add_permits(1);
    assert_eq!(second.response().status, 200);
    assert_eq!(source.asked(), 1);
}
