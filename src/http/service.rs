//! One request → one answer, layer by layer, in the order in which refusing is cheapest.
//!
//! Called by [`super::layers`] within their time and their panic catch. When the caller hangs up the connection drops this future,
//! and with it everything that was begun for it.

use super::discovery::Versions;
use super::infos::Infos;
use super::problem::Problem;
use super::reply::{self, Body};
use super::route::{self, Route};
use super::values::Values;
use super::version::Version;
use super::wire::{self, Rules};
use super::{Settings, body, language};
use crate::app::App;
use crate::limits::Limits;
use crate::request::{ImageRequest, Query, Statistic};
use hyper::body::Incoming;
use hyper::{Request, Response};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The service behind every connection.
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

    /// Answers `request`, or says why not.
    pub async fn respond(&self, request: Request<Incoming>) -> Result<Response<Body>, Problem> {
        let host = route::host(&request)?;
        match Route::of(&request)? {
            Route::Versions => Ok(self.versions(host)),
            Route::Health => Ok(Response::default()),
            Route::Ready if self.draining.load(Ordering::Relaxed) => Err(Problem::Draining),
            Route::Ready => Ok(Response::default()),
            operation @ (Route::Image | Route::Data | Route::Infos) => self.operate(operation, request).await,
        }
    }

    /// An operation of the contract: version, identity, body, content, and only then any work.
    async fn operate(&self, operation: Route, request: Request<Incoming>) -> Result<Response<Body>, Problem> {
        let version = Version::requested(request.headers())?;
        // Identity belongs here: it is checked by headers alone, so that an unknown caller cannot make us read a body.
        let language = language::preferred(request.headers());
        let body = body::read(request, self.limits()).await?;
        let rules = self.rules(version);
        match operation {
            Route::Image => self.image(wire::image_request(&body, language, &rules)?, version).await,
            Route::Data => self.data(wire::data_request(&body, &rules)?, version).await,
            _ => {
                let filter = wire::metric_filter(&body, &rules)?;
                let entries = self.app.catalog().entries().filter(|entry| filter.wants(entry));
                Ok(reply::of_operation(&Infos::new(entries, version), version))
            }
        }
    }

    async fn image(&self, request: ImageRequest, version: Version) -> Result<Response<Body>, Problem> {
        let span = request.query.span;
        let drawn = self.app.picture(request).await?;
        Ok(reply::of_picture(drawn, span, version))
    }

    async fn data(&self, query: Query, version: Version) -> Result<Response<Body>, Problem> {
        let frame = self.app.data(query).await?;
        let mut response = reply::of_operation(&Values::from(&frame), version);
        reply::report(response.headers_mut(), &frame.missing(), &frame.notes());
        Ok(response)
    }

    fn versions(&self, host: Option<&str>) -> Response<Body> {
        let base = match &self.settings.public_url {
            Some(url) => url.clone(),
            None => host.map(|host| format!("http://{host}")).unwrap_or_default(),
        };
        reply::of_json(reply::json(&Versions::at(&base)))
    }

    fn rules(&self, version: Version) -> Rules<'_> {
        let statistic = if self.settings.percentiles { Statistic::parse_with_percentiles } else { Statistic::parse };
        Rules { version, statistic, limits: self.limits() }
    }
}
