//! Admission and fetch.

use super::{App, Queued};
use crate::admission::{Admitted, Cost, QueueTicket};
use crate::catalog::QueryPlan;
use crate::clock::{Deadline, now_ms};
use crate::error::{Failure, Reason};
use crate::memory::RequestMemory;
use crate::request::Query;
use crate::series::Fetched;
use tracing::{Instrument, info_span};

/// One result for each fetch of a plan.
pub(super) type Answers = Vec<Result<Fetched, Reason>>;

impl App {
    /// Enqueues the request, or rejects it at once.
    pub(super) fn enqueue(&self, plan: QueryPlan, cost: Cost) -> Result<Queued, Failure> {
        self.pool.wait(cost.work)?;
        let memory = self.admission_controller.memory();
        if cost.bytes > memory.limit().saturating_sub(memory.used()) {
            self.cache.clear();
        }
        let ticket = self.admission_controller.enqueue(&cost, &plan.sources())?;
        Ok(Queued { plan, work: cost.work, ticket })
    }

    /// Waits for admission, then fetches from the sources.
    pub(super) async fn fetch(
        &self,
        query: &Query,
        plan: QueryPlan,
        ticket: QueueTicket,
    ) -> Result<(Admitted, QueryPlan, Answers), Failure> {
        let admitted = ticket.enter().instrument(info_span!("admit")).await?;
        let deadline = Deadline::after(self.limits.source_total);
        let memory = admitted.memory();
        let plan = with_memory(&admitted, self.described(query, plan, deadline, memory)).await??;
        let answers = self.sources.fetch(&plan, deadline, now_ms(), memory).instrument(info_span!("fetch"));
        let answers = with_memory(&admitted, answers).await?;
        let reasons: Vec<Reason> = answers.iter().filter_map(|answer| answer.as_ref().err().copied()).collect();
        if reasons.len() == answers.len() { Err(Failure::Sources(reasons)) } else { Ok((admitted, plan, answers)) }
    }

    /// Returns the plan with the kinds and units that default rules leave to the sources' metadata. Err where a counter would need too many
    /// samples.
    async fn described(
        &self,
        query: &Query,
        plan: QueryPlan,
        deadline: Deadline,
        memory: &RequestMemory,
    ) -> Result<QueryPlan, Failure> {
        let undescribed = self.catalog.undescribed(query);
        if undescribed.is_empty() {
            return Ok(plan);
        }
        let descriptions =
            self.sources.describe(undescribed, deadline, memory).instrument(info_span!("describe")).await;
        self.catalog.plan_described(query, &descriptions, &self.limits).map_err(Failure::Invalid)
    }
}

/// Runs `work` to its end, or drops it as soon as the memory of its request is exhausted.
pub(super) async fn with_memory<T>(admitted: &Admitted, work: impl Future<Output = T>) -> Result<T, Failure> {
    tokio::select! {
        () = admitted.memory().exhausted() => Err(admitted.overloaded()),
        // A call that lacks memory fails, too.
        done = work => if admitted.memory().is_exhausted() { Err(admitted.overloaded()) } else { Ok(done) },
    }
}
