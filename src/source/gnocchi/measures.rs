//! The finest aggregates that are kept, in the place of samples.

use super::api::{Server, together};
use super::policy::AggregateQuery;
use super::response::Metric;
use crate::call::Call;
use crate::catalog::SeriesQuery;
use crate::error::{Reason, SourceError};
use crate::source::runtime::sample_collector::{Answer, Series};
use crate::source::runtime::windowed_fetch::{FetchLimits, SampleSource};
use async_trait::async_trait;
use std::collections::BTreeMap;
use std::ops::Range;

/// Some metrics of a server, and the aggregates to request of each.
#[derive(Debug)]
pub struct Stored<'a> {
    server: &'a Server,
    metrics: Vec<(&'a Metric, AggregateQuery)>,
}

impl<'a> Stored<'a> {
    /// Fails where a policy stores nothing that could be a sample.
    pub fn new(
        server: &'a Server,
        metrics: &'a [Metric],
        query: &SeriesQuery,
        now_ms: i64,
    ) -> Result<Self, SourceError> {
        let start = query.sample_range(now_ms).start;
        let asked = |metric: &'a Metric| {
            let asked = metric.policy.as_samples(query.statistic, query.kind, start, now_ms);
            let nothing = || {
                SourceError::new(Reason::Refused, "the archive policy keeps no mean, last, min, max, first or median")
            };
            let asked = asked.ok_or_else(nothing)?;
            if asked.aggregations.len() == 1 {
                tracing::debug!(
                    metric = metric.id,
                    seconds = asked.granularity,
                    "without a count, each aggregate is a sample"
                );
            }
            Ok((metric, asked))
        };
        Ok(Self { server, metrics: metrics.iter().map(asked).collect::<Result<_, _>>()? })
    }
}

#[async_trait]
impl SampleSource for Stored<'_> {
    async fn samples(&self, window: &Range<i64>, call: Call<'_>) -> Result<Answer, SourceError> {
        let calls = self.metrics.iter().map(|(metric, asked)| self.server.columns(&metric.id, asked, window, call));
        let mut answer = Answer::default();
        for (columns, (metric, _)) in together(calls.collect()).await?.into_iter().zip(&self.metrics) {
            let mut columns = columns.into_iter();
            let values = columns.next().unwrap_or_default();
            // Where nothing is counted it is not known, and each counts as one.
            answer.incomplete |= columns.flatten().any(|(_, count)| count > 1.0);
            let labels = BTreeMap::from([("id".to_owned(), metric.id.clone())]);
            let points = values.into_iter().map(|(second, value)| (second.saturating_mul(1000), value)).collect();
            answer.series.push(Series { labels, points });
        }
        Ok(answer)
    }

    fn room(&self) -> FetchLimits {
        self.server.room
    }
}
