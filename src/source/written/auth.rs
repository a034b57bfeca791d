//! `auth = { … }`: how we prove to a server who we are.

use super::{Secret, WrittenFault};
use crate::source::client::Auth;
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
    /// The file that it names.
    pub(in crate::source) fn file(&mut self) -> Option<&mut PathBuf> {
        match self {
            Self::Basic(basic) => basic.password_file.as_mut(),
            Self::BearerFile(file) => Some(file),
            Self::Bearer(_) => None,
        }
    }

    /// What is wrong with it.
    pub(super) fn check(&self) -> Option<WrittenFault> {
        match self {
            Self::Basic(basic) if !basic.has_one_password() => {
                Some(WrittenFault::wrong("auth.basic", "should have either password or password_file"))
            }
            Self::Bearer(token) if token.is_empty() => Some(WrittenFault::wrong("auth.bearer", "should not be empty")),
            _ => None,
        }
    }

    /// With what its file holds.
    pub(super) fn open(&self) -> Result<Auth, WrittenFault> {
        Ok(match self {
            Self::Basic(basic) => Auth::Basic { username: basic.username.clone(), password: basic.open_password()? },
            Self::Bearer(token) => Auth::Bearer(token.secret()),
            Self::BearerFile(file) => {
                text(file)?;
                Auth::BearerFile(file.clone())
            }
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
        match (&self.password, &self.password_file) {
            (Some(password), _) => Ok(password.secret()),
            (None, Some(file)) => Ok(SecretString::from(text(file)?.trim_end_matches(['\r', '\n']))),
            (None, None) => Ok(SecretString::default()),
        }
    }
}

pub(super) fn text(file: &Path) -> Result<String, WrittenFault> {
    fs::read_to_string(file).map_err(|cause| WrittenFault::unreadable(file, &cause))
}
