//! The one call of the API that charts need, and the window of points that it gives.

use super::query::{Query, Series, SubQuery};
use super::response::{Element, Verdict};
use super::{Dialect, Settings, Unknown, response};
use crate::call::Call;
use crate::error::{Reason, SourceError};
use crate::http_client;
use crate::http_client::{Client, Content, EndpointFault};
use crate::limits::Limits;
use crate::source::runtime::sample_collector;
use crate::source::runtime::sample_collector::Answer;
use crate::source::runtime::windowed_fetch::{FetchLimits, SampleSource};
use async_trait::async_trait;
use serde::Serialize;
use std::ops::Range;

/// A server and the limits of its calls.
#[derive(Debug)]
pub struct Server {
    client: Client,
    /// Program of the server.
    pub dialect: Dialect,
    unknown: Unknown,
    /// Limits of one fetch.
    pub room: FetchLimits,
}

impl Server {
    /// Checks the settings.
    pub fn new(settings: Settings, limits: &Limits) -> Result<Self, EndpointFault> {
        let client = Client::new(settings.endpoint, limits)?;
        Ok(Self { client, dialect: settings.dialect, unknown: settings.unknown, room: FetchLimits::new(limits) })
    }

    /// Sends a query; an unknown name has no elements, unless the configuration makes it a failure.
    pub async fn ask(&self, question: &Query<'_>, call: Call<'_>) -> Result<Vec<Element>, SourceError> {
        let unfit = |_| SourceError::new(Reason::Refused, "the question does not make JSON");
        let body = serde_json::to_string(question).map_err(unfit)?;
        let reply = self
            .client
            .get_idempotent(http_client::ReadRequest { path: "api/query", content: Content::Json(&body) }, call)
            .await?;
        match reply.read(call.memory, response::parse).await? {
            Verdict::Elements(elements) => Ok(elements),
            Verdict::UnknownName if self.unknown == Unknown::Empty => Ok(Vec::new()),
            Verdict::UnknownName => Err(SourceError::new(Reason::Refused, "the server does not know a name")),
        }
    }
}

/// `/api/suggest`, which both programs have: names of metrics, and not what their tags are.
#[derive(Serialize)]
struct Suggest {
    #[serde(rename = "type")]
    kind: &'static str,
    /// Prefix of the names; with Erlenmeyer, a part of them.
    q: &'static str,
    max: usize,
}

impl Server {
    /// Returns the metric names that the server knows, at most `most` of them.
    pub async fn names(&self, most: usize, call: Call<'_>) -> Result<Vec<String>, SourceError> {
        let unfit = |_| SourceError::new(Reason::Refused, "the question does not make JSON");
        let body = serde_json::to_string(&Suggest { kind: "metrics", q: "", max: most }).map_err(unfit)?;
        let question = http_client::ReadRequest { path: "api/suggest", content: Content::Json(&body) };
        self.client.get_idempotent(question, call).await?.read(call.memory, response::names).await
    }
}

/// Some series of a server.
#[derive(Debug)]
pub struct Selected<'a> {
    pub server: &'a Server,
    pub series: &'a Series,
}

#[async_trait]
impl SampleSource for Selected<'_> {
    async fn samples(&self, window: &Range<i64>, call: Call<'_>) -> Result<Answer, SourceError> {
        let query = SubQuery { series: self.series, aggregator: "none", downsample: None };
        // Whole seconds: Erlenmeyer loses the milliseconds of a time. Both ends count, so the last may be one point too many.
        let (start, end) = (window.start.max(1), window.end);
        let question = Query { start, end, ms_resolution: true, show_query: false, queries: vec![query] };
        let mut elements = self.server.ask(&question, call).await?;
        let count = elements.len();
        elements.retain(|element| self.series.has(&element.metric, &element.tags));
        let unrequested = count - elements.len();
        let series = |element: Element| {
            let mut points = element.points;
            points.retain(|(time_ms, _)| *time_ms != window.end * 1000);
            sample_collector::Series { labels: element.tags, points }
        };
        Ok(Answer { series: elements.into_iter().map(series).collect(), incomplete: false, unrequested })
    }

    fn room(&self) -> FetchLimits {
        self.server.room
    }
}
