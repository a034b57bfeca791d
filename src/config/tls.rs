//! `[tls]`: the certificate of the service, as two files that are read at the start and at each SIGHUP.

use super::ConfigFault;
use crate::http::{Certificate, Tls, TlsFault};
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::{Path, PathBuf};

/// The paths of certificate and private key, as PEM files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsConfig {
    /// The certificate chain, with the certificate of the service first.
    pub certificate: PathBuf,
    /// The private key of the first certificate.
    pub key: PathBuf,
}

impl TlsConfig {
    /// Makes relative paths absolute.
    pub(super) fn resolve(&mut self, folder: &Path) {
        self.certificate = folder.join(&self.certificate);
        self.key = folder.join(&self.key);
    }

    /// Replaces the certificate in use by that of the files. Fails, and changes nothing, if the files are faulty.
    pub fn reload(&self, in_use: &Tls) -> Result<(), ConfigFault> {
        self.read().map(|certificate| in_use.replace(certificate))
    }

    /// Reads certificate and key from the files.
    pub fn read(&self) -> Result<Certificate, ConfigFault> {
        let text = |file: &Path| fs::read(file).map_err(|cause| ConfigFault::unreadable(file, &cause));
        Certificate::new(&text(&self.certificate)?, &text(&self.key)?).map_err(|fault| {
            let key = match fault {
                TlsFault::Certificate => "tls.certificate",
                TlsFault::Key | TlsFault::Mismatch => "tls.key",
            };
            ConfigFault::wrong(key, fault.to_string())
        })
    }
}
