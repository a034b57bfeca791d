//! The calls of the API: a chart of an instance, the projects, a project's instances.

use super::config::Interval;
use super::offsets::Offsets;
use super::operation::{Asked, Id, Operation};
use super::response::Page;
use super::session::Session;
use super::{Settings, response};
use crate::call::Call;
use crate::error::SourceError;
use crate::http_client::{Auth, Client, Content, Endpoint, EndpointFault, HttpResponse, ParamEncoding, ReadRequest};
use crate::limits::Limits;
use crate::source::runtime::sample_collector::Answer;
use crate::source::runtime::windowed_fetch::{FetchLimits, SampleSource};
use async_trait::async_trait;
use std::ops::Range;
use std::sync::Arc;

const ROOT: &str = "v1/openstack/projects";

/// Instances on a page: each of them costs the server some queries.
const PAGE: usize = 50;

/// The server joins free and total memory by the first digit of a time's seconds, so shorter groups would come twice.
const SHORTEST_MEMORY_GROUP: i64 = 10;

/// A server and the limits of its calls.
#[derive(Debug)]
pub(super) struct Server {
    client: Client,
    interval: Interval,
    room: FetchLimits,
}

impl Server {
    /// Checks the settings.
    pub fn new(settings: Settings, limits: &Limits) -> Result<Self, EndpointFault> {
        let Settings { endpoint, login, interval } = settings;
        let endpoint = match login {
            Some(login) => {
                let session = Session::new(endpoint.clone(), login, limits)?;
                Endpoint { auth: Auth::Credentials(Arc::new(session)), ..endpoint }
            }
            None => endpoint,
        };
        Ok(Self { client: Client::new(endpoint, limits)?, interval, room: FetchLimits::new(limits) })
    }

    /// Returns the ids of all projects.
    pub async fn projects(&self, call: Call<'_>) -> Result<Vec<Id>, SourceError> {
        self.get(&format!("{ROOT}/summary"), &[], call).await?.read(call.memory, response::projects).await
    }

    /// Checks that an instance of any project runs. Reads the projects page by page until one does.
    pub async fn has_running(&self, call: Call<'_>) -> Result<bool, SourceError> {
        for project in self.projects(call).await? {
            let mut marker = None;
            loop {
                let page = self.instances(&project, marker.as_ref(), call).await?;
                if page.has_running {
                    return Ok(true);
                }
                // A server that does not heed the marker would go on for ever.
                if page.count < PAGE || page.last == marker {
                    break;
                }
                marker = page.last;
            }
        }
        Ok(false)
    }

    async fn instances(&self, project: &Id, after: Option<&Id>, call: Call<'_>) -> Result<Page, SourceError> {
        let (limit, marker) = (PAGE.to_string(), after.map(Id::to_string));
        let mut parameters = vec![("limit", limit.as_str())];
        parameters.extend(marker.as_deref().map(|marker| ("marker", marker)));
        self.get(&format!("{ROOT}/{project}/instances"), &parameters, call)
            .await?
            .read(call.memory, response::instances)
            .await
    }

    async fn get(&self, path: &str, parameters: &[(&str, &str)], call: Call<'_>) -> Result<HttpResponse, SourceError> {
        let content = Content::Parameters(parameters, ParamEncoding::Get);
        self.client.get_idempotent(ReadRequest { path, content }, call).await
    }
}

/// A chart of a server, at a present in Unix seconds.
#[derive(Debug)]
pub(super) struct Chart<'a> {
    pub server: &'a Server,
    pub asked: Asked<'a>,
    pub now: i64,
}

impl Chart<'_> {
    /// Returns the interval of the agent: each group has one sample, which is both its mean and its sum.
    fn group(&self) -> Interval {
        match self.asked.operation {
            Operation::MemoryUsage => self.server.interval.at_least(SHORTEST_MEMORY_GROUP),
            _ => self.server.interval,
        }
    }
}

#[async_trait]
impl SampleSource for Chart<'_> {
    async fn samples(&self, window: &Range<i64>, call: Call<'_>) -> Result<Answer, SourceError> {
        let group = self.group();
        let Some(Offsets { from, to }) = Offsets::new(window, group, self.now) else { return Ok(Answer::default()) };
        let (from, to, group) = (format!("{from}s"), format!("{to}s"), group.to_string());
        let parameters = [("timeRangeFrom", from.as_str()), ("timeRangeTo", &to), ("groupBy", &group)];
        let path = format!("{ROOT}/{}/{}", self.asked.instance, self.asked.operation.name());
        let reply = self.server.get(&path, &parameters, call).await?;
        let (window, operation) = (window.clone(), self.asked.operation);
        let direction = self.asked.direction.map(str::to_owned);
        reply
            .read(call.memory, move |status, body| {
                response::chart(status, body, &window, (operation, direction.as_deref()))
            })
            .await
    }

    fn room(&self) -> FetchLimits {
        self.server.room
    }
}
