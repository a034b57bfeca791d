//! Operations and the calls that perform them.
//!
//! Pure: an operation and a place make a path, a query and a document, as the guide shows them.

use super::HttpMethod;
use super::checked::{Id, JobName, Line, Member, MetricsPath};
use super::place::{Api, Named, Place};
use serde_json::{Value, json};
use std::num::NonZeroU16;

/// An operation.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Operation {
    ListJobs,
    CreateJob { name: JobName, path: MetricsPath, description: Line },
    ChangeJob { job: Id, path: MetricsPath, description: Line },
    DeleteJob { job: Id, member: Member },
    ListTargets { job: Id },
    CreateTarget { job: Id, host: Id, port: NonZeroU16, description: Line },
    DeleteTarget { job: Id, target: Id, member: Member },
    ListServers,
}

/// One call.
#[derive(Debug, PartialEq)]
pub(super) struct Call {
    /// `None`: it only reads.
    pub verb: Option<HttpMethod>,
    /// Below the server's URL.
    pub path: String,
    pub parameters: Vec<(&'static str, String)>,
    pub document: Option<Value>,
    pub region: Named,
}

impl Operation {
    /// Reports whether it only reads.
    pub fn is_list(&self) -> bool {
        matches!(self, Self::ListJobs | Self::ListTargets { .. } | Self::ListServers)
    }

    pub(super) fn call(&self, place: &Place) -> Call {
        let jobs = format!("{}/jobs", place.root());
        let targets = |job: &Id| format!("{jobs}/{job}/targets");
        let by = |member: &Member| vec![("memberId", member.to_string())];
        let (verb, path, parameters, document) = match self {
            Self::ListJobs => (None, jobs, vec![], None),
            Self::CreateJob { name, path, description } => {
                let document = json!({"jobName": name.to_string(), "metricsPath": path.to_string(), "description": description.to_string()});
                (Some(HttpMethod::Post), jobs, vec![], Some(document))
            }
            Self::ChangeJob { job, path, description } => {
                let document = json!({"metricsPath": path.to_string(), "description": description.to_string()});
                (Some(HttpMethod::Put), format!("{jobs}/{job}"), vec![], Some(document))
            }
            Self::DeleteJob { job, member } => (Some(HttpMethod::Delete), format!("{jobs}/{job}"), by(member), None),
            Self::ListTargets { job } => (None, targets(job), vec![], None),
            // The guide's heading; its example leaves out the last part of the path. A port travels as text.
            Self::CreateTarget { job, host, port, description } => {
                let document = json!({"hostId": host.to_string(), "port": port.to_string(), "description": description.to_string()});
                (Some(HttpMethod::Post), targets(job), vec![], Some(document))
            }
            Self::DeleteTarget { job, target, member } => {
                (Some(HttpMethod::Delete), format!("{}/{target}", targets(job)), by(member), None)
            }
            Self::ListServers => (None, format!("{}/servers", place.root()), vec![], None),
        };
        Call { verb, path, parameters, document, region: self.region(place.api) }
    }

    fn region(&self, api: Api) -> Named {
        match (api, self) {
            (Api::V1, _) | (Api::Unversioned, Self::CreateJob { .. } | Self::ListServers) => Named::Yes,
            (Api::Unversioned, _) => Named::No,
        }
    }
}
