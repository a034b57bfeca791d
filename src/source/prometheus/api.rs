//! Calls of the API, and the check that a response keeps to the requested times.

use super::config::{Operations, Settings};
use super::group::Group;
use super::promql::Dialect;
use super::{promql, response};
use crate::call::Call;
use crate::clock::Stopwatch;
use crate::error::{Reason, SourceError};
use crate::http_client::{Client, Content, EndpointFault, HttpResponse, ParamEncoding, ReadRequest};
use crate::limits::Limits;
use crate::source::runtime::sample_collector::Answer;
use crate::source::runtime::windowed_fetch::{FetchLimits, SampleSource};
use async_trait::async_trait;
use futures_util::stream::{self, StreamExt, TryStreamExt};
use serde::de::{DeserializeOwned, IgnoredAny};
use std::future::Future;
use std::ops::Range;
use std::time::Duration;
use tokio::sync::{Mutex, Semaphore};

/// A server and the limits of its calls.
#[derive(Debug)]
pub struct Server {
    client: Client,
    method: ParamEncoding,
    parameters: Vec<(String, String)>,
    /// Operations that the server has.
    pub operations: Operations,
    /// Most evaluations in one call.
    pub points_per_call: usize,
    /// Limits of one fetch.
    pub room: FetchLimits,
    /// [`Limits::calls_per_source`] permits. One fetch may have several calls in flight.
    permits: Semaphore,
    /// Calls of one fetch in flight.
    calls_per_fetch: usize,
    /// When it was found out, and what it is.
    dialect: Mutex<Option<(Duration, Dialect)>>,
    dialect_age: Duration,
    clock: Stopwatch,
}

/// An hour: the probe is evaluated so far back, because gateways answer for the present from elsewhere.
const PROBED_SECONDS_AGO: i64 = 3600;

/// Evenly spaced times of evaluation, in Unix seconds; at least one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Steps {
    /// The first.
    pub first: i64,
    /// Step in seconds.
    pub seconds: i64,
    /// Number of steps.
    pub count: usize,
}

impl Steps {
    /// Divides the steps into runs of at most `most`, in order.
    pub fn windows(self, most: usize) -> impl Iterator<Item = Self> {
        let most = most.max(1);
        (0..self.count).step_by(most).map(move |skipped| Self {
            first: self.time(skipped),
            count: most.min(self.count - skipped),
            ..self
        })
    }

    /// Returns the last step.
    pub fn last(self) -> i64 {
        self.time(self.count.saturating_sub(1))
    }

    /// Returns the index of the step at `time_ms`, in milliseconds.
    pub fn index_of(self, time_ms: i64) -> Option<usize> {
        let since_first = time_ms.checked_sub(self.first * 1000)?;
        let is_step = since_first % (self.seconds * 1000) == 0;
        let index = usize::try_from(since_first / (self.seconds * 1000)).ok()?;
        (is_step && index < self.count).then_some(index)
    }

    fn time(self, index: usize) -> i64 {
        self.first + self.seconds * i64::try_from(index).unwrap_or(i64::MAX)
    }
}

impl Server {
    /// Checks the settings.
    pub fn new(settings: Settings, limits: &Limits) -> Result<Self, EndpointFault> {
        Ok(Self {
            client: Client::new(settings.endpoint(), limits)?,
            method: match settings.operations {
                Operations::All => settings.method,
                Operations::InstantOnly => ParamEncoding::Get,
            },
            parameters: settings.parameters,
            operations: settings.operations,
            points_per_call: limits.points_per_call,
            room: FetchLimits::new(limits),
            permits: Semaphore::new(limits.calls_per_source),
            calls_per_fetch: limits.calls_per_request,
            dialect: Mutex::new(None),
            dialect_age: limits.listing_age,
            clock: Stopwatch::start(),
        })
    }

    /// Runs the calls of one fetch concurrently, as many as one request may have in flight, and returns their results in order.
    ///
    /// Fails with the first error.
    pub async fn all<T>(
        &self,
        calls: impl IntoIterator<Item = impl Future<Output = Result<T, SourceError>>>,
    ) -> Result<Vec<T>, SourceError> {
        stream::iter(calls).buffered(self.calls_per_fetch).try_collect().await
    }

    /// Returns the server's dialect. One call finds it out; the result is reused for [`Limits::listing_age`], because another version of
    /// the server may take its place. Concurrent fetches share the call.
    ///
    /// A server that refuses the probe gets the queries that every server understands. Fails where the server does not answer at all.
    pub async fn dialect(&self, call: Call<'_>) -> Result<Dialect, SourceError> {
        let mut kept = self.dialect.lock().await;
        let now = self.clock.elapsed();
        if let Some((_, dialect)) = kept.filter(|(asked, _)| now.saturating_sub(*asked) < self.dialect_age) {
            return Ok(dialect);
        }
        let seconds = 60;
        let first = (call.now_ms.div_euclid(1000) - PROBED_SECONDS_AGO).div_euclid(seconds) * seconds;
        let probed = self.range(&promql::probe(), Steps { first, seconds, count: 1 }, call).await;
        let dialect = match probed {
            Ok(answer) => dialect_shown(&answer),
            Err(error) if error.pause.is_some() || matches!(error.reason, Reason::Down | Reason::Timeout) => {
                return Err(error);
            }
            Err(error) => {
                tracing::debug!(detail = error.detail, "the source rejects the query that finds out its dialect");
                Dialect::default()
            }
        };
        *kept = Some((now, dialect));
        Ok(dialect)
    }

