//! Readiness probes and the state that metrics export.

use super::{App, Load};
use crate::cancel::Stop;
use crate::catalog::Catalog;
use crate::chart::Scene;
use crate::error::{Failure, Reason};
use crate::limits::Limits;
use crate::memory::MemoryPermit;
use crate::render::Output;
use crate::render_pool::Meter;
use crate::request::Size;
use crate::source::SourceStatus;
use std::time::Duration;

impl App {
    /// Reports readiness: more than half of the workers are available.
    pub fn is_ready(&self) -> bool {
        self.pool.is_ready()
    }

    /// Renders a line on a small image. Reports success, also where the pool is busy.
    pub async fn probe_render(&self) -> bool {
        let (least, render_fn) = ((self.limits.min_width.max(40), self.limits.min_height.max(30)), self.render_fn);
        let Ok(size) = Size::new(least.0.into(), least.1.into(), &self.limits) else { return true };
        let paint = move |stop: &Stop| render_fn(&Scene::of_a_line(size), &Output::default(), stop);
        let drawn = self.pool.run(Duration::from_millis(1), &Meter::default(), paint).await;
        matches!(drawn, Ok(_) | Err(Failure::Overloaded { .. }))
    }

    /// Returns the limits.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Returns the catalogue.
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// Returns the work in progress.
    pub fn load(&self) -> Load {
        let callers = self.pictures.callers() + self.values.callers() + self.listings.callers();
        Load { callers, admission: self.admission_controller.load(), workers: self.pool.load() }
    }

    /// Returns the bytes of memory that requests and their results may take together.
    pub fn admission_limit_bytes(&self) -> u64 {
        self.admission_controller.memory().limit()
    }

    /// Returns the most bytes of them that were taken at once, so far.
    pub fn admission_peak_bytes(&self) -> u64 {
        self.admission_controller.memory().peak()
    }

    /// Returns a permit for `bytes` of a response that is made of a result. Err is [`Failure::Overloaded`].
    pub fn reserve(&self, bytes: u64) -> Result<MemoryPermit, Failure> {
        self.admission_controller.memory().try_reserve(bytes).map_err(|_| self.admission_controller.overloaded())
    }

    /// Returns the failures of each source since the start, by reason.
    pub fn source_failures(&self) -> impl Iterator<Item = (&str, Reason, u64)> {
        self.sources.failures()
    }

    /// Returns the state of each source now.
    pub fn source_statuses(&self) -> impl Iterator<Item = SourceStatus<'_>> {
        self.sources.statuses()
    }
}
