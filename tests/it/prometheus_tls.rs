//! The Prometheus source over TLS: it trusts only the configured authority, and presents its client certificate.

use metricshot::call::Call;
use metricshot::catalog::{MetricKind, QueryTarget, Selector, SeriesQuery};
use metricshot::clock::Deadline;
use metricshot::error::Reason;
use metricshot::limits::Limits;
use metricshot::request::{Period, Span, Statistic, Zone};
use metricshot::series::Grid;
use metricshot::source::Source;
use metricshot::source::prometheus::{Prometheus, Settings};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig};

const BODY: &str = r#"{"status":"success","data":{"resultType":"matrix","result":[]}}"#;

/// A certificate authority.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: CertificateDer<'static>,
    pem: String,
}

impl Authority {
    fn new() -> Self {
        let (mut params, key) = (CertificateParams::new([]).unwrap(), KeyPair::generate().unwrap());
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = params.self_signed(&key).unwrap();
        let (pem, certificate) = (certificate.pem(), certificate.der().clone());
        Self { issuer: Issuer::new(params, key), certificate, pem }
    }

    fn sign(&self, name: &str) -> (rcgen::Certificate, KeyPair) {
        self.sign_until(name, 2100)
    }

    /// Makes a certificate that is valid until the end of a year.
    fn sign_until(&self, name: &str, year: i32) -> (rcgen::Certificate, KeyPair) {
        let (mut params, key) = (CertificateParams::new([name.to_owned()]).unwrap(), KeyPair::generate().unwrap());
        params.not_after = rcgen::date_time_ymd(year, 12, 31);
        (params.signed_by(&key, &self.issuer).unwrap(), key)
    }

    /// Makes the certificate and key of a client.
    fn identity(&self) -> String {
        let (certificate, key) = self.sign("client");
        certificate.pem() + &key.serialize_pem()
    }
}

/// Starts the server `name`, which accepts clients of `authority`; returns its base URL.
async fn serve(authority: &Authority, name: &str) -> String {
    serve_with(authority, authority.sign(name)).await
}

/// Starts a server with a certificate and key of the test; returns its base URL.
async fn serve_with(authority: &Authority, (certificate, key): (rcgen::Certificate, KeyPair)) -> String {
    let mut roots = RootCertStore::empty();
    roots.add(authority.certificate.clone()).unwrap();
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let clients = WebPkiClientVerifier::builder_with_provider(roots.into(), Arc::clone(&provider)).build().unwrap();
    let key = PrivatePkcs8KeyDer::from(key.serialize_der());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_client_cert_verifier(clients)
        .with_single_cert(vec![certificate.der().clone()], key.into())
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let mut stream = acceptor.accept(stream).await?;
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    head.push(stream.read_u8().await?);
                }
                let length = BODY.len();
                let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{BODY}");
                stream.write_all(answer.as_bytes()).await?;
                stream.shutdown().await
            });
        }
    });
    url
}

async fn ask(base_url: String, ca_pem: &str, identity_pem: Option<String>) -> Result<(), Reason> {
    let limits = Limits::default();
    let identity_pem = identity_pem.map(Into::into);
    let settings = Settings { base_url, ca_pem: Some(ca_pem.to_owned()), identity_pem, ..Settings::default() };
    let (span, period) = (Span::new(6000, 6600, &limits).unwrap(), Period::new(60, &limits).unwrap());
    let query = SeriesQuery::new(
        QueryTarget::Select(Selector { name: "cpu".to_owned(), labels: vec![] }),
        MetricKind::Gauge,
        Statistic::Average,
        Arc::new(Grid::new(span, period, &Zone::utc())),
    );
    let call = Call::unlimited(Deadline::after(Duration::from_secs(60)), 0);
    let source = Prometheus::new(settings, &limits).unwrap();
    source.fetch(&query, call).await.map(|_| ()).map_err(|error| error.reason)
}

#[tokio::test]
async fn a_server_of_the_configured_authority_is_trusted_and_trusts_our_certificate() {
    let authority = Authority::new();
    let url = serve(&authority, "127.0.0.1").await;
    assert_eq!(ask(url, &authority.pem, Some(authority.identity())).await, Ok(()));
}

#[tokio::test]
async fn a_server_of_another_authority_or_with_another_name_is_down() {
    let (authority, other) = (Authority::new(), Authority::new());
    let url = serve(&authority, "127.0.0.1").await;
    assert_eq!(ask(url, &other.pem, Some(authority.identity())).await, Err(Reason::Down));
    let url = serve(&authority, "other.example").await;
    assert_eq!(ask(url, &authority.pem, Some(authority.identity())).await, Err(Reason::Down));
}

#[tokio::test]
async fn a_server_with_an_expired_or_self_signed_certificate_is_down() {
    let authority = Authority::new();
    let ended = serve_with(&authority, authority.sign_until("127.0.0.1", 2020)).await;
    assert_eq!(ask(ended, &authority.pem, Some(authority.identity())).await, Err(Reason::Down));
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(["127.0.0.1".to_owned()]).unwrap().self_signed(&key).unwrap();
    let own = serve_with(&authority, (certificate, key)).await;
    assert_eq!(ask(own, &authority.pem, Some(authority.identity())).await, Err(Reason::Down));
}

#[tokio::test]
async fn without_a_known_client_certificate_the_server_disconnects() {
    let authority = Authority::new();
    let url = serve(&authority, "127.0.0.1").await;
    assert_eq!(ask(url.clone(), &authority.pem, None).await, Err(Reason::Down));
    assert_eq!(ask(url, &authority.pem, Some(Authority::new().identity())).await, Err(Reason::Down));
}