    /// Evaluates `expression` at each of `steps`. Points at other times are dropped, and make the answer incomplete.
    pub async fn range(&self, expression: &str, steps: Steps, call: Call<'_>) -> Result<Answer, SourceError> {
        let (start, end, step) = (steps.first.to_string(), steps.last().to_string(), steps.seconds.to_string());
        let parameters = [("query", expression), ("start", &start), ("end", &end), ("step", &step)];
        let mut answer = self.ask("api/v1/query_range", &parameters, call).await?;
        if answer.series.len() > self.room.series() {
            return Err(SourceError::new(Reason::TooBig, format!("{} series for one question", answer.series.len())));
        }
        let mut strays = 0;
        for series in &mut answer.series {
            let answered = series.points.len();
            series.points.retain(|&(time_ms, _)| steps.index_of(time_ms).is_some());
            strays += answered - series.points.len();
        }
        if strays > 0 {
            tracing::warn!(points = strays, "the source answered for other times than those asked for");
            answer.incomplete = true;
        }
        Ok(answer)
    }

    /// Evaluates `expression`, which yields samples, in the last millisecond before `end`, a Unix second.
    pub async fn instant(&self, expression: &str, end: i64, call: Call<'_>) -> Result<Answer, SourceError> {
        let time = format!("{:.3}", (end * 1000 - 1) as f64 / 1000.0);
        self.ask("api/v1/query", &[("query", expression), ("time", &time)], call).await
    }

    async fn ask(&self, path: &str, own: &[(&str, &str)], call: Call<'_>) -> Result<Answer, SourceError> {
        self.reply(path, own, call).await?.read(call.memory, response::parse).await
    }

    /// Returns the `data` of a call that has no samples.
    pub async fn data<T>(&self, path: &str, own: &[(&str, &str)], call: Call<'_>) -> Result<T, SourceError>
    where
        T: DeserializeOwned + Send + 'static,
    {
        self.reply(path, own, call).await?.read(call.memory, response::parse_data).await
    }

    /// Requests the names of its metrics, at most one where the server knows a limit. A proxy that restricts queries may reject one that
    /// names no metric, and Aetos before 2026 rejects the limit. Takes no permit: slow queries may hold all of them, which says nothing about
    /// the server.
    pub async fn check(&self, call: Call<'_>) -> Result<(), SourceError> {
        let limit: &[(&str, &str)] = match self.operations {
            Operations::All => &[("limit", "1")],
            Operations::InstantOnly => &[],
        };
        let reply = self.send("api/v1/label/__name__/values", limit, call).await?;
        reply.read(call.memory, response::parse_data::<Vec<IgnoredAny>>).await.map(drop)
    }

    async fn reply(&self, path: &str, own: &[(&str, &str)], call: Call<'_>) -> Result<HttpResponse, SourceError> {
        let closed = |_| SourceError::new(Reason::Down, "the source takes no more calls");
        let _permit = self.permits.acquire().await.map_err(closed)?;
        self.send(path, own, call).await
    }

    async fn send(&self, path: &str, own: &[(&str, &str)], call: Call<'_>) -> Result<HttpResponse, SourceError> {
        let configured = self.parameters.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let parameters: Vec<_> = own.iter().copied().chain(configured).collect();
        let content = Content::Parameters(&parameters, self.method);
        self.client.get_idempotent(ReadRequest { path, content }, call).await
    }
}

/// Returns the dialect that the response to [`promql::probe`] shows.
fn dialect_shown(answer: &Answer) -> Dialect {
    let value = |name: &str| {
        let mut rows = answer.series.iter().filter(|row| row.labels.get(promql::COLUMN).is_some_and(|is| is == name));
        rows.find_map(|row| row.points.first()).map(|(_, value)| *value)
    };
    Dialect { closed_ranges: value("closed") == Some(2.0), keeps_nan: value("nan").is_some_and(f64::is_nan) }
}

/// Some series of a server.
#[derive(Debug)]
pub struct Selected<'a> {
    pub server: &'a Server,
    pub group: &'a Group<'a>,
}

#[async_trait]
impl SampleSource for Selected<'_> {
    /// Sends an instant query for a range vector; no number of points limits it. A few samples may precede the window.
    async fn samples(&self, window: &Range<i64>, call: Call<'_>) -> Result<Answer, SourceError> {
        let expression = promql::raw(&self.group.selector, window.end - window.start);
        let mut answer = self.server.instant(&expression, window.end, call).await?;
        self.group.keep_requested(&mut answer);
        Ok(answer)
    }

    fn room(&self) -> FetchLimits {
        self.server.room
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_cover_every_step_once() {
        let steps = Steps { first: 600, seconds: 300, count: 7 };
        let windows: Vec<_> = steps.windows(3).map(|w| (w.first, w.last(), w.count)).collect();
        assert_eq!(windows, [(600, 1200, 3), (1500, 2100, 3), (2400, 2400, 1)]);
    }

    #[test]
    fn only_the_times_asked_for_are_steps() {
        let steps = Steps { first: 600, seconds: 300, count: 3 };
        let index = |ms| steps.index_of(ms);
        assert_eq!((index(600_000), index(1_200_000)), (Some(0), Some(2)));
        for ms in [599_999, 600_001, 300_000, 750_000, 1_500_000, i64::MIN, i64::MAX] {
            assert_eq!(index(ms), None, "{ms}");
        }
    }
}
