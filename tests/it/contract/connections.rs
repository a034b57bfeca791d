//! Limits and timeouts of connections, and TLS.

use crate::support::http::{Connection, request};
use crate::support::in_process::{EXAMPLE, IMAGE, JSON, Service};
use crate::support::running::until;
use metricshot::config::TlsConfig;
use metricshot::http::{Certificate, Settings, Tls, TrustedProxies};
use metricshot::limits::Limits;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned, SupportedProtocolVersion};
use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

const SOON: Duration = Duration::from_millis(200);
/// A timeout far longer than any step of these tests.
const LATE: Duration = Duration::from_secs(60);

fn healthy(connection: &mut Connection) -> bool {
    connection.send(request("GET", "/healthz", &[], "")).next().is_some_and(|response| response.status == 200)
}

/// Returns limits with timeouts that no slow machine reaches.
fn long_timeouts() -> Limits {
    Limits { render: LATE, render_queue: LATE, request_total: LATE, ..Limits::default() }
}

fn renders(connection: &mut Connection) -> bool {
    connection.send(request("POST", IMAGE, &[JSON], EXAMPLE)).next().is_some_and(|response| response.status == 200)
}

#[test]
fn connections_beyond_the_limit_get_only_health_checks_and_others_continue() {
    for limits in
        [Limits { connections: 3, ..long_timeouts() }, Limits { connections_per_address: 3, ..long_timeouts() }]
    {
        let service = Service::with(limits, Settings::default());
        let mut inside = [service.connect(), service.connect(), service.connect()];
        assert!(inside.iter_mut().all(healthy));
        for _ in 0..20 {
            let mut beyond = service.connect();
            assert!(healthy(&mut beyond));
            assert_eq!(beyond.next(), None, "the connection gets one response only");
            let rejected = service.connect().send(request("POST", IMAGE, &[JSON], EXAMPLE)).response();
            assert_eq!((rejected.status, rejected.fault()), (503, "too_many_connections"));
            assert_eq!(rejected.header("retry-after"), Some("1"));
        }
        assert!(inside.iter_mut().all(renders));
        let [first, ..] = inside;
        drop(first);
        until("another connection is accepted", || renders(&mut service.connect()));
    }
}

#[test]
fn a_newer_connection_replaces_the_oldest_reserved_one() {
    let limits = Limits { connections: 1, connections_reserved: 2, header_read: LATE, idle: LATE, ..Limits::default() };
    let service = Service::with(limits, Settings::default());
    let mut inside = service.connect();
    assert!(healthy(&mut inside));
    let (oldest, _second, mut third) = (service.connect(), service.connect(), service.connect());
    let begin = Instant::now();
    assert!(oldest.rest().is_empty());
    assert!(begin.elapsed() < LATE, "the connection was closed by a timeout");
    for _ in 0..20 {
        assert!(healthy(&mut service.connect()), "silent connections do not keep a health check out");
    }
    // Health checks that have ended leave their place; connections that stay take those of the older ones.
    let _newer = (service.connect(), service.connect());
    assert_eq!(third.next(), None);
    assert!(begin.elapsed() < LATE, "the connection was closed by a timeout");
    assert!(healthy(&mut inside));
}

#[test]
fn a_trusted_proxy_is_exempt_from_the_limit_per_address() {
    let limits = Limits { connections_per_address: 1, connections: 3, ..long_timeouts() };
    let trusted_proxies = TrustedProxies::new(vec!["127.0.0.0/8".parse().unwrap()]);
    let service = Service::with(limits, Settings { trusted_proxies, ..Settings::default() });
    let mut inside = [service.connect(), service.connect(), service.connect()];
    assert!(inside.iter_mut().all(renders));
    assert!(!renders(&mut service.connect()));
}

#[test]
fn an_idle_connection_may_be_silent_longer_than_header_read() {
    let limits = Limits { header_read: 5 * SOON, idle: 10 * LATE, ..Limits::default() };
    let service = Service::with(limits, Settings::default());
    let mut connection = service.connect();
    assert!(healthy(&mut connection));
    // This connection is opened later, and closed by the idle timeout.
    assert!(service.connect().rest().is_empty());
    assert!(healthy(&mut connection));
}

#[test]
fn an_idle_connection_is_closed_after_the_idle_timeout() {
    let service = Service::with(Limits { idle: SOON, ..Limits::default() }, Settings::default());
    let mut connection = service.connect();
    assert!(healthy(&mut connection));
    let begin = Instant::now();
    assert_eq!(connection.next(), None);
    assert!(begin.elapsed() < LATE);
}

