//! Gnocchi 4.3 and later, the time series of OpenStack's telemetry.
//!
//! Gnocchi keeps no samples: for each granularity of a metric's archive policy it keeps aggregates, in buckets that begin at multiples of it
//! and carry their start, as ours do. Where these add up to what our own roll-up would say of the samples, they are the answer;
//! counters, and whatever else does not add up, take the finest aggregates as samples, which they are wherever the granularity is the
//! interval of the samples. Where Gnocchi counts more than one sample in them, the answer is incomplete.

mod api;
mod config;
mod measures;
mod metadata;
mod policy;
mod pushdown;
mod resources;
#[doc(hidden)]
pub mod response;

use super::runtime::windowed_fetch;
use super::{Described, Source};
use crate::call::Call;
use crate::catalog::{MetricDescriptor, MetricKind, QueryTarget, SeriesQuery};
use crate::error::{Reason, SourceError};
use crate::http_client::{Endpoint, EndpointFault};
use crate::limits::Limits;
use crate::series::Fetched;
use api::Server;
use async_trait::async_trait;
use measures::Stored;
use resources::Found;

pub use config::GnocchiConfig;
#[doc(hidden)]
pub use resources::segment;

/// A Gnocchi server.
#[derive(Debug)]
pub struct Gnocchi {
    server: Server,
}

impl Gnocchi {
    /// Checks the settings; sends nothing yet. The endpoint goes up to where `/v1/…` begins.
    pub fn new(endpoint: Endpoint, limits: &Limits) -> Result<Self, EndpointFault> {
        Ok(Self { server: Server::new(endpoint, limits)? })
    }
}

#[async_trait]
impl Source for Gnocchi {
    async fn fetch(&self, query: &SeriesQuery, call: Call<'_>) -> Result<Fetched, SourceError> {
        let QueryTarget::Select(selector) = &query.target else {
            return Err(SourceError::new(Reason::Refused, "this source has no expressions"));
        };
        let Found { metrics, unrequested } = resources::metrics(&self.server, selector, call).await?;
        if unrequested > 0 {
            tracing::warn!(metrics = unrequested, "the source returned metrics that were not requested: left out");
        }
        let noted = |mut fetched: Fetched| {
            fetched.notes.unrequested += unrequested;
            fetched
        };
        if query.kind == MetricKind::Gauge
            && let Some(fetched) = pushdown::fetch(&self.server, &metrics, query, call).await?
        {
            return Ok(noted(fetched));
        }
        windowed_fetch::fetch(&Stored::new(&self.server, &metrics, query, call.now_ms)?, query, call).await.map(noted)
    }

    fn described(&self) -> Described {
        Described::InList
    }

    async fn list(&self, call: Call<'_>) -> Result<Option<Vec<MetricDescriptor>>, SourceError> {
        metadata::offers(&self.server, call).await.map(Some)
    }

    async fn check(&self, call: Call<'_>) -> Result<(), SourceError> {
        self.server.page("v1/metric", &[("limit", "1")], call).await.map(drop)
    }
}
