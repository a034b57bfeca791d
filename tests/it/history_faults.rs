//! The OpenTSDB and Warp 10 sources with fakes: their requests, and late, huge, truncated or wrong responses.

use crate::support;
use axum::body::{Body, Bytes};
use axum::http::StatusCode;
use metricshot::call::Call;
use metricshot::catalog::{MetricKind, QueryTarget, Selector, SeriesQuery};
use metricshot::clock::Deadline;
use metricshot::error::{Reason, SourceError};
use metricshot::http_client::{AddressPolicy, Auth, Endpoint};
use metricshot::limits::Limits;
use metricshot::request::{Period, Span, Statistic, Zone};
use metricshot::series::{Fetched, Grid, Part};
use metricshot::source::opentsdb::{Dialect, OpenTsdb, Unknown};
use metricshot::source::warp10::{Unit, Warp10};
use metricshot::source::{Source, opentsdb, warp10};
use std::sync::Arc;
use std::time::Duration;
use support::fake::{Fake, RawFake, Seen, Then};
use support::fixture::Series;

fn limits() -> Limits {
    Limits { source_reply_bytes: 64 * 1024, samples_per_fetch: 1000, ..Limits::default() }
}

fn endpoint(url: &str, auth: Auth) -> Endpoint {
    Endpoint {
        base_url: url.to_owned(),
        auth,
        headers: vec![],
        ca_pem: None,
        identity_pem: None,
        addresses: AddressPolicy::default(),
    }
}

fn opentsdb(url: &str, dialect: Dialect, unknown: Unknown, raw_seconds: i64) -> Arc<dyn Source> {
    let auth = Auth::Basic { username: "read".into(), password: "hidden".into() };
    let settings = opentsdb::Settings { endpoint: endpoint(url, auth), dialect, unknown, raw_seconds };
    Arc::new(OpenTsdb::new(settings, &limits()).unwrap())
}

fn warp10(url: &str) -> Arc<dyn Source> {
    let auth = Auth::Bearer("hidden".into()).in_header("x-warp10-token".parse().unwrap());
    let settings = warp10::Settings { endpoint: endpoint(url, auth), unit: Unit::Microseconds };
    Arc::new(Warp10::new(settings, &limits()).unwrap())
}

/// Returns every source type for one server.
fn sources(url: &str) -> [Arc<dyn Source>; 5] {
    let of = |dialect, raw_seconds| opentsdb(url, dialect, Unknown::Empty, raw_seconds);
    [
        of(Dialect::OpenTsdb, 86_400),
        of(Dialect::OpenTsdb, 0),
        of(Dialect::Erlenmeyer, 86_400),
        of(Dialect::Erlenmeyer, 0),
        warp10(url),
    ]
}

/// Returns a query with ten buckets of a minute in 2019.
const START: i64 = 1_564_408_800;

fn query(name: &str, labels: &[(&str, &str)]) -> SeriesQuery {
    let (span, period) = (Span::new(START, START + 600, &limits()).unwrap(), Period::new(60, &limits()).unwrap());
    let labels = labels.iter().map(|&(label, value)| (label.to_owned(), value.to_owned())).collect();
    let wanted = QueryTarget::Select(Selector { name: name.to_owned(), labels });
    let grid = Arc::new(Grid::new(span, period, &Zone::utc()));
    SeriesQuery::new(wanted, MetricKind::Gauge, Statistic::Average, grid)
}

async fn fetch(source: &Arc<dyn Source>, query: &SeriesQuery, milliseconds: u64) -> Result<Fetched, SourceError> {
    let call = Call::unlimited(Deadline::after(Duration::from_millis(milliseconds)), 1_000_000_000);
    source.fetch(query, call).await
}

async fn assert_reasons(url: &str, milliseconds: u64, reason: Reason, case: &str) {
    for source in sources(url) {
        let error = fetch(&source, &query("cpu", &[]), milliseconds).await.unwrap_err();
        assert_eq!(error.reason, reason, "{case}: {error}, {source:?}");
        assert!(!format!("{error} {error:?}").contains("hidden"), "{error:?}");
    }
}

