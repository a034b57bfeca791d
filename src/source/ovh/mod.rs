//! Live values of filers, hosts and virtual machines as a source: they are sampled in the background, because the API tells only the
//! present.
//!
//! Sampling begins when the service does, and ends when the source is dropped. What was sampled is in memory alone: a chart begins
//! with the process, and a round that failed is a gap. The samples are rolled up like any other source's.

mod config;
mod field;
mod memory;
mod rounds;
mod sampling;
#[cfg(test)]
mod tests;
mod watched;

use crate::call::Call;
use crate::catalog::{MetricDescriptor, QueryTarget, Selector, SeriesQuery};
use crate::error::{Reason, SourceError};
use crate::http_client::ovh::Api;
use crate::limits::Limits;
use crate::series::Fetched;
use crate::source::runtime::sample_collector::Answer;
use crate::source::runtime::windowed_fetch;
use crate::source::runtime::windowed_fetch::{FetchLimits, SampleSource};
use crate::source::{Described, Source};
use async_trait::async_trait;
use memory::SampleStore;
use rounds::Rounds;
use sampling::Sampling;
use std::ops::Range;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

pub use config::OvhLiveConfig;
use watched::{Ids, ObjectKind, SampledObjects};

/// Sampling interval and retention.
#[derive(Debug, Clone, Copy)]
pub struct SamplingPolicy {
    /// Time between the starts of two rounds.
    pub interval: Duration,
    /// After that a sample is forgotten.
    pub keep: Duration,
}

/// Live values of some Private Clouds.
#[derive(Debug)]
pub struct OvhLive {
    rounds: Arc<Rounds>,
    sampling: OnceLock<Sampling>,
    room: FetchLimits,
}

impl OvhLive {
    /// Asks nothing yet. At most [`Limits::samples_per_fetch`] samples are kept, whatever `pace` says.
    pub fn new(api: Api, watched: Vec<SampledObjects>, pace: SamplingPolicy, limits: &Limits) -> Self {
        let memory = SampleStore::new(pace.keep, limits.samples_per_fetch);
        let rounds = Arc::new(Rounds::new(api, watched, memory, pace.interval, limits));
        Self { rounds, sampling: OnceLock::new(), room: FetchLimits::new(limits) }
    }
}

#[async_trait]
impl Source for OvhLive {
    async fn fetch(&self, query: &SeriesQuery, call: Call<'_>) -> Result<Fetched, SourceError> {
        let QueryTarget::Select(selector) = &query.target else {
            return Err(SourceError::new(Reason::Refused, "this source has no expressions"));
        };
        windowed_fetch::fetch(&Selected { live: self, selector }, query, call).await
    }

    fn begin(&self) {
        self.sampling.get_or_init(|| Sampling::begin(Arc::clone(&self.rounds)));
    }

    fn described(&self) -> Described {
        Described::InList
    }

    /// Returns the metrics with samples. Samples everything first where there are none.
    async fn list(&self, call: Call<'_>) -> Result<Option<Vec<MetricDescriptor>>, SourceError> {
        let idle = self.rounds.memory().is_empty();
        let sampled = if idle { self.rounds.sample(call.deadline).await } else { Ok(()) };
        match (self.rounds.memory().offers(), sampled) {
            (offers, Err(error)) if offers.is_empty() => Err(error),
            (offers, _) => Ok(Some(offers)),
        }
    }

    /// Sends one call for each kind of object in each data centre.
    async fn check(&self, call: Call<'_>) -> Result<(), SourceError> {
        self.rounds.check(call.deadline).await
    }
}

/// Some series of it.
struct Selected<'a> {
    live: &'a OvhLive,
    selector: &'a Selector,
}

#[async_trait]
impl SampleSource for Selected<'_> {
    async fn samples(&self, window: &Range<i64>, _call: Call<'_>) -> Result<Answer, SourceError> {
        Ok(self.live.rounds.memory().select(self.selector, window))
    }

    fn room(&self) -> FetchLimits {
        self.live.room
    }
}
