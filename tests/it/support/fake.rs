//! A fake HTTP server, which records requests and answers with the responses of the test.

use axum::body::Bytes;
use axum::http::header::{AUTHORIZATION, HeaderName};
use axum::http::{HeaderMap, Method, Uri};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Returns a plain HTTP client for servers of the test.
pub fn client() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap()
}

/// A running fake, which ends with the runtime of the test.
pub struct Fake {
    /// The base URL.
    pub url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
}

/// One request as it arrived.
#[derive(Debug, Clone)]
pub struct Seen {
    pub method: Method,
    pub path: String,
    pub headers: HeaderMap,
    /// Parameters of the URL, then of the form in the body.
    pub parameters: Vec<(String, String)>,
    pub body: Bytes,
}

impl Seen {
    /// Makes a POST request with a document and credentials.
    pub fn posted(path: &str, username: &str, password: &str, document: &str) -> Self {
        let credentials = STANDARD.encode(format!("{username}:{password}"));
        let authorization = format!("Basic {credentials}").parse().unwrap();
        let headers = HeaderMap::from_iter([(AUTHORIZATION, authorization)]);
        let body = Bytes::copy_from_slice(document.as_bytes());
        Self { method: Method::POST, path: path.to_owned(), headers, parameters: Vec::new(), body }
    }

    /// Makes a GET request with parameters and one header.
    pub fn gotten(path: &str, header: (&'static str, &str), parameters: &[(&str, &str)]) -> Self {
        let headers = HeaderMap::from_iter([(HeaderName::from_static(header.0), header.1.parse().unwrap())]);
        let parameters = parameters.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect();
        Self { method: Method::GET, path: path.to_owned(), headers, parameters, body: Bytes::new() }
    }

    /// Returns the value of the parameter `name`.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Returns the value of the header `name`.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

impl Fake {
    /// Starts a server on a free port that answers every request with `answer`.
    pub async fn start<R: IntoResponse>(answer: impl Fn(&Seen) -> R + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (answer, record) = (Arc::new(answer), Arc::clone(&seen));
        let handle = move |method: Method, uri: Uri, headers: HeaderMap, body: Bytes| {
            let request = read(method, &uri, headers, body);
            let response: Response = answer(&request).into_response();
            record.lock().unwrap().push(request);
            async { response }
        };
        let app = axum::Router::new().fallback(handle);
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { url, seen }
    }

    /// Returns all requests so far.
    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

fn read(method: Method, uri: &Uri, headers: HeaderMap, body: Bytes) -> Seen {
    let mut parameters = pairs(uri.query().unwrap_or_default());
    if headers.get("content-type").is_some_and(|kind| kind == "application/x-www-form-urlencoded") {
        parameters.extend(pairs(std::str::from_utf8(&body).unwrap()));
    }
    Seen { method, path: uri.path().to_owned(), headers, parameters, body }
}

fn pairs(encoded: &str) -> Vec<(String, String)> {
    let url = reqwest::Url::parse(&format!("http://fake/?{encoded}")).unwrap();
    url.query_pairs().map(|(name, value)| (name.into_owned(), value.into_owned())).collect()
}

/// The behaviour of a [`RawFake`] after its first bytes.
#[derive(Debug, Clone, Copy)]
pub enum Then {
    /// Closes the connection.
    Close,
    /// Resets the connection.
    Reset,
    /// Sends no more bytes, and keeps the connection open.
    Silence,
    /// Sends a space every 20 ms.
    Drip,
    /// Repeats these bytes forever.
    Again(&'static str),
}

/// A fake server that sends raw bytes, which need not be valid HTTP.
pub struct RawFake {
    /// The base URL.
    pub url: String,
}

impl RawFake {
    /// Starts a server that answers every request with `bytes`, and continues with `then`.
    pub async fn start(bytes: impl Into<Vec<u8>>, then: Then) -> Self {
        let bytes = bytes.into();
        Self::changing(move || (bytes.clone(), then)).await
    }

    /// Starts a server that computes its answer for every request.
    pub async fn changing(answer: impl Fn() -> (Vec<u8>, Then) + Send + Sync + 'static) -> Self {
        Self::at((Ipv4Addr::LOCALHOST, 0).into(), answer).await
    }

    /// Starts a server at an address of the test that computes its answer for every request.
    pub async fn at(address: SocketAddr, answer: impl Fn() -> (Vec<u8>, Then) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let answer = Arc::new(answer);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(converse(stream, Arc::clone(&answer)));
            }
        });
        Self { url }
    }
}

async fn converse(mut stream: TcpStream, answer: Arc<impl Fn() -> (Vec<u8>, Then)>) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    // Closing a connection with unread bytes would reset it.
    let head = String::from_utf8_lossy(&head).to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
    stream.read_exact(&mut vec![0; length.unwrap_or(0)]).await?;
    let (bytes, then) = answer();
    stream.write_all(&bytes).await?;
    match then {
        Then::Close => stream.shutdown().await,
        Then::Reset => stream.set_zero_linger(),
        Then::Silence => std::future::pending().await,
        Then::Drip => loop {
            stream.write_all(b" ").await?;
            tokio::time::sleep(Duration::from_millis(20)).await;
        },
        Then::Again(bytes) => loop {
            stream.write_all(bytes.as_bytes()).await?;
        },
    }
}
