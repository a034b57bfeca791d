//! Handlers of the operations: each validates the request, the cheapest check first, then runs the pipeline.
//!
//! Called by the router within the time and the panic catch of [`crate::http::middleware::access_log`]; what they reject becomes a response there. When the caller hangs up the connection drops the
//! handler's future, and with it everything that was begun for it.

use crate::app::App;
use crate::auth::Caller;
use crate::catalog::Entry;
use crate::error::Failure;
use crate::http::api::auth::VerifiedSignature;
use crate::http::api::discovery::{Info, Versions};
use crate::http::api::error_response::Rejection;
use crate::http::api::host::host;
use crate::http::api::json::{json, of_json};
use crate::http::api::metric_data::MetricData;
use crate::http::api::metric_list::MetricList;
use crate::http::api::problem::Problem;
use crate::http::api::state::Service;
use crate::http::api::version::Version;
use crate::http::api::{auth, body, language, problem, response};
use crate::http::middleware::request_id::RequestIds;
use crate::http::wire;
use crate::render_pool::Meter;
use crate::request::{Language, Query};
use axum::body::Bytes;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;
use tokio::task::spawn_blocking;

/// A request of the contract: version, signature and body, read before any work is done.
pub(crate) struct SignedRequest {
    version: Version,
    caller: Caller,
    /// The meter that work is charged to, if the key has a quota.
    meter: Option<Meter>,
    language: Language,
    body: Bytes,
    ids: RequestIds,
}

impl SignedRequest {
    /// Reads version, identity and body of `request`, in this order.
    async fn read(request: Request, service: &Service) -> Result<Self, Problem> {
        let version = Version::requested(request.headers())?;
        let (parts, body) = request.into_parts();
        let ids = RequestIds::of(&parts.extensions);
        let admitted = VerifiedSignature::verify(&parts, &service.settings)?;
        let meter = admitted.key().map(|key| service.quotas.admit(key, service.limits())).transpose()?;
        let language = language::preferred(&parts.headers);
        let body = body::read(Request::from_parts(parts, body), service.limits()).await?;
        let caller = admitted.with_body(&body, &service.metrics)?;
        Ok(Self { version, caller, meter, language, body, ids })
    }

    /// The way, for its caller.
    fn app(&self, service: &Service) -> App {
        self.meter.as_ref().map_or_else(|| App::clone(&service.app), |meter| service.app.with_meter(meter))
    }

    /// Err with the metrics of `query` that its caller may not read.
    fn may_read(&self, query: &Query) -> Result<(), Problem> {
        let metrics = query.metrics.iter().enumerate();
        let refused: Vec<usize> = metrics
            .filter(|(_, signed)| !self.caller.may_read(signed.metric.namespace.as_str()))
            .map(|(index, _)| index)
            .collect();
        if refused.is_empty() { Ok(()) } else { Err(Problem::Forbidden(refused)) }
    }
}

/// DownloadMetricDataImage.
pub(crate) async fn image(service: Arc<Service>, request: Request) -> Result<Response, Rejection> {
    let signed = SignedRequest::read(request, &service).await?;
    let request = wire::image_request(&signed.body, signed.language, &service.rules(signed.version))?;
    signed.may_read(&request.query)?;
    let (app, span) = (signed.app(&service), request.query.span);
    let again = service.settings.error_images.then(|| request.clone());
    match (app.picture(request).await, again) {
        (Ok(drawn), _) => {
            service.metrics.drawn(&drawn);
            Ok(response::of_picture(drawn, span, signed.version))
        }
        (Err(Failure::Sources(reasons)), Some(request)) => {
            let image = app.error_image(request, problem::worst(&reasons), signed.ids.own).await;
            Err(Rejection::shown_as(Failure::Sources(reasons), image.ok()))
        }
        (Err(failure), _) => Err(failure.into()),
    }
}

/// ListMetricData.
pub(crate) async fn metric_data(service: Arc<Service>, request: Request) -> Result<Response, Rejection> {
    let signed = SignedRequest::read(request, &service).await?;
    let query = wire::data_request(&signed.body, &service.rules(signed.version))?;
    signed.may_read(&query)?;
    let frame = signed.app(&service).data(query).await?;
    let values = MetricData::from(&**frame);
    let mut response = response::of_held(&values, service.app.reserve(values.bytes())?, signed.version);
    let remarks = frame.remarks();
    response::report(response.headers_mut(), &frame.missing(), remarks.iter().map(|(index, remarks)| (index, remarks)));
    Ok(response)
}

/// ListMetricInfos.
pub(crate) async fn metric_list(service: Arc<Service>, request: Request) -> Result<Response, Rejection> {
    let signed = SignedRequest::read(request, &service).await?;
    let filter = wire::metric_filter(&signed.body, &service.rules(signed.version))?;
    let listed = service.app.metrics().await?;
    let (caller, version, found) = (signed.caller.clone(), signed.version, Arc::clone(&listed));
    // The text of a long list takes a tenth of a second.
    let sized = spawn_blocking(move || {
        let wanted = |entry: &Entry| filter.wants(entry) && caller.may_read(&entry.namespace);
        let infos = MetricList::new(found, wanted, version);
        let bytes = infos.text_bytes();
        (infos, bytes)
    });
    let (infos, bytes) = sized.await.map_err(|panic| Failure::Internal(panic.to_string()))?;
    let permit = service.app.reserve(infos.heap_bytes())?;
    let mut response = response::of_list(infos, bytes, permit, version);
    response::report_unlisted(response.headers_mut(), &listed.failed);
    Ok(response)
}

/// Lists the versions, and where they are.
pub(crate) async fn versions(service: Arc<Service>, request: Request) -> Result<Response, Rejection> {
    let base = match service.settings.public_urls.first() {
        Some(url) => url.clone(),
        None => {
            let host = host(request.headers());
            host.map(|host| format!("{}://{host}", service.settings.scheme())).unwrap_or_default()
        }
    };
    Ok(of_json(json(&Versions::at(&base))))
}

/// Describes this program.
pub(crate) async fn info(service: Arc<Service>, request: Request) -> Result<Response, Rejection> {
    auth::bearer(&request.into_parts().0, &service.settings)?;
    Ok(of_json(json(&Info::new(&service.settings.zones))))
}

/// Writes the metrics for Prometheus.
pub(crate) async fn metrics(service: Arc<Service>, _: Request) -> Result<Response, Rejection> {
    Ok(service.metrics.page(&service.app, &service.settings))
}

/// Reports liveness.
pub(crate) async fn live(_: Arc<Service>, _: Request) -> Result<Response, Rejection> {
    Ok(().into_response())
}

/// Reports readiness: new requests may be sent here, and charts are drawn.
pub(crate) async fn ready(service: Arc<Service>, _: Request) -> Result<Response, Rejection> {
    match () {
        () if service.is_draining() => Err(Problem::Draining.into()),
        () if !service.app.is_ready() || !service.app.probe_render().await => Err(Problem::NotReady.into()),
        () => Ok(().into_response()),
    }
}
