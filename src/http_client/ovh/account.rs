//! The keys of an application and of whom it acts for, as credentials: every call is signed, with the API's own time.
//!
//! Used by [`super::Api`] alone, because a signature is good for one call. The difference between the clocks is requested once, unsigned,
//! and once more when the API does not take the time that we signed.

use super::error_response::{is_out_of_time, refusal};
use super::signature::signature;
use crate::call::Call;
use crate::clock::{Deadline, now_ms};
use crate::error::{Reason, SourceError};
use crate::http_client::{
    AddressPolicy, Auth, CachedCredential, Client, Content, Credentials, Endpoint, EndpointFault, HeaderMap,
    HeaderName, HttpResponse, OutgoingRequest, ParamEncoding, ReadRequest, sendable,
};
use crate::limits::Limits;
use async_trait::async_trait;
use secrecy::{ExposeSecret, SecretString};

const APPLICATION: HeaderName = HeaderName::from_static("x-ovh-application");
const CONSUMER: HeaderName = HeaderName::from_static("x-ovh-consumer");
const TIMESTAMP: HeaderName = HeaderName::from_static("x-ovh-timestamp");
const SIGNATURE: HeaderName = HeaderName::from_static("x-ovh-signature");

const TIME: &str = "auth/time";

/// Keys of an account.
#[derive(Debug, Clone)]
pub struct Keys {
    /// Names the application.
    pub application_key: String,
    /// Signs for it.
    pub application_secret: SecretString,
    /// Says for whom the application acts, and what it may.
    pub consumer_key: SecretString,
}

/// Signs calls.
#[derive(Debug)]
pub(super) struct Account {
    keys: Keys,
    unsigned: Client,
    /// Seconds that the API's clock is ahead of ours.
    ahead: CachedCredential<i64>,
}

impl Account {
    /// Makes the credentials for the API at `base_url`; sends nothing yet.
    pub fn new(base_url: &str, keys: Keys, limits: &Limits) -> Result<Self, EndpointFault> {
        let header = |name: &str, text: &str| match sendable(text) {
            Ok(_) if !text.is_empty() => Ok(()),
            _ => Err(EndpointFault::HeaderValue(name.to_owned())),
        };
        header(APPLICATION.as_str(), &keys.application_key)?;
        header(CONSUMER.as_str(), keys.consumer_key.expose_secret())?;
        let unsigned = Client::new(endpoint(base_url, Auth::None), limits)?;
        Ok(Self { keys, unsigned, ahead: CachedCredential::default() })
    }

    async fn difference(&self, deadline: Deadline) -> Result<i64, SourceError> {
        let question = ReadRequest { path: TIME, content: Content::Parameters(&[], ParamEncoding::Get) };
        let reply = self.unsigned.get_idempotent(question, Call::unlimited(deadline, 0)).await?;
        if reply.status != 200 {
            return Err(refusal("GET /auth/time", reply.status, &reply.body));
        }
        let second = std::str::from_utf8(&reply.body).ok().and_then(|text| text.trim().parse::<i64>().ok());
        let malformed = || SourceError::new(Reason::Malformed, "GET /auth/time: the answer is no time");
        Ok(second.ok_or_else(malformed)?.saturating_sub(now_s()))
    }
}

#[async_trait]
impl Credentials for Account {
    async fn headers(&self, call: OutgoingRequest<'_>, deadline: Deadline) -> Result<HeaderMap, SourceError> {
        let ahead = self.ahead.get(|_| true, || self.difference(deadline)).await?;
        let second = now_s().saturating_add(ahead);
        let Keys { application_key, application_secret, consumer_key } = &self.keys;
        let signature = signature(application_secret, consumer_key, call, second);
        Ok(HeaderMap::from_iter([
            (APPLICATION, sendable(application_key)?),
            (CONSUMER, sendable(consumer_key.expose_secret())?),
            (TIMESTAMP, second.into()),
            (SIGNATURE, sendable(&signature)?),
        ]))
    }

    fn is_refusal(&self, reply: &HttpResponse) -> bool {
        is_out_of_time(reply.status, &reply.body)
    }

    async fn refused(&self, _sent: &HeaderMap) -> bool {
        self.ahead.forget(|_| true).await;
        true
    }
}

/// Makes an endpoint with a URL and credentials only.
pub(super) fn endpoint(base_url: &str, auth: Auth) -> Endpoint {
    let (base_url, addresses) = (base_url.to_owned(), AddressPolicy::default());
    Endpoint { base_url, auth, headers: Vec::new(), ca_pem: None, identity_pem: None, addresses }
}

fn now_s() -> i64 {
    now_ms().div_euclid(1000)
}
