//! The Gnocchi source with fakes: paged lists, unrequested metrics, and truncated, late or wrong responses.

use crate::support::fake::{Fake, RawFake, Seen, Then};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use metricshot::call::Call;
use metricshot::catalog::{MetricKind, QueryTarget, Selector, SeriesQuery};
use metricshot::clock::Deadline;
use metricshot::error::{Reason, SourceError};
use metricshot::http_client::{AddressPolicy, Auth, Endpoint};
use metricshot::limits::Limits;
use metricshot::request::{Period, Span, Statistic, Zone};
use metricshot::series::{Fetched, Grid, Part};
use metricshot::source::Source;
use metricshot::source::gnocchi::Gnocchi;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

const IDS: [&str; 3] = [
    "00000000-0000-4000-8000-000000000001",
    "00000000-0000-4000-8000-000000000002",
    "00000000-0000-4000-8000-000000000003",
];

fn gnocchi(url: &str) -> Gnocchi {
    let auth = Auth::Basic { username: "admin".into(), password: "hidden".into() };
    let endpoint = Endpoint {
        base_url: url.to_owned(),
        auth,
        headers: vec![],
        ca_pem: None,
        identity_pem: None,
        addresses: AddressPolicy::default(),
    };
    Gnocchi::new(endpoint, &Limits { source_reply_bytes: 64 * 1024, ..Limits::default() }).unwrap()
}

fn call() -> Call<'static> {
    Call::unlimited(Deadline::after(Duration::from_secs(5)), 1_767_229_200_000)
}

/// Returns a query with two buckets of five minutes.
async fn fetch(url: &str, statistic: Statistic) -> Result<Fetched, SourceError> {
    let limits = Limits::default();
    let span = Span::new(1_767_225_600, 1_767_226_200, &limits).unwrap();
    let query = SeriesQuery::new(
        QueryTarget::Select(Selector { name: "cpu".to_owned(), labels: vec![] }),
        MetricKind::Gauge,
        statistic,
        Arc::new(Grid::new(span, Period::new(300, &limits).unwrap(), &Zone::utc())),
    );
    gnocchi(url).fetch(&query, call()).await
}

fn metric(id: &str, name: &str) -> Value {
    let policy = json!({"definition": [{"granularity": "0:05:00", "timespan": "30 days, 0:00:00"}], "aggregation_methods": ["mean", "count"]});
    json!({"id": id, "name": name, "unit": "%", "resource_id": null, "archive_policy": policy})
}

/// Returns a page with one metric, and a link to the next page if it exists.
fn page(seen: &Seen) -> Response {
    let last = seen.parameter("marker").and_then(|marker| IDS.iter().position(|id| *id == marker));
    let index = last.map_or(0, |last| last + 1);
    let items: Vec<Value> = IDS.get(index).map(|id| metric(id, "cpu")).into_iter().collect();
    let link = [("link", "<http://elsewhere/v1/metric?marker=x>; rel=\"next\"")];
    (link, Value::from(items).to_string()).into_response()
}

/// Returns aggregates of ten samples with a mean of 9.5 for each metric in the first bucket.
fn aggregates(seen: &Seen) -> Response {
    let question: Value = serde_json::from_slice(&seen.body).unwrap();
    let id = question["operations"][1][0].as_str().unwrap();
    let point = |value: &str| format!("[[\"2026-01-01T00:00:00+00:00\", 300.0, {value}]]");
    format!("{{\"measures\": {{\"{id}\": {{\"mean\": {}, \"count\": {}}}}}}}", point("9.5"), point("10.0"))
        .into_response()
}

#[tokio::test]
async fn a_paged_list_is_read_to_its_end_and_its_metrics_are_pooled() {
    let fake = Fake::start(|seen| if seen.path == "/v1/metric" { page(seen) } else { aggregates(seen) }).await;
    let fetched = fetch(&fake.url, Statistic::Count).await.unwrap();
    assert_eq!(fetched.parts, [Part::Computed(vec![(0, 30.0)])]);
    let pages: Vec<_> = fake.seen().iter().filter(|seen| seen.path == "/v1/metric").cloned().collect();
    assert!(pages.len() == 4 && pages.iter().all(|seen| seen.parameter("name") == Some("cpu")));
    let asked =
        |seen: &Seen| ["granularity", "start", "stop", "fill"].map(|name| seen.parameter(name).map(str::to_owned));
    let wanted = ["300", "1767225600", "1767226200", "null"].map(|value| Some(value.to_owned()));
    let questions: Vec<_> = fake.seen().into_iter().filter(|seen| seen.path == "/v1/aggregates").collect();
    assert!(questions.len() == 3 && questions.iter().all(|seen| asked(seen) == wanted));
    assert!(fake.seen().iter().all(|seen| seen.header("accept") == Some("application/json")));
    assert_eq!(gnocchi(&fake.url).list(call()).await.unwrap().map(|offers| offers.len()), Some(1));
}

#[tokio::test]
async fn an_endless_list_is_too_big() {
    let one = metric(IDS[0], "cpu").to_string();
    let fake = Fake::start(move |_| ([("link", "<x>; rel=\"next\"")], format!("[{one}]"))).await;
    assert_eq!(fetch(&fake.url, Statistic::Count).await.unwrap_err().reason, Reason::TooBig);
    assert_eq!(fake.seen().len(), 20);
}

#[tokio::test]
async fn metrics_of_other_names_are_ignored() {
    let both = json!([metric(IDS[0], "cpu"), metric(IDS[1], "memory")]).to_string();
    let fake = Fake::start(
        move |seen| {
            if seen.path == "/v1/metric" { both.clone().into_response() } else { aggregates(seen) }
        },
    )
    .await;
    let fetched = fetch(&fake.url, Statistic::Average).await.unwrap();
    assert_eq!(fetched.parts, [Part::Computed(vec![(0, 9.5)])]);
}

#[tokio::test]
async fn foreign_and_truncated_responses_have_their_reasons() {
    let html = Fake::start(|_| (StatusCode::NOT_FOUND, "<html>404 Not Found</html>")).await;
    assert_eq!(fetch(&html.url, Statistic::Sum).await.unwrap_err().reason, Reason::Refused);
    assert_eq!(gnocchi(&html.url).check(call()).await.unwrap_err().reason, Reason::Refused);
    let page = Fake::start(|_| "<html>welcome</html>").await;
    assert_eq!(fetch(&page.url, Statistic::Sum).await.unwrap_err().reason, Reason::Malformed);
    let big = Fake::start(|_| " ".repeat(65 * 1024)).await;
    assert_eq!(fetch(&big.url, Statistic::Sum).await.unwrap_err().reason, Reason::TooBig);
    let cut = RawFake::start("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n[{", Then::Close).await;
    assert_eq!(fetch(&cut.url, Statistic::Sum).await.unwrap_err().reason, Reason::Down);
    let denied = Fake::start(|_| (StatusCode::FORBIDDEN, "hidden is not allowed")).await;
    let error = fetch(&denied.url, Statistic::Sum).await.unwrap_err();
    assert_eq!((error.reason, error.detail.contains("hidden")), (Reason::Refused, false));
}
