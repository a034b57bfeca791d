//! The way: a request in, a picture out. One call an arrow, one span an arrow; whatever would make it longer belongs into a room.

use crate::catalog::{Catalog, Entry, QueryPlan};
use crate::chart;
use crate::clock::{Deadline, now_ms};
use crate::error::Failure;
use crate::limits::Limits;
use crate::paint::{self, Format, Output, Picture, Templates};
use crate::pool::Pool;
use crate::record::{Record, Recording};
use crate::request::{ImageRequest, Query};
use crate::rollup;
use crate::series::{Frame, Notes, Reason};
use crate::source::{Fetched, Sources};
use std::collections::BTreeMap;
use std::sync::Arc;
use tracing::{Instrument, info_span};

/// The service without its socket.
#[derive(Debug)]
pub struct App {
    catalog: Catalog,
    sources: Sources,
    pool: Pool,
    recording: Recording,
    limits: Limits,
    templates: Arc<Templates>,
}

/// A picture, and what a caller should know of its data.
#[derive(Debug, Clone, PartialEq)]
pub struct Drawn {
    /// The file.
    pub picture: Picture,
    /// Index in the request's metrics, and why it is missing.
    pub missing: Vec<(usize, Reason)>,
    /// Index in the request's metrics, and what is to be known of its data; only where there is something.
    pub notes: Vec<(usize, Notes)>,
}

impl App {
    /// From the parts that the configuration made.
    pub fn new(catalog: Catalog, sources: Sources, limits: Limits) -> Self {
        let templates = Arc::new(Templates::built_in(&limits));
        Self { catalog, sources, pool: Pool::new(&limits), recording: Recording::default(), limits, templates }
    }

    /// The same with other templates than those inside the program.
    pub fn with_templates(self, templates: Arc<Templates>) -> Self {
        Self { templates, ..self }
    }

    /// The same, whose pictures carry a record or not.
    pub fn recording(self, recording: Recording) -> Self {
        Self { recording, ..self }
    }

    /// The numbers that bound it.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The metrics that it knows by name.
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// Draws what is asked for, as PNG.
    pub async fn picture(&self, request: ImageRequest) -> Result<Drawn, Failure> {
        self.picture_as(request, Format::Png).await
    }

    /// Draws what is asked for.
    pub async fn picture_as(&self, request: ImageRequest, format: Format) -> Result<Drawn, Failure> {
        let recording = self.recording;
        let template = self.templates.find(request.chart.template.as_ref());
        let template = template.map_err(|fault| Failure::Invalid(vec![fault]))?.clone();
        let (plan, answers) = self.fetch(&request.query).await?;
        let templates = Arc::clone(&self.templates);
        let draw = move |stop: &_| {
            let frame = info_span!("rollup").in_scope(|| rollup::frame(&request.query, &plan, answers));
            let template = templates.fitted(&template, request.size, request.chart.scale)?;
            let scene = info_span!("chart").in_scope(|| chart::compose(&request, &frame, &template));
            let record = (recording == Recording::On).then(|| Record::new(&request, &frame, &scene.alt));
            let output = Output { format, record };
            let picture = info_span!("paint").in_scope(|| paint::paint(&scene, &output, stop))?;
            Ok(Drawn { picture, missing: frame.missing(), notes: frame.notes() })
        };
        self.pool.run(draw).instrument(info_span!("draw")).await
    }

    /// Rolls up what is asked for, without drawing it.
    pub async fn data(&self, query: Query) -> Result<Frame, Failure> {
        let (plan, answers) = self.fetch(&query).await?;
        self.pool.run(move |_| Ok(rollup::frame(&query, &plan, answers))).instrument(info_span!("rollup")).await
    }

    /// The metrics that there are now, and the sources that failed to tell what they have.
    pub async fn metrics(&self) -> (Vec<Entry>, BTreeMap<String, Reason>) {
        let deadline = Deadline::after(self.limits.source_total);
        let inventory = self.sources.inventory(self.catalog.sources(), deadline).instrument(info_span!("list")).await;
        (self.catalog.available(&inventory.known), inventory.failed)
    }

    async fn fetch(&self, query: &Query) -> Result<(QueryPlan, Vec<Result<Fetched, Reason>>), Failure> {
        let plan = info_span!("plan").in_scope(|| self.catalog.plan(query, &self.limits)).map_err(Failure::Invalid)?;
        let deadline = Deadline::after(self.limits.source_total);
        let answers = self.sources.fetch(&plan, deadline, now_ms()).instrument(info_span!("fetch")).await;
        let reasons: Vec<Reason> = answers.iter().filter_map(|answer| answer.as_ref().err().copied()).collect();
        if reasons.len() == answers.len() { Err(Failure::Sources(reasons)) } else { Ok((plan, answers)) }
    }
}
