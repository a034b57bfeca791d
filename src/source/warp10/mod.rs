//! Warp 10 by its endpoint `/api/v0/fetch`: the readings themselves, rolled up here.
//!
//! The server computes nothing, so no program is ever sent. A reading is a time, perhaps a place, and a value; readings of one
//! millisecond count once, the last of them. What is neither a number nor finite is skipped and counted.

mod api;
mod config;
mod response;
mod selector;

use super::Source;
use super::runtime::windowed_fetch;
use crate::call::Call;
use crate::catalog::{MetricDescriptor, QueryTarget, SeriesQuery};
use crate::error::{Reason, SourceError};
use crate::http_client::EndpointFault;
use crate::limits::Limits;
use crate::series::Fetched;
use api::{Selected, Server};
use async_trait::async_trait;

pub use config::Warp10Config;
pub use config::{Settings, Unit};

/// A Warp 10 server.
#[derive(Debug)]
pub struct Warp10 {
    server: Server,
    most_found: usize,
}

impl Warp10 {
    /// Checks the settings; sends nothing yet.
    pub fn new(settings: Settings, limits: &Limits) -> Result<Self, EndpointFault> {
        // Several series may have one name.
        Ok(Self { server: Server::new(settings, limits)?, most_found: limits.listed_metrics + 1 })
    }
}

#[async_trait]
impl Source for Warp10 {
    async fn fetch(&self, query: &SeriesQuery, call: Call<'_>) -> Result<Fetched, SourceError> {
        let QueryTarget::Select(selector) = &query.target else {
            return Err(SourceError::new(Reason::Refused, "this source has no expressions"));
        };
        let text = selector::selector(selector);
        windowed_fetch::fetch(&Selected { server: &self.server, selector, text: &text }, query, call).await
    }

    async fn list(&self, call: Call<'_>) -> Result<Option<Vec<MetricDescriptor>>, SourceError> {
        self.server.find(self.most_found, call).await.map(Some)
    }

    async fn check(&self, call: Call<'_>) -> Result<(), SourceError> {
        self.server.find(1, call).await.map(drop)
    }
}
