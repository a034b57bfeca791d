//! Fan-out: concurrent calls of all sources.
//!
//! The pipeline calls it with a plan, the list operations for metadata. Every call has the request's deadline; details of errors go to
//! the log, and the client gets the reason only.

use super::guarded::{GuardedSource, Listing, SourceStatus};
use crate::call::Call;
use crate::catalog::{Descriptions, MetricDescriptor, QueryPlan, SeriesQuery};
use crate::clock::{Deadline, now_ms};
use crate::error::{Reason, SourceError};
use crate::limits::Limits;
use crate::memory::{CallMemory, Exhausted, RequestMemory};
use crate::series::Fetched;
use crate::source::Source;
use futures_util::future::{join, join_all};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tokio::sync::Semaphore;

/// All configured sources by name.
#[derive(Debug)]
pub struct SourceSet {
    shared: BTreeMap<String, GuardedSource>,
    /// [`Limits::calls_per_request`].
    request_calls: usize,
}

/// Metrics that the sources list.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Inventory {
    /// Metrics by the source's name; without sources that cannot list them.
    pub known: BTreeMap<String, Arc<[MetricDescriptor]>>,
    /// Sources whose list failed.
    pub failed: BTreeMap<String, Reason>,
}

impl SourceSet {
    /// Makes a set by `limits`.
    pub fn new(sources: BTreeMap<String, Arc<dyn Source>>, limits: &Limits) -> Self {
        let shared = |(name, source): (String, _)| (name.clone(), GuardedSource::new(name, source, limits));
        let shared = sources.into_iter().map(shared).collect();
        Self { shared, request_calls: limits.calls_per_request }
    }

    /// Returns the failures of each source since the start, by reason.
    pub fn failures(&self) -> impl Iterator<Item = (&str, Reason, u64)> {
        let of_one = |(name, shared)| {
            GuardedSource::failures(shared).map(move |(reason, count)| (String::as_str(name), reason, count))
        };
        self.shared.iter().flat_map(of_one)
    }

