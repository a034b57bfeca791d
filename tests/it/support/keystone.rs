//! A fake Keystone (v3) in front of a server of the same test, like the middleware of OpenStack's services.
//!
//! `POST /v3/auth/tokens` accepts a password or an application credential and issues tokens. Every other request needs a token in
//! `X-Auth-Token`, and is forwarded.

use axum::body::Bytes;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;

/// The settings of the fake.
#[derive(Debug, Clone)]
pub struct Rules {
    /// The server behind it.
    pub upstream: String,
    /// Methods and paths that are forwarded, as `(GET, "/api/v1/query")`; `None`: all. Others get 405, or 404 for an unknown path.
    pub operations: Option<Vec<(Method, &'static str)>>,
    /// The lifetime of tokens, in seconds.
    pub lifetime: i64,
}

/// A running Keystone, which ends with the runtime of the test.
pub struct Keystone {
    /// The base URL of both servers; Keystone's own API is below `/v3`.
    pub url: String,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    tokens: BTreeSet<String>,
    logins: Vec<Value>,
    /// Method and path of each call, and whether it was forwarded.
    calls: Vec<(Method, String, bool)>,
}

impl Keystone {
    /// Starts the fake on a free port.
    pub async fn start(rules: Rules) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new(State::default()));
        let client = super::fake::client();
        let (shared, rules) = (Arc::clone(&state), Arc::new(rules));
        let handle = move |method: Method, uri: Uri, headers: HeaderMap, body: Bytes| {
            let (state, rules, client) = (Arc::clone(&shared), Arc::clone(&rules), client.clone());
            async move {
                if uri.path() == "/v3/auth/tokens" {
                    return log_in(&method, &body, rules.lifetime, &mut state.lock().unwrap());
                }
                let refused = refusal(&method, uri.path(), &headers, &rules, &state.lock().unwrap());
                let call = (method.clone(), uri.path().to_owned(), refused.is_none());
                state.lock().unwrap().calls.push(call);
                match refused {
                    Some(status) => (status, "refused").into_response(),
                    None => forward(&client, &rules.upstream, method, &uri, body).await,
                }
            }
        };
        let app = axum::Router::new().fallback(handle);
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { url, state }
    }

    /// Returns the `identity` of each login.
    pub fn logins(&self) -> Vec<Value> {
        self.state.lock().unwrap().logins.clone()
    }

    /// Returns method and path of each other call, and whether it was forwarded.
    pub fn calls(&self) -> Vec<(Method, String, bool)> {
        self.state.lock().unwrap().calls.clone()
    }

    /// Revokes all tokens.
    pub fn revoke(&self) {
        self.state.lock().unwrap().tokens.clear();
    }
}

/// Issues a token to the one user and the one credential: the password of `reader` and the secret of `0123` are `secret`.
fn log_in(method: &Method, body: &[u8], lifetime: i64, state: &mut State) -> Response {
    let document: Value = serde_json::from_slice(body).unwrap_or_default();
    let (identity, scope) = (&document["auth"]["identity"], &document["auth"]["scope"]);
    let user = json!({"name": "reader", "domain": {"name": "Default"}, "password": "secret"});
    let project = json!({"project": {"name": "telemetry", "domain": {"name": "Default"}}});
    let by_password = json!({"methods": ["password"], "password": {"user": user}});
    let credential = json!({"id": "0123", "secret": "secret"});
    let by_credential = json!({"methods": ["application_credential"], "application_credential": credential});
    // An application credential is bound to its project: Keystone rejects a scope.
    let is_known = *identity == by_password && *scope == project || *identity == by_credential && scope.is_null();
    state.logins.push(identity.clone());
    if method != Method::POST || !is_known {
        let error = json!({"error": {"code": 401, "message": "The request you have made requires authentication.", "title": "Unauthorized"}});
        return (StatusCode::UNAUTHORIZED, error.to_string()).into_response();
    }
    let token = format!("gAAAAAB-{}", state.logins.len());
    state.tokens.insert(token.clone());
    let ends = jiff::Timestamp::now() + jiff::SignedDuration::from_secs(lifetime);
    let body = json!({"token": {"methods": ["password"], "expires_at": format!("{ends:.6}"), "issued_at": "2026-01-01T00:00:00.000000Z"}});
    (StatusCode::CREATED, [("x-subject-token", token)], body.to_string()).into_response()
}

fn refusal(method: &Method, path: &str, headers: &HeaderMap, rules: &Rules, state: &State) -> Option<StatusCode> {
    let token = headers.get("x-auth-token").and_then(|token| token.to_str().ok());
    if !token.is_some_and(|token| state.tokens.contains(token)) {
        return Some(StatusCode::UNAUTHORIZED);
    }
    let operations = rules.operations.as_ref()?;
    let mut of_path = operations.iter().filter(|(_, known)| *known == path).peekable();
    match of_path.peek() {
        None => Some(StatusCode::NOT_FOUND),
        Some(_) => (!of_path.any(|(known, _)| known == method)).then_some(StatusCode::METHOD_NOT_ALLOWED),
    }
}

async fn forward(client: &reqwest::Client, upstream: &str, method: Method, uri: &Uri, body: Bytes) -> Response {
    let url = format!("{upstream}{}", uri.path_and_query().unwrap());
    let request = client.request(method, url).basic_auth("admin", Some("")).body(body);
    let headers = [("content-type", "application/json"), ("accept", "application/json")];
    let reply =
        headers.into_iter().fold(request, |request, (name, value)| request.header(name, value)).send().await.unwrap();
    let (status, link) = (reply.status(), reply.headers().get("link").cloned());
    let mut response = (status, reply.bytes().await.unwrap()).into_response();
    response.headers_mut().extend(link.map(|link| (axum::http::header::LINK, link)));
    response
}
