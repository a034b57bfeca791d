//! PaaS-TA's monitoring of OpenStack: six charts of an instance, from the agents of Monasca.
//!
//! Each chart is requested in groups as long as the agents' interval and rolled up here. The server takes the mean of a group of CPU and
//! memory, but the sum of a group of disk and network, though what it sums is a rate already; over longer groups the result would be too large
//! by their length. Times are relative to the server's clock, see [`offsets`].

mod api;
mod config;
mod offsets;
mod operation;
mod response;
mod session;

use super::runtime::windowed_fetch;
use super::{Described, Source};
use crate::call::Call;
use crate::catalog::{MetricDescriptor, QueryTarget, SeriesQuery};
use crate::error::{Reason, SourceError};
use crate::http_client::EndpointFault;
use crate::limits::Limits;
use crate::series::Fetched;
use api::{Chart, Server};
use async_trait::async_trait;
use operation::{Asked, Operation};

pub use config::PaasTaConfig;
pub use config::{Interval, Login, Settings};

/// A server of PaaS-TA's monitoring.
#[derive(Debug)]
pub struct PaasTa {
    server: Server,
}

impl PaasTa {
    /// Checks the settings; sends nothing yet.
    pub fn new(settings: Settings, limits: &Limits) -> Result<Self, EndpointFault> {
        Ok(Self { server: Server::new(settings, limits)? })
    }
}

#[async_trait]
impl Source for PaasTa {
    async fn fetch(&self, query: &SeriesQuery, call: Call<'_>) -> Result<Fetched, SourceError> {
        let QueryTarget::Select(selector) = &query.target else {
            return Err(SourceError::new(Reason::Refused, "this source has no expressions"));
        };
        let Some(asked) = Asked::new(selector)? else {
            return Ok(Fetched { fetched_at_ms: call.now_ms, ..Fetched::default() });
        };
        let chart = Chart { server: &self.server, asked, now: call.now_ms.div_euclid(1000) };
        windowed_fetch::fetch(&chart, query, call).await
    }

    fn described(&self) -> Described {
        Described::InList
    }

    /// Returns the charts, once there is an instance that runs.
    async fn list(&self, call: Call<'_>) -> Result<Option<Vec<MetricDescriptor>>, SourceError> {
        let has_running = self.server.has_running(call).await?;
        Ok(Some(if has_running { Operation::offers() } else { Vec::new() }))
    }

    /// Requests the summary of projects, for which the server queries no samples.
    async fn check(&self, call: Call<'_>) -> Result<(), SourceError> {
        self.server.projects(call).await.map(drop)
    }
}
