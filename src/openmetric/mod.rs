//! Management of NHN Cloud System Monitoring: workspaces (jobs), their targets, and the servers that can be targets.
//!
//! The command line performs one operation per process. Operations that change something are sent once and never retried. The charts of
//! these metrics come from the `prometheus` source with the same app key.

mod checked;
mod operation;
mod place;
mod response;

use crate::clock::Deadline;
use crate::error::SourceError;
use crate::http_client::{Client, Content, HttpMethod, HttpResponse, ParamEncoding, ReadRequest, WriteRequest};
use crate::limits::Limits;
use crate::source::AnySourceConfig;
use operation::Call;

pub use checked::{Id, JobName, Line, Member, MetricsPath, Region};
pub use operation::Operation;
pub use place::{APP_KEY, Api, Place, Unfit, has_app_key};
pub use response::Refusal;

/// Failure of an operation.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenmetricFault {
    /// The scope is invalid; nothing was sent.
    #[error(transparent)]
    Unfit(#[from] Unfit),
    /// The service rejected the operation.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The call failed, or its response is malformed.
    #[error("the service did not answer ({cause}){}", if *.may_have_happened { "; it may have been done all the same, so look at the list before you try again" } else { "" })]
    Unanswered {
        /// Error of the call.
        cause: SourceError,
        /// The operation changes something.
        may_have_happened: bool,
    },
}

/// Performs one operation with the server and the key of `source`. Returns the body of the response's envelope.
pub async fn perform(
    source: &AnySourceConfig,
    place: &Place,
    operation: &Operation,
    limits: &Limits,
) -> Result<serde_json::Value, OpenmetricFault> {
    let call = operation.call(place);
    let client =
        Client::new(place.endpoint(source, call.region, limits)?, limits).map_err(|fault| Unfit::endpoint(&fault))?;
    let answered = send(&client, &call, Deadline::after(limits.source_total)).await;
    let unanswered = |cause| OpenmetricFault::Unanswered { cause, may_have_happened: call.verb.is_some() };
    let reply = answered.map_err(unanswered)?;
    Ok(response::body(reply.status, &reply.body)?)
}

async fn send(client: &Client, call: &Call, deadline: Deadline) -> Result<HttpResponse, SourceError> {
    let parameters: Vec<(&str, &str)> = call.parameters.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let document = call.document.as_ref().map(serde_json::Value::to_string);
    match call.verb {
        None => {
            let content = Content::Parameters(&parameters, ParamEncoding::Get);
            client
                .get_idempotent(ReadRequest { path: &call.path, content }, crate::call::Call::unlimited(deadline, 0))
                .await
        }
        Some(verb) => {
            let (path, document) = (call.path.as_str(), document.as_deref());
            client.execute(WriteRequest { method: verb, path, parameters: &parameters, document }, deadline).await
        }
    }
}
