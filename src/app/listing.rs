//! The list of available metrics.

use super::{App, Listed};
use crate::admission::{Cost, QueueTicket};
use crate::app::fetch::with_memory;
use crate::clock::Deadline;
use crate::error::Failure;
use crate::memory::Held;
use std::sync::Arc;
use tracing::{Instrument, info_span};

impl App {
    /// Returns the metrics that there are now. Requests at the same time share one list.
    pub async fn metrics(&self) -> Result<Arc<Held<Listed>>, Failure> {
        let begin =
            || Ok(self.clone().list(self.admission_controller.enqueue(&Cost::of_listing(), &self.catalog.sources())?));
        self.listings.join((), begin).await
    }

    async fn list(self, ticket: QueueTicket) -> Result<Held<Listed>, Failure> {
        let admitted = ticket.enter().instrument(info_span!("admit")).await?;
        let (deadline, memory) = (Deadline::after(self.limits.source_total), admitted.memory());
        let inventory = self.sources.inventory(self.catalog.sources(), deadline, memory).instrument(info_span!("list"));
        let inventory = with_memory(&admitted, inventory).await?;
        let bytes = self.catalog.available_bytes(&inventory.known);
        let charge = memory.charge(bytes).map_err(|_| admitted.overloaded())?;
        let listed = Listed { entries: self.catalog.available(&inventory.known), failed: inventory.failed };
        drop(charge);
        Ok(Held::new(listed, bytes, memory.clone()))
    }
}
