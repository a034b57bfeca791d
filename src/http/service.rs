//! The operations: each reads what a request says, in the order in which refusing is cheapest, then asks the way.
//!
//! Called by the router within the time and the panic catch of [`super::layers`]; what they reject becomes a response there. When the caller hangs up the connection drops the
//! handler's future, and with it everything that was begun for it.

use super::credentials::Admitted;
use super::discovery::{Info, Versions};
use super::error_response::Rejection;
use super::infos::Infos;
use super::metrics::Metrics;
use super::problem::Problem;
use super::quotas::Quotas;
use super::request_id::RequestIds;
use super::route::host;
use super::values::Values;
use super::version::Version;
use super::wire::Rules;
use super::{Hosts, Settings, body, credentials, language, problem, reply, wire};
use crate::app::App;
use crate::auth::Caller;
use crate::catalog::Entry;
use crate::error::Failure;
use crate::limits::Limits;
use crate::pool::Meter;
use crate::request::{Language, Query, Statistic};
use axum::body::Bytes;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::task::spawn_blocking;

/// What every handler works with.
#[derive(Debug)]
pub(super) struct Service {
    app: Arc<App>,
    settings: Settings,
    metrics: Arc<Metrics>,
    quotas: Arc<Quotas>,
    draining: AtomicBool,
}

impl Service {
    /// Ready at once; counts in `metrics`.
    pub fn new(app: Arc<App>, settings: Settings, metrics: Arc<Metrics>) -> Self {
        Self { app, settings, metrics, quotas: Arc::new(Quotas::new()), draining: AtomicBool::new(false) }
    }

    /// Another in its place: its keys go on with what they remember and have used.
    pub fn followed_by(&self, app: Arc<App>, settings: Settings) -> Self {
        let identity = settings.identity.continuing(&self.settings.identity);
        let (metrics, quotas) = (Arc::clone(&self.metrics), Arc::clone(&self.quotas));
        let draining = AtomicBool::new(self.draining.load(Ordering::Relaxed));
        Self { app, settings: Settings { identity, ..settings }, metrics, quotas, draining }
    }

    /// What is counted.
    pub fn metrics(&self) -> &Arc<Metrics> {
        &self.metrics
    }

    /// The numbers that bound it.
    pub fn limits(&self) -> &Limits {
        self.app.limits()
    }

    /// See [`Settings::hosts`].
    pub fn hosts(&self) -> Hosts {
        self.settings.hosts
    }

    /// See [`Settings::allowed_origins`].
    pub fn allowed_origins(&self) -> &[String] {
        &self.settings.allowed_origins
    }

    /// From now on it says that it is not ready; it answers all the same.
    pub fn drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }

    fn rules(&self, version: Version) -> Rules<'_> {
        let statistic = if self.settings.percentiles { Statistic::parse_with_percentiles } else { Statistic::parse };
        Rules { version, statistic, zones: &self.settings.zones, limits: self.limits() }
    }
}

/// What an operation of the contract is asked: read by version, identity and body, before any work is done.
pub(super) struct Asked {
    version: Version,
    caller: Caller,
    /// What the work is charged to, where it has a quota.
    meter: Option<Meter>,
    language: Language,
    body: Bytes,
    ids: RequestIds,
}

impl Asked {
    /// Reads version, identity and body of `request`, in this order.
    async fn read(request: Request, service: &Service) -> Result<Self, Problem> {
        let version = Version::requested(request.headers())?;
        let (parts, body) = request.into_parts();
        let ids = RequestIds::of(&parts.extensions);
        let admitted = Admitted::by_signature(&parts, &service.settings)?;
        let meter = admitted.key().map(|key| service.quotas.admit(key, service.limits())).transpose()?;
        let language = language::preferred(&parts.headers);
        let body = body::read(Request::from_parts(parts, body), service.limits()).await?;
        let caller = admitted.with_body(&body, &service.metrics)?;
        Ok(Self { version, caller, meter, language, body, ids })
    }

    /// The way, for its caller.
    fn app(&self, service: &Service) -> App {
        self.meter.as_ref().map_or_else(|| App::clone(&service.app), |meter| service.app.charging(meter))
    }

    /// Err with the metrics of `query` that its caller may not read.
    fn may_read(&self, query: &Query) -> Result<(), Problem> {
        let metrics = query.metrics.iter().enumerate();
        let refused: Vec<usize> = metrics
            .filter(|(_, asked)| !self.caller.may_read(asked.metric.namespace.as_str()))
            .map(|(index, _)| index)
            .collect();
        if refused.is_empty() { Ok(()) } else { Err(Problem::Forbidden(refused)) }
    }
}

