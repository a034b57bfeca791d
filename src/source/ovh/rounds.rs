//! One round of sampling: requests the values of each object once, and stores them with the time of the response.
//!
//! Run by [`super::sampling`] again and again. What fails is a gap; it is logged when what fails changes, not each time.

use super::memory::{Labels, SampleStore};
use super::{Ids, SampledObjects, field};
use crate::clock::{Deadline, now_ms};
use crate::error::{Reason, SourceError};
use crate::http_client::ovh::{Api, PathSegment};
use crate::limits::Limits;
use futures_util::future::join_all;
use parking_lot::{Mutex, MutexGuard};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// Things in one round; what is more is left out.
const MOST_THINGS: usize = 2000;
/// Calls at once, so that others can use the API as well.
const AT_ONCE: usize = 4;

/// Everything that a round needs.
#[derive(Debug)]
pub struct Rounds {
    api: Api,
    watched: Vec<SampledObjects>,
    memory: Mutex<SampleStore>,
    /// Call and reason, of the last round.
    failing: Mutex<BTreeMap<String, Reason>>,
    /// Time between the starts of two rounds.
    pub interval: Duration,
    call_time: Duration,
}

impl Rounds {
    /// Asks nothing yet.
    pub fn new(
        api: Api,
        watched: Vec<SampledObjects>,
        memory: SampleStore,
        interval: Duration,
        limits: &Limits,
    ) -> Self {
        let (memory, failing) = (Mutex::new(memory), Mutex::default());
        Self { api, watched, memory, failing, interval, call_time: limits.source_total }
    }

    /// Returns the samples.
    pub fn memory(&self) -> MutexGuard<'_, SampleStore> {
        self.memory.lock()
    }

    /// Runs one round until `deadline`. A failure does not stop the rest; the result is one of the failures.
    pub async fn sample(&self, deadline: Deadline) -> Result<(), SourceError> {
        let mut failed = BTreeMap::new();
        let mut things = Vec::new();
        for watched in &self.watched {
            match self.ids(watched, deadline).await {
                Ok(ids) => things.extend(ids.into_iter().map(|id| (watched, id))),
                Err(error) => _ = failed.insert(watched.list(), error),
            }
        }
        if things.len() > MOST_THINGS {
            let error =
                SourceError::new(Reason::TooBig, format!("more than {MOST_THINGS} things: the rest is left out"));
            failed.insert("a round".to_owned(), error);
            things.truncate(MOST_THINGS);
        }
        for some in things.chunks(AT_ONCE) {
            let answers = join_all(some.iter().map(|(watched, id)| self.one(watched, id, deadline))).await;
            for ((watched, id), answer) in some.iter().zip(answers) {
                if let Err(error) = answer {
                    failed.insert(watched.one(id), error);
                }
            }
        }
        if self.memory().forget(now_ms()) > 0 {
            let error = SourceError::new(Reason::TooBig, "there is no room for all samples: the oldest are forgotten");
            failed.insert("a round".to_owned(), error);
        }
        self.tell(&failed);
        failed.into_values().next().map_or(Ok(()), Err)
    }

    /// Checks that each list can be read, or the first object where no list is configured.
    pub async fn check(&self, deadline: Deadline) -> Result<(), SourceError> {
        for watched in &self.watched {
            match &watched.ids {
                Ids::All => drop(self.ids(watched, deadline).await?),
                Ids::Listed(ids) => {
                    if let Some(id) = ids.first() {
                        self.api.get::<Map<String, Value>>(&watched.one(id), deadline).await?;
                    }
                }
            }
        }
        Ok(())
    }

    async fn ids(&self, watched: &SampledObjects, deadline: Deadline) -> Result<Vec<PathSegment>, SourceError> {
        match &watched.ids {
            Ids::Listed(ids) => Ok(ids.clone()),
            Ids::All => {
                let ids: Vec<u64> = self.api.get(&watched.list(), deadline.at_most(self.call_time)).await?;
                Ok(ids.into_iter().map(PathSegment::from).collect())
            }
        }
    }

    async fn one(&self, watched: &SampledObjects, id: &PathSegment, deadline: Deadline) -> Result<(), SourceError> {
        let deadline = deadline.at_most(self.call_time);
        let answer: Map<String, Value> = self.api.get(&watched.one(id), deadline).await?;
        if !is_of(watched, id, &answer) {
            return Err(SourceError::new(Reason::Malformed, "the answer has the id of another thing"));
        }
        let time_ms = now_ms();
        let numbers = field::numbers(watched.kind, &answer);
        self.memory().add(&labels(watched, id, &answer), time_ms, &numbers);
        Ok(())
    }

    /// Logs what fails, if that is something else than in the round before.
    fn tell(&self, failed: &BTreeMap<String, SourceError>) {
        let now = failed.iter().map(|(call, error)| (call.clone(), error.reason)).collect();
        let mut before = self.failing.lock();
        if *before == now {
            return;
        }
        *before = now;
        match failed.first_key_value() {
            Some((call, error)) => {
                let (calls, reason) = (failed.len(), error.reason.word());
                tracing::warn!(calls, call, reason, detail = error.detail, "live values cannot be sampled: a gap");
            }
            None => tracing::info!("live values are sampled again, all of them"),
        }
    }
}

/// Returns whether the answer is about the thing with this id. The answer names it in `filerId`, `hostId` or `vmId`, if at all.
fn is_of(watched: &SampledObjects, id: &PathSegment, answer: &Map<String, Value>) -> bool {
    match answer.get(&format!("{}Id", watched.kind.word())) {
        Some(Value::Number(told)) => told.to_string() == id.as_str(),
        Some(Value::String(told)) => told == id.as_str(),
        _ => true,
    }
}

/// Returns the labels: location, id under the word of the object's kind, and name where it has one.
fn labels(watched: &SampledObjects, id: &PathSegment, answer: &Map<String, Value>) -> Labels {
    let name = answer.get("name").and_then(Value::as_str);
    let own = [("service", &watched.service), ("datacenter", &watched.datacenter), (watched.kind.word(), id)];
    let own = own.map(|(label, part)| (label, part.as_str())).into_iter();
    let all = own.chain(name.map(|name| ("name", name)));
    Arc::new(all.map(|(label, value)| (label.to_owned(), value.to_owned())).collect())
}

#[cfg(test)]
mod tests {
    use super::super::ObjectKind;
    use super::*;
    use serde_json::json;

    #[test]
    fn an_answer_about_another_thing_is_not_taken_for_the_requested_one() {
        let part = |text: &str| PathSegment::try_from(text).unwrap();
        let watched =
            SampledObjects { service: part("pcc-1"), datacenter: part("869"), kind: ObjectKind::Host, ids: Ids::All };
        let is_of_7 = |answer: Value| is_of(&watched, &part("7"), answer.as_object().unwrap());
        assert!(is_of_7(json!({"hostId": 7})) && is_of_7(json!({"hostId": "7"})) && is_of_7(json!({"filerId": 8})));
        assert!(!is_of_7(json!({"hostId": 8})) && !is_of_7(json!({"hostId": "70"})));
    }
}
