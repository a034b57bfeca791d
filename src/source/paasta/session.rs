//! The session that a server with a login wants: a ping brings a token and a cookie, a login makes them ours, every call carries both.
//!
//! Asked by the client before each call. A session ends after half an hour without notice; then a call is refused with 401, and it is
//! opened once more.

use super::config::Login;
use super::response::refused;
use crate::call::Call;
use crate::clock::Deadline;
use crate::error::{Reason, SourceError};
use crate::http_client::{
    Auth, CachedCredential, Client, Content, Credentials, Endpoint, EndpointFault, HeaderMap, HeaderName, HeaderValue,
    HttpMethod, HttpResponse, OutgoingRequest, ParamEncoding, ReadRequest, WriteRequest,
};
use crate::limits::Limits;
use async_trait::async_trait;
use secrecy::ExposeSecret;
use serde_json::json;
use std::sync::Arc;

const TOKEN: HeaderName = HeaderName::from_static("x-xsrf-token");
const COOKIE: HeaderName = HeaderName::from_static("cookie");
const SET_COOKIE: HeaderName = HeaderName::from_static("set-cookie");

/// Opens sessions with one name and password, and keeps the one that is open.
#[derive(Debug)]
pub(super) struct Session {
    client: Client,
    login: Login,
    /// The token and the cookies.
    open: CachedCredential<HeaderMap>,
}

impl Session {
    /// Checks the endpoint; its own credentials are not used.
    pub fn new(endpoint: Endpoint, login: Login, limits: &Limits) -> Result<Self, EndpointFault> {
        let client = Client::new(Endpoint { auth: Auth::None, ..endpoint }, limits)?;
        Ok(Self { client, login, open: CachedCredential::default() })
    }

    async fn log_in(&self, deadline: Deadline) -> Result<HeaderMap, SourceError> {
        let ping = ReadRequest { path: "v1/ping", content: Content::Parameters(&[], ParamEncoding::Get) };
        let pong = self.client.get_idempotent(ping, Call::unlimited(deadline, 0)).await?;
        let begun = carried(&pong, HeaderMap::new());
        if pong.status != 200 || !begun.contains_key(TOKEN) || !begun.contains_key(COOKIE) {
            let detail = format!("HTTP status {}: the ping brought no X-XSRF-TOKEN or no cookie", pong.status);
            return Err(SourceError::new(Reason::Refused, detail));
        }
        let (username, password) = (&self.login.username, self.login.password.expose_secret());
        let document = json!({"username": username, "password": password}).to_string();
        let login =
            WriteRequest { method: HttpMethod::Post, path: "v1/login", parameters: &[], document: Some(&document) };
        let client = self.client.with_auth(Auth::Credentials(Arc::new(Begun(begun.clone()))));
        let reply = client.execute(login, deadline).await?;
        if !(200..300).contains(&reply.status) {
            // Its words may repeat what was sent.
            let SourceError { reason, .. } = refused(reply.status, b"");
            return Err(SourceError::new(reason, format!("HTTP status {}: the login was refused", reply.status)));
        }
        Ok(carried(&reply, begun))
    }
}

#[async_trait]
impl Credentials for Session {
    async fn headers(&self, _call: OutgoingRequest<'_>, deadline: Deadline) -> Result<HeaderMap, SourceError> {
        self.open.get(|_| true, || self.log_in(deadline)).await
    }

    async fn refused(&self, sent: &HeaderMap) -> bool {
        self.open.forget(|open| open == sent).await;
        true
    }
}

/// A session before its login.
#[derive(Debug)]
struct Begun(HeaderMap);

#[async_trait]
impl Credentials for Begun {
    async fn headers(&self, _call: OutgoingRequest<'_>, _deadline: Deadline) -> Result<HeaderMap, SourceError> {
        Ok(self.0.clone())
    }

    async fn refused(&self, _sent: &HeaderMap) -> bool {
        false
    }
}

/// Returns the cookies of the next call: those of a reply, else those `before`.
fn carried(reply: &HttpResponse, before: HeaderMap) -> HeaderMap {
    let mut carried = before;
    if let Some(token) = reply.headers.get(TOKEN) {
        carried.insert(TOKEN, secret(token.clone()));
    }
    let pair = |value: &HeaderValue| Some(value.to_str().ok()?.split(';').next()?.trim().to_owned());
    let cookies: Vec<String> = reply.headers.get_all(SET_COOKIE).iter().filter_map(pair).collect();
    if let Ok(cookies) = HeaderValue::from_str(&cookies.join("; "))
        && !cookies.is_empty()
    {
        carried.insert(COOKIE, secret(cookies));
    }
    carried
}

fn secret(mut value: HeaderValue) -> HeaderValue {
    value.set_sensitive(true);
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(headers: &[(HeaderName, &'static str)]) -> HttpResponse {
        let headers = headers.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value))).collect();
        HttpResponse::for_tests(200, headers, b"")
    }

    #[test]
    fn token_and_cookies_travel_on_without_their_attributes() {
        let mut pong = reply(&[(TOKEN, "t-1"), (SET_COOKIE, "session=a; Path=/; HttpOnly")]);
        pong.headers.append(SET_COOKIE, HeaderValue::from_static("node=b"));
        let begun = carried(&pong, HeaderMap::new());
        assert_eq!(
            (&begun[TOKEN], &begun[COOKIE]),
            (&HeaderValue::from_static("t-1"), &HeaderValue::from_static("session=a; node=b"))
        );
        assert!(!format!("{begun:?}").contains("t-1"));
        assert_eq!(carried(&reply(&[]), begun.clone()), begun);
        let renewed = carried(&reply(&[(TOKEN, "t-2")]), begun.clone());
        assert_eq!((&renewed[TOKEN], &renewed[COOKIE]), (&HeaderValue::from_static("t-2"), &begun[COOKIE]));
    }
}
