//! The two calls of the API that charts need, and the check that an answer keeps to the times that were asked for.
//!
//! Used by the ways of fetching beside it.

use super::settings::{Operations, Settings};
use super::{listed, promql, reply};
use crate::clock::Deadline;
use crate::limits::Limits;
use crate::series::Reason;
use crate::source::SourceError;
use crate::source::client::{Client, Content, EndpointFault, Method, Question, Reply};
use crate::source::gathered::Answer;
use crate::source::raw::{HasSamples, Room};
use async_trait::async_trait;
use serde::de::DeserializeOwned;
use std::ops::Range;

/// One server and how much may be asked of it.
#[derive(Debug)]
pub struct Server {
    client: Client,
    method: Method,
    parameters: Vec<(String, String)>,
    /// What it can be asked.
    pub operations: Operations,
    /// Most evaluations in one call.
    pub points_per_call: usize,
    /// For the samples of one fetch.
    pub room: Room,
}

/// Evenly spaced times of evaluation, in Unix seconds; at least one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Steps {
    /// The first.
    pub first: i64,
    /// From one to the next.
    pub seconds: i64,
    /// How many.
    pub count: usize,
}

impl Steps {
    /// The same times in runs of at most `most`, in order.
    pub fn windows(self, most: usize) -> impl Iterator<Item = Self> {
        let most = most.max(1);
        (0..self.count).step_by(most).map(move |skipped| Self {
            first: self.time(skipped),
            count: most.min(self.count - skipped),
            ..self
        })
    }

    /// The last.
    pub fn last(self) -> i64 {
        self.time(self.count.saturating_sub(1))
    }

    /// Which of them `time_ms` is, in milliseconds.
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
                Operations::InstantOnly => Method::Get,
            },
            parameters: settings.parameters,
            operations: settings.operations,
            points_per_call: limits.points_per_call,
            room: Room::new(limits),
        })
    }

    /// `expression` at each of `steps`. Points at other times are dropped, and make the answer incomplete.
    pub async fn range(&self, expression: &str, steps: Steps, deadline: Deadline) -> Result<Answer, SourceError> {
        let (start, end, step) = (steps.first.to_string(), steps.last().to_string(), steps.seconds.to_string());
        let parameters = [("query", expression), ("start", &start), ("end", &end), ("step", &step)];
        let mut answer = self.ask("api/v1/query_range", &parameters, deadline).await?;
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

    /// `expression`, which yields samples, evaluated in the last millisecond before `end`, a Unix second.
    pub async fn instant(&self, expression: &str, end: i64, deadline: Deadline) -> Result<Answer, SourceError> {
        let time = format!("{:.3}", (end * 1000 - 1) as f64 / 1000.0);
        self.ask("api/v1/query", &[("query", expression), ("time", &time)], deadline).await
    }

    async fn ask(&self, path: &str, own: &[(&str, &str)], deadline: Deadline) -> Result<Answer, SourceError> {
        self.reply(path, own, deadline).await?.read(reply::parse).await
    }

    /// What a call answers that is not about samples.
    pub async fn data<T>(&self, path: &str, own: &[(&str, &str)], deadline: Deadline) -> Result<T, SourceError>
    where
        T: DeserializeOwned + Send + 'static,
    {
        self.reply(path, own, deadline).await?.read(listed::parse).await
    }

    async fn reply(&self, path: &str, own: &[(&str, &str)], deadline: Deadline) -> Result<Reply, SourceError> {
        let configured = self.parameters.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let parameters: Vec<_> = own.iter().copied().chain(configured).collect();
        let content = Content::Parameters(&parameters, self.method);
        self.client.ask(Question { path, content }, deadline).await
    }
}

/// Some series of a server.
#[derive(Debug)]
pub struct Selected<'a> {
    pub server: &'a Server,
    /// In PromQL.
    pub selector: &'a str,
}

#[async_trait]
impl HasSamples for Selected<'_> {
    /// An instant query for a range vector gives them; it is bounded by no number of points. A few may be from before the window.
    async fn samples(&self, window: &Range<i64>, deadline: Deadline) -> Result<Answer, SourceError> {
        let expression = promql::raw(self.selector, window.end - window.start);
        self.server.instant(&expression, window.end, deadline).await
    }

    fn room(&self) -> Room {
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
