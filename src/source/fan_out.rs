//! All sources, asked at once.
//!
//! Called by the way with a plan. Every call has the request's deadline, and the number of calls in flight to one source is bounded
//! over all requests; waiting for a turn counts as time of the call. What went wrong is logged here, once, with the source's own
//! words; the caller gets the reason alone. A call that panics takes no other with it.

use super::{Call, Fetched, Source, SourceError};
use crate::catalog::{PlannedFetch, QueryPlan};
use crate::clock::Deadline;
use crate::limits::Limits;
use crate::series::Reason;
use futures_util::FutureExt;
use futures_util::future::join_all;
use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use tokio::sync::Semaphore;
use tokio::time::timeout;

/// All configured sources by name.
#[derive(Debug)]
pub struct Sources(BTreeMap<String, Shared>);

/// One source, shared by all requests.
#[derive(Debug)]
struct Shared {
    source: Arc<dyn Source>,
    /// [`Limits::calls_per_source`] turns.
    turns: Semaphore,
}

impl Sources {
    /// With the numbers of `limits`.
    pub fn new(sources: BTreeMap<String, Arc<dyn Source>>, limits: &Limits) -> Self {
        let shared = |source| Shared { source, turns: Semaphore::new(limits.calls_per_source) };
        Self(sources.into_iter().map(|(name, source)| (name, shared(source))).collect())
    }

    /// Asks all at once. One answer for each of `plan.fetches`, in order; all are there by `deadline`.
    pub async fn fetch(&self, plan: &QueryPlan, deadline: Deadline, now_ms: i64) -> Vec<Result<Fetched, Reason>> {
        let call = Call { deadline, now_ms };
        join_all(plan.fetches.iter().map(|fetch| self.answer(fetch, call))).await
    }

    async fn answer(&self, fetch: &PlannedFetch, call: Call) -> Result<Fetched, Reason> {
        let Some(shared) = self.0.get(&fetch.source) else {
            tracing::error!(source = fetch.source, "the plan names a source that is not there");
            return Err(Reason::Down);
        };
        let asked = AssertUnwindSafe(timeout(call.deadline.remaining(), shared.ask(fetch, call))).catch_unwind();
        let error = match asked.await {
            Ok(Ok(Ok(fetched))) => return Ok(fetched),
            Ok(Ok(Err(error))) => error,
            Ok(Err(_)) => SourceError::new(Reason::Timeout, "no answer by the deadline"),
            Err(_) => {
                tracing::error!(source = fetch.source, "the source panicked");
                return Err(Reason::Down);
            }
        };
        tracing::warn!(source = fetch.source, reason = error.reason.word(), detail = error.detail, "a source failed");
        Err(error.reason)
    }
}

impl Shared {
    async fn ask(&self, fetch: &PlannedFetch, call: Call) -> Result<Fetched, SourceError> {
        let closed = |_| SourceError::new(Reason::Down, "the source takes no more calls");
        let _turn = self.turns.acquire().await.map_err(closed)?;
        self.source.fetch(&fetch.query, call).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{Kind, Selector, SeriesQuery, Wanted};
    use crate::request::{Period, Span, Statistic, Zone};
    use crate::series::{Grid, Notes};
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    /// Does what the metric's name says, and knows how many calls it had at once.
    #[derive(Debug, Default)]
    struct Scripted {
        running: AtomicUsize,
        most: AtomicUsize,
    }

    #[async_trait::async_trait]
    impl Source for Scripted {
        async fn fetch(&self, query: &SeriesQuery, call: Call) -> Result<Fetched, SourceError> {
            let Wanted::Select(selector) = &query.wanted else { panic!("no expressions here") };
            self.most.fetch_max(self.running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            tokio::task::yield_now().await;
            self.running.fetch_sub(1, Ordering::SeqCst);
            match selector.name.as_str() {
                "refuses" => Err(SourceError::new(Reason::Refused, "no")),
                "hangs" => std::future::pending().await,
                "panics" => panic!("on purpose"),
                _ => Ok(Fetched { parts: vec![], notes: Notes::default(), fetched_at_ms: call.now_ms }),
            }
        }
    }

    fn fetch(source: &str, name: &str) -> PlannedFetch {
        let limits = Limits::default();
        let (span, period) = (Span::new(600, 1200, &limits).unwrap(), Period::new(60, &limits).unwrap());
        let query = SeriesQuery {
            wanted: Wanted::Select(Selector { name: name.into(), labels: vec![] }),
            kind: Kind::Gauge,
            statistic: Statistic::Average,
            grid: Arc::new(Grid::new(span, period, &Zone::parse("UTC").unwrap())),
        };
        PlannedFetch { source: source.into(), query }
    }

    fn sources(limits: &Limits) -> (Sources, Arc<Scripted>) {
        let scripted = Arc::new(Scripted::default());
        let source: Arc<dyn Source> = scripted.clone();
        (Sources::new(BTreeMap::from([("a".to_owned(), source)]), limits), scripted)
    }

    async fn reasons(sources: &Sources, fetches: Vec<PlannedFetch>, time: Duration) -> Vec<Result<i64, Reason>> {
        let plan = QueryPlan { fetches, lines: vec![] };
        let answers = sources.fetch(&plan, Deadline::after(time), 7).await;
        answers.into_iter().map(|answer| answer.map(|fetched| fetched.fetched_at_ms)).collect()
    }

    #[tokio::test]
    async fn answers_come_in_the_order_of_the_plan_and_one_failure_leaves_the_others() {
        let fetches = ["works", "refuses", "panics", "hangs", "works"].map(|name| fetch("a", name)).to_vec();
        let answers = reasons(&sources(&Limits::default()).0, fetches, Duration::from_millis(50)).await;
        assert_eq!(answers, [Ok(7), Err(Reason::Refused), Err(Reason::Down), Err(Reason::Timeout), Ok(7)]);
    }

    #[tokio::test]
    async fn waiting_for_a_turn_counts_against_the_deadline_and_the_turn_comes_back() {
        let limits = Limits { calls_per_source: 1, ..Limits::default() };
        let (sources, _) = sources(&limits);
        let fetches = vec![fetch("a", "hangs"), fetch("a", "works")];
        let answers = reasons(&sources, fetches, Duration::from_millis(50)).await;
        assert_eq!(answers, [Err(Reason::Timeout), Err(Reason::Timeout)]);
        assert_eq!(reasons(&sources, vec![fetch("a", "works")], Duration::from_secs(5)).await, [Ok(7)]);
    }

    #[tokio::test]
    async fn the_bound_on_calls_holds_over_all_requests() {
        let limits = Limits { calls_per_source: 3, ..Limits::default() };
        let (sources, scripted) = sources(&limits);
        let request = || reasons(&sources, vec![fetch("a", "works"); 10], Duration::from_secs(5));
        let (one, two) = tokio::join!(request(), request());
        assert_eq!([one, two].concat(), [Ok(7); 20]);
        assert_eq!(scripted.most.load(Ordering::SeqCst), 3);
    }

    #[tokio::test]
    async fn a_source_that_is_not_configured_is_down() {
        let (sources, _) = sources(&Limits::default());
        assert_eq!(reasons(&sources, vec![fetch("b", "works")], Duration::from_secs(5)).await, [Err(Reason::Down)]);
    }
}
