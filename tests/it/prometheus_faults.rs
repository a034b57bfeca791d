//! The Prometheus source with fakes: its requests, and responses that real servers rarely send.

use crate::support::fake::{Fake, RawFake, Seen, Then};
use axum::body::{Body, Bytes};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use metricshot::call::Call;
use metricshot::catalog::{Expression, MetricKind, Piece, QueryTarget, Selector, SeriesQuery};
use metricshot::clock::Deadline;
use metricshot::error::{Reason, SourceError};
use metricshot::http_client::{Auth, ParamEncoding};
use metricshot::limits::Limits;
use metricshot::request::{Period, Span, Statistic, Zone};
use metricshot::series::{Fetched, Grid, Part};
use metricshot::source::Source;
use metricshot::source::prometheus::{Operations, Prometheus, Settings};
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

const EMPTY: &str = r#"{"status":"success","data":{"resultType":"matrix","result":[]}}"#;

fn limits() -> Limits {
    Limits { source_reply_bytes: 64 * 1024, samples_per_fetch: 1000, ..Limits::default() }
}

fn settings(url: &str) -> Settings {
    Settings { base_url: url.to_owned(), ..Settings::default() }
}

fn select() -> QueryTarget {
    QueryTarget::Select(Selector { name: "cpu".to_owned(), labels: vec![] })
}

/// Returns a query with ten buckets of a minute from 6000 on.
fn query(target: QueryTarget) -> SeriesQuery {
    let (span, period) = (Span::new(6000, 6600, &limits()).unwrap(), Period::new(60, &limits()).unwrap());
    let grid = Arc::new(Grid::new(span, period, &Zone::utc()));
    SeriesQuery::new(target, MetricKind::Gauge, Statistic::Average, grid)
}

async fn fetch_with(settings: Settings, query: &SeriesQuery, milliseconds: u64) -> Result<Fetched, SourceError> {
    let call = Call::unlimited(Deadline::after(Duration::from_millis(milliseconds)), 1_000_000_000);
    Prometheus::new(settings, &limits()).unwrap().fetch(query, call).await
}

async fn fetch(url: &str) -> Result<Fetched, SourceError> {
    fetch_with(settings(url), &query(select()), 60_000).await
}

async fn reason(url: &str) -> Reason {
    fetch(url).await.unwrap_err().reason
}

