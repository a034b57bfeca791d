//! The calls of the API that charts need.

use super::policy::AggregateQuery;
use super::response;
use super::response::{Aggregates, Metric, Resource, Verdict};
use crate::call::Call;
use crate::error::{Reason, SourceError};
use crate::http_client::{Client, Content, Endpoint, EndpointFault, HttpResponse, ParamEncoding, ReadRequest};
use crate::limits::Limits;
use crate::source::runtime::windowed_fetch::FetchLimits;
use futures_util::stream::{self, StreamExt, TryStreamExt};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::future::Future;
use std::ops::Range;

/// AggregateQuery for in a page; the server may allow fewer.
const PAGE: &str = "1000";

/// Pages read of one list; what has more is too big.
const PAGES: usize = 20;

/// Maximum number of metrics of one query that are requested concurrently.
const AT_ONCE: usize = 4;

/// A server and the limits of its calls.
#[derive(Debug)]
pub struct Server {
    client: Client,
    /// Most aggregates in one call.
    pub points_per_call: usize,
    /// Limits of one fetch.
    pub room: FetchLimits,
}

/// One aggregation: Unix second and value, which may be NaN, oldest first.
pub type Column = Vec<(i64, f64)>;

/// A page of a list.
#[derive(Debug)]
pub struct Page<T> {
    pub items: Vec<T>,
    /// There is another one.
    pub goes_on: bool,
}

impl Server {
    /// Checks the settings.
    pub fn new(endpoint: Endpoint, limits: &Limits) -> Result<Self, EndpointFault> {
        let client = Client::new(endpoint, limits)?;
        Ok(Self { client, points_per_call: limits.points_per_call, room: FetchLimits::new(limits) })
    }

    /// Returns the metric that `path` describes.
    pub async fn metric(&self, path: &str, call: Call<'_>) -> Result<Option<Metric>, SourceError> {
        let reply = self.get(path, &[], call).await?;
        Ok(match read(reply, call).await? {
            Verdict::Answered(metric) => Some(metric),
            Verdict::Unknown => None,
        })
    }

    /// Returns all metrics, or those of a name.
    pub async fn metrics(&self, name: Option<&str>, call: Call<'_>) -> Result<Page<Metric>, SourceError> {
        let mut all = Page { items: Vec::<Metric>::new(), goes_on: true };
        for _ in 0..PAGES {
            let marker = all.items.last().map(|metric| metric.id.clone());
            let mut parameters = vec![("limit", PAGE)];
            parameters.extend(name.map(|name| ("name", name)));
            parameters.extend(marker.as_deref().map(|marker| ("marker", marker)));
            let page = self.page("v1/metric", &parameters, call).await?;
            all.goes_on = page.goes_on && !page.items.is_empty();
            all.items.extend(page.items);
            if !all.goes_on {
                break;
            }
        }
        Ok(all)
    }

    /// Returns one page of a list of metrics.
    pub async fn page(
        &self,
        path: &str,
        parameters: &[(&str, &str)],
        call: Call<'_>,
    ) -> Result<Page<Metric>, SourceError> {
        page(self.get(path, parameters, call).await?, call).await
    }

    /// Returns the resources of a type that `filter` matches; `path` is the search operation.
    pub async fn resources(&self, path: &str, filter: &Value, call: Call<'_>) -> Result<Vec<Resource>, SourceError> {
        let mut all = Vec::<Resource>::new();
        for _ in 0..PAGES {
            let marker = all.last().map(|last| format!("&marker={}", last.id)).unwrap_or_default();
            let path = format!("{path}?limit={PAGE}{marker}");
            let page: Page<Resource> = page(self.post(&path, filter, call).await?, call).await?;
            let goes_on = page.goes_on && !page.items.is_empty();
            all.extend(page.items);
            if !goes_on {
                return Ok(all);
            }
        }
        Err(too_many("resources"))
    }

    /// Returns the aggregates in `window`, in Unix seconds: buckets that begin inside of it, a column for each aggregation.
    ///
    /// Of one metric all columns have the same buckets, so nothing is filled up, and what is not finite is shown.
    pub async fn columns(
        &self,
        id: &str,
        asked: &AggregateQuery,
        window: &Range<i64>,
        call: Call<'_>,
    ) -> Result<Vec<Column>, SourceError> {
        let AggregateQuery { granularity, aggregations } = asked;
        // The server takes the bucket that contains the start, too.
        let start = (window.start + (-window.start).rem_euclid(*granularity)).max(0);
        if start >= window.end {
            return Ok(vec![Vec::new(); aggregations.len()]);
        }
        let path = format!("v1/aggregates?granularity={granularity}&start={start}&stop={}&fill=null", window.end);
        let metrics = aggregations.iter().map(|aggregation| json!([id, aggregation]));
        let operations: Vec<Value> = [json!("metric")].into_iter().chain(metrics).collect();
        let reply = self.post(&path, &json!({ "operations": operations }), call).await?;
        let column = |aggregates: &mut Aggregates, name: &String| aggregates.column(id, name);
        Ok(match read(reply, call).await? {
            Verdict::Answered(mut aggregates) => {
                aggregations.iter().map(|name| column(&mut aggregates, name)).collect()
            }
            Verdict::Unknown => vec![Vec::new(); aggregations.len()],
        })
    }

    async fn get(&self, path: &str, parameters: &[(&str, &str)], call: Call<'_>) -> Result<HttpResponse, SourceError> {
        let content = Content::Parameters(parameters, ParamEncoding::Get);
        self.client.get_idempotent(ReadRequest { path, content }, call).await
    }

    async fn post(&self, path: &str, document: &Value, call: Call<'_>) -> Result<HttpResponse, SourceError> {
        let document = document.to_string();
        self.client.get_idempotent(ReadRequest { path, content: Content::Json(&document) }, call).await
    }
}

/// Runs the calls concurrently, within a limit, and returns their results in order.
pub async fn together<T>(
    calls: Vec<impl Future<Output = Result<T, SourceError>> + Send>,
) -> Result<Vec<T>, SourceError> {
    stream::iter(calls).buffered(AT_ONCE).try_collect().await
}

/// Returns the error for more objects than the limit.
pub fn too_many(what: &str) -> SourceError {
    SourceError::new(Reason::TooBig, format!("more {what} than are read"))
}

async fn read<T: DeserializeOwned + Send + 'static>(
    reply: HttpResponse,
    call: Call<'_>,
) -> Result<Verdict<T>, SourceError> {
    reply.read(call.memory, response::parse).await
}

async fn page<T: DeserializeOwned + Send + 'static>(
    reply: HttpResponse,
    call: Call<'_>,
) -> Result<Page<T>, SourceError> {
    let links = reply.headers.get_all("link").iter().filter_map(|link| link.to_str().ok());
    let goes_on = links.into_iter().any(|link| link.contains("rel=\"next\""));
    Ok(match read(reply, call).await? {
        Verdict::Answered(items) => Page { items, goes_on },
        Verdict::Unknown => Page { items: Vec::new(), goes_on: false },
    })
}
