//! F-01 to F-09: sources that are down, come back, or fail now and then.

use super::{Behind, IMAGE, INSTANT, Running, Verdict, body, header, http, matrix, metric};
use crate::support::fake::{Fake, RawFake, Then};
use axum::body::{Body, Bytes};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

const GOOD: usize = 0;
const SILENT: usize = 1;
const RESETTING: usize = 2;

/// A server that does what `mode` says now, and the calls that it had.
struct Moody {
    fake: RawFake,
    mode: Arc<AtomicUsize>,
    calls: Arc<AtomicUsize>,
}

impl Moody {
    async fn start() -> Self {
        let (mode, calls) = (Arc::new(AtomicUsize::new(GOOD)), Arc::new(AtomicUsize::new(0)));
        let (now, count) = (Arc::clone(&mode), Arc::clone(&calls));
        let fake = RawFake::changing(move || {
            count.fetch_add(1, Ordering::SeqCst);
            match now.load(Ordering::SeqCst) {
                GOOD => (http("200 OK", &[], matrix("")), Then::Close),
                SILENT => (Vec::new(), Then::Silence),
                _ => (Vec::new(), Then::Reset),
            }
        })
        .await;
        Self { fake, mode, calls }
    }
}

fn good() -> Verdict {
    Verdict { status: 200, fault: String::new(), missing: String::new() }
}

#[test]
fn who_asks_for_pictures_of_errors_sees_why_there_is_none_and_programs_see_the_same_status() {
    let pictures = "[pictures]\nerrors = \"picture\"";
    let running = Running::new(pictures, &[Behind { name: "gone".into(), url: "http://127.0.0.1:9", keys: "" }]);
    assert_eq!(
        running.verdict(&["gone"]),
        Verdict { status: 502, fault: "source_down".into(), missing: String::new() }
    );
    let answer = running.picture(&["gone"]);
    assert!(answer.head.to_lowercase().contains("content-type: image/png"), "{}", answer.head);
    let mut decoder = zune_png::PngDecoder::new(zune_png::zune_core::bytestream::ZCursor::new(&answer.body));
    decoder.decode().expect("a whole PNG");
    assert_eq!(decoder.dimensions(), Some((200, 120)));
    // What the caller did wrong stays with programs.
    let faulty = running.service.post(super::IMAGE, "{}");
    assert_eq!((faulty.status, faulty.body.first()), (400, Some(&b'{')));
    assert_eq!(running.verdict(&["gone", "works"]).status, 200);
}

/// Requests a chart of `source` until a circuit breaker rejects it. The timeouts before count once their probes have ended.
fn until_open(running: &Running, source: &str, before: &str) {
    let begin = Instant::now();
    loop {
        let verdict = running.verdict(&[source]);
        match verdict.fault.as_str() {
            "source_circuit_open" => return assert_eq!(verdict.status, 503),
            fault => assert_eq!(fault, before),
        }
        assert!(begin.elapsed() < Duration::from_secs(60), "the circuit breaker does not open");
    }
}

/// M1. A fake Prometheus whose heavy queries never end, or fail with 500; it answers everything else. One client has twelve requests with heavy
/// queries in flight at any time, another one sends light queries.
#[tokio::test(flavor = "multi_thread")]
async fn heavy_queries_of_one_client_do_not_keep_the_light_queries_of_another_out() {
    let fake = Fake::start(|seen| match seen.parameter("query") {
        Some(query) if query.contains("endless") => {
            Body::from_stream(futures_util::stream::pending::<Result<Bytes, std::io::Error>>()).into_response()
        }
        Some(query) if query.contains("failing") => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        Some(_) => matrix("").into_response(),
        None => r#"{"status":"success","data":["light"]}"#.into_response(),
    })
    .await;
    let limits = "source_total = \"1s\"\nfailures_within = \"600s\"\nsource_pause = \"600s\"\nsource_probe = \"60s\"";
    let running = Running::new(limits, &[Behind { name: "shared".into(), url: &fake.url, keys: "" }]);
    let status = move |name: &str| {
        let body = body(vec![metric("shared", name, &[])]).to_string();
        running.service.post(IMAGE, &body).status
    };
    tokio::task::spawn_blocking(move || {
        for (kind, failed) in [("endless", 504), ("failing", 502)] {
            let (ended, heavy) = (AtomicBool::new(false), Mutex::new(Vec::new()));
            std::thread::scope(|scope| {
                for thread in 0..12 {
                    let (status, ended, heavy) = (&status, &ended, &heavy);
                    scope.spawn(move || {
                        // No two are equal, so that each is a request of its own.
                        for n in (0..).take_while(|_| !ended.load(Ordering::SeqCst)) {
                            let status = status(&format!("{kind}{thread}x{n}"));
                            heavy.lock().unwrap().push(status);
                        }
                    });
                }
                let mut light = Vec::new();
                // Far more failures than open a circuit breaker.
                while light.len() < 200 || heavy.lock().unwrap().len() < 60 {
                    light.push(status(&format!("light{}", light.len())));
                }
                ended.store(true, Ordering::SeqCst);
                assert!(heavy.lock().unwrap().iter().all(|status| *status == failed), "{kind}: {heavy:?}");
                let drawn = light.iter().filter(|status| **status == 200).count();
                assert!(drawn * 100 >= light.len() * 99, "{drawn} of {} beside {kind} queries", light.len());
            });
        }
    })
    .await
    .unwrap();
}

