//! The pipeline: one call and one span per stage.

mod build;
mod cached;
mod error_image;
mod fetch;
mod health;
mod listing;
mod result;

use crate::admission::{AdmissionController, Cost, QueueTicket, SingleFlight};
use crate::cancel::Stop;
use crate::catalog::{Catalog, QueryPlan};
use crate::chart::{self, Scene};
use crate::clock::StageTimings;
use crate::error::Failure;
use crate::limits::Limits;
use crate::memory::Held;
use crate::provenance::{DataDigest, Record, Recording, RequestDigest};
use crate::render::{Format, Image, Output, Templates};
use crate::render_pool::{Meter, Pool};
use crate::request::{ImageRequest, Query};
use crate::result_cache::ResultCache;
use crate::rollup;
use crate::series::{Frame, Remark};
use crate::source::SourceSet;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tracing::{Instrument, info_span};

pub use crate::source::SourceStatus;
pub use result::{Listed, Load, RenderedChart};

/// The render stage. Tests replace [`crate::render::paint`] to plant faults.
pub type RenderFn = fn(&Scene, &Output, &Stop) -> Result<Image, Failure>;

/// The application without HTTP. Clones share all state; a reload creates another one with single flights of its own.
#[derive(Debug, Clone)]
pub struct App {
    catalog: Arc<Catalog>,
    sources: Arc<SourceSet>,
    admission_controller: AdmissionController,
    pool: Pool,
    pictures: SingleFlight<(RequestDigest, Format), Held<RenderedChart>>,
    values: SingleFlight<RequestDigest, Held<Frame>>,
    listings: SingleFlight<(), Held<Listed>>,
    cache: ResultCache<(RequestDigest, Format), Held<RenderedChart>>,
    meter: Meter,
    recording: Recording,
    limits: Arc<Limits>,
    templates: Arc<Templates>,
    render_fn: RenderFn,
}

/// A request in the queue of admission control.
struct Queued {
    plan: QueryPlan,
    /// Estimated time of a worker.
    work: Duration,
    ticket: QueueTicket,
}

impl App {
    /// Renders the requested chart as PNG.
    pub async fn picture(&self, request: ImageRequest) -> Result<Arc<Held<RenderedChart>>, Failure> {
        self.picture_as(request, Format::Png).await
    }

    /// Renders the requested chart.
    pub async fn picture_as(&self, request: ImageRequest, format: Format) -> Result<Arc<Held<RenderedChart>>, Failure> {
        self.templates.find(request.chart.template.as_ref())?;
        let mut timings = StageTimings::start();
        let plan = self.plan(&request.query)?;
        timings.end_stage("plan");
        let cost = Cost::of_picture(&plan, &request, format);
        let digest = (RequestDigest::of_image(&request), format);
        let begin = || Ok(self.clone().draw(request, format, self.enqueue(plan, cost)?, timings));
        self.pictures.join(digest, begin).await
    }

    /// Returns the rolled-up data of a query.
    pub async fn data(&self, query: Query) -> Result<Arc<Held<Frame>>, Failure> {
        let plan = self.plan(&query)?;
        let cost = Cost::of_data(&plan);
        let digest = RequestDigest::of_values(&query);
        let begin = || Ok(self.clone().roll_up(query, self.enqueue(plan, cost)?));
        self.values.join(digest, begin).await
    }

    async fn draw(
        self,
        request: ImageRequest,
        format: Format,
        Queued { plan, work, ticket }: Queued,
        mut timings: StageTimings,
    ) -> Result<Held<RenderedChart>, Failure> {
        let (admitted, plan, answers) = self.fetch(&request.query, plan, ticket).await?;
        timings.end_stage("fetch");
        let Self { recording, templates, render_fn, .. } = self;
        let draw = move |stop: &Stop| {
            timings.end_stage("queue");
            let template = templates.find(request.chart.template.as_ref())?;
            let template = templates.fitted(template, request.size, request.chart.scale)?;
            let frame = info_span!("rollup").in_scope(|| rollup::frame(&request.query, &plan, answers, stop))?;
            admitted.memory().end_calls();
            timings.end_stage("rollup");
            let scene = info_span!("chart").in_scope(|| chart::compose(&request, &frame, &template));
            timings.end_stage("chart");
            let record = (recording == Recording::On).then(|| Record::new(&request, &frame, &scene.alt));
            let output = Output { format, record };
            let picture = info_span!("paint").in_scope(|| render_fn(&scene, &output, stop))?;
            timings.end_stage("paint");
            let mut remarks: BTreeMap<_, _> = frame.remarks().into_iter().collect();
            for index in chart::low_contrast(&request, &template.theme) {
                remarks.entry(index).or_default().push(Remark::Faint);
            }
            let bytes = picture.bytes.capacity() as u64;
            let data = DataDigest::of(&frame);
            let drawn = RenderedChart { picture, missing: frame.missing(), remarks, data, timings };
            Ok(Held::new(drawn, bytes, admitted.memory().clone()))
        };
        self.pool.run(work, &self.meter, draw).instrument(info_span!("draw")).await
    }

    async fn roll_up(self, query: Query, Queued { plan, work, ticket }: Queued) -> Result<Held<Frame>, Failure> {
        let (admitted, plan, answers) = self.fetch(&query, plan, ticket).await?;
        let roll_up = move |stop: &Stop| {
            let frame = rollup::frame(&query, &plan, answers, stop)?;
            admitted.memory().end_calls();
            let bytes = frame.heap_bytes();
            Ok(Held::new(frame, bytes, admitted.memory().clone()))
        };
        self.pool.run(work, &self.meter, roll_up).instrument(info_span!("rollup")).await
    }

    fn plan(&self, query: &Query) -> Result<QueryPlan, Failure> {
        info_span!("plan").in_scope(|| self.catalog.plan(query, &self.limits)).map_err(Failure::Invalid)
    }
}
