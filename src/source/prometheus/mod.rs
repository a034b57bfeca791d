//! Prometheus and its relatives: Prometheus 2 and 3, VictoriaMetrics, Thanos, Mimir, and gateways with the same HTTP API.
//!
//! `AVG`, `SUM`, `MIN`, `MAX`, `CNT` and the percentiles of a single series are computed by the server, one step a bucket, wherever that
//! is what our own roll-up would say; counters, other percentiles and buckets with samples that are not finite are fetched raw.
//!
//! Range selectors are closed at both ends in Prometheus 2 and left-open in all others. `[300s] offset 1ms`, evaluated at a bucket's
//! end, is the half-open bucket where they are left-open, and `[299999ms] offset 1ms` where they are closed, at the millisecond
//! resolution of samples. A probe finds out which it is, see [`api::Server::dialect`].
//!
//! Metrics of one request that differ in the value of one label are one query, see [`group`].

mod api;
mod approximate;
mod config;
mod expression;
mod group;
mod metadata;
#[doc(hidden)]
pub mod promql;
mod pushdown;
#[doc(hidden)]
pub mod response;

use super::runtime::windowed_fetch;
use super::{Described, Source};
use crate::call::Call;
use crate::catalog::{Description, MetricDescriptor, MetricKind, Precision, QueryTarget, Selector, SeriesQuery};
use crate::clock::Stopwatch;
use crate::error::{Reason, SourceError};
use crate::http_client::EndpointFault;
use crate::limits::Limits;
use crate::series::Fetched;
use api::{Selected, Server};
use async_trait::async_trait;
use group::Group;
use metadata::Metadata;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;

pub use config::PrometheusConfig;
pub use config::{Operations, Settings};

/// A server that speaks the HTTP API of Prometheus.
#[derive(Debug)]
pub struct Prometheus {
    server: Server,
    /// When it was requested, and what the server answered.
    metadata: Mutex<Option<(Duration, Arc<Metadata>)>>,
    /// [`Limits::listing_age`].
    metadata_age: Duration,
    clock: Stopwatch,
}

impl Prometheus {
    /// Checks the settings; sends nothing yet.
    pub fn new(settings: Settings, limits: &Limits) -> Result<Self, EndpointFault> {
        Ok(Self {
            server: Server::new(settings, limits)?,
            metadata: Mutex::new(None),
            metadata_age: limits.listing_age,
            clock: Stopwatch::start(),
        })
    }

    /// Returns the server's metadata, requested once in a while.
    async fn metadata(&self, call: Call<'_>) -> Arc<Metadata> {
        let mut kept = self.metadata.lock().await;
        let now = self.clock.elapsed();
        if let Some((_, metadata)) = kept.as_ref().filter(|(at, _)| now.saturating_sub(*at) < self.metadata_age) {
            return Arc::clone(metadata);
        }
        let metadata = Arc::new(Metadata::fetch(&self.server, call).await);
        *kept = Some((now, Arc::clone(&metadata)));
        metadata
    }
}

/// Returns the samples of all series that `group` selects.
async fn samples(
    server: &Server,
    group: &Group<'_>,
    query: &SeriesQuery,
    call: Call<'_>,
) -> Result<Fetched, SourceError> {
    let mut fetched = windowed_fetch::fetch(&Selected { server, group }, query, call).await?;
    fetched.notes.unrequested = group.unrequested();
    Ok(fetched)
}

/// Returns the lines of a split gauge, computed by the server. Where the rows of all lines do not fit into one answer, or a label is not one
/// to group by, its samples.
async fn split(
    server: &Server,
    selector: &Selector,
    whole: &Group<'_>,
    query: &SeriesQuery,
    call: Call<'_>,
) -> Result<Fetched, SourceError> {
    let group = query.split_by.as_ref().and_then(|split_by| Group::split(selector, split_by));
    let Some(group) = group else { return samples(server, whole, query, call).await };
    match pushdown::fetch_split(server, &group, query, call).await {
        Err(error) if error.reason == Reason::TooBig => {
            tracing::debug!(detail = error.detail, "the lines of a split do not fit into one answer");
            samples(server, whole, query, call).await
        }
        fetched => fetched,
    }
}

fn no_promql() -> SourceError {
    SourceError::new(Reason::Refused, "a label that is not ASCII has no PromQL")
}

#[async_trait]
impl Source for Prometheus {
    async fn fetch(&self, query: &SeriesQuery, call: Call<'_>) -> Result<Fetched, SourceError> {
        let server = &self.server;
        let (parts, notes) = match &query.target {
            QueryTarget::Expression(expression) => {
                let gathered = expression::fetch(server, expression, query, call).await?;
                return Ok(windowed_fetch::fetched(gathered, query, call));
            }
            QueryTarget::Select(selector) => {
                let group = Group::alone(selector).ok_or_else(no_promql)?;
                let is_approximate = query.counter.precision == Precision::Approximate;
                match (query.kind, server.operations) {
                    (MetricKind::Gauge, Operations::All) if query.split_by.is_none() => {
                        pushdown::fetch(server, &group, query, call).await?
                    }
                    (MetricKind::Gauge, Operations::All) => return split(server, selector, &group, query, call).await,
                    (MetricKind::Counter, Operations::All) if is_approximate && query.split_by.is_none() => {
                        approximate::fetch(server, &group, query, call).await?
                    }
                    _ => return samples(server, &group, query, call).await,
                }
            }
        };
        Ok(Fetched { parts, notes, fetched_at_ms: call.now_ms, split: Vec::new() })
    }

    fn groups(&self, queries: &[&SeriesQuery]) -> Vec<Vec<usize>> {
        match self.server.operations {
            Operations::All => group::groups(queries),
            Operations::InstantOnly => Vec::new(),
        }
    }

    /// Returns `None` for each metric where the server rejects the common query; each is then fetched alone.
    async fn fetch_together(
        &self,
        queries: &[&SeriesQuery],
        call: Call<'_>,
    ) -> Result<Vec<Option<Fetched>>, SourceError> {
        let group = Group::of(queries).ok_or_else(no_promql)?;
        let whole = |(parts, notes)| Fetched { parts, notes, fetched_at_ms: call.now_ms, split: Vec::new() };
        match pushdown::fetch_together(&self.server, &group, queries[0], call).await {
            Ok(metrics) => Ok(metrics.into_iter().map(|parts| parts.map(whole)).collect()),
            Err(error) if error.pause.is_none() && matches!(error.reason, Reason::Refused | Reason::TooBig) => {
                tracing::debug!(detail = error.detail, "the source rejects a query for several metrics");
                Ok(vec![None; queries.len()])
            }
            Err(error) => Err(error),
        }
    }

    fn described(&self) -> Described {
        Described::ByName
    }

    async fn describe(&self, names: &[String], call: Call<'_>) -> Result<Vec<Description>, SourceError> {
        let metadata = self.metadata(call).await;
        Ok(names.iter().map(|name| metadata.describe(name)).collect())
    }

    async fn list(&self, call: Call<'_>) -> Result<Option<Vec<MetricDescriptor>>, SourceError> {
        metadata::list(&self.server, call).await.map(Some)
    }

    async fn check(&self, call: Call<'_>) -> Result<(), SourceError> {
        self.server.check(call).await
    }
}
