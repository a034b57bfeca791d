//! `[keys.NAME]` and `[auth]`: the keys of clients, and the rules of authentication.

use super::{ConfigFault, Secret};
use crate::auth::{Account, Authenticator, BodyProof, Key, KeyText, Replay, Rights, Rules};
use crate::limits::Limits;
use crate::source::config::{ConfigError, secret};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The settings of one key. Each secret is set here or read from a file of its own.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyConfig {
    /// The id that a client sends with a signature (`Scp-Accesskey`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_key: Option<String>,
    /// The HMAC secret of signatures.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret: Option<Secret>,
    /// The file that holds [`KeyConfig::secret`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret_file: Option<PathBuf>,
    /// The previous secret, accepted as well while clients change to the new one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub former_secret: Option<Secret>,
    /// The file that holds [`KeyConfig::former_secret`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub former_secret_file: Option<PathBuf>,
    /// The bearer token of the operations that the vendor's contract does not have, such as `GET /info`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<Secret>,
    /// The file that holds [`KeyConfig::token`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_file: Option<PathBuf>,
    /// The namespaces that the key may read; `None`: all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespaces: Option<BTreeSet<String>>,
    /// Requires signatures that cover the request body.
    #[serde(default)]
    pub signed_body: bool,
}

/// The settings of `[auth]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AuthConfig {
    /// The mode of authentication.
    pub mode: AuthMode,
    /// Accepts each signature for one request only.
    pub strict: bool,
    /// Accepts signatures that leave out the account id of the request's header.
    pub unsigned_account: bool,
    /// The accepted values of `Scp-ClientType`.
    pub client_types: Vec<String>,
}

/// A mode of authentication.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AuthMode {
    /// Authentication by the keys of `[keys.NAME]`. Without keys only clients on the same machine are served.
    #[default]
    Keys,
    /// No authentication: every client that reaches the service may read everything.
    None,
}

impl Default for AuthConfig {
    fn default() -> Self {
        Self {
            mode: AuthMode::default(),
            strict: false,
            unsigned_account: false,
            client_types: Rules::default().client_types,
        }
    }
}

impl AuthConfig {
    fn rules(&self) -> Rules {
        Rules {
            replay: if self.strict { Replay::Strict } else { Replay::Lenient },
            account: if self.unsigned_account { Account::AsSentOrNone } else { Account::AsSent },
            client_types: self.client_types.clone(),
        }
    }
}

impl KeyConfig {
    /// Makes relative paths absolute.
    pub(super) fn resolve(&mut self, folder: &Path) {
        let files = [&mut self.secret_file, &mut self.former_secret_file, &mut self.token_file];
        files.into_iter().flatten().for_each(|file| *file = folder.join(&*file));
    }

    fn open(&self, name: &str) -> Result<Key, Vec<ConfigFault>> {
        let place = |key: &str| format!("keys.{name}.{key}");
        let read_secret = |key: &'static str, here: &Option<Secret>, file: &Option<PathBuf>| match (here, file) {
            (None, None) => Ok(None),
            (Some(_), Some(_)) => {
                Err(ConfigFault::wrong(place(key), format!("should be set as {key} or as {key}_file, not both")))
            }
            (here, file) => secret(here.as_ref(), file.as_deref()).map(Some).map_err(|fault| match fault {
                ConfigError::Unreadable { file, cause } => ConfigFault::Unreadable { file, cause },
                ConfigError::Wrong { text, .. } => ConfigFault::wrong(place(key), text),
            }),
        };
        let mut faults = Vec::new();
        let mut ok_or_report = |read: Result<Option<SecretString>, ConfigFault>| {
            read.unwrap_or_else(|fault| {
                faults.push(fault);
                None
            })
        };
        let text = KeyText {
            access_key: self.access_key.clone(),
            secret: ok_or_report(read_secret("secret", &self.secret, &self.secret_file)),
            former_secret: ok_or_report(read_secret("former_secret", &self.former_secret, &self.former_secret_file)),
            token: ok_or_report(read_secret("token", &self.token, &self.token_file)),
            rights: self.namespaces.clone().map_or(Rights::All, Rights::Namespaces),
            body_proof: if self.signed_body { BodyProof::Signed } else { BodyProof::Optional },
        };
        if !faults.is_empty() {
            return Err(faults);
        }
        Key::new(name, text).map_err(|faults| {
            faults.into_iter().map(|fault| ConfigFault::wrong(format!("keys.{name}"), fault.to_string())).collect()
        })
    }
}

/// Opens all keys, or returns the faults of all of them. `begun_ms` is the start of the service in Unix milliseconds.
pub(super) fn identity(
    keys: &BTreeMap<String, KeyConfig>,
    config: &AuthConfig,
    limits: &Limits,
    begun_ms: i64,
) -> Result<Authenticator, Vec<ConfigFault>> {
    let mut faults = Vec::new();
    let mut opened: Vec<Arc<Key>> = Vec::new();
    for (name, key) in keys {
        match key.open(name) {
            Err(more) => faults.extend(more),
            Ok(_) if !is_name(name) => {
                faults.push(ConfigFault::wrong(
                    format!("keys.{name}"),
                    "a key's name should be 1 to 64 of a-z, A-Z, 0-9, '_', '-' and '.'",
                ));
            }
            Ok(key) => {
                let same = |place: &str, other: &Key| {
                    let text = format!("is also used by keys.{}; every key needs its own", other.name());
                    ConfigFault::wrong(format!("keys.{name}.{place}"), text)
                };
                faults.extend(opened.iter().flat_map(|other| key.shares(other).map(|place| same(place, other))));
                opened.push(Arc::new(key));
            }
        }
    }
    if config.client_types.iter().any(String::is_empty) || config.client_types.is_empty() {
        faults.push(ConfigFault::wrong(
            "auth.client_types",
            "should name at least one, such as Openapi, and none that is empty",
        ));
    }
    if faults.is_empty() { Ok(Authenticator::new(opened, config.rules(), limits, begun_ms)) } else { Err(faults) }
}

/// Reports whether `name` is safe in logs and metrics.
fn is_name(name: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte);
    (1..=64).contains(&name.len()) && name.bytes().all(is_allowed)
}
