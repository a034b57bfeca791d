//! The way: a request in, a picture out. One call an arrow, one span an arrow; whatever would make it longer belongs into a room.

use crate::admission::{Admitted, Cost, Flights, Gate, InLine};
use crate::cancel::Stop;
use crate::catalog::{Catalog, Entry, QueryPlan};
use crate::chart::Scene;
use crate::clock::{Deadline, StageTimings, now_ms};
use crate::error::{Failure, Reason};
use crate::limits::Limits;
use crate::memory::{Held, MemoryBudget, MemoryPermit, RequestMemory};
use crate::pool::{Meter, Pool};
use crate::provenance::{Record, Recording, RequestDigest};
use crate::render::{Format, Image, Output, Templates};
use crate::request::{ImageRequest, Query, Size};
use crate::series::{Fetched, Frame, Remark};
use crate::source::SourceSet;
pub use crate::source::SourceStatus;
use crate::{admission, chart, pool, render, rollup};
use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Handle;
use tracing::{Instrument, info_span};

/// The last arrow as a value, so that a test can plant a fault in it. The service has [`render::paint`].
pub type Painter = fn(&Scene, &Output, &Stop) -> Result<Image, Failure>;

/// One for each question of a plan.
type Answers = Vec<Result<Fetched, Reason>>;

/// The service without its socket. Clones share everything; another configuration is another one, with runs of its own.
#[derive(Debug, Clone)]
pub struct App {
    catalog: Arc<Catalog>,
    sources: Arc<SourceSet>,
    gate: Gate,
    pool: Pool,
    pictures: Flights<(RequestDigest, Format), Held<Drawn>>,
    values: Flights<RequestDigest, Held<Frame>>,
    listings: Flights<(), Held<Listed>>,
    meter: Meter,
    recording: Recording,
    limits: Arc<Limits>,
    templates: Arc<Templates>,
    painter: Painter,
}

/// A request that waits to be let in.
struct Lined {
    plan: QueryPlan,
    /// Of a worker, by estimate.
    work: Duration,
    place: InLine,
}

/// What is under way, to be watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Load {
    /// Requests that wait for an answer, those that share one included.
    pub callers: usize,
    /// Those that ask sources or are drawn.
    pub gate: admission::Load,
    /// Those that are drawn.
    pub workers: pool::Load,
}

/// The metrics that there are.
#[derive(Debug)]
pub struct Listed {
    /// Those of the catalogue and those that the sources list.
    pub entries: Vec<Entry>,
    /// The sources that failed to list theirs.
    pub failed: BTreeMap<String, Reason>,
}

/// A picture, and what a caller should know of its data.
#[derive(Debug, Clone)]
pub struct Drawn {
    /// The file.
    pub picture: Image,
    /// Index in the request's metrics, and why it is missing.
    pub missing: Vec<(usize, Reason)>,
    /// Index in the request's metrics, and what a reader should know about it; only where there is something.
    pub remarks: BTreeMap<usize, Vec<Remark>>,
    /// How long each arrow took, in the one run that all who asked at once share.
    pub timings: StageTimings,
}

impl App {
    /// From the parts that the configuration made.
    pub fn new(catalog: Catalog, sources: SourceSet, limits: Limits) -> Self {
        Self {
            gate: Gate::new(&limits, sources.names(), MemoryBudget::new(u64::MAX, limits.render_workers)),
            pool: Pool::new(&limits),
            pictures: Flights::default(),
            values: Flights::default(),
            listings: Flights::default(),
            meter: Meter::default(),
            recording: Recording::default(),
            templates: Arc::new(Templates::built_in(&limits)),
            painter: render::paint,
            catalog: Arc::new(catalog),
            sources: Arc::new(sources),
            limits: Arc::new(limits),
        }
    }

    /// The same with other templates than those inside the program.
    pub fn with_templates(self, templates: Arc<Templates>) -> Self {
        Self { templates, ..self }
    }

    /// The same, whose pictures carry a record or not.
    pub fn recording(self, recording: Recording) -> Self {
        Self { recording, ..self }
    }

    /// The same in a process that may use so many bytes of memory.
    pub fn within_memory(self, bytes: u64) -> Self {
        let percent = u64::from(self.limits.memory_percent);
        let share = bytes / 100 * percent + bytes % 100 * percent / 100;
        let budget = MemoryBudget::new(share, self.limits.render_workers);
        Self { gate: Gate::new(&self.limits, self.sources.names(), budget), ..self }
    }

    /// The same in the place of `before`, on its workers and within its memory budget.
    pub fn in_place_of(self, before: &Self) -> Self {
        Self {
            gate: self.gate.in_place_of(&before.gate),
            pool: before.pool.clone(),
            pictures: self.pictures.beside(&before.pictures),
            values: self.values.beside(&before.values),
            listings: self.listings.beside(&before.listings),
            ..self
        }
    }