/// Returns a response with values of buckets at these times.
fn summaries(points: &[(f64, f64)]) -> String {
    let points: Vec<_> = points.iter().map(|(time, value)| format!(r#"[{time},"{value}"]"#)).collect();
    let series = format!(r#"{{"metric":{{"column":"value"}},"values":[{}]}}"#, points.join(","));
    format!(r#"{{"status":"success","data":{{"resultType":"matrix","result":[{series}]}}}}"#)
}

/// Returns the requests for values, without those that detect the dialect of the server.
fn value_requests(fake: &Fake) -> Vec<Seen> {
    let is_probe = |seen: &Seen| seen.parameter("query").is_some_and(|query| query.contains("vector(1)"));
    fake.seen().into_iter().filter(|seen| !is_probe(seen)).collect()
}

#[tokio::test]
async fn a_gateway_gets_its_prefix_its_headers_and_its_parameters() {
    let fake = Fake::start(|_| EMPTY).await;
    for slash in ["", "/"] {
        let settings = Settings {
            headers: vec![("X-TC-APP-KEY".into(), "key".into()), ("X-Scope-OrgID".into(), "tenant".into())],
            parameters: vec![("nocache".into(), "1".into()), ("a b".into(), "c&d=é".into())],
            auth: Auth::Bearer("token".into()),
            ..settings(&format!("{}/prometheus{slash}", fake.url))
        };
        let fetched = fetch_with(settings, &query(select()), 60_000).await.unwrap();
        assert_eq!((fetched.parts, fetched.fetched_at_ms), (vec![Part::Computed(vec![])], 1_000_000_000));
    }
    let seen = value_requests(&fake);
    assert_eq!(seen.len(), 2);
    for request in seen {
        assert_eq!(request.path, "/prometheus/api/v1/query_range");
        assert_eq!(request.header("x-tc-app-key"), Some("key"));
        assert_eq!(request.header("x-scope-orgid"), Some("tenant"));
        assert_eq!(request.header("authorization"), Some("Bearer token"));
        assert_eq!(request.parameter("nocache"), Some("1"));
        assert_eq!(request.parameter("a b"), Some("c&d=é"));
        let times = ["start", "end", "step"].map(|name| request.parameter(name).unwrap().to_owned());
        assert_eq!(times, ["6060", "6600", "60"]);
        assert!(request.parameter("query").unwrap().contains("sum_over_time"));
    }
}

#[tokio::test]
async fn a_token_in_a_file_is_read_for_each_call() {
    let fake = Fake::start(|_| EMPTY).await;
    let mut file = tempfile::NamedTempFile::new().unwrap();
    let settings = Settings { auth: Auth::BearerFile(file.path().to_owned()), ..settings(&fake.url) };
    writeln!(file, "first").unwrap();
    fetch_with(settings.clone(), &query(select()), 60_000).await.unwrap();
    std::fs::write(file.path(), "second\n").unwrap();
    fetch_with(settings.clone(), &query(select()), 60_000).await.unwrap();
    let tokens: Vec<_> =
        value_requests(&fake).iter().map(|seen| seen.header("authorization").unwrap().to_owned()).collect();
    assert_eq!(tokens, ["Bearer first", "Bearer second"]);
    std::fs::write(file.path(), "to\nken").unwrap();
    let error = fetch_with(settings.clone(), &query(select()), 60_000).await.unwrap_err();
    assert_eq!(error.reason, Reason::Refused);
    drop(file);
    let error = fetch_with(settings, &query(select()), 60_000).await.unwrap_err();
    assert_eq!((error.reason, value_requests(&fake).len()), (Reason::Refused, 2));
}

#[tokio::test]
async fn a_user_name_and_password_are_sent_as_basic_auth() {
    let fake = Fake::start(|_| EMPTY).await;
    let auth = Auth::Basic { username: "reader".into(), password: "open:sesame".into() };
    fetch_with(Settings { auth, ..settings(&fake.url) }, &query(select()), 60_000).await.unwrap();
    assert_eq!(value_requests(&fake)[0].header("authorization"), Some("Basic cmVhZGVyOm9wZW46c2VzYW1l"));
}

#[tokio::test]
async fn long_queries_are_posted_unless_the_method_is_fixed() {
    let fake = Fake::start(|_| EMPTY).await;
    let long = QueryTarget::Select(Selector { name: "n".repeat(3000), labels: vec![] });
    for (method, wanted) in [
        (ParamEncoding::Auto, select()),
        (ParamEncoding::Auto, long.clone()),
        (ParamEncoding::Get, long),
        (ParamEncoding::Post, select()),
    ] {
        fetch_with(Settings { method, ..settings(&fake.url) }, &query(wanted), 60_000).await.unwrap();
    }
    let seen = value_requests(&fake);
    assert_eq!(seen.iter().map(|seen| seen.method.as_str()).collect::<Vec<_>>(), ["GET", "POST", "GET", "POST"]);
    assert!(seen[1].parameter("query").unwrap().contains(&"n".repeat(3000)));
    assert!(seen.iter().all(|seen| seen.parameter("step") == Some("60")));
}

#[tokio::test]
async fn invalid_responses_are_refused_or_malformed_without_secrets() {
    let refused = r#"{"status":"error","errorType":"bad_data","error":"parse error"}"#;
    let timeout = r#"{"status":"error","errorType":"timeout","error":"query timed out"}"#;
    let many = r#"{"status":"error","errorType":"execution","error":"query processing would load too many samples"}"#;
    let envelope = r#"{"header":{"isSuccessful":false,"resultCode":-40001},"body":[]}"#;
    for (status, body, reason) in [
        (401, "Unauthorized hidden", Reason::Refused),
        (403, "<html>hidden</html>", Reason::Refused),
        (404, "404 page not found", Reason::Refused),
        (400, refused, Reason::Refused),
        (200, refused, Reason::Refused),
        (500, "<html>", Reason::Refused),
        (503, "<html>", Reason::Refused),
        (503, timeout, Reason::Timeout),
        (422, many, Reason::TooBig),
        (200, "<html>", Reason::Malformed),
        (200, envelope, Reason::Malformed),
        (200, "", Reason::Malformed),
        (204, "", Reason::Malformed),
        (200, &EMPTY[..40], Reason::Malformed),
    ] {
        let answer = body.to_owned();
        let fake = Fake::start(move |_| (StatusCode::from_u16(status).unwrap(), answer.clone())).await;
        let settings = Settings {
            auth: Auth::Bearer("hidden".into()),
            headers: vec![("X-Key".into(), "hidden".into())],
            parameters: vec![("key".into(), "hidden".into())],
            ..settings(&fake.url)
        };
        let error = fetch_with(settings, &query(select()), 60_000).await.unwrap_err();
        assert_eq!(error.reason, reason, "{status} {body}");
        assert!(!format!("{error} {error:?}").contains("hidden"), "{error:?}");
    }
}

#[tokio::test]
async fn warnings_and_partial_responses_are_used_and_noted() {
    for more in [r#","warnings":["results truncated due to limit"]"#, r#","isPartial":true"#] {
        let body = summaries(&[(6060.0, 2.0)]);
        let body = format!("{}{more}}}", &body[..body.len() - 1]);
        let fake = Fake::start(move |_| body.clone()).await;
        let fetched = fetch(&fake.url).await.unwrap();
        assert_eq!(fetched.parts, [Part::Computed(vec![(0, 2.0)])]);
        assert!(fetched.notes.incomplete);
    }
}

#[tokio::test]
async fn values_at_unrequested_times_are_ignored() {
    for (time, bucket) in [
        (6060.0, Some(0)),
        (6600.0, Some(9)),
        (6067.0, None),
        (6060.001, None),
        (6000.0, None),
        (6660.0, None),
        (1e300, None),
        (-1e300, None),
    ] {
        let body = summaries(&[(time, 3.0)]);
        let fake = Fake::start(move |_| body.clone()).await;
        let fetched = fetch(&fake.url).await.unwrap();
        let values = bucket.map(|bucket| (bucket, 3.0)).into_iter().collect();
        assert_eq!(fetched.parts, [Part::Computed(values)], "{time}");
        assert_eq!(fetched.notes.incomplete, bucket.is_none(), "{time}");
    }
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let target = Fake::start(|_| EMPTY).await;
    for status in [301, 302, 303, 307, 308] {
        let location = format!("{}/api/v1/query_range", target.url);
        let answer = move |_: &Seen| (StatusCode::from_u16(status).unwrap(), [("location", location.clone())]);
        let fake = Fake::start(answer).await;
        let settings = Settings { headers: vec![("X-Auth-Token".into(), "hidden".into())], ..settings(&fake.url) };
        let error = fetch_with(settings, &query(select()), 60_000).await.unwrap_err();
        assert_eq!((error.reason, value_requests(&fake).len()), (Reason::Refused, 1));
    }
    assert!(target.seen().is_empty());
}

fn packed(text: &[u8]) -> Response {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    packer.write_all(text).unwrap();
    ([("content-encoding", "gzip")], packer.finish().unwrap()).into_response()
}

#[tokio::test]
async fn gzip_responses_are_decompressed() {
    let fake = Fake::start(|_| packed(EMPTY.as_bytes())).await;
    assert_eq!(fetch(&fake.url).await.unwrap().parts, [Part::Computed(vec![])]);
    assert_eq!(value_requests(&fake)[0].header("accept-encoding"), Some("gzip"));
    let broken = Fake::start(|_| ([("content-encoding", "gzip")], EMPTY)).await;
    assert_eq!(reason(&broken.url).await, Reason::Malformed);
}

#[tokio::test]
async fn responses_above_the_limit_are_too_big_compressed_plain_or_endless() {
    let padded = |spaces: usize| format!("{}{EMPTY}", " ".repeat(spaces - EMPTY.len()));
    let fits = Fake::start(move |_| padded(64 * 1024)).await;
    assert!(fetch(&fits.url).await.is_ok());
    let plain = Fake::start(move |_| padded(64 * 1024 + 1)).await;
    assert_eq!(reason(&plain.url).await, Reason::TooBig);
    let bomb = packed(&vec![b' '; 32 << 20]).into_body();
    let bomb = axum::body::to_bytes(bomb, usize::MAX).await.unwrap();
    assert!(bomb.len() < 64 * 1024);
    let bomb = Fake::start(move |_| ([("content-encoding", "gzip")], bomb.clone())).await;
    assert_eq!(reason(&bomb.url).await, Reason::TooBig);
    let chunk = || Ok::<_, std::io::Error>(Bytes::from_static(&[b' '; 4096]));
    let endless =
        Fake::start(move |_| Body::from_stream(futures_util::stream::iter(std::iter::repeat_with(chunk)))).await;
    assert_eq!(reason(&endless.url).await, Reason::TooBig);
}

#[tokio::test]
async fn more_samples_than_a_fetch_may_have_are_too_big() {
    for points in [999, 1000] {
        let values: Vec<_> = (0..points).map(|index| format!(r#"[6000.{index:03},"1"]"#)).collect();
        let series = format!(r#"{{"metric":{{}},"values":[{}]}}"#, values.join(","));
        let body = format!(r#"{{"status":"success","data":{{"resultType":"matrix","result":[{series}]}}}}"#);
        let fake = Fake::start(move |_| body.clone()).await;
        let settings = Settings { operations: Operations::InstantOnly, ..settings(&fake.url) };
        let fetched = fetch_with(settings, &query(select()), 60_000).await;
        assert_eq!(
            fetched.map(|_| ()).map_err(|error| matches!(error.reason, Reason::TooManySamples { .. })),
            if points < 1000 { Ok(()) } else { Err(true) }
        );
    }
}

#[tokio::test]
async fn a_late_response_is_a_timeout() {
    let head = "HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n";
    for (bytes, then) in [("", Then::Silence), (head, Then::Silence), (head, Then::Drip)] {
        let fake = RawFake::start(bytes, then).await;
        // Without the deadline the client would wait forever.
        let error = fetch_with(settings(&fake.url), &query(select()), 200).await.unwrap_err();
        assert_eq!(error.reason, Reason::Timeout, "{bytes:?} {then:?}");
    }
}

#[tokio::test]
async fn an_absent_or_disconnecting_server_is_down() {
    let head = "HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n{";
    let headers = format!("HTTP/1.1 200 OK\r\n{}\r\n", "a: b\r\n".repeat(1000));
    for (bytes, then) in [
        ("", Then::Close),
        ("", Then::Reset),
        (head, Then::Close),
        (head, Then::Reset),
        (&headers, Then::Close),
        ("no HTTP\r\n\r\n", Then::Close),
    ] {
        let fake = RawFake::start(bytes, then).await;
        assert_eq!(reason(&fake.url).await, Reason::Down, "{:.20} {then:?}", bytes);
    }
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    assert_eq!(reason(&format!("http://{free}")).await, Reason::Down);
}

#[tokio::test]
async fn an_overloaded_server_is_retried_once_if_time_permits() {
    for (status, retry_after, milliseconds, calls) in [
        (503, None, 5000, 2),
        (429, Some("0"), 5000, 2),
        (429, Some("60"), 5000, 1),
        (500, None, 5000, 1),
        (400, None, 5000, 1),
    ] {
        let fake = Fake::start(move |_| {
            let mut response = StatusCode::from_u16(status).unwrap().into_response();
            if let Some(seconds) = retry_after {
                response.headers_mut().insert("retry-after", seconds.parse().unwrap());
            }
            response
        })
        .await;
        let settings = Settings { operations: Operations::InstantOnly, ..settings(&fake.url) };
        let error = fetch_with(settings, &query(select()), milliseconds).await.unwrap_err();
        assert_eq!((error.reason, value_requests(&fake).len()), (Reason::Refused, calls), "{status} {retry_after:?}");
    }
}

#[tokio::test]
async fn a_successful_retry_counts() {
    let calls = AtomicUsize::new(0);
    let answer = move |_: &Seen| match calls.fetch_add(1, Ordering::SeqCst) {
        0 => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        _ => EMPTY.into_response(),
    };
    let fake = Fake::start(answer).await;
    assert!(fetch(&fake.url).await.is_ok());
}

#[tokio::test]
async fn sample_windows_shrink_until_the_server_can_answer() {
    let many = r#"{"status":"error","errorType":"execution","error":"query processing would load too many samples into memory"}"#;
    let fake = Fake::start(move |seen| {
        let (selector, seconds) = seen.parameter("query").unwrap().trim_end_matches("s]").rsplit_once('[').unwrap();
        assert_eq!(selector, "cpu");
        let (seconds, time): (i64, f64) = (seconds.parse().unwrap(), seen.parameter("time").unwrap().parse().unwrap());
        if seconds > 200 {
            return (StatusCode::UNPROCESSABLE_ENTITY, many.to_owned());
        }
        let (end, start) = (time.round() as i64, time.round() as i64 - seconds);
        let values: Vec<_> =
            (start..end).filter(|second| second % 30 == 0).map(|second| format!(r#"[{second},"1"]"#)).collect();
        let series = format!(r#"{{"metric":{{}},"values":[{}]}}"#, values.join(","));
        (StatusCode::OK, format!(r#"{{"status":"success","data":{{"resultType":"matrix","result":[{series}]}}}}"#))
    })
    .await;
    let settings = Settings { operations: Operations::InstantOnly, ..settings(&fake.url) };
    let fetched = fetch_with(settings, &query(select()), 60_000).await.unwrap();
    let [Part::Samples { series, .. }] = &fetched.parts[..] else { panic!("samples") };
    assert!(series[0].times_ms().iter().copied().eq((6000..6600).step_by(30).map(|second| second * 1000)));
    assert!(!fetched.notes.incomplete && value_requests(&fake).iter().all(|seen| seen.path == "/api/v1/query"));
}

#[tokio::test]
async fn dimension_values_reach_an_expression_only_as_strings() {
    let fake = Fake::start(|_| EMPTY).await;
    let pieces = vec![
        Piece::Text("rate(x{a=".into()),
        Piece::Value(r#"b"}) or up or ({c="\"#.into()),
        Piece::Text("}[".into()),
        Piece::Resolution,
        Piece::Text("])".into()),
    ];
    fetch_with(
        settings(&fake.url),
        &query(QueryTarget::Expression(Expression { pieces, resolution_seconds: 30 })),
        60_000,
    )
    .await
    .unwrap();
    let seen = &value_requests(&fake)[0];
    assert_eq!(seen.parameter("query"), Some(r#"rate(x{a="b\"}) or up or ({c=\"\\"}[30s])"#));
    assert_eq!(["start", "end", "step"].map(|name| seen.parameter(name).unwrap()), ["6000", "6570", "30"]);
}

/// Runs another test of this file in a process whose environment names unreachable proxies.
#[test]
fn proxies_of_the_environment_are_ignored() {
    let mut child = std::process::Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "prometheus_faults::a_user_name_and_password_are_sent_as_basic_auth"]);
    for name in ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"] {
        child.env(name, "http://127.0.0.1:1");
    }
    let output = child.env_remove("NO_PROXY").env_remove("no_proxy").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    assert!(String::from_utf8_lossy(&output.stdout).contains("1 passed"));
}

#[tokio::test]
async fn responses_with_too_many_series_are_too_big_pushed_down_and_raw() {
    let limits = Limits { series_per_answer: 3, ..limits() };
    for operations in [Operations::All, Operations::InstantOnly] {
        for (count, expected) in [(3, Ok(())), (4, Err(Reason::TooBig))] {
            let one = |n: usize| format!(r#"{{"metric":{{"n":"{n}"}},"values":[[6060,"1"]]}}"#);
            let series: Vec<String> = (0..count).map(one).collect();
            let body =
                format!(r#"{{"status":"success","data":{{"resultType":"matrix","result":[{}]}}}}"#, series.join(","));
            let fake = Fake::start(move |_| body.clone()).await;
            let source = Prometheus::new(Settings { operations, ..settings(&fake.url) }, &limits).unwrap();
            let call = Call::unlimited(Deadline::after(Duration::from_secs(60)), 1_000_000_000);
            let fetched = source.fetch(&query(select()), call).await;
            assert_eq!(fetched.map(drop).map_err(|error| error.reason), expected, "{operations:?}");
        }
    }
}

/// Returns a row of range or raw values at 6060 s, with these labels.
fn row(labels: &str, value: &str) -> String {
    format!(r#"{{"metric":{{{labels}}},"values":[[6060,"{value}"]]}}"#)
}

fn matrix(rows: &str, more: &str) -> String {
    format!(r#"{{"status":"success","data":{{"resultType":"matrix","result":[{rows}]}}{more}}}"#)
}

#[tokio::test]
async fn info_annotations_do_not_mark_data_as_missing() {
    let info =
        r#","warnings":["PromQL info: metric might not be a counter, name does not end in _total: \"x\" (1:10)"]"#;
    let body = matrix(&row("", "2"), info);
    let fake = Fake::start(move |_| body.clone()).await;
    let pieces = vec![Piece::Text("sum(rate(in_octets[5m]))".to_owned())];
    let wanted = QueryTarget::Expression(Expression { pieces, resolution_seconds: 60 });
    let fetched = fetch_with(settings(&fake.url), &query(wanted), 60_000).await.unwrap();
    assert!(!fetched.notes.incomplete);
}

#[tokio::test]
async fn native_histograms_have_their_own_reason() {
    let body =
        matrix(r#"{"metric":{},"histograms":[[6060,{"count":"5","sum":"18","buckets":[[0,"0","1","5"]]}]]}"#, "");
    let fake = Fake::start(move |_| body.clone()).await;
    assert_eq!(reason(&fake.url).await, Reason::NativeHistogram);
    let ignored = matrix("", r#","infos":["PromQL info: ignored histogram in topk aggregation (1:1)"]"#);
    let fake = Fake::start(move |_| ignored.clone()).await;
    assert_eq!(reason(&fake.url).await, Reason::NativeHistogram);
}

#[tokio::test]
async fn series_that_nobody_requested_are_dropped_and_noted_computed_and_raw() {
    let rows =
        [("i-1", "2"), ("i-2", "1000")].map(|(instance, value)| row(&format!(r#""instance":"{instance}""#), value));
    let other = row(r#""__name__":"mem","instance":"i-1""#, "7");
    let body = matrix(&format!("{},{},{other}", rows[0], rows[1]), "");
    let fake = Fake::start(move |_| body.clone()).await;
    let labels = vec![("instance".to_owned(), "i-1".to_owned())];
    let wanted = QueryTarget::Select(Selector { name: "cpu".to_owned(), labels });
    let raw = Settings { operations: Operations::InstantOnly, ..settings(&fake.url) };
    let fetched = fetch_with(raw, &query(wanted.clone()), 60_000).await.unwrap();
    let [Part::Samples { series, .. }] = &fetched.parts[..] else { panic!("samples") };
    assert_eq!((series.len(), series[0].values(), fetched.notes.unrequested), (1, &[2.0][..], 2));
    let percentile = SeriesQuery { statistic: Statistic::Percentile(500), ..query(wanted) };
    let fetched = fetch_with(settings(&fake.url), &percentile, 60_000).await.unwrap();
    assert_eq!((fetched.parts, fetched.notes.unrequested), (vec![Part::Computed(vec![(0, 2.0)])], 2));
}

#[tokio::test]
async fn the_dialect_of_a_server_is_cached() {
    let probe =
        r#"{"metric":{"column":"nan"},"values":[[TIME,"NaN"]]},{"metric":{"column":"closed"},"values":[[TIME,"2"]]}"#;
    let fake = Fake::start(move |seen: &Seen| match seen.parameter("query").unwrap().contains("vector(1)") {
        true => matrix(&probe.replace("TIME", seen.parameter("start").unwrap()), ""),
        false => summaries(&[(6060.0, 2.0)]),
    })
    .await;
    let source = Prometheus::new(settings(&fake.url), &limits()).unwrap();
    let call = || Call::unlimited(Deadline::after(Duration::from_secs(5)), 1_000_000_000);
    for _ in 0..3 {
        assert_eq!(source.fetch(&query(select()), call()).await.unwrap().parts, [Part::Computed(vec![(0, 2.0)])]);
    }
    let queries = value_requests(&fake);
    assert_eq!((queries.len(), fake.seen().len()), (3, 4));
    assert_eq!(queries[2].parameter("query"), Some("topk(2, avg_over_time(cpu[59999ms] offset 1ms))"));
}

#[tokio::test]
async fn ranges_of_samples_are_fetched_at_the_same_time() {
    // Buckets 1, 4 and 7 are unclear.
    let unclear = r#"{"metric":{"column":"series"},"values":[[6120,"NaN"],[6300,"NaN"],[6480,"NaN"]]}"#;
    let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let counted = Arc::clone(&most);
    let app = axum::Router::new().fallback(move |uri: axum::http::Uri| {
        let (running, most) = (Arc::clone(&running), Arc::clone(&counted));
        async move {
            if uri.path() != "/api/v1/query" {
                return matrix(unclear, "");
            }
            most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            // The fake answers once all three requests have arrived, or after a while.
            let all = async {
                while most.load(Ordering::SeqCst) < 3 {
                    tokio::task::yield_now().await;
                }
            };
            let _ = tokio::time::timeout(Duration::from_secs(3), all).await;
            running.fetch_sub(1, Ordering::SeqCst);
            matrix("", "")
        }
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await });
    fetch_with(settings(&url), &query(select()), 10_000).await.unwrap();
    assert_eq!(most.load(Ordering::SeqCst), 3);
}

/// The circuit breaker asks it whether the server or a query is at fault.
#[tokio::test]
async fn a_check_is_answered_while_slow_queries_hold_every_permit() {
    let fake = Fake::start(|seen| match seen.parameter("query") {
        Some(_) => Body::from_stream(futures_util::stream::pending::<Result<Bytes, std::io::Error>>()).into_response(),
        None => r#"{"status":"success","data":["cpu"]}"#.into_response(),
    })
    .await;
    let source = Prometheus::new(settings(&fake.url), &Limits { calls_per_source: 1, ..limits() }).unwrap();
    let call = Call::unlimited(Deadline::after(Duration::from_secs(60)), 1_000_000_000);
    let slow = query(select());
    let check = async {
        while fake.seen().is_empty() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        source.check(call).await
    };
    tokio::select! {
        answer = source.fetch(&slow, call) => panic!("{answer:?}"),
        checked = check => assert_eq!(checked.map_err(|error| error.reason), Ok(())),
    }
}
