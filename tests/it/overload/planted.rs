//! A service whose painter and source do what a test says. The title of a request tells the painter what to do with it.

use crate::support::http::{Connection, request};
use crate::support::in_process::{IMAGE, JSON, Service};
use async_trait::async_trait;
use metricshot::app::{App, RenderFn};
use metricshot::call::Call;
use metricshot::catalog::SeriesQuery;
use metricshot::config;
use metricshot::config::ConfigInputs;
use metricshot::error::SourceError;
use metricshot::http::Settings;
use metricshot::limits::Limits;
use metricshot::series::Fetched;
use metricshot::source::{Source, SourceSet};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;

/// Longer than anything that a test waits for.
const PATIENCE: Duration = Duration::from_secs(240);

/// A fake source: it has nothing, and answers when it is let.
#[derive(Debug)]
pub struct FakeSource {
    pub asked: AtomicUsize,
    pub answers: Semaphore,
}

impl FakeSource {
    /// Gives so many answers, and then waits for more to be added.
    pub fn with_answers(answers: usize) -> Arc<Self> {
        Arc::new(Self { asked: AtomicUsize::new(0), answers: Semaphore::new(answers) })
    }

    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl Source for FakeSource {
    async fn fetch(&self, _query: &SeriesQuery, call: Call<'_>) -> Result<Fetched, SourceError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        self.answers.acquire().await.expect("open").forget();
        Ok(Fetched { fetched_at_ms: call.now_ms, ..Fetched::default() })
    }
}

/// Returns limits with as many connections from one address as a test opens, a short time for clients that hang up, and time
/// limits of requests, sources and rendering that no slow machine reaches.
pub fn limits() -> Limits {
    let long = 2 * PATIENCE;
    Limits {
        connections: 10_000,
        connections_per_address: 10_000,
        half_closed: Duration::from_millis(10),
        request_total: long,
        source_total: long,
        render: long,
        render_queue: long,
        ..Limits::default()
    }
}

/// The way from `source` to `painter`.
pub fn app(limits: Limits, source: Arc<dyn Source>, painter: RenderFn) -> App {
    let loaded = config::load(&ConfigInputs::default()).expect("no configuration is a right one");
    let opened = config::open_sources(&loaded.config, &limits).expect("the demo source opens");
    let sources: BTreeMap<_, _> = opened.into_keys().map(|name| (name, Arc::clone(&source))).collect();
    App::new(loaded.catalog, SourceSet::new(sources, &limits), limits).with_render_fn(painter)
}

/// The same on a socket; the way is given back to look at.
pub fn service(limits: Limits, source: Arc<dyn Source>, painter: RenderFn) -> (Service, App) {
    let app = app(limits, source, painter);
    (Service::of(Arc::new(app.clone()), Settings::default()), app)
}

/// A picture with this title, of one metric.
pub fn titled(title: &str) -> String {
    body(title, (600, 400), 1)
}

/// A picture of this size with so many different metrics.
pub fn body(title: &str, (width, height): (u32, u32), metrics: usize) -> String {
    let metric = |n: usize| {
        format!(
            r#"{{"namespace_name":"Virtual Server","name":"CPU Usage/Core[Basic]","dimensions":[{{"key":"VolumeID","value":"{n}"}}]}}"#
        )
    };
    let metrics: Vec<String> = (0..metrics).map(metric).collect();
    format!(
        r#"{{"start":1640995200,"end":1641016800,"period":300,"statistic_type":"AVG","title":"{title}","width":{width},"height":{height},"metrics":[{}]}}"#,
        metrics.join(",")
    )
}

/// Asks for a picture on a connection of its own and does not wait for it.
pub fn ask(service: &Service, body: &str) -> Connection {
    let mut connection = service.connect();
    connection.send(request("POST", IMAGE, &[JSON], body));
    connection
}

/// Raises the soft limit of open files, which is 1024 on many machines.
pub fn raise_open_file_limit(files: u64) {
    let limits = getrlimit(Resource::Nofile);
    if limits.current.is_some_and(|current| current < files) {
        let raised = Rlimit { current: Some(files), ..limits };
        setrlimit(Resource::Nofile, raised).expect("the hard limit of open files (ulimit -Hn) is high enough");
    }
}

/// Polls until `is_so`.
pub fn until(what: &str, is_so: impl Fn() -> bool) {
    let begin = Instant::now();
    while !is_so() {
        assert!(begin.elapsed() < PATIENCE, "it never comes to be that {what}");
        std::thread::sleep(Duration::from_millis(1));
    }
}