    /// The same, which asks sources and draws over there; here it only decides who is let in, so that a refusal waits for no work.
    pub fn working_on(self, runtime: &Handle) -> Self {
        Self {
            pictures: self.pictures.on(runtime.clone()),
            values: self.values.on(runtime.clone()),
            listings: self.listings.on(runtime.clone()),
            ..self
        }
    }

    /// Starts the threads that draw. Err where the system gives fewer.
    pub fn start_workers(&self) -> io::Result<()> {
        self.pool.start_workers()
    }

    /// The same with another last arrow.
    pub fn with_painter(self, painter: Painter) -> Self {
        Self { painter, ..self }
    }

    /// The same, whose work is charged to `meter`. What several ask at once is charged to who asked first.
    pub fn charging(&self, meter: &Meter) -> Self {
        Self { meter: meter.clone(), ..self.clone() }
    }

    /// The numbers that bound it.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The metrics that it knows by name.
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// What is under way now.
    pub fn load(&self) -> Load {
        let callers = self.pictures.callers() + self.values.callers() + self.listings.callers();
        Load { callers, gate: self.gate.load(), workers: self.pool.load() }
    }

    /// Returns the bytes of memory that requests and their results may take together.
    pub fn admission_limit_bytes(&self) -> u64 {
        self.gate.memory().limit()
    }

    /// Returns the most bytes of them that were taken at once, so far.
    pub fn admission_peak_bytes(&self) -> u64 {
        self.gate.memory().peak()
    }

    /// Returns a permit for `bytes` of a response that is made of a result. Err is [`Failure::Overloaded`].
    pub fn reserve(&self, bytes: u64) -> Result<MemoryPermit, Failure> {
        self.gate.memory().try_reserve(bytes).map_err(|_| self.gate.overloaded())
    }

    /// Whether it can draw: more than half of its workers are there.
    pub fn is_ready(&self) -> bool {
        self.pool.is_ready()
    }

    /// Whether it draws now: a line on a small picture. To be busy is no fault.
    pub async fn draws(&self) -> bool {
        let (least, painter) = ((self.limits.min_width.max(40), self.limits.min_height.max(30)), self.painter);
        let Ok(size) = Size::new(least.0.into(), least.1.into(), &self.limits) else { return true };
        let paint = move |stop: &Stop| painter(&Scene::of_a_line(size), &Output::default(), stop);
        let drawn = self.pool.run(Duration::from_millis(1), &Meter::default(), paint).await;
        matches!(drawn, Ok(_) | Err(Failure::Overloaded { .. }))
    }

    /// How often each source failed since the start, and why.
    pub fn source_failures(&self) -> impl Iterator<Item = (&str, Reason, u64)> {
        self.sources.failures()
    }

