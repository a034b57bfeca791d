//! Construction of the application, and its parts that a reload keeps.

use super::{App, RenderFn};
use crate::admission::{AdmissionController, SingleFlight};
use crate::catalog::Catalog;
use crate::limits::Limits;
use crate::memory::MemoryBudget;
use crate::provenance::Recording;
use crate::render::{self, Templates};
use crate::render_pool::{Meter, Pool};
use crate::result_cache::ResultCache;
use crate::source::SourceSet;
use std::io;
use std::sync::Arc;
use tokio::runtime::Handle;

impl App {
    /// Creates an application from the parts of the configuration, without a memory limit.
    pub fn new(catalog: Catalog, sources: SourceSet, limits: Limits) -> Self {
        Self {
            admission_controller: AdmissionController::new(
                &limits,
                sources.names(),
                MemoryBudget::new(u64::MAX, limits.render_workers),
            ),
            pool: Pool::new(&limits),
            pictures: SingleFlight::default(),
            values: SingleFlight::default(),
            listings: SingleFlight::default(),
            cache: ResultCache::new(limits.cache_bytes as u64),
            meter: Meter::default(),
            recording: Recording::default(),
            templates: Arc::new(Templates::built_in(&limits)),
            render_fn: render::paint,
            catalog: Arc::new(catalog),
            sources: Arc::new(sources),
            limits: Arc::new(limits),
        }
    }

    /// Replaces the built-in templates.
    pub fn with_templates(self, templates: Arc<Templates>) -> Self {
        Self { templates, ..self }
    }

    /// Sets whether images carry a provenance record.
    pub fn recording(self, recording: Recording) -> Self {
        Self { recording, ..self }
    }

    /// Sets the memory limit of the process; requests share `memory_percent` of it.
    pub fn with_memory_limit(self, bytes: u64) -> Self {
        let percent = u64::from(self.limits.memory_percent);
        let share = bytes / 100 * percent + bytes % 100 * percent / 100;
        let budget = MemoryBudget::new(share, self.limits.render_workers);
        Self { admission_controller: AdmissionController::new(&self.limits, self.sources.names(), budget), ..self }
    }

    /// Continues `before` after a reload: shares its workers and its memory budget.
    pub fn replacing(self, before: &Self) -> Self {
        Self {
            admission_controller: self.admission_controller.replacing(&before.admission_controller),
            pool: before.pool.clone(),
            pictures: self.pictures.beside(&before.pictures),
            values: self.values.beside(&before.values),
            listings: self.listings.beside(&before.listings),
            ..self
        }
    }

    /// Runs fetches and renders on `runtime`, so that rejections on the accept runtime never wait for them.
    pub fn on_runtime(self, runtime: &Handle) -> Self {
        Self {
            pictures: self.pictures.on(runtime.clone()),
            values: self.values.on(runtime.clone()),
            listings: self.listings.on(runtime.clone()),
            ..self
        }
    }

    /// Starts the render threads. Fails where the system provides fewer.
    pub fn start_workers(&self) -> io::Result<()> {
        self.pool.start_workers()
    }

    /// Replaces the render stage.
    pub fn with_render_fn(self, render_fn: RenderFn) -> Self {
        Self { render_fn, ..self }
    }

    /// Charges the work to `meter`. A shared run is charged to the request that began it.
    pub fn with_meter(&self, meter: &Meter) -> Self {
        Self { meter: meter.clone(), ..self.clone() }
    }
}
