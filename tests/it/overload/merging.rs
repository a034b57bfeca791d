//! LOAD-11, M-05, M-18: the same question from many at once, and many questions at once.

use super::planted::{FakeSource, ask, body, limits, raise_open_file_limit, service, titled, until};
use crate::support::in_process::IMAGE;
use metricshot::render;
use std::sync::atomic::{AtomicUsize, Ordering};

#[test]
fn a_thousand_equal_requests_ask_the_sources_once_and_are_drawn_once() {
    static DRAWN: AtomicUsize = AtomicUsize::new(0);
    let source = FakeSource::with_answers(0);
    let (service, app) = service(limits(), source.clone(), |scene, output, stop| {
        DRAWN.fetch_add(1, Ordering::SeqCst);
        render::paint(scene, output, stop)
    });
    let body = titled("the same");
    // Both ends of each connection are open here.
    raise_open_file_limit(2200);
    let mut callers = Vec::new();
    while callers.len() < 1000 {
        callers.extend((0..50).map(|_| ask(&service, &body)));
        // The next ones connect once these are accepted, so that no queue of the system overflows.
        until("all so far wait", || app.load().callers == callers.len());
    }
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
    let (service, app) = service(limits(), source.clone(), render::paint);
    let body = titled("shared");
    let (first, mut second) = (ask(&service, &body), ask(&service, &body));
    until("both wait", || app.load().callers == 2);
    drop(first);
    until("one is gone", || app.load().callers == 1);
    source.answers.add_permits(1);
    assert_eq!(second.response().status, 200);
    assert_eq!(source.asked(), 1);
}

/// M-05.
#[test]
fn a_hundred_callers_with_the_same_five_metrics_ask_for_each_of_them_once() {
    let source = FakeSource::with_answers(0);
    let (service, app) = service(limits(), source.clone(), render::paint);
    let body = body("the same", (600, 400), 5);
    let mut callers: Vec<_> = (0..100).map(|_| ask(&service, &body)).collect();
    until("all of them wait", || app.load().callers == 100);
    source.answers.add_permits(100);
    assert!(callers.iter_mut().all(|caller| caller.response().status == 200));
    assert_eq!(source.asked(), 5);
}

/// A picture of a hundred lines; `each` has what a metric says of itself.
fn hundred(each: impl Fn(usize) -> String) -> String {
    let metric = |n: usize| {
        format!(
            r#"{{"namespace_name":"Virtual Server","name":"CPU Usage/Core[Basic]","dimensions":[{{"key":"VolumeID","value":"v"}}],{}}}"#,
            each(n)
        )
    };
    let metrics: Vec<String> = (0..100).map(metric).collect();
    format!(
        r#"{{"start":1640995200,"end":1641016800,"period":300,"statistic_type":"AVG","width":600,"height":400,"metrics":[{}]}}"#,
        metrics.join(",")
    )
}

/// M-18.
#[test]
fn a_hundred_lines_with_periods_and_statistics_of_their_own_ask_as_often_as_these_differ() {
    let source = FakeSource::with_answers(1_000_000);
    let (service, _) = service(limits(), source.clone(), render::paint);
    let statistic = |n: usize| ["AVG", "SUM", "MAX", "MIN", "CNT"][n % 5];
    let grouped = hundred(|n| format!(r#""statistic_type":"{}","period":{}"#, statistic(n), 60 * (1 + n / 5 % 4)));
    assert_eq!(service.post(IMAGE, grouped).status, 200);
    assert_eq!(source.asked(), 5 * 4);
    let all_differ = hundred(|n| format!(r#""statistic_type":"{}","period":{}"#, statistic(n), 60 * (1 + n / 5)));
    assert_eq!(service.post(IMAGE, all_differ).status, 200);
    assert_eq!(source.asked(), 5 * 4 + 100, "never more than there are lines");
}