    /// Returns the state of each source now.
    pub fn source_statuses(&self) -> impl Iterator<Item = SourceStatus<'_>> {
        self.sources.statuses()
    }

    /// Draws what is asked for, as PNG.
    pub async fn picture(&self, request: ImageRequest) -> Result<Arc<Held<Drawn>>, Failure> {
        self.picture_as(request, Format::Png).await
    }

    /// Draws what is asked for.
    pub async fn picture_as(&self, request: ImageRequest, format: Format) -> Result<Arc<Held<Drawn>>, Failure> {
        self.templates.find(request.chart.template.as_ref())?;
        let mut timings = StageTimings::start();
        let plan = self.plan(&request.query)?;
        timings.end_stage("plan");
        let cost = Cost::of_picture(&plan, &request, format);
        let question = (RequestDigest::of_image(&request), format);
        let begin = || Ok(self.clone().draw(request, format, self.line_up(plan, cost)?, timings));
        self.pictures.join(question, begin).await
    }

    /// Rolls up what is asked for, without drawing it.
    pub async fn data(&self, query: Query) -> Result<Arc<Held<Frame>>, Failure> {
        let plan = self.plan(&query)?;
        let cost = Cost::of_data(&plan);
        let question = RequestDigest::of_values(&query);
        let begin = || Ok(self.clone().roll_up(query, self.line_up(plan, cost)?));
        self.values.join(question, begin).await
    }

    /// The picture that says why there is no other, to who asked for `request`: no metric has an answer, for `reason`.
    pub async fn error_image(&self, request: ImageRequest, reason: Reason, id: String) -> Result<Vec<u8>, Failure> {
        let permit = self.reserve(Cost::of_error_picture(&request).bytes)?;
        let Self { templates, painter, .. } = self.clone();
        let draw = move |stop: &Stop| {
            let _held_until_it_is_drawn = permit;
            let ImageRequest { size, language, chart, .. } = request;
            let template = templates.fitted(templates.find(chart.template.as_ref())?, size, chart.scale)?;
            let words = chart::no_answer(reason, language);
            let scene = chart::error_image(size, chart.scale, words, &id, &template.theme);
            Ok(painter(&scene, &Output::default(), stop)?.bytes)
        };
        self.pool.run(Duration::from_millis(1), &self.meter, draw).await
    }

    async fn draw(
        self,
        request: ImageRequest,
        format: Format,
        Lined { plan, work, place }: Lined,
        mut timings: StageTimings,
    ) -> Result<Held<Drawn>, Failure> {
        let (admitted, plan, answers) = self.fetch(&request.query, plan, place).await?;
        timings.end_stage("fetch");
        let Self { recording, templates, painter, .. } = self;
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
            let picture = info_span!("paint").in_scope(|| painter(&scene, &output, stop))?;
            timings.end_stage("paint");
            let mut remarks: BTreeMap<_, _> = frame.remarks().into_iter().collect();
            for index in chart::low_contrast(&request, &template.theme) {
                remarks.entry(index).or_default().push(Remark::Faint);
            }
            let bytes = picture.bytes.capacity() as u64;
            let drawn = Drawn { picture, missing: frame.missing(), remarks, timings };
            Ok(Held::new(drawn, bytes, admitted.memory().clone()))
        };
        self.pool.run(work, &self.meter, draw).instrument(info_span!("draw")).await
    }

    async fn roll_up(self, query: Query, Lined { plan, work, place }: Lined) -> Result<Held<Frame>, Failure> {
        let (admitted, plan, answers) = self.fetch(&query, plan, place).await?;
        let roll_up = move |stop: &Stop| {
            let frame = rollup::frame(&query, &plan, answers, stop)?;
            admitted.memory().end_calls();
            let bytes = frame.heap_bytes();
            Ok(Held::new(frame, bytes, admitted.memory().clone()))
        };
        self.pool.run(work, &self.meter, roll_up).instrument(info_span!("rollup")).await
    }

    /// Returns the metrics that there are now. Requests at the same time share one list.
    pub async fn metrics(&self) -> Result<Arc<Held<Listed>>, Failure> {
        let begin = || Ok(self.clone().list(self.gate.line_up(&Cost::of_listing(), &self.catalog.sources())?));
        self.listings.join((), begin).await
    }

    async fn list(self, place: InLine) -> Result<Held<Listed>, Failure> {
        let admitted = place.enter().instrument(info_span!("admit")).await?;
        let (deadline, memory) = (Deadline::after(self.limits.source_total), admitted.memory());
        let inventory = self.sources.inventory(self.catalog.sources(), deadline, memory).instrument(info_span!("list"));
        let inventory = within_memory(&admitted, inventory).await?;
        let bytes = self.catalog.available_bytes(&inventory.known);
        let charge = memory.charge(bytes).map_err(|_| admitted.overloaded())?;
        let listed = Listed { entries: self.catalog.available(&inventory.known), failed: inventory.failed };
        drop(charge);
        Ok(Held::new(listed, bytes, memory.clone()))
    }

    fn plan(&self, query: &Query) -> Result<QueryPlan, Failure> {
        info_span!("plan").in_scope(|| self.catalog.plan(query, &self.limits)).map_err(Failure::Invalid)
    }

    /// Puts the request into the line, or refuses it.
    fn line_up(&self, plan: QueryPlan, cost: Cost) -> Result<Lined, Failure> {
        self.pool.wait(cost.work)?;
        let place = self.gate.line_up(&cost, &plan.sources())?;
        Ok(Lined { plan, work: cost.work, place })
    }

    /// Lets the request in when there is room for it, and asks the sources.
    async fn fetch(
        &self,
        query: &Query,
        plan: QueryPlan,
        place: InLine,
    ) -> Result<(Admitted, QueryPlan, Answers), Failure> {
        let admitted = place.enter().instrument(info_span!("admit")).await?;
        let deadline = Deadline::after(self.limits.source_total);
        let memory = admitted.memory();
        let plan = within_memory(&admitted, self.described(query, plan, deadline, memory)).await??;
        let answers = self.sources.fetch(&plan, deadline, now_ms(), memory).instrument(info_span!("fetch"));
        let answers = within_memory(&admitted, answers).await?;
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
        let wanted = self.catalog.undescribed(query);
        if wanted.is_empty() {
            return Ok(plan);
        }
        let descriptions = self.sources.describe(wanted, deadline, memory).instrument(info_span!("describe")).await;
        self.catalog.plan_described(query, &descriptions, &self.limits).map_err(Failure::Invalid)
    }
}

/// Runs `work` to its end, or gives it up as soon as the memory of its request is exhausted.
async fn within_memory<T>(admitted: &Admitted, work: impl Future<Output = T>) -> Result<T, Failure> {
    tokio::select! {
        () = admitted.memory().exhausted() => Err(admitted.overloaded()),
        // A call that lacks memory fails, too.
        done = work => if admitted.memory().is_exhausted() { Err(admitted.overloaded()) } else { Ok(done) },
    }
}
