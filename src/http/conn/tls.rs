//! TLS on the listener: HTTP/1.1 over TLS 1.2 and 1.3, with a certificate that can be replaced while connections come.
//!
//! Made by the command line of files that the configuration read; asked by [`crate::http::conn::server`] for a handshake on each connection. A
//! connection keeps the certificate that it began with.

use parking_lot::RwLock;
use std::io;
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::{ClientHello, ResolvesServerCert};
use tokio_rustls::rustls::sign::CertifiedKey;
use tokio_rustls::rustls::{self, ServerConfig};
use tokio_rustls::server::TlsStream;

/// A chain of certificates and the key that fits the first of them.
#[derive(Debug, Clone)]
pub struct Certificate(Arc<CertifiedKey>);

/// The error of a certificate's files. It contains nothing of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)]
pub enum TlsFault {
    #[error("should be a PEM file with a certificate, and those that it was signed with after it")]
    Certificate,
    #[error(
        "should be a PEM file with an unencrypted private key: PKCS#8, PKCS#1 or SEC1; RSA of 2048 bits or more, ECDSA or Ed25519"
    )]
    Key,
    #[error("should be the private key of the first certificate in tls.certificate")]
    Mismatch,
}

impl Certificate {
    /// Parses the text of two PEM files.
    pub fn new(chain: &[u8], key: &[u8]) -> Result<Self, TlsFault> {
        let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(chain).collect();
        let chain = chain.ok().filter(|chain| !chain.is_empty()).ok_or(TlsFault::Certificate)?;
        let key = PrivateKeyDer::from_pem_slice(key).map_err(|_| TlsFault::Key)?;
        let key = ring::default_provider().key_provider.load_private_key(key).map_err(|_| TlsFault::Key)?;
        let certified = CertifiedKey::new(chain, key);
        match certified.keys_match() {
            Ok(()) | Err(rustls::Error::InconsistentKeys(rustls::InconsistentKeys::Unknown)) => {
                Ok(Self(Arc::new(certified)))
            }
            Err(rustls::Error::InconsistentKeys(_)) => Err(TlsFault::Mismatch),
            Err(_) => Err(TlsFault::Certificate),
        }
    }
}

/// TLS of a listener; clones share the certificate.
#[derive(Clone)]
pub struct Tls {
    acceptor: TlsAcceptor,
    shown: Arc<Shown>,
}

impl Tls {
    /// Shows `certificate`. Err where the cryptography of this build has neither TLS 1.2 nor 1.3.
    pub fn new(certificate: Certificate) -> Result<Self, rustls::Error> {
        let shown = Arc::new(Shown(RwLock::new(certificate)));
        let resolver = Arc::clone(&shown) as Arc<dyn ResolvesServerCert>;
        let builder = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()));
        let versions = builder.with_safe_default_protocol_versions()?;
        let mut config = versions.with_no_client_auth().with_cert_resolver(resolver);
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self { acceptor: TlsAcceptor::from(Arc::new(config)), shown })
    }

    /// Presents `certificate` to new connections from now on.
    pub fn replace(&self, certificate: Certificate) {
        *self.shown.0.write() = certificate;
    }

    /// The handshake of a connection.
    pub(crate) async fn accept(&self, stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        self.acceptor.accept(stream).await
    }
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tls")
    }
}

/// The certificate that is shown, whatever name a caller asks for.
#[derive(Debug)]
struct Shown(RwLock<Certificate>);

impl ResolvesServerCert for Shown {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0.read().0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{CertifiedKey, generate_simple_self_signed};

    #[test]
    fn a_certificate_and_its_key_are_taken_and_anything_else_is_refused_by_its_file() {
        let made = || generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let CertifiedKey { cert, signing_key } = made();
        let (chain, key) = (cert.pem(), signing_key.serialize_pem());
        let fault = |chain: &str, key: &str| Certificate::new(chain.as_bytes(), key.as_bytes()).err();
        assert_eq!(fault(&chain, &key), None);
        assert_eq!(fault(&(chain.clone() + &made().cert.pem()), &key), None);
        for wrong in ["", "nonsense", &key, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
            assert_eq!(fault(wrong, &key), Some(TlsFault::Certificate), "{wrong}");
        }
        for wrong in ["", "nonsense", &chain, "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"] {
            assert_eq!(fault(&chain, wrong), Some(TlsFault::Key), "{wrong}");
        }
        assert_eq!(fault(&chain, &made().signing_key.serialize_pem()), Some(TlsFault::Mismatch));
    }
}
