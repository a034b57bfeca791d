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
use crate::catalog::{Offer, Selector, SeriesQuery, Wanted};
use crate::error::{Reason, SourceError};
use crate::http_client::ovh::Api;
use crate::limits::Limits;
use crate::series::Fetched;
use crate::source::runtime::sample_collector::Answer;
use crate::source::runtime::windowed_fetch;
use crate::source::runtime::windowed_fetch::{HasSamples, Room};
use crate::source::{Described, Source};
use async_trait::async_trait;
use memory::Memory;
use rounds::Rounds;
use sampling::Sampling;
use std::ops::Range;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

pub use config::WrittenOvhLive;
use watched::{Ids, Kind, Watched};

/// How often is sampled, and for how long samples are kept.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// Between the beginnings of two rounds.
    pub interval: Duration,
    /// After that a sample is forgotten.
    pub keep: Duration,
}

/// Live values of some Private Clouds.
#[derive(Debug)]
pub struct Live {
    rounds: Arc<Rounds>,
    sampling: OnceLock<Sampling>,
    room: Room,
}

impl Live {
    /// Asks nothing yet. At most [`Limits::samples_per_fetch`] samples are kept, whatever `pace` says.
    pub fn new(api: Api, watched: Vec<Watched>, pace: Pace, limits: &Limits) -> Self {
        let memory = Memory::new(pace.keep, limits.samples_per_fetch);
        let rounds = Arc::new(Rounds::new(api, watched, memory, pace.interval, limits));
        Self { rounds, sampling: OnceLock::new(), room: Room::new(limits) }
    }
}

#[async_trait]
impl Source for Live {
    async fn fetch(&self, query: &SeriesQuery, call: Call<'_>) -> Result<Fetched, SourceError> {
        let Wanted::Select(selector) = &query.wanted else {
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

    /// What has samples. Where nothing has any, everything is sampled first.
    async fn list(&self, call: Call<'_>) -> Result<Option<Vec<Offer>>, SourceError> {
        let idle = self.rounds.memory().is_empty();
        let sampled = if idle { self.rounds.sample(call.deadline).await } else { Ok(()) };
        match (self.rounds.memory().offers(), sampled) {
            (offers, Err(error)) if offers.is_empty() => Err(error),
            (offers, _) => Ok(Some(offers)),
        }
    }

    /// One call for each kind of thing in each data centre.
    async fn check(&self, call: Call<'_>) -> Result<(), SourceError> {
        self.rounds.check(call.deadline).await
    }
}

/// Some series of it.
struct Selected<'a> {
    live: &'a Live,
    selector: &'a Selector,
}

#[async_trait]
impl HasSamples for Selected<'_> {
    async fn samples(&self, window: &Range<i64>, _call: Call<'_>) -> Result<Answer, SourceError> {
        Ok(self.live.rounds.memory().select(self.selector, window))
    }

    fn room(&self) -> Room {
        self.live.room
    }
}
