//! Signed calls of the API, and their answers as values.
//!
//! Used by the token of the metrics servers and by live values. A missing object is distinguished from a rejection, because one call
//! has had two names.

use super::account::{Account, Keys, endpoint};
use super::error_response::refusal;
use crate::call::Call;
use crate::clock::Deadline;
use crate::error::{Reason, SourceError};
use crate::http_client::{
    Auth, Client, Content, EndpointFault, HttpMethod, HttpResponse, ParamEncoding, ReadRequest, WriteRequest,
};
use crate::limits::Limits;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A region; an account exists in one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)]
pub enum Region {
    OvhEu,
    OvhCa,
    OvhUs,
    KimsufiEu,
    KimsufiCa,
    SoyoustartEu,
    SoyoustartCa,
}

impl Region {
    /// Returns the base URL of its API.
    pub fn url(self) -> &'static str {
        match self {
            Self::OvhEu => "https://eu.api.ovh.com/1.0",
            Self::OvhCa => "https://ca.api.ovh.com/1.0",
            Self::OvhUs => "https://api.us.ovhcloud.com/1.0",
            Self::KimsufiEu => "https://eu.api.kimsufi.com/1.0",
            Self::KimsufiCa => "https://ca.api.kimsufi.com/1.0",
            Self::SoyoustartEu => "https://eu.api.soyoustart.com/1.0",
            Self::SoyoustartCa => "https://ca.api.soyoustart.com/1.0",
        }
    }
}

/// The API of one region with the keys of one account.
#[derive(Debug)]
pub struct Api {
    client: Client,
}

impl Api {
    /// Checks `base_url`, which has no path of a call, and `keys`; sends nothing yet.
    pub fn new(base_url: &str, keys: Keys, limits: &Limits) -> Result<Self, EndpointFault> {
        let auth = Auth::Credentials(Arc::new(Account::new(base_url, keys, limits)?));
        Ok(Self { client: Client::new(endpoint(base_url, auth), limits)? })
    }

    /// Returns the resource at `path`, which begins with a slash.
    pub async fn get<T: DeserializeOwned>(&self, path: &str, deadline: Deadline) -> Result<T, SourceError> {
        let question = ReadRequest { path, content: Content::Parameters(&[], ParamEncoding::Get) };
        read(&format!("GET {path}"), &self.client.get_idempotent(question, Call::unlimited(deadline, 0)).await?)
    }

    /// Sends a call without a body and returns its response; `None` where the call or its object does not exist.
    pub async fn post<T: DeserializeOwned>(&self, path: &str, deadline: Deadline) -> Result<Option<T>, SourceError> {
        let order = WriteRequest { method: HttpMethod::Post, path, parameters: &[], document: None };
        let reply = self.client.execute(order, deadline).await?;
        if reply.status == 404 { Ok(None) } else { read(&format!("POST {path}"), &reply).map(Some) }
    }
}

/// Answers of this API are small, so they are read where they arrive.
fn read<T: DeserializeOwned>(call: &str, reply: &HttpResponse) -> Result<T, SourceError> {
    if !(200..300).contains(&reply.status) {
        return Err(refusal(call, reply.status, &reply.body));
    }
    // serde's words would repeat values of the answer, a token perhaps.
    let malformed = |error: serde_json::Error| {
        let at = error.column();
        SourceError::new(Reason::Malformed, format!("{call}: the answer cannot be read from its byte {at} on"))
    };
    serde_json::from_slice(&reply.body).map_err(malformed)
}