/// DownloadMetricDataImage.
pub(super) async fn image(service: Arc<Service>, request: Request) -> Result<Response, Rejection> {
    let asked = Asked::read(request, &service).await?;
    let request = wire::image_request(&asked.body, asked.language, &service.rules(asked.version))?;
    asked.may_read(&request.query)?;
    let (app, span) = (asked.app(&service), request.query.span);
    let again = service.settings.error_images.then(|| request.clone());
    match (app.picture(request).await, again) {
        (Ok(drawn), _) => {
            service.metrics.drawn(&drawn);
            Ok(reply::of_picture(drawn, span, asked.version))
        }
        (Err(Failure::Sources(reasons)), Some(request)) => {
            let image = app.error_image(request, problem::worst(&reasons), asked.ids.own).await;
            Err(Rejection::shown_as(Failure::Sources(reasons), image.ok()))
        }
        (Err(failure), _) => Err(failure.into()),
    }
}

/// ListMetricData.
pub(super) async fn values(service: Arc<Service>, request: Request) -> Result<Response, Rejection> {
    let asked = Asked::read(request, &service).await?;
    let query = wire::data_request(&asked.body, &service.rules(asked.version))?;
    asked.may_read(&query)?;
    let frame = asked.app(&service).data(query).await?;
    let values = Values::from(&**frame);
    let mut response = reply::of_held(&values, service.app.reserve(values.bytes())?, asked.version);
    let remarks = frame.remarks();
    reply::report(response.headers_mut(), &frame.missing(), remarks.iter().map(|(index, remarks)| (index, remarks)));
    Ok(response)
}

/// ListMetricInfos.
pub(super) async fn infos(service: Arc<Service>, request: Request) -> Result<Response, Rejection> {
    let asked = Asked::read(request, &service).await?;
    let filter = wire::metric_filter(&asked.body, &service.rules(asked.version))?;
    let listed = service.app.metrics().await?;
    let (caller, version, found) = (asked.caller.clone(), asked.version, Arc::clone(&listed));
    // The text of a long list takes a tenth of a second.
    let sized = spawn_blocking(move || {
        let wanted = |entry: &Entry| filter.wants(entry) && caller.may_read(&entry.namespace);
        let infos = Infos::new(found, wanted, version);
        let bytes = infos.text_bytes();
        (infos, bytes)
    });
    let (infos, bytes) = sized.await.map_err(|panic| Failure::Internal(panic.to_string()))?;
    let permit = service.app.reserve(infos.heap_bytes())?;
    let mut response = reply::of_list(infos, bytes, permit, version);
    reply::report_unlisted(response.headers_mut(), &listed.failed);
    Ok(response)
}

/// Lists the versions, and where they are.
pub(super) async fn versions(service: Arc<Service>, request: Request) -> Result<Response, Rejection> {
    let base = match service.settings.public_urls.first() {
        Some(url) => url.clone(),
        None => {
            let host = host(request.headers());
            host.map(|host| format!("{}://{host}", service.settings.scheme())).unwrap_or_default()
        }
    };
    Ok(reply::of_json(reply::json(&Versions::at(&base))))
}

/// Describes this program.
pub(super) async fn info(service: Arc<Service>, request: Request) -> Result<Response, Rejection> {
    credentials::bearer(&request.into_parts().0, &service.settings)?;
    Ok(reply::of_json(reply::json(&Info::new(&service.settings.zones))))
}

/// Writes the metrics for Prometheus.
pub(super) async fn numbers(service: Arc<Service>, _: Request) -> Result<Response, Rejection> {
    Ok(service.metrics.page(&service.app, &service.settings))
}

/// Reports liveness.
pub(super) async fn live(_: Arc<Service>, _: Request) -> Result<Response, Rejection> {
    Ok(().into_response())
}

/// Reports readiness: new requests may be sent here, and charts are drawn.
pub(super) async fn ready(service: Arc<Service>, _: Request) -> Result<Response, Rejection> {
    match () {
        () if service.draining.load(Ordering::Relaxed) => Err(Problem::Draining.into()),
        () if !service.app.is_ready() || !service.app.draws().await => Err(Problem::NotReady.into()),
        () => Ok(().into_response()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Catalog;
    use crate::source::SourceSet;
    use std::collections::BTreeMap;

    impl Service {
        /// Returns a service without sources and with fresh metrics.
        pub fn for_tests(limits: Limits) -> Self {
            let catalog = Catalog::new(vec![], vec![], BTreeMap::new()).unwrap();
            let app = App::new(catalog, SourceSet::new(BTreeMap::new(), &limits), limits);
            Self::new(Arc::new(app), Settings::default(), Arc::new(Metrics::new(Arc::default())))
        }
    }
}
