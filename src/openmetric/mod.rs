//! What NHN Cloud System Monitoring collects: workspaces (jobs), their targets, and the servers that can be targets.
//!
//! No source: the charts of these metrics come from the `prometheus` source with the same app key. It lives in this room because the one
//! HTTP client does. Called by the command line, once a process; what changes something is said once and never again by itself.

mod checked;
mod operation;
mod place;
mod response;

use crate::clock::Deadline;
use crate::error::SourceError;
use crate::http_client::{Client, Content, Method, Order, Question, Reply, Verb};
use crate::limits::Limits;
use crate::source::WrittenSource;
use operation::Call;

pub use checked::{Id, JobName, Line, Member, MetricsPath, Region};
pub use operation::Operation;
pub use place::{APP_KEY, Api, Place, Unfit, has_app_key};
pub use response::Refusal;

/// Why there is no result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenmetricFault {
    /// It could not be asked; nothing was sent.
    #[error(transparent)]
    Unfit(#[from] Unfit),
    /// It was asked, and said no.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// It was asked, and no answer came that can be read.
    #[error("the service did not answer ({cause}){}", if *.may_have_happened { "; it may have been done all the same, so look at the list before you try again" } else { "" })]
    Unanswered {
        /// What went wrong.
        cause: SourceError,
        /// Something was to be changed.
        may_have_happened: bool,
    },
}

/// Does one thing with the server and the key of `source`. What comes back is the body of the answer's envelope.
pub async fn perform(
    source: &WrittenSource,
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

async fn send(client: &Client, call: &Call, deadline: Deadline) -> Result<Reply, SourceError> {
    let parameters: Vec<(&str, &str)> = call.parameters.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let document = call.document.as_ref().map(serde_json::Value::to_string);
    match call.verb {
        None => {
            let content = Content::Parameters(&parameters, Method::Get);
            client.ask(Question { path: &call.path, content }, crate::call::Call::unlimited(deadline, 0)).await
        }
        Some(verb) => {
            let (path, document) = (call.path.as_str(), document.as_deref());
            client.order(Order { verb, path, parameters: &parameters, document }, deadline).await
        }
    }
}