#[tokio::test]
async fn invalid_responses_have_their_reasons_without_secrets() {
    for (status, body, reason) in [
        (401, "Not authorized: hidden", Reason::Refused),
        (403, "<html>Missing token hidden</html>", Reason::Refused),
        (404, "<html>", Reason::Refused),
        (400, "", Reason::Refused),
        (500, "Bad response from Egress", Reason::Refused),
        (408, "", Reason::Timeout),
        (200, "", Reason::Malformed),
        (200, "<html>", Reason::Malformed),
        (200, "{}", Reason::Malformed),
        (200, "null", Reason::Malformed),
        (200, "[7]", Reason::Malformed),
        (200, r#"[{"metric":"cpu","tags":{"a":1},"dps":{},"l":{"a":1},"v":[]}]"#, Reason::Malformed),
        (200, r#"[{"metric":"cpu","dps":{"1564408800":4.38},"l":{},"v":[[1564408800000000,1]"#, Reason::Malformed),
        (413, "too many datapoints", Reason::TooBig),
        (500, "FETCH exceeded limit of 20000000 datapoints, current count is 20000001", Reason::TooBig),
    ] {
        let fake = Fake::start(move |_| (StatusCode::from_u16(status).unwrap(), body)).await;
        assert_reasons(&fake.url, 60_000, reason, body).await;
    }
}

#[tokio::test]
async fn endless_responses_end_at_the_limit_or_the_deadline() {
    let chunk = || Ok::<_, std::io::Error>(Bytes::from_static(&[b' '; 4096]));
    let endless =
        Fake::start(move |_| Body::from_stream(futures_util::stream::iter(std::iter::repeat_with(chunk)))).await;
    assert_reasons(&endless.url, 60_000, Reason::TooBig, "endless").await;
    let head = "HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n[";
    for then in [Then::Silence, Then::Drip] {
        assert_reasons(&RawFake::start(head, then).await.url, 200, Reason::Timeout, "late").await;
    }
    for then in [Then::Close, Then::Reset] {
        assert_reasons(&RawFake::start(head, then).await.url, 60_000, Reason::Down, "cut off").await;
    }
    let elsewhere = "HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n";
    assert_reasons(&RawFake::start(elsewhere, Then::Close).await.url, 60_000, Reason::Refused, "elsewhere").await;
}

#[tokio::test]
async fn more_samples_than_a_fetch_may_have_are_too_big() {
    let points: Vec<_> = (0..1001).map(|index| format!("[{},1]", (START * 1000 + index) * 1000)).collect();
    let body = format!(r#"[{{"c":"cpu","l":{{}},"i":"0","v":[{}]}}]"#, points.join(","));
    let fake = Fake::start(move |_| body.clone()).await;
    let reason = fetch(&warp10(&fake.url), &query("cpu", &[]), 60_000).await.unwrap_err().reason;
    assert!(matches!(reason, Reason::TooManySamples { .. }), "{reason:?}");
    let points: Vec<_> = (0..1001).map(|index| format!("[{},1]", START * 1000 + index)).collect();
    let body = format!(r#"[{{"metric":"cpu","dps":[{}]}}]"#, points.join(","));
    let fake = Fake::start(move |_| body.clone()).await;
    let source = opentsdb(&fake.url, Dialect::OpenTsdb, Unknown::Empty, 86_400);
    let reason = fetch(&source, &query("cpu", &[]), 60_000).await.unwrap_err().reason;
    assert!(matches!(reason, Reason::TooManySamples { .. }), "{reason:?}");
}

#[tokio::test]
async fn points_outside_of_the_request_are_left_out_and_noted() {
    let (before, after) = (START - 60, START + 700);
    let body = format!(r#"[{{"metric":"cpu","dps":{{"{before}":1,"{START}":2,"{after}":3}}}}]"#);
    let fake = Fake::start(move |_| body.clone()).await;
    let source = opentsdb(&fake.url, Dialect::Erlenmeyer, Unknown::Empty, 86_400);
    let fetched = fetch(&source, &query("cpu", &[]), 60_000).await.unwrap();
    let [Part::Samples { series, .. }] = &fetched.parts[..] else { panic!("samples") };
    assert_eq!((series[0].values(), fetched.notes.incomplete), (&[2.0][..], true));
}

#[tokio::test]
async fn buckets_at_unrequested_times_are_fetched_as_points() {
    for (dialect, time) in [(Dialect::OpenTsdb, START * 1000 + 1), (Dialect::Erlenmeyer, START * 1000)] {
        let fake = Fake::start(move |seen: &Seen| {
            let text = std::str::from_utf8(&seen.body).unwrap();
            match text.contains("downsample") {
                true => format!(r#"[{{"metric":"cpu","query":{{"index":0}},"dps":{{"{time}":99}}}},{{"metric":"cpu","query":{{"index":1}},"dps":{{"{time}":9}}}}]"#),
                false => format!(r#"[{{"metric":"cpu","dps":{{"{START}":2}}}}]"#),
            }
        })
        .await;
        let source = opentsdb(&fake.url, dialect, Unknown::Empty, 0);
        let fetched = fetch(&source, &query("cpu", &[]), 60_000).await.unwrap();
        assert!(matches!(&fetched.parts[..], [Part::Samples { series, .. }] if series[0].values() == [2.0]));
        assert_eq!(fake.seen().len(), 2);
    }
}

#[tokio::test]
async fn a_sum_that_is_not_finite_and_a_bucket_without_its_count_are_fetched_as_points() {
    let whole = |sum: &str, count: &str| {
        let points =
            |value: &str| if value.is_empty() { String::new() } else { format!("\"{}\":{value}", START * 1000) };
        let element =
            |index, value| format!(r#"{{"metric":"cpu","query":{{"index":{index}}},"dps":{{{}}}}}"#, points(value));
        format!("[{},{}]", element(0, sum), element(1, count))
    };
    for (sum, count, calls) in
        [("9", "3", 1), ("\"NaN\"", "3", 2), ("\"Infinity\"", "3", 2), ("null", "3", 2), ("9", "", 2)]
    {
        let body = whole(sum, count);
        let fake =
            Fake::start(move |seen: &Seen| match std::str::from_utf8(&seen.body).unwrap().contains("downsample") {
                true => body.clone(),
                false => "[]".to_owned(),
            })
            .await;
        let source = opentsdb(&fake.url, Dialect::OpenTsdb, Unknown::Empty, 0);
        fetch(&source, &query("cpu", &[]), 60_000).await.unwrap();
        assert_eq!(fake.seen().len(), calls, "{sum} {count}");
    }
}

#[tokio::test]
async fn names_that_are_not_literal_are_never_sent() {
    let fake = Fake::start(|_| "[]").await;
    let erlenmeyer = opentsdb(&fake.url, Dialect::Erlenmeyer, Unknown::Empty, 86_400);
    for text in ["'", "a' DROP 'b", "a\nb", "a\rb", "a\u{2028}b", "\0", "\u{1b}"] {
        for query in [query(text, &[]), query("cpu", &[("host", text)]), query("cpu", &[(text, "a")])] {
            assert_eq!(fetch(&erlenmeyer, &query, 60_000).await.unwrap_err().reason, Reason::Refused, "{text:?}");
        }
    }
    let opentsdb = opentsdb(&fake.url, Dialect::OpenTsdb, Unknown::Empty, 86_400);
    assert_eq!(fetch(&opentsdb, &query("cpu", &[("host", "a|b")]), 60_000).await.unwrap_err().reason, Reason::Refused);
    assert!(fake.seen().is_empty());
    assert!(fetch(&opentsdb, &query("cpu", &[("host", "*")]), 60_000).await.is_ok());
}

#[tokio::test]
async fn an_unknown_name_is_empty_or_a_failure_as_configured() {
    let fake = support::opentsdb::start(vec![Series::new("cpu", &[("host", "a")], vec![(START * 1000, 1.0)])]).await;
    for (name, labels) in [("gpu", &[][..]), ("cpu", &[("host", "b")])] {
        for raw_seconds in [0, 86_400] {
            let empty = opentsdb(&fake.url, Dialect::OpenTsdb, Unknown::Empty, raw_seconds);
            assert!(fetch(&empty, &query(name, labels), 60_000).await.is_ok());
            let failure = opentsdb(&fake.url, Dialect::OpenTsdb, Unknown::Failure, raw_seconds);
            assert_eq!(fetch(&failure, &query(name, labels), 60_000).await.unwrap_err().reason, Reason::Refused);
        }
    }
}

#[tokio::test]
async fn ranges_beyond_raw_seconds_are_computed_by_the_server() {
    let fake = support::opentsdb::start(vec![Series::new("cpu", &[("host", "a")], vec![(START * 1000, 1.0)])]).await;
    let query = query("cpu", &[("host", "a")]);
    let range = query.grid.range();
    let seconds = range.end - range.start;
    for (raw_seconds, is_computed) in [(seconds, false), (seconds - 1, true)] {
        let source = opentsdb(&fake.url, Dialect::OpenTsdb, Unknown::Empty, raw_seconds);
        let parts = fetch(&source, &query, 60_000).await.unwrap().parts;
        assert_eq!(matches!(parts[..], [Part::Computed(_)]), is_computed, "{parts:?}");
    }
}

#[tokio::test]
async fn credentials_are_sent_in_headers_only() {
    let fake = Fake::start(|_| "[]").await;
    for source in sources(&fake.url) {
        fetch(&source, &query("cpu", &[("host", "a")]), 60_000).await.unwrap();
    }
    let seen = fake.seen();
    for request in &seen[..4] {
        assert_eq!((request.method.as_str(), request.path.as_str()), ("POST", "/api/query"));
        assert_eq!(request.header("authorization"), Some("Basic cmVhZDpoaWRkZW4="));
        assert_eq!(request.header("content-length"), Some(request.body.len().to_string().as_str()));
    }
    let last = &seen[4];
    assert_eq!(
        (last.method.as_str(), last.path.as_str(), last.header("x-warp10-token")),
        ("GET", "/api/v0/fetch", Some("hidden"))
    );
    assert_eq!((last.header("authorization"), last.parameter("token")), (None, None));
    assert_eq!(last.parameter("selector"), Some("cpu{host=a}"));
    assert_eq!(
        ["start", "stop"].map(|name| last.parameter(name).unwrap()),
        ["2019-07-29T13:59:59Z", "2019-07-29T14:10:00Z"]
    );
}

#[test]
fn the_fakes_answer_the_documented_examples_byte_for_byte() {
    let points = vec![(1_365_465_600_000, 1.0), (1_365_465_610_000, 0.5), (1_365_465_720_000, 7.0)];
    let cpu = [Series::new("sys.cpu.user", &[("host", "web01")], points)];
    for (fill, missing) in [("", ""), ("-nan", r#","1365465660":"NaN""#), ("-null", r#","1365465660":null"#)] {
        let question = format!(
            r#"{{"start":1365465600,"end":1365465720,"queries":[{{"metric":"sys.cpu.user","aggregator":"none","downsample":"60s-sum{fill}"}}]}}"#
        );
        let (_, answer) = support::opentsdb::answer(&cpu, &Seen::posted("/api/query", "", "", &question));
        let wanted = r#"[{"metric":"sys.cpu.user","tags":{"host":"web01"},"aggregateTags":[],"dps":{"1365465600":1.5,"1365465720":7"#;
        assert_eq!(answer, format!("{wanted}{missing}}}}}]"));
    }
    let readings = vec![(5678, "3.14".parse().unwrap()), (5679, 3.15)];
    let series = vec![Series::new("my.class", &[("foo", "bar")], readings)];
    let warp10 = support::warp10::Warp10 { series, token: "t".to_owned(), per_millisecond: 1, chunk: 10 };
    let parameters = [
        ("selector", "my.class{foo=bar}"),
        ("start", "1970-01-01T00:00:05Z"),
        ("stop", "1970-01-01T00:00:06Z"),
        ("format", "json"),
    ];
    let (_, answer) = warp10.answer(&Seen::gotten("/api/v0/fetch", ("x-warp10-token", "t"), &parameters));
    let wanted =
        r#"[{"c":"my.class","l":{"foo":"bar"},"a":{},"i":"0","la":1234,"v":[[5678,3.14],[5679,-90.0,-180.0,0,3.15]]}]"#;
    assert_eq!(answer, wanted);
    let (status, _) = warp10.answer(&Seen::gotten("/api/v0/fetch", ("x-warp10-token", "other"), &parameters));
    assert_eq!(status.as_u16(), 403);
}