    /// Returns the state of each.
    pub fn statuses(&self) -> impl Iterator<Item = SourceStatus<'_>> {
        self.shared.values().map(GuardedSource::status)
    }

    /// Returns the names of the sources.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.shared.keys().map(String::as_str)
    }

    /// Asks all sources at once, and each of them as much at once as one request may. One answer for each of `plan.fetches`, in order;
    /// all are there by `deadline`, and all that they take is charged to `memory`. Queries that a source can answer together are sent
    /// together first.
    pub async fn fetch(
        &self,
        plan: &QueryPlan,
        deadline: Deadline,
        now_ms: i64,
        memory: &RequestMemory,
    ) -> Vec<Result<Fetched, Reason>> {
        let time = (deadline, now_ms);
        let mut of_source = BTreeMap::<&str, Vec<usize>>::new();
        for (place, fetch) in plan.fetches.iter().enumerate() {
            of_source.entry(&fetch.source).or_default().push(place);
        }
        let asked =
            join_all(of_source.into_iter().map(|(name, places)| self.of_source(name, plan, places, time, memory)));
        let mut answers: Vec<_> = asked.await.into_iter().flatten().collect();
        answers.sort_unstable_by_key(|(place, _)| *place);
        answers.into_iter().map(|(_, answer)| answer).collect()
    }

    /// Returns the results of the fetches at `places` of the plan, all of one source.
    async fn of_source(
        &self,
        name: &str,
        plan: &QueryPlan,
        places: Vec<usize>,
        (deadline, now_ms): (Deadline, i64),
        memory: &RequestMemory,
    ) -> Vec<(usize, Result<Fetched, Reason>)> {
        let Some(shared) = self.shared.get(name) else {
            tracing::error!(source = name, "the plan names a source that is not there");
            return places.into_iter().map(|place| (place, Err(Reason::Down))).collect();
        };
        let queries: Vec<&SeriesQuery> = places.iter().map(|&place| &plan.fetches[place].query).collect();
        let groups = shared.groups(&queries);
        let mut is_grouped = vec![false; queries.len()];
        groups.iter().flatten().for_each(|&index| is_grouped[index] = true);
        let asking = Asking { shared, queries, deadline, now_ms, memory, permits: Semaphore::new(self.request_calls) };
        let alone = (0..is_grouped.len()).filter(|&index| !is_grouped[index]).map(|index| asking.alone(index));
        let (alone, together) =
            join(join_all(alone), join_all(groups.iter().map(|group| asking.together(group)))).await;
        let answers = alone.into_iter().chain(together.into_iter().flatten());
        answers.map(|(index, answer)| (places[index], answer)).collect()
    }

    /// Returns the metrics of the sources with these names, requested concurrently. Recent lists are cached.
    pub async fn inventory(
        &self,
        names: impl IntoIterator<Item = &str>,
        deadline: Deadline,
        memory: &RequestMemory,
    ) -> Inventory {
        let memory = CallMemory::of(memory);
        let call = Call { deadline, now_ms: now_ms(), memory: &memory };
        let named = names.into_iter().filter_map(|name| self.shared.get_key_value(name));
        let listed = join_all(named.map(async |(name, shared)| (name.clone(), shared.list(call).await))).await;
        let mut inventory = Inventory::default();
        for (name, listing) in listed {
            match listing {
                Ok(Some(offers)) => _ = inventory.known.insert(name, offers),
                Ok(None) => {}
                Err(error) => _ = inventory.failed.insert(name, error.reason),
            }
        }
        inventory
    }

    /// Returns what the sources' metadata says of metrics, each a source's name and a name there; all sources at once.
    pub async fn describe(
        &self,
        wanted: BTreeSet<(String, String)>,
        deadline: Deadline,
        memory: &RequestMemory,
    ) -> Descriptions {
        let memory = CallMemory::of(memory);
        let call = Call { deadline, now_ms: now_ms(), memory: &memory };
        let mut names = BTreeMap::<String, Vec<String>>::new();
        wanted.into_iter().for_each(|(source, name)| names.entry(source).or_default().push(name));
        let described =
            names.into_iter().filter_map(|(source, names)| Some((self.shared.get(&source)?, source, names)));
        let described = described.map(async |(shared, source, names)| {
            let descriptions = shared.describe(&names, call).await;
            let keys = names.into_iter().map(move |name| (source.clone(), name));
            keys.zip(descriptions).collect::<Vec<_>>()
        });
        join_all(described).await.into_iter().flatten().collect()
    }

    /// Returns the metrics of the source of this name, else the detail of its error; `None` where there is no such source.
    pub async fn list(&self, name: &str, deadline: Deadline) -> Option<Result<Listing, SourceError>> {
        Some(self.shared.get(name)?.list(Call::unlimited(deadline, now_ms())).await)
    }

    /// Checks that the source of this name responds; `None` where there is no such source.
    pub async fn check(&self, name: &str, deadline: Deadline) -> Option<Result<(), SourceError>> {
        let call = Call::unlimited(deadline, now_ms());
        Some(self.shared.get(name)?.ask(call, |source| source.check(call)).await)
    }
}

/// The queries of one request to one source.
struct Asking<'a> {
    shared: &'a GuardedSource,
    queries: Vec<&'a SeriesQuery>,
    deadline: Deadline,
    now_ms: i64,
    memory: &'a RequestMemory,
    /// [`Limits::calls_per_request`].
    permits: Semaphore,
}