/// Starts a service with a certificate; returns both.
fn over_tls(limits: Limits) -> (Service, Tls, CertificateDer<'static>) {
    let CertifiedKey { cert, signing_key } = certificate();
    let shown = Certificate::new(cert.pem().as_bytes(), signing_key.serialize_pem().as_bytes()).unwrap();
    let tls = Tls::new(shown).unwrap();
    let settings = Settings { tls: Some(tls.clone()), ..Settings::default() };
    (Service::with(limits, settings), tls, cert.der().clone())
}

fn certificate() -> CertifiedKey<rcgen::KeyPair> {
    generate_simple_self_signed(["localhost".to_owned()]).unwrap()
}

/// Sends a request over TLS with `trusted` as the only root; returns the response.
fn exchange(
    service: &Service,
    trusted: &CertificateDer<'static>,
    versions: &[&'static SupportedProtocolVersion],
    protocols: &[&str],
    bytes: &[u8],
) -> std::io::Result<Vec<u8>> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.clone()).unwrap();
    let builder = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()));
    let builder = builder.with_protocol_versions(versions).unwrap();
    let mut config = builder.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
    let client = ClientConnection::new(Arc::new(config), ServerName::try_from("localhost").unwrap()).unwrap();
    let stream = TcpStream::connect(service.address)?;
    stream.set_read_timeout(Some(LATE))?;
    let mut stream = StreamOwned::new(client, stream);
    stream.write_all(bytes)?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    Ok(answer)
}

#[test]
fn images_and_links_are_served_over_tls_1_2_and_1_3() {
    let (service, _, trusted) = over_tls(Limits::default());
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let ask = |bytes: &[u8]| exchange(&service, &trusted, &[version], &["h2", "http/1.1"], bytes).unwrap();
        let picture = ask(&request("POST", IMAGE, &[JSON, ("Connection", "close")], EXAMPLE));
        assert!(picture.starts_with(b"HTTP/1.1 200 ") && picture.ends_with(b"IEND\xaeB`\x82"), "{version:?}");
        let versions = ask(&request("GET", "/", &[("Connection", "close")], ""));
        assert!(String::from_utf8(versions).unwrap().contains(r#""href":"https://localhost:8080/v1""#));
    }
}

#[test]
fn a_client_of_http_2_only_is_rejected_in_the_handshake() {
    let (service, _, trusted) = over_tls(Limits::default());
    let refused = exchange(&service, &trusted, rustls::ALL_VERSIONS, &["h2"], b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    assert!(refused.unwrap_err().to_string().to_lowercase().contains("applicationprotocol"));
}

#[test]
fn plain_http_on_a_tls_listener_gets_no_response() {
    let (service, _, _) = over_tls(Limits::default());
    let said = service.connect().send(request("GET", "/healthz", &[], "")).next();
    assert_eq!(said, None);
}

#[test]
fn a_client_without_a_tls_handshake_delays_no_other_and_is_disconnected() {
    let (service, _, trusted) = over_tls(Limits { tls_handshake: SOON, ..Limits::default() });
    let silent: Vec<Connection> = (0..20).map(|_| service.connect()).collect();
    let health = request("GET", "/healthz", &[("Connection", "close")], "");
    let answer = exchange(&service, &trusted, rustls::ALL_VERSIONS, &[], &health).unwrap();
    assert!(answer.starts_with(b"HTTP/1.1 200 "));
    assert!(silent.into_iter().all(|connection| connection.rest().is_empty()));
}

#[test]
fn a_certificate_is_replaced_under_load_unless_the_new_one_is_faulty() {
    let (service, tls, first) = over_tls(Limits::default());
    let health = request("GET", "/healthz", &[("Connection", "close")], "");
    let shows = |trusted| exchange(&service, trusted, rustls::ALL_VERSIONS, &[], &health).is_ok();
    let folder = tempfile::tempdir().unwrap();
    let files = TlsConfig { certificate: folder.path().join("chain.pem"), key: folder.path().join("key.pem") };
    let CertifiedKey { cert, signing_key } = certificate();
    fs::write(&files.certificate, cert.pem()).unwrap();
    fs::write(&files.key, certificate().signing_key.serialize_pem()).unwrap();
    let fault = files.reload(&tls).unwrap_err().to_string();
    assert_eq!(fault, "tls.key: should be the private key of the first certificate in tls.certificate");
    assert!(shows(&first));
    fs::write(&files.key, signing_key.serialize_pem()).unwrap();
    files.reload(&tls).unwrap();
    assert!(shows(cert.der()) && !shows(&first));
    fs::remove_file(&files.certificate).unwrap();
    assert!(files.reload(&tls).unwrap_err().to_string().contains("chain.pem: cannot be read"));
    assert!(shows(cert.der()));
}
