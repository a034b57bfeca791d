//! `auth = { … }`: authentication at a server.

use super::{ConfigError, KeystoneConfig, Secret};
use crate::http_client::{Auth, Endpoint};
use crate::limits::Limits;
use crate::source::config::OvhMetricsTokenConfig;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// One of these.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", try_from = "AuthKeys")]
pub enum AuthConfig {
    /// Name and password.
    Basic(BasicAuthConfig),
    /// A token.
    Bearer(Secret),
    /// A file with a token, read again for each call.
    BearerFile(PathBuf),
    /// The token of a user of an OVH Private Cloud for the servers of its metrics, fetched when it is needed.
    OvhMetricsToken(Box<OvhMetricsTokenConfig>),
    /// A session of OpenStack's identity service.
    Keystone(Box<KeystoneConfig>),
}

/// Name and password; the password here or in a file.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BasicAuthConfig {
    /// User name.
    pub username: String,
    /// Password in clear text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password: Option<Secret>,
    /// A file that holds nothing else; a line break at its end does not count.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password_file: Option<PathBuf>,
}

/// The keys of `auth = { … }`, of which one is allowed: an enum would take the first and drop the others.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AuthKeys {
    basic: Option<BasicAuthConfig>,
    bearer: Option<Secret>,
    bearer_file: Option<PathBuf>,
    ovh_metrics_token: Option<Box<OvhMetricsTokenConfig>>,
    keystone: Option<Box<KeystoneConfig>>,
}

impl TryFrom<AuthKeys> for AuthConfig {
    type Error = String;

    fn try_from(keys: AuthKeys) -> Result<Self, String> {
        let AuthKeys { basic, bearer, bearer_file, ovh_metrics_token, keystone } = keys;
        let kinds = [
            ("basic", basic.map(Self::Basic)),
            ("bearer", bearer.map(Self::Bearer)),
            ("bearer_file", bearer_file.map(Self::BearerFile)),
            ("ovh_metrics_token", ovh_metrics_token.map(Self::OvhMetricsToken)),
            ("keystone", keystone.map(Self::Keystone)),
        ];
        let known = kinds.each_ref().map(|(name, _)| *name).join(", ");
        let mut given: Vec<(&str, Self)> = kinds.into_iter().filter_map(|(name, auth)| Some((name, auth?))).collect();
        match (given.pop(), &given[..]) {
            (Some((_, auth)), []) => Ok(auth),
            (None, _) => Err(format!("should be one of {known}")),
            (Some((last, _)), others) => {
                let others: Vec<&str> = others.iter().map(|(name, _)| *name).collect();
                Err(format!("should be one of {known}, not {} and {last}", others.join(", ")))
            }
        }
    }
}

impl AuthConfig {
    /// Returns the files that it names.
    pub(crate) fn files(&mut self) -> Vec<&mut PathBuf> {
        match self {
            Self::Basic(basic) => basic.password_file.iter_mut().collect(),
            Self::BearerFile(file) => vec![file],
            Self::Bearer(_) => Vec::new(),
            Self::Keystone(keystone) => keystone.files().collect(),
            Self::OvhMetricsToken(token) => token.account.files().collect(),
        }
    }

    /// Returns all its faults.
    pub(super) fn check(&self) -> Vec<ConfigError> {
        match self {
            Self::Basic(basic) if !basic.has_one_password() => {
                vec![ConfigError::wrong("auth.basic", "should have either password or password_file")]
            }
            Self::Bearer(token) if token.is_empty() => vec![ConfigError::wrong("auth.bearer", "should not be empty")],
            Self::Keystone(keystone) => keystone.check(),
            Self::OvhMetricsToken(token) => token.account.check("auth.ovh_metrics_token.account").into_iter().collect(),
            Self::Basic(_) | Self::Bearer(_) | Self::BearerFile(_) => Vec::new(),
        }
    }

    /// Reads the files and returns the authentication for the server of `endpoint`.
    pub(super) fn open(&self, endpoint: &Endpoint, limits: &Limits) -> Result<Auth, ConfigError> {
        Ok(match self {
            Self::Basic(basic) => Auth::Basic { username: basic.username.clone(), password: basic.open_password()? },
            Self::Bearer(token) => Auth::Bearer(token.secret()),
            Self::BearerFile(file) => {
                secret_in(file)?;
                Auth::BearerFile(file.clone())
            }
            Self::OvhMetricsToken(token) => Auth::Credentials(Arc::new(token.open(limits)?)),
            Self::Keystone(keystone) => keystone.open(endpoint, limits)?,
        })
    }
}