impl Asking<'_> {
    fn call<'a>(&self, memory: &'a CallMemory) -> Call<'a> {
        Call { deadline: self.deadline, now_ms: self.now_ms, memory }
    }

    /// Returns index and result of one query.
    async fn alone(&self, index: usize) -> (usize, Result<Fetched, Reason>) {
        let _permit = self.permits.acquire().await;
        let (query, memory) = (self.queries[index], CallMemory::of(self.memory));
        let call = self.call(&memory);
        let answer = self.shared.ask(call, |source| source.fetch(query, call)).await.map_err(|error| error.reason);
        let finished = memory.finish(answer.as_ref().map_or(0, Fetched::heap_bytes));
        (index, answer.and_then(|answer| finished.map(|()| answer).map_err(|Exhausted| Reason::TooBig)))
    }

    /// Returns index and result of each query of a group. Queries that the joint response leaves open are fetched alone.
    async fn together(&self, group: &[usize]) -> Vec<(usize, Result<Fetched, Reason>)> {
        let queries: Vec<&SeriesQuery> = group.iter().map(|&index| self.queries[index]).collect();
        let permit = self.permits.acquire().await;
        let memory = CallMemory::of(self.memory);
        let call = self.call(&memory);
        let answers = self.shared.ask(call, |source| source.fetch_together(&queries, call)).await.unwrap_or_default();
        drop(permit);
        let finished = memory.finish(answers.iter().flatten().map(Fetched::heap_bytes).sum());
        let mut answers = finished.map_or_else(|Exhausted| Vec::new(), |()| answers).into_iter();
        let (mut answered, mut open) = (Vec::new(), Vec::new());
        for &index in group {
            match answers.next().flatten() {
                Some(fetched) => answered.push((index, Ok(fetched))),
                None => open.push(self.alone(index)),
            }
        }
        answered.extend(join_all(open).await);
        answered
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{MetricKind, PlannedFetch, QueryTarget, Selector};
    use crate::request::{Period, Span, Statistic, Zone};
    use crate::series::Grid;
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
    use std::time::Duration;

    const SHORT: Duration = Duration::from_millis(10);
    const LONG: Duration = Duration::from_hours(1);

    /// Does what the metric's name says, and knows how many calls it had at once.
    #[derive(Debug, Default)]
    struct Scripted {
        running: AtomicUsize,
        most: AtomicUsize,
        asked: AtomicUsize,
        listed: AtomicUsize,
        /// Probes since the start, those running now, and whether they hang.
        probed: AtomicUsize,
        probing: AtomicUsize,
        probe_hangs: AtomicBool,
    }

    #[async_trait::async_trait]
    impl Source for Scripted {
        async fn fetch(&self, query: &SeriesQuery, call: Call<'_>) -> Result<Fetched, SourceError> {
            let QueryTarget::Select(selector) = &query.target else { panic!("no expressions here") };
            self.asked.fetch_add(1, Ordering::SeqCst);
            self.most.fetch_max(self.running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            tokio::task::yield_now().await;
            self.running.fetch_sub(1, Ordering::SeqCst);
            match selector.name.as_str() {
                "refuses" => Err(SourceError::new(Reason::Refused, "no")),
                "hangs" => std::future::pending().await,
                "panics" => panic!("on purpose"),
                _ => Ok(Fetched { fetched_at_ms: call.now_ms, ..Fetched::default() }),
            }
        }

        async fn list(&self, _call: Call<'_>) -> Result<Option<Vec<MetricDescriptor>>, SourceError> {
            self.listed.fetch_add(1, Ordering::SeqCst);
            Ok(Some(vec![MetricDescriptor::named("works")]))
        }

        async fn check(&self, _call: Call<'_>) -> Result<(), SourceError> {
            self.probed.fetch_add(1, Ordering::SeqCst);
            let _running = Running::start(&self.probing);
            if self.probe_hangs.load(Ordering::SeqCst) { std::future::pending().await } else { Ok(()) }
        }
    }

    /// Counts a probe while it runs; there is never a second one.
    struct Running<'a>(&'a AtomicUsize);

    impl<'a> Running<'a> {
        fn start(count: &'a AtomicUsize) -> Self {
            assert_eq!(count.fetch_add(1, Ordering::SeqCst), 0, "one probe at a time");
            Self(count)
        }
    }

    impl Drop for Running<'_> {
        fn drop(&mut self) {
            self.0.fetch_sub(1, Ordering::SeqCst);
        }
    }

    /// Polls until `is_so`.
    async fn until(what: &str, is_so: impl Fn() -> bool) {
        let begin = std::time::Instant::now();
        while !is_so() {
            assert!(begin.elapsed() < Duration::from_mins(1), "it never comes to be that {what}");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// Returns limits in whose window no test ends.
    fn patient() -> Limits {
        let ten_minutes = Duration::from_mins(10);
        Limits { failures_within: ten_minutes, source_pause: ten_minutes, ..Limits::default() }
    }

    fn fetch(source: &str, name: &str) -> PlannedFetch {
        let limits = Limits::default();
        let (span, period) = (Span::new(600, 1200, &limits).unwrap(), Period::new(60, &limits).unwrap());
        let query = SeriesQuery::new(
            QueryTarget::Select(Selector { name: name.into(), labels: vec![] }),
            MetricKind::Gauge,
            Statistic::Average,
            Arc::new(Grid::new(span, period, &Zone::parse("UTC").unwrap())),
        );
        PlannedFetch { source: source.into(), query }
    }

    fn sources(limits: &Limits) -> (SourceSet, Arc<Scripted>) {
        let scripted = Arc::new(Scripted::default());
        let source: Arc<dyn Source> = scripted.clone();
        (SourceSet::new(BTreeMap::from([("a".to_owned(), source)]), limits), scripted)
    }

    async fn reasons(sources: &SourceSet, fetches: Vec<PlannedFetch>, time: Duration) -> Vec<Result<i64, Reason>> {
        let plan = QueryPlan { fetches, lines: vec![] };
        let answers = sources.fetch(&plan, Deadline::after(time), 7, &RequestMemory::unlimited()).await;
        answers.into_iter().map(|answer| answer.map(|fetched| fetched.fetched_at_ms)).collect()
    }

    #[tokio::test]
    async fn answers_come_in_the_order_of_the_plan_and_one_failure_leaves_the_others() {
        let fetches = ["works", "refuses", "panics", "hangs", "works"].map(|name| fetch("a", name)).to_vec();
        let limits = Limits { calls_per_request: 5, ..Limits::default() };
        let answers = reasons(&sources(&limits).0, fetches, Duration::from_millis(50)).await;
        assert_eq!(answers, [Ok(7), Err(Reason::Refused), Err(Reason::Down), Err(Reason::Timeout), Ok(7)]);
    }

    #[tokio::test]
    async fn waiting_for_a_turn_counts_against_the_deadline_and_the_turn_comes_back() {
        let limits = Limits { calls_per_source: 1, ..Limits::default() };
        let (sources, _) = sources(&limits);
        let fetches = vec![fetch("a", "hangs"), fetch("a", "works")];
        let answers = reasons(&sources, fetches, Duration::from_millis(50)).await;
        assert_eq!(answers, [Err(Reason::Timeout), Err(Reason::Timeout)]);
        assert_eq!(reasons(&sources, vec![fetch("a", "works")], Duration::from_secs(60)).await, [Ok(7)]);
    }

    #[tokio::test]
    async fn the_bound_on_calls_holds_over_all_requests() {
        let limits = Limits { calls_per_source: 3, ..Limits::default() };
        let (sources, scripted) = sources(&limits);
        let request = || reasons(&sources, vec![fetch("a", "works"); 10], Duration::from_secs(60));
        let (one, two) = tokio::join!(request(), request());
        assert_eq!([one, two].concat(), [Ok(7); 20]);
        assert_eq!(scripted.most.load(Ordering::SeqCst), 3);
    }

    #[tokio::test]
    async fn one_request_has_only_some_of_a_source_s_turns() {
        let limits = Limits { calls_per_source: 16, calls_per_request: 4, ..Limits::default() };
        let (sources, scripted) = sources(&limits);
        assert_eq!(reasons(&sources, vec![fetch("a", "works"); 10], Duration::from_secs(60)).await, [Ok(7); 10]);
        assert_eq!(scripted.most.load(Ordering::SeqCst), 4);
        let mut fetches = vec![fetch("a", "hangs"); 4];
        fetches.push(fetch("a", "works"));
        let (one, two) = tokio::join!(
            reasons(&sources, fetches, Duration::from_millis(50)),
            reasons(&sources, vec![fetch("a", "works")], Duration::from_secs(60))
        );
        assert_eq!((one, two), (vec![Err(Reason::Timeout); 5], vec![Ok(7)]), "others go on");
    }

    #[tokio::test]
    async fn timeouts_count_where_the_probe_of_the_source_times_out_as_well() {
        let (sources, scripted) = sources(&Limits { source_probe: Duration::from_millis(10), ..patient() });
        scripted.probe_hangs.store(true, Ordering::SeqCst);
        let status = || sources.statuses().next().map(|status| (status.is_open, status.rejections)).unwrap();
        for _ in 0..5 {
            let answers = reasons(&sources, vec![fetch("a", "hangs")], Duration::from_millis(10)).await;
            assert_eq!(answers, [Err(Reason::Timeout)]);
        }
        until("the circuit breaker is open", || status().0).await;
        let asked = scripted.asked.load(Ordering::SeqCst);
        let answers = reasons(&sources, vec![fetch("a", "hangs"), fetch("a", "works")], Duration::from_hours(1)).await;
        assert!(answers.iter().all(|answer| matches!(answer, Err(Reason::CircuitOpen { .. }))), "{answers:?}");
        assert_eq!(scripted.asked.load(Ordering::SeqCst), asked, "it is not asked");
        assert_eq!(status().1, 2);
        let failures: u64 = sources.failures().map(|(_, _, count)| count).sum();
        assert_eq!(failures, 5, "a rejection is no failure of the source");
    }

    #[tokio::test]
    async fn an_open_circuit_breaker_rejects_calls_while_others_that_hang_hold_every_permit() {
        let limits = Limits { calls_per_source: 2, failures_in_a_row: 1, source_probe: SHORT, ..patient() };
        let (sources, scripted) = sources(&limits);
        scripted.probe_hangs.store(true, Ordering::SeqCst);
        let hangs = |time| reasons(&sources, vec![fetch("a", "hangs")], time);
        // The third has the permit of the second once that has timed out.
        let hanging = async { tokio::join!(hangs(LONG), hangs(SHORT), hangs(LONG)) };
        let rejected = async {
            until("the circuit breaker is open", || sources.statuses().all(|status| status.is_open)).await;
            tokio::time::timeout(Duration::from_mins(1), reasons(&sources, vec![fetch("a", "works")], LONG)).await
        };
        tokio::select! {
            answers = hanging => panic!("{answers:?}"),
            answers = rejected => {
                let answers = answers.expect("it waits for no permit");
                assert!(matches!(answers[..], [Err(Reason::CircuitOpen { .. })]), "{answers:?}");
            }
        }
    }

    #[tokio::test]
    async fn queries_that_time_out_do_not_keep_others_out_of_a_source_that_answers_its_probe() {
        let (sources, scripted) = sources(&patient());
        for probed in 1..=10 {
            let answers = reasons(&sources, vec![fetch("a", "hangs")], Duration::from_millis(10)).await;
            assert_eq!(answers, [Err(Reason::Timeout)]);
            until("its probe ends", || {
                scripted.probed.load(Ordering::SeqCst) == probed && scripted.probing.load(Ordering::SeqCst) == 0
            })
            .await;
        }
        assert_eq!(reasons(&sources, vec![fetch("a", "works")], Duration::from_secs(60)).await, [Ok(7)]);
    }

    #[tokio::test]
    async fn no_client_waits_for_a_probe_and_it_takes_no_permit_of_the_source() {
        let limits = Limits { source_probe: Duration::from_mins(10), calls_per_source: 1, ..patient() };
        let (sources, scripted) = sources(&limits);
        scripted.probe_hangs.store(true, Ordering::SeqCst);
        for _ in 0..10 {
            let answers = reasons(&sources, vec![fetch("a", "hangs")], Duration::from_millis(10)).await;
            assert_eq!(answers, [Err(Reason::Timeout)]);
        }
        until("a probe runs", || scripted.probing.load(Ordering::SeqCst) == 1).await;
        assert_eq!(reasons(&sources, vec![fetch("a", "works")], Duration::from_secs(60)).await, [Ok(7)]);
        assert_eq!(scripted.probed.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn what_sources_have_is_asked_once_in_a_while() {
        let (sources, scripted) = sources(&Limits::default());
        for _ in 0..3 {
            let inventory = sources
                .inventory(["a", "b"], Deadline::after(Duration::from_secs(60)), &RequestMemory::unlimited())
                .await;
            assert_eq!(inventory.known["a"][..], [MetricDescriptor::named("works")]);
        }
        assert_eq!(scripted.listed.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn a_source_that_has_more_metrics_than_can_be_listed_fails_to_tell_what_it_has() {
        for (most, failed) in [(1, None), (0, Some(Reason::TooBig))] {
            let (sources, _) = sources(&Limits { listed_metrics: most, ..Limits::default() });
            let inventory =
                sources.inventory(["a"], Deadline::after(Duration::from_secs(60)), &RequestMemory::unlimited()).await;
            assert_eq!(inventory.failed.get("a").copied(), failed);
            assert_eq!(inventory.known.contains_key("a"), failed.is_none());
        }
    }

    #[tokio::test]
    async fn a_source_that_is_not_configured_is_down() {
        let (sources, _) = sources(&Limits::default());
        assert_eq!(reasons(&sources, vec![fetch("b", "works")], Duration::from_secs(60)).await, [Err(Reason::Down)]);
    }
}
