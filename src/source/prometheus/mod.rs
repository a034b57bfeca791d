//! Prometheus and its relatives: Prometheus 2 and 3, VictoriaMetrics, Thanos, Mimir, and gateways with the same HTTP API.
//!
//! `AVG`, `SUM`, `MIN`, `MAX`, `CNT` and the percentiles of a single series are computed over there, one step a bucket, wherever that
//! is what our own roll-up would say; counters, other percentiles and buckets with samples that are not finite are fetched raw.
//!
//! Range selectors are closed at both ends in Prometheus 2 and left-open in all others. `[300s] offset 1ms`, evaluated at a bucket's
//! end, is the half-open bucket in both, at the millisecond resolution of samples, with one exception that cannot be asked away: in
//! Prometheus 2 a sample in the very last millisecond before a bucket counts for that bucket too.

mod listed;
#[doc(hidden)]
pub mod promql;
mod pushed;
#[doc(hidden)]
pub mod reply;
mod sampled;
mod server;
mod settings;
mod written;

use crate::catalog::{Kind, SeriesQuery, Wanted};
use crate::limits::Limits;
use crate::series::Reason;
use crate::source::{Call, Fetched, Offer, Source, SourceError, raw};
use async_trait::async_trait;
use server::{Selected, Server};

pub use super::client::{Addresses, Auth, EndpointFault, Method};
pub use settings::{Operations, Settings};
pub use written::WrittenPrometheus;

/// A server that speaks the HTTP API of Prometheus.
#[derive(Debug)]
pub struct Prometheus {
    server: Server,
}

impl Prometheus {
    /// Checks the settings; asks nothing yet.
    pub fn new(settings: Settings, limits: &Limits) -> Result<Self, EndpointFault> {
        Ok(Self { server: Server::new(settings, limits)? })
    }
}

#[async_trait]
impl Source for Prometheus {
    async fn fetch(&self, query: &SeriesQuery, call: Call) -> Result<Fetched, SourceError> {
        let server = &self.server;
        let (parts, notes) = match &query.wanted {
            Wanted::Expression(expression) => sampled::fetch(server, expression, &query.grid, call.deadline).await?,
            Wanted::Select(selector) => {
                let unfit = || SourceError::new(Reason::Refused, "a label that is not ASCII is asked of no server");
                let selector = promql::selector(selector).ok_or_else(unfit)?;
                match (query.kind, server.operations) {
                    (Kind::Gauge, Operations::All) => pushed::fetch(server, &selector, query, call).await?,
                    (Kind::Counter, _) | (_, Operations::InstantOnly) => {
                        return raw::fetch(&Selected { server, selector: &selector }, query, call).await;
                    }
                }
            }
        };
        Ok(Fetched { parts, notes, fetched_at_ms: call.now_ms })
    }

    async fn list(&self, call: Call) -> Result<Option<Vec<Offer>>, SourceError> {
        listed::list(&self.server, call).await.map(Some)
    }

    async fn check(&self, call: Call) -> Result<(), SourceError> {
        self.server.instant("vector(1)[1s:1s]", call.now_ms / 1000, call.deadline).await.map(drop)
    }
}
