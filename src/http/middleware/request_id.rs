//! The two names of a request: in its error answer, and in every line of the log that is about it.

use axum::http::Extensions;
use uuid::Uuid;

/// Fresh for each request; never taken from a caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RequestIds {
    /// `request_id`.
    pub own: String,
    /// `global_request_id`: the vendor's services pass it on, so that it spans several of them.
    pub global: String,
}

impl RequestIds {
    /// Two random ids.
    pub fn fresh() -> Self {
        let id = || format!("req-{}", Uuid::new_v4());
        Self { own: id(), global: id() }
    }

    /// Returns the ids that the outermost layer gave to the request with these extensions; fresh ones outside of that layer.
    pub fn of(request: &Extensions) -> Self {
        request.get().cloned().unwrap_or_else(Self::fresh)
    }
}
