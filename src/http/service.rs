//! The operations: each reads what a request says, in the order in which refusing is cheapest, then asks the way.
//!
//! Called by the router within the time and the panic catch of [`super::layers`]. When the caller hangs up the connection drops the
//! handler's future, and with it everything that was begun for it.

use super::discovery::Versions;
use super::infos::Infos;
use super::problem::Problem;
use super::route::Host;
use super::values::Values;
use super::version::Version;
use super::wire::{self, Rules};
use super::{Settings, body, language, reply};
use crate::app::App;
use crate::limits::Limits;
use crate::request::{Language, Statistic};
use axum::body::Bytes;
use axum::extract::{FromRequest, Request, State};
use axum::response::Response;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// What every handler works with.
#[derive(Debug)]
pub(super) struct Service {
    app: Arc<App>,
    settings: Settings,
    draining: AtomicBool,
}

impl Service {
    /// Ready at once.
    pub fn new(app: Arc<App>, settings: Settings) -> Self {
        Self { app, settings, draining: AtomicBool::new(false) }
    }

    /// The numbers that bound it.
    pub fn limits(&self) -> &Limits {
        self.app.limits()
    }

    /// From now on it says that it is not ready; it answers all the same.
    pub fn drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }

    fn rules(&self, version: Version) -> Rules<'_> {
        let statistic = if self.settings.percentiles { Statistic::parse_with_percentiles } else { Statistic::parse };
        Rules { version, statistic, limits: self.limits() }
    }
}

/// What an operation of the contract is asked: read by version, identity and body, before any work is done.
pub(super) struct Asked {
    version: Version,
    language: Language,
    body: Bytes,
}

impl FromRequest<Arc<Service>> for Asked {
    type Rejection = Problem;

    async fn from_request(request: Request, service: &Arc<Service>) -> Result<Self, Problem> {
        let version = Version::requested(request.headers())?;
        // Identity belongs here: it is checked by headers alone, so that an unknown caller cannot make us read a body.
        let language = language::preferred(request.headers());
        let body = body::read(request, service.limits()).await?;
        Ok(Self { version, language, body })
    }
}

/// DownloadMetricDataImage.
pub(super) async fn image(State(service): State<Arc<Service>>, asked: Asked) -> Result<Response, Problem> {
    let request = wire::image_request(&asked.body, asked.language, &service.rules(asked.version))?;
    let span = request.query.span;
    let drawn = service.app.picture(request).await?;
    Ok(reply::of_picture(drawn, span, asked.version))
}

/// ListMetricData.
pub(super) async fn values(State(service): State<Arc<Service>>, asked: Asked) -> Result<Response, Problem> {
    let query = wire::data_request(&asked.body, &service.rules(asked.version))?;
    let frame = service.app.data(query).await?;
    let mut response = reply::of_operation(&Values::from(&frame), asked.version);
    reply::report(response.headers_mut(), &frame.missing(), &frame.notes());
    Ok(response)
}

/// ListMetricInfos.
pub(super) async fn infos(State(service): State<Arc<Service>>, asked: Asked) -> Result<Response, Problem> {
    let filter = wire::metric_filter(&asked.body, &service.rules(asked.version))?;
    let (entries, failed) = service.app.metrics().await;
    let wanted = entries.into_iter().filter(|entry| filter.wants(entry));
    let mut response = reply::of_operation(&Infos::new(wanted, asked.version), asked.version);
    reply::report_unlisted(response.headers_mut(), &failed);
    Ok(response)
}

/// Which versions there are, and where.
pub(super) async fn versions(State(service): State<Arc<Service>>, Host(host): Host) -> Response {
    let base = match &service.settings.public_url {
        Some(url) => url.clone(),
        None => host.map(|host| format!("http://{host}")).unwrap_or_default(),
    };
    reply::of_json(reply::json(&Versions::at(&base)))
}

/// New requests may be sent here.
pub(super) async fn ready(State(service): State<Arc<Service>>) -> Result<(), Problem> {
    if service.draining.load(Ordering::Relaxed) { Err(Problem::Draining) } else { Ok(()) }
}
