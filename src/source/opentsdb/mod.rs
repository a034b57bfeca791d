//! OpenTSDB 2.3 and later, and OVH's Erlenmeyer, which answers the same question from Warp 10.
//!
//! The points themselves are fetched (`aggregator: none`) and rolled up here. A grid that is longer than the operator wants to fetch
//! is computed by the server where the result is equal: AVG, SUM, MIN, MAX and CNT of a gauge in buckets that begin at multiples of
//! their length, each requested together with its sum. Points are fetched where times or values of the response leave a doubt.
//!
//! Percentiles are always computed here: OpenTSDB's follow another definition than ours.

mod api;
mod config;
mod pushdown;
#[doc(hidden)]
pub mod query;
#[doc(hidden)]
pub mod response;

use super::Source;
use super::runtime::windowed_fetch;
use crate::call::Call;
use crate::catalog::{MetricDescriptor, MetricKind, QueryTarget, SeriesQuery};
use crate::error::{Reason, SourceError};
use crate::http_client::EndpointFault;
use crate::limits::Limits;
use crate::series::Fetched;
use api::{Selected, Server};
use async_trait::async_trait;
use query::Series;

pub use config::OpenTsdbConfig;
pub use config::{Dialect, Settings, Unknown};

/// A server that answers `/api/query`.
#[derive(Debug)]
pub struct OpenTsdb {
    server: Server,
    raw_seconds: i64,
    most_listed: usize,
}

impl OpenTsdb {
    /// Checks the settings; sends nothing yet.
    pub fn new(settings: Settings, limits: &Limits) -> Result<Self, EndpointFault> {
        let (raw_seconds, most_listed) = (settings.raw_seconds, limits.listed_metrics);
        Ok(Self { server: Server::new(settings, limits)?, raw_seconds, most_listed })
    }
}

#[async_trait]
impl Source for OpenTsdb {
    async fn fetch(&self, query: &SeriesQuery, call: Call<'_>) -> Result<Fetched, SourceError> {
        let QueryTarget::Select(selector) = &query.target else {
            return Err(SourceError::new(Reason::Refused, "this source has no expressions"));
        };
        let unfit =
            || SourceError::new(Reason::Refused, "a name or value that would not be taken literally is not sent");
        let series = Series::new(selector, self.server.dialect).ok_or_else(unfit)?;
        let range = query.grid.range();
        let is_long = range.end - range.start > self.raw_seconds;
        if query.kind == MetricKind::Gauge
            && query.split_by.is_none()
            && is_long
            && let Some(fetched) = pushdown::fetch(&self.server, &series, query, call).await?
        {
            return Ok(fetched);
        }
        windowed_fetch::fetch(&Selected { server: &self.server, series: &series }, query, call).await
    }

    async fn list(&self, call: Call<'_>) -> Result<Option<Vec<MetricDescriptor>>, SourceError> {
        // One more than there may be, or a list that was cut would look whole.
        let mut names = self.server.names(self.most_listed + 1, call).await?;
        names.sort();
        Ok(Some(names.into_iter().map(MetricDescriptor::named).collect()))
    }

    async fn check(&self, call: Call<'_>) -> Result<(), SourceError> {
        self.server.names(1, call).await.map(drop)
    }
}
