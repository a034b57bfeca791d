//! `auth = { … }`: how we prove to a server who we are.

use super::{Secret, WrittenFault, WrittenKeystone};
use crate::limits::Limits;
use crate::source::client::{Auth, Endpoint};
use crate::source::ovh::WrittenMetricsToken;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// One of these.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WrittenAuth {
    /// Name and password.
    Basic(WrittenBasic),
    /// A token.
    Bearer(Secret),
    /// A file with a token, read again for each call.
    BearerFile(PathBuf),
    /// The token of a user of an OVH Private Cloud for the servers of its metrics, fetched when it is needed.
    OvhMetricsToken(Box<WrittenMetricsToken>),
    /// A session of OpenStack's identity service.
    Keystone(Box<WrittenKeystone>),
}

/// Name and password; the password here or in a file.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WrittenBasic {
    /// Who we are.
    pub username: String,
    /// In clear text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password: Option<Secret>,
    /// A file that holds nothing else; a line break at its end does not count.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password_file: Option<PathBuf>,
}

impl WrittenAuth {
    /// The files that it names.
    pub(in crate::source) fn files(&mut self) -> Vec<&mut PathBuf> {
        match self {
            Self::Basic(basic) => basic.password_file.iter_mut().collect(),
            Self::BearerFile(file) => vec![file],
            Self::Bearer(_) => Vec::new(),
            Self::Keystone(keystone) => keystone.files().collect(),
            Self::OvhMetricsToken(token) => token.account.files().collect(),
        }
    }

    /// Everything that is wrong with it.
    pub(super) fn check(&self) -> Vec<WrittenFault> {
        match self {
            Self::Basic(basic) if !basic.has_one_password() => {
                vec![WrittenFault::wrong("auth.basic", "should have either password or password_file")]
            }
            Self::Bearer(token) if token.is_empty() => vec![WrittenFault::wrong("auth.bearer", "should not be empty")],
            Self::Keystone(keystone) => keystone.check(),
            Self::OvhMetricsToken(token) => token.account.check("auth.ovh_metrics_token.account").into_iter().collect(),
            Self::Basic(_) | Self::Bearer(_) | Self::BearerFile(_) => Vec::new(),
        }
    }

    /// With what its files hold, for the server of `endpoint`.
    pub(super) fn open(&self, endpoint: &Endpoint, limits: &Limits) -> Result<Auth, WrittenFault> {
        Ok(match self {
            Self::Basic(basic) => Auth::Basic { username: basic.username.clone(), password: basic.open_password()? },
            Self::Bearer(token) => Auth::Bearer(token.secret()),
            Self::BearerFile(file) => {
                text(file)?;
                Auth::BearerFile(file.clone())
            }
            Self::OvhMetricsToken(token) => Auth::Credentials(Arc::new(token.open(limits)?)),
            Self::Keystone(keystone) => keystone.open(endpoint, limits)?,
        })
    }
}

impl WrittenBasic {
    /// Here or in a file, and not both.
    pub(in crate::source) fn has_one_password(&self) -> bool {
        self.password.is_some() != self.password_file.is_some()
    }

    /// With what its file holds.
    pub(in crate::source) fn open_password(&self) -> Result<SecretString, WrittenFault> {
        secret(self.password.as_ref(), self.password_file.as_deref())
    }
}

/// As it is written, or what its file holds without the line break at its end.
pub fn secret(here: Option<&Secret>, file: Option<&Path>) -> Result<SecretString, WrittenFault> {
    match (here, file) {
        (Some(secret), _) => Ok(secret.secret()),
        (None, Some(file)) => Ok(SecretString::from(text(file)?.trim_end_matches(['\r', '\n']))),
        (None, None) => Ok(SecretString::default()),
    }
}

pub(super) fn text(file: &Path) -> Result<String, WrittenFault> {
    fs::read_to_string(file).map_err(|cause| WrittenFault::unreadable(file, &cause))
}
