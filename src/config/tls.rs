//! `[tls]`: the certificate that the service shows, as two files that are read at the start and whenever the operator asks for it.

use super::ConfigFault;
use crate::http::{Certificate, Tls, TlsFault};
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::{Path, PathBuf};

/// Two PEM files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsConfig {
    /// The certificate, and those that it was signed with after it.
    pub certificate: PathBuf,
    /// The private key of the first of them.
    pub key: PathBuf,
}

impl TlsConfig {
    /// Makes relative paths absolute.
    pub(super) fn resolve(&mut self, folder: &Path) {
        self.certificate = folder.join(&self.certificate);
        self.key = folder.join(&self.key);
    }

    /// Shows what is in the files now. Where that is faulty, what was shown stays.
    pub fn reload(&self, shown: &Tls) -> Result<(), ConfigFault> {
        self.read().map(|certificate| shown.replace(certificate))
    }

    /// What is in the files now.
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
