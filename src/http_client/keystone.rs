//! A session at Keystone, OpenStack's identity service (v3): opened once, shared by all calls to a source, and renewed before it expires.
//!
//! Opened by `auth = { keystone = … }` of any source. A login is said once, never repeated by itself: Keystone may lock a user after
//! some failures.

use super::{
    CachedCredential, Client, Credentials, Endpoint, EndpointFault, HeaderMap, HeaderName, HeaderValue, HttpMethod,
    HttpResponse, OutgoingRequest, WriteRequest,
};
use crate::clock::{Deadline, now_ms};
use crate::error::{Reason, SourceError};
use crate::limits::Limits;
use crate::request::unix_second;
use async_trait::async_trait;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::json;

/// Header in which a service expects the token.
const TOKEN: HeaderName = HeaderName::from_static("x-auth-token");

/// Header in which Keystone returns the token.
const HANDED_OUT: &str = "x-subject-token";

/// A token that ends so soon is not used any more: the call it is for has to end before.
const MARGIN_MS: i64 = 60_000;

/// Identity of a login.
pub(crate) enum Login {
    /// A user by name, for a project by name.
    Password { username: String, password: SecretString, user_domain: String, project: String, project_domain: String },
    /// A secret made for one program, which knows its project.
    ApplicationCredential { id: String, secret: SecretString },
}

impl Login {
    /// Returns the body of `POST /v3/auth/tokens`.
    fn document(&self) -> SecretString {
        let document = match self {
            Self::Password { username, password, user_domain, project, project_domain } => {
                let user =
                    json!({"name": username, "domain": {"name": user_domain}, "password": password.expose_secret()});
                let scope = json!({"project": {"name": project, "domain": {"name": project_domain}}});
                json!({"auth": {"identity": {"methods": ["password"], "password": {"user": user}}, "scope": scope}})
            }
            Self::ApplicationCredential { id, secret } => {
                let credential = json!({"id": id, "secret": secret.expose_secret()});
                let methods = ["application_credential"];
                json!({"auth": {"identity": {"methods": methods, "application_credential": credential}}})
            }
        };
        SecretString::from(document.to_string())
    }
}

/// Response of Keystone to a login.
#[derive(Debug)]
pub(crate) struct Session {
    client: Client,
    login: SecretString,
    token: CachedCredential<Token>,
}

/// Marked as secret, so it does not print.
#[derive(Debug, Clone)]
struct Token {
    value: HeaderValue,
    ends_ms: i64,
}

impl Session {
    /// Makes a session at the Keystone of `endpoint`; sends nothing yet.
    pub fn new(endpoint: Endpoint, login: &Login, limits: &Limits) -> Result<Self, EndpointFault> {
        Ok(Self { client: Client::new(endpoint, limits)?, login: login.document(), token: CachedCredential::default() })
    }

    async fn log_in(&self, deadline: Deadline) -> Result<Token, SourceError> {
        let document = Some(self.login.expose_secret());
        let order = WriteRequest { method: HttpMethod::Post, path: "auth/tokens", parameters: &[], document };
        let reply = self.client.execute(order, deadline).await;
        token(&reply.map_err(|error| SourceError::new(error.reason, format!("Keystone: {}", error.detail)))?)
    }
}

#[async_trait]
impl Credentials for Session {
    async fn headers(&self, _call: OutgoingRequest<'_>, deadline: Deadline) -> Result<HeaderMap, SourceError> {
        let holds = |token: &Token| now_ms() < token.ends_ms - MARGIN_MS;
        let token = self.token.get(holds, || self.log_in(deadline)).await?;
        Ok(HeaderMap::from_iter([(TOKEN, token.value)]))
    }

    async fn refused(&self, sent: &HeaderMap) -> bool {
        self.token.forget(|token| sent.get(TOKEN) == Some(&token.value)).await;
        true
    }
}

#[derive(Deserialize)]
struct Body {
    token: Described,
}

#[derive(Deserialize)]
struct Described {
    /// `null` where it never ends.
    expires_at: Option<String>,
}

/// Reads the token. Errors contain the status only, because the text of a rejection may repeat the login.
fn token(reply: &HttpResponse) -> Result<Token, SourceError> {
    if !(200..300).contains(&reply.status) {
        let reason = if reply.status == 504 { Reason::Timeout } else { Reason::Refused };
        return Err(SourceError::new(reason, format!("Keystone answered the login with status {}", reply.status)));
    }
    let malformed = |what: &str| SourceError::new(Reason::Malformed, format!("Keystone's answer has no {what}"));
    let mut value = reply.headers.get(HANDED_OUT).cloned().ok_or_else(|| malformed("token"))?;
    value.set_sensitive(true);
    let body: Body = serde_json::from_slice(&reply.body).map_err(|_| malformed("description of the token"))?;
    let ends_ms = match body.token.expires_at {
        Some(text) => unix_second(&text).ok_or_else(|| malformed("time at which the token ends"))? * 1000,
        None => i64::MAX,
    };
    Ok(Token { value, ends_ms })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    fn document(login: &Login) -> Value {
        serde_json::from_str(login.document().expose_secret()).unwrap()
    }

    fn reply(status: u16, token: Option<&'static str>, body: &str) -> HttpResponse {
        let headers = token.map(|token| (HeaderName::from_static(HANDED_OUT), HeaderValue::from_static(token)));
        HttpResponse::for_tests(status, headers.into_iter().collect(), body.as_bytes())
    }

    #[test]
    fn a_user_logs_in_by_name_for_a_project() {
        let login = Login::Password {
            username: "reader".into(),
            password: "a\"b".into(),
            user_domain: "Default".into(),
            project: "telemetry".into(),
            project_domain: "Other".into(),
        };
        let auth = &document(&login)["auth"];
        assert_eq!(auth["identity"]["methods"], json!(["password"]));
        let user = json!({"name": "reader", "domain": {"name": "Default"}, "password": "a\"b"});
        assert_eq!(auth["identity"]["password"]["user"], user);
        assert_eq!(auth["scope"]["project"], json!({"name": "telemetry", "domain": {"name": "Other"}}));
    }

    #[test]
    fn an_application_credential_brings_its_own_project() {
        let login = Login::ApplicationCredential { id: "1234".into(), secret: "hidden".into() };
        let auth = document(&login)["auth"].clone();
        let credential = json!({"id": "1234", "secret": "hidden"});
        let identity = json!({"methods": ["application_credential"], "application_credential": credential});
        assert_eq!(auth, json!({ "identity": identity }));
    }

    #[test]
    fn a_token_holds_until_the_time_that_keystone_says_and_does_not_print() {
        let body = r#"{"token":{"methods":["password"],"expires_at":"2026-01-01T01:00:00.000000Z"}}"#;
        let token = token(&reply(201, Some("hidden"), body)).unwrap();
        assert_eq!(token.ends_ms, 1_767_229_200_000);
        assert!(!format!("{token:?}").contains("hidden"));
    }

    #[test]
    fn a_refusal_is_told_without_its_words_and_half_an_answer_is_malformed() {
        let refused = token(&reply(401, None, "password hidden is wrong")).unwrap_err();
        assert_eq!((refused.reason, refused.detail.contains("hidden")), (Reason::Refused, false));
        let right = r#"{"token":{"expires_at":"2026-01-01T01:00:00Z"}}"#;
        for (token_header, body) in
            [(None, right), (Some("t"), "[]"), (Some("t"), r#"{"token":{"expires_at":"soon"}}"#)]
        {
            assert_eq!(token(&reply(201, token_header, body)).unwrap_err().reason, Reason::Malformed, "{body}");
        }
    }
}