impl BasicAuthConfig {
    /// Reports whether exactly one of password and file is set.
    pub(crate) fn has_one_password(&self) -> bool {
        self.password.is_some() != self.password_file.is_some()
    }

    /// Returns the password, read from its file if it has one.
    pub(crate) fn open_password(&self) -> Result<SecretString, ConfigError> {
        secret(self.password.as_ref(), self.password_file.as_deref())
    }
}

/// Returns the secret as it is written, or the content of its file without the line break at its end; see [`secret_in`].
pub fn secret(here: Option<&Secret>, file: Option<&Path>) -> Result<SecretString, ConfigError> {
    match (here, file) {
        (Some(secret), _) => Ok(secret.secret()),
        (None, Some(file)) => secret_in(file),
        (None, None) => Ok(SecretString::default()),
    }
}

/// Returns the one secret in `file`, without the line break at its end.
///
/// Err where the file cannot be read, and where an editor or a shell left something in it that would become part of the secret: a byte
/// order mark, blanks at an end, a second line. Nothing of the content is repeated.
pub(super) fn secret_in(file: &Path) -> Result<SecretString, ConfigError> {
    let text = read_text(file)?;
    let bare = text.strip_suffix('\n').unwrap_or(&text);
    let bare = bare.strip_suffix('\r').unwrap_or(bare);
    let wrong = if bare.starts_with('\u{feff}') {
        "begins with a byte order mark; save it as plain UTF-8 without one"
    } else if bare.contains(['\r', '\n']) {
        "has more than one line; it should hold the secret alone"
    } else if bare.trim().is_empty() {
        "is empty; it should hold the secret"
    } else if bare.trim() != bare {
        "has blanks before or after the secret; remove them"
    } else {
        return Ok(SecretString::from(bare));
    };
    Err(ConfigError::wrong("", format!("{} {wrong}", file.display())))
}

/// Reads a text file.
pub(super) fn read_text(file: &Path) -> Result<String, ConfigError> {
    fs::read_to_string(file).map_err(|cause| ConfigError::unreadable(file, &cause))
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;

    fn read(bytes: &[u8]) -> Result<String, ConfigError> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("secret");
        fs::write(&file, bytes).unwrap();
        secret_in(&file).map(|secret| secret.expose_secret().to_owned())
    }

    #[test]
    fn a_secret_file_holds_one_line_and_a_line_break_at_its_end_does_not_count() {
        for text in ["s3cret of mine", "s3cret of mine\n", "s3cret of mine\r\n"] {
            assert_eq!(read(text.as_bytes()), Ok("s3cret of mine".to_owned()));
        }
    }

    #[test]
    fn what_an_editor_leaves_in_a_secret_file_is_rejected_with_the_reason_and_not_repeated() {
        for (bytes, reason) in [
            (&b"\xef\xbb\xbfs3cret\n"[..], "byte order mark"),
            (b"s3cret \n", "blanks"),
            (b"s3cret\t", "blanks"),
            (b" s3cret", "blanks"),
            (b"s3cret\n\n", "more than one line"),
            (b"s3cret\nanother\n", "more than one line"),
            (b"s3cret\ranother", "more than one line"),
            (b"", "empty"),
            (b"\n", "empty"),
            (b"  \n", "empty"),
        ] {
            let Err(ConfigError::Wrong { text, .. }) = read(bytes) else { panic!("{bytes:?} is accepted") };
            assert!(text.contains(reason) && !text.contains("s3cret"), "{text}");
        }
        assert!(matches!(read(b"\xff\xfe"), Err(ConfigError::Unreadable { .. })));
    }

    #[test]
    fn auth_is_of_one_kind() {
        let read =
            |text: &str| toml::from_str::<AuthConfig>(text).map(drop).map_err(|fault| fault.message().to_owned());
        assert_eq!(read("bearer = \"t\""), Ok(()));
        let two = read("bearer = \"t\"\nbearer_file = \"f\"").unwrap_err();
        assert_eq!(
            two,
            "should be one of basic, bearer, bearer_file, ovh_metrics_token, keystone, not bearer and bearer_file"
        );
        assert!(read("").unwrap_err().starts_with("should be one of basic"));
        assert!(read("digest = \"t\"").unwrap_err().contains("digest"));
    }
}
