//! Sources of time series: one module for each type of source. What two types share is in `config` and `runtime`.
//!
//! A source knows plans and series, never requests or charts. A fetch returns its data or a [`crate::error::Reason`]; texts of the
//! upstream server go to the log, never to the client.

pub mod config;
mod demo;
mod file;
pub mod gnocchi;
mod number;
pub mod opentsdb;
mod ovh;
pub mod paasta;
pub mod prometheus;
mod registry;
mod requested;
#[doc(hidden)]
pub mod runtime;
pub mod warp10;

pub use demo::Demo;
pub use file::{File, FileFault, Unreadable};
pub use registry::{AnySourceConfig, Keys};
pub use runtime::fan_out::{Inventory, SourceSet};
pub use runtime::guarded::SourceStatus;

use crate::call::Call;
use crate::catalog::{Description, MetricDescriptor, SeriesQuery};
use crate::error::SourceError;
use crate::series::Fetched;
use async_trait::async_trait;

/// A source of series.
#[async_trait]
pub trait Source: Send + Sync + std::fmt::Debug {
    /// Fetches the data of one query. A metric that does not exist has an empty result, not an error.
    async fn fetch(&self, query: &SeriesQuery, call: Call<'_>) -> Result<Fetched, SourceError>;

    /// Returns groups of at least two of `queries`, by index, each of which [`Source::fetch_together`] may answer with fewer calls than
    /// [`Source::fetch`] for each. No query is in two groups.
    fn groups(&self, _queries: &[&SeriesQuery]) -> Vec<Vec<usize>> {
        Vec::new()
    }

    /// Answers one of [`Source::groups`], in order: `None` for each query that has to be fetched alone.
    async fn fetch_together(
        &self,
        queries: &[&SeriesQuery],
        _call: Call<'_>,
    ) -> Result<Vec<Option<Fetched>>, SourceError> {
        Ok(vec![None; queries.len()])
    }

    /// Starts background sampling. The server calls it once, on its runtime, before the first query; sampling ends when the source is
    /// dropped.
    fn begin(&self) {}

    /// Returns the parts of its own data that it could not read when it was opened, one line each with its place. Charts lack them.
    fn defects(&self) -> Vec<String> {
        Vec::new()
    }

    /// Returns its metrics, sorted; `None` where the server cannot list them.
    async fn list(&self, _call: Call<'_>) -> Result<Option<Vec<MetricDescriptor>>, SourceError> {
        Ok(None)
    }

    /// Returns the place where [`Source::describe`] and the service find kinds and units.
    fn described(&self) -> Described {
        Described::Nowhere
    }

    /// Returns what the source's metadata says of each of `names`, in their order; used where [`Described::ByName`].
    async fn describe(&self, names: &[String], _call: Call<'_>) -> Result<Vec<Description>, SourceError> {
        Ok(vec![Description::default(); names.len()])
    }

    /// Checks that the source responds, with a cheap call.
    async fn check(&self, call: Call<'_>) -> Result<(), SourceError> {
        self.list(call).await.map(drop)
    }
}

/// The place where a source has the kinds and units of its metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Described {
    /// It has none.
    Nowhere,
    /// The list of its metrics has them.
    InList,
    /// It answers for names, which takes less than its list.
    ByName,
}