/// F-02.
#[test]
fn connection_errors_open_the_circuit_breaker_and_it_answers_503_with_retry_after() {
    let limits = "failures_within = \"600s\"\nsource_pause = \"600s\"";
    let running = Running::new(limits, &[Behind { name: "gone".into(), url: "http://127.0.0.1:9", keys: "" }]);
    for _ in 0..5 {
        assert_eq!(running.verdict(&["gone"]).fault, "source_down");
    }
    let rejected = running.picture(&["gone"]);
    assert_eq!((rejected.status, header(&rejected, "metricshot-fault").as_deref()), (503, Some("source_circuit_open")));
    let seconds: u32 = header(&rejected, "retry-after").expect("Retry-After").parse().unwrap();
    assert!((1..=600).contains(&seconds), "{seconds}");
    let text = String::from_utf8_lossy(&rejected.body).into_owned();
    assert!(text.contains("failed repeatedly and is not called for now"), "{text}");
    let partial = running.verdict(&["works", "gone"]);
    assert_eq!((partial.status, partial.missing.as_str()), (200, "1;reason=circuit_open"));
}

/// F-02.
#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_answers_everything_with_500_opens_the_circuit_breaker() {
    let fake = RawFake::start(http("500 Internal Server Error", &[], "no"), Then::Close).await;
    let limits = "failures_within = \"600s\"\nsource_pause = \"600s\"";
    let running = Running::new(limits, &[Behind { name: "broken".into(), url: &fake.url, keys: "" }]);
    tokio::task::spawn_blocking(move || until_open(&running, "broken", "source_refused")).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_hangs_is_left_alone_and_answered_for_at_once() {
    let moody = Moody::start().await;
    moody.mode.store(SILENT, Ordering::SeqCst);
    let limits = "source_total = \"1s\"\nfailures_within = \"600s\"\nsource_pause = \"600s\"";
    let running = Running::new(limits, &[Behind { name: "moody".into(), url: &moody.fake.url, keys: "" }]);
    tokio::task::spawn_blocking(move || {
        for _ in 0..5 {
            assert_eq!(running.verdict(&["moody"]).fault, "source_timeout");
        }
        until_open(&running, "moody", "source_timeout");
        let begin = Instant::now();
        loop {
            let calls = moody.calls.load(Ordering::SeqCst);
            let missing = running.verdict(&["works", "moody"]);
            assert_eq!((missing.status, missing.missing.as_str()), (200, "1;reason=circuit_open"));
            // The last probe may arrive late; it is the only call that still may.
            if moody.calls.load(Ordering::SeqCst) == calls {
                break;
            }
            assert!(begin.elapsed() < Duration::from_secs(60), "it is still asked");
        }
    })
    .await
    .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_hung_is_asked_again_after_a_pause() {
    let moody = Moody::start().await;
    moody.mode.store(SILENT, Ordering::SeqCst);
    let limits = "source_total = \"1s\"\nfailures_within = \"600s\"\nsource_probe = \"10ms\"\nsource_pause = \"2s\"";
    let running = Running::new(limits, &[Behind { name: "moody".into(), url: &moody.fake.url, keys: "" }]);
    tokio::task::spawn_blocking(move || {
        until_open(&running, "moody", "source_timeout");
        moody.mode.store(GOOD, Ordering::SeqCst);
        // F-09: nothing of the failure is kept.
        let begin = Instant::now();
        while running.verdict(&["works", "moody"]) != good() {
            assert!(begin.elapsed() < Duration::from_secs(60), "it is not asked again");
            std::thread::sleep(Duration::from_millis(50));
        }
    })
    .await
    .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_is_down_at_the_start_is_missing_until_it_is_there() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let (address, url) = (free.local_addr().unwrap(), format!("http://{}", free.local_addr().unwrap()));
    drop(free);
    let running = Running::new("", &[Behind { name: "late".into(), url: &url, keys: "" }]);
    let (running, told) = tokio::task::spawn_blocking(move || {
        let told = [running.verdict(&["late"]), running.verdict(&["works", "late"]), running.verdict(&["works"])];
        (running, told)
    })
    .await
    .unwrap();
    assert_eq!((told[0].status, told[0].fault.as_str()), (502, "source_down"));
    assert_eq!((told[1].status, told[1].missing.as_str()), (200, "1;reason=down"));
    assert_eq!(told[2], good());
    let _server = RawFake::at(address, || (http("200 OK", &[], matrix("")), Then::Close)).await;
    tokio::task::spawn_blocking(move || assert_eq!(running.verdict(&["works", "late"]), good())).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_is_reset_now_and_then_costs_nobody_a_picture() {
    let moody = Moody::start().await;
    let running = Running::new("", &[Behind { name: "moody".into(), url: &moody.fake.url, keys: INSTANT }]);
    tokio::task::spawn_blocking(move || {
        for _ in 0..5 {
            moody.mode.store(RESETTING, Ordering::SeqCst);
            let calls = moody.calls.load(Ordering::SeqCst);
            std::thread::scope(|scope| {
                let answer = scope.spawn(|| running.verdict(&["moody"]));
                while moody.calls.load(Ordering::SeqCst) == calls {
                    std::thread::yield_now();
                }
                moody.mode.store(GOOD, Ordering::SeqCst);
                assert_eq!(answer.join().unwrap(), good());
            });
            assert_eq!(moody.calls.load(Ordering::SeqCst), calls + 2);
        }
    })
    .await
    .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_may_not_lead_where_it_does_is_refused_and_so_are_its_pictures() {
    let moody = Moody::start().await;
    let url = moody.fake.url.replace("127.0.0.1", "localhost");
    let listed = format!("{INSTANT}\naddresses = [\"127.0.0.0/8\", \"::1\"]");
    let sources = [
        Behind { name: "listed".into(), url: &url, keys: &listed },
        Behind { name: "unlisted".into(), url: &url, keys: "addresses = [\"10.0.0.0/8\"]" },
    ];
    let running = Running::new("", &sources);
    tokio::task::spawn_blocking(move || {
        assert_eq!(running.verdict(&["listed"]), good());
        assert_eq!(running.verdict(&["unlisted"]).fault, "source_refused");
        assert_eq!(running.verdict(&["works", "unlisted"]).missing, "1;reason=refused");
        assert_eq!(moody.calls.load(Ordering::SeqCst), 1);
    })
    .await
    .unwrap();
}

/// F-08, U-21.
#[tokio::test(flavor = "multi_thread")]
async fn while_nobody_logs_in_a_token_is_good_until_its_end_and_then_its_source_is_down() {
    let (moody, mode) = (Moody::start().await, Arc::new(AtomicUsize::new(GOOD)));
    let now = Arc::clone(&mode);
    let keystone = RawFake::changing(move || match now.load(Ordering::SeqCst) {
        GOOD => {
            // A token is renewed a minute before its end.
            let end = jiff::Timestamp::now() + jiff::SignedDuration::from_secs(70);
            let body = format!(r#"{{"token":{{"expires_at":"{}"}}}}"#, end.strftime("%Y-%m-%dT%H:%M:%SZ"));
            (http("201 Created", &[("X-Subject-Token", "hidden")], body), Then::Close)
        }
        SILENT => (http("201 Created", &[], "{}"), Then::Close),
        _ => (Vec::new(), Then::Reset),
    })
    .await;
    let login = "username = \"reader\", password = \"hidden\", project = \"telemetry\"";
    let keys = format!("auth = {{ keystone = {{ url = \"{}/v3\", {login} }} }}", keystone.url);
    let running = Running::new("", &[Behind { name: "moody".into(), url: &moody.fake.url, keys: &keys }]);
    tokio::task::spawn_blocking(move || {
        let first = running.verdict(&["moody"]);
        mode.store(RESETTING, Ordering::SeqCst);
        assert_eq!((first, running.verdict(&["moody"])), (good(), good()), "the token is good");
        let begin = Instant::now();
        while running.verdict(&["moody"]) == good() {
            assert!(begin.elapsed() < Duration::from_secs(60), "the token does not end");
            std::thread::sleep(Duration::from_millis(100));
        }
        assert_eq!(running.verdict(&["moody"]).fault, "source_down");
        mode.store(SILENT, Ordering::SeqCst);
        assert_eq!(running.verdict(&["moody"]).fault, "source_malformed", "an answer without a token");
    })
    .await
    .unwrap();
}

/// U-23: a cookie is not kept.
#[tokio::test(flavor = "multi_thread")]
async fn a_cookie_is_not_sent_back() {
    let fake = crate::support::fake::Fake::start(|_| ([("set-cookie", "session=hidden; Path=/")], matrix(""))).await;
    let running = Running::new("", &[Behind { name: "cookie".into(), url: &fake.url, keys: INSTANT }]);
    tokio::task::spawn_blocking(move || {
        for _ in 0..2 {
            assert_eq!(running.verdict(&["cookie"]), good());
        }
    })
    .await
    .unwrap();
    assert_eq!(fake.seen().len(), 2);
    assert!(fake.seen().iter().all(|seen| seen.header("cookie").is_none()));
}
