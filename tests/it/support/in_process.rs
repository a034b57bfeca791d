//! A service inside the test process: on a free port, with the demo metrics, until it is dropped.

use super::http::{Connection, Response, request};
use metricshot::app::App;
use metricshot::config::{self, ConfigInputs};
use metricshot::http::{Settings, serve};
use metricshot::limits::Limits;
use metricshot::source::SourceSet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;

pub const IMAGE: &str = "/v1/metrics/data/download/image";
pub const DATA: &str = "/v1/metrics/data";
pub const INFOS: &str = "/v1/metrics";
pub const JSON: (&str, &str) = ("Content-Type", "application/json");

/// The documented example of version 1.1.
pub const EXAMPLE: &str = r##"{"end":1640995440,"height":400,"metrics":[{"color":"#0000ff","dimensions":[{"key":"VolumeID","value":"45fbde15-cdd2-4891-be31-4a9de75fccda"}],"display_name":"Virtual Server | VirtualServer001 | CPU Usage/Core[Basic]","name":"CPU Usage/Core[Basic]","namespace_name":"Virtual Server","period":300,"statistic_type":"AVG"}],"period":300,"start":1640995200,"statistic_type":"AVG","timezone":"UTC","title":"Virtual Server Metric Chart","width":600}"##;

/// Returns the application with the demo source.
pub fn demo_app(limits: Limits) -> Arc<App> {
    let loaded = config::load(&ConfigInputs::default()).expect("the default configuration is valid");
    let sources = config::open_sources(&loaded.config, &limits).expect("the demo source opens");
    Arc::new(App::new(loaded.catalog, SourceSet::new(sources, &limits), limits))
}

/// A running service.
pub struct Service {
    pub address: SocketAddr,
    runtime: Runtime,
    shutdown: Option<oneshot::Sender<()>>,
    serving: Option<JoinHandle<std::io::Result<()>>>,
}

impl Service {
    /// Starts a service with the default configuration, except for time limits that a slow machine would reach.
    pub fn start() -> Self {
        let long = Duration::from_secs(120);
        let limits = Limits { render: long, render_queue: long, request_total: long, ..Limits::default() };
        Self::with(limits, Settings::default())
    }

    /// Starts a service with these limits and settings.
    pub fn with(limits: Limits, settings: Settings) -> Self {
        Self::of(demo_app(limits), settings)
    }

    /// Starts a service with an application of the test.
    pub fn of(app: Arc<App>, settings: Settings) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        let (shutdown, requested) = oneshot::channel();
        let until = async {
            let _ = requested.await;
        };
        let serving = runtime.spawn(serve(listener, app, settings, until));
        Self { address, runtime, shutdown: Some(shutdown), serving: Some(serving) }
    }

    /// Requests the shutdown of the service.
    pub fn stop(&mut self) {
        self.shutdown.take().unwrap().send(()).unwrap();
    }

    /// Waits until the service has stopped.
    pub fn stopped(&mut self) {
        let serving = self.serving.take().unwrap();
        let ended = self.runtime.block_on(async { timeout(Duration::from_secs(60), serving).await });
        ended.expect("the service stops in time").unwrap().unwrap();
    }

    /// Opens a new connection.
    pub fn connect(&self) -> Connection {
        Connection::open(self.address)
    }

    /// Sends bytes on a new connection, and returns the response.
    pub fn send(&self, bytes: impl AsRef<[u8]>) -> Response {
        self.connect().send(bytes).response()
    }

    /// Sends a request without a body, and returns the response.
    pub fn get(&self, target: &str) -> Response {
        self.send(request("GET", target, &[], ""))
    }

    /// Posts a JSON body, and returns the response.
    pub fn post(&self, target: &str, body: impl AsRef<[u8]>) -> Response {
        self.post_with(target, &[], body)
    }

    /// Posts a JSON body with further headers, and returns the response.
    pub fn post_with(&self, target: &str, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Response {
        self.send(request("POST", target, &[&[JSON], headers].concat(), body))
    }
}
