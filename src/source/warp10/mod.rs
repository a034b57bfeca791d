//! Warp 10 by its endpoint `/api/v0/fetch`: the readings themselves, rolled up here.
//!
//! Nothing is computed over there, so no program is ever sent. A reading is a time, perhaps a place, and a value; readings of one
//! millisecond count once, the last of them. What is neither a number nor finite is skipped and counted.

mod reply;
mod selector;
mod server;
mod settings;
mod written;

use super::{Call, Fetched, Source, SourceError, raw};
use crate::catalog::{SeriesQuery, Wanted};
use crate::limits::Limits;
use crate::series::Reason;
use async_trait::async_trait;
use server::{Selected, Server};

pub use super::client::{Auth, Endpoint, EndpointFault};
pub use settings::{Settings, Unit};
pub use written::WrittenWarp10;

/// A Warp 10 server.
#[derive(Debug)]
pub struct Warp10 {
    server: Server,
}

impl Warp10 {
    /// Checks the settings; asks nothing yet.
    pub fn new(settings: Settings, limits: &Limits) -> Result<Self, EndpointFault> {
        Ok(Self { server: Server::new(settings, limits)? })
    }
}

#[async_trait]
impl Source for Warp10 {
    async fn fetch(&self, query: &SeriesQuery, call: Call) -> Result<Fetched, SourceError> {
        let Wanted::Select(selector) = &query.wanted else {
            return Err(SourceError::new(Reason::Refused, "this source has no expressions"));
        };
        let selector = selector::selector(selector);
        raw::fetch(&Selected { server: &self.server, selector: &selector }, query, call).await
    }
}
