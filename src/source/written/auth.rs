//! `auth = { … }`: how we prove to a server who we are.

use super::{Secret, WrittenFault, WrittenKeystone};
use crate::limits::Limits;
use crate::source::client::{Auth, Endpoint};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::{Path, PathBuf};

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
            Self::Basic(basic) => basic.password_file.as_mut().into_iter().collect(),
            Self::BearerFile(file) => vec![file],
            Self::Keystone(keystone) => keystone.files().collect(),
            Self::Bearer(_) => Vec::new(),
        }
    }

    /// Everything that is wrong with it.
    pub(super) fn check(&self) -> Vec<WrittenFault> {
        match self {
            Self::Basic(basic) if basic.password.is_some() == basic.password_file.is_some() => {
                vec![WrittenFault::wrong("auth.basic", "should have either password or password_file")]
            }
            Self::Bearer(token) if token.is_empty() => vec![WrittenFault::wrong("auth.bearer", "should not be empty")],
            Self::Keystone(keystone) => keystone.check(),
            _ => Vec::new(),
        }
    }

    /// With what its files hold, for the server of `endpoint`.
    pub(super) fn open(&self, endpoint: &Endpoint, limits: &Limits) -> Result<Auth, WrittenFault> {
        Ok(match self {
            Self::Basic(basic) => Auth::Basic { username: basic.username.clone(), password: password(basic)? },
            Self::Bearer(token) => Auth::Bearer(token.secret()),
            Self::BearerFile(file) => {
                text(file)?;
                Auth::BearerFile(file.clone())
            }
            Self::Keystone(keystone) => keystone.open(endpoint, limits)?,
        })
    }
}

fn password(basic: &WrittenBasic) -> Result<SecretString, WrittenFault> {
    match (&basic.password, &basic.password_file) {
        (Some(password), _) => Ok(password.secret()),
        (None, Some(file)) => Ok(SecretString::from(text(file)?.trim_end_matches(['\r', '\n']))),
        (None, None) => Ok(SecretString::default()),
    }
}

pub(super) fn text(file: &Path) -> Result<String, WrittenFault> {
    fs::read_to_string(file).map_err(|cause| WrittenFault::unreadable(file, &cause))
}
