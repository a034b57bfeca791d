//! `[keys.NAME]` and `[auth]`: the keys that may make requests, and the rules of authentication.

use super::{ConfigFault, Secret};
use crate::auth::{Account, BodyProof, Identity, Key, KeyText, Replay, Rights, Rules};
use crate::limits::Limits;
use crate::source::written::{WrittenFault, secret};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// One key. Each secret is written here, or stands alone in a file.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyConfig {
    /// The id that travels with a signature.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_key: Option<String>,
    /// What signatures are made with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret: Option<Secret>,
    /// See [`KeyConfig::secret`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret_file: Option<PathBuf>,
    /// What signatures were made with; believed as well while callers change.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub former_secret: Option<Secret>,
    /// See [`KeyConfig::former_secret`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub former_secret_file: Option<PathBuf>,
    /// What the operations of our own are asked with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<Secret>,
    /// See [`KeyConfig::token`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_file: Option<PathBuf>,
    /// What its holder may read; without a list everything.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespaces: Option<BTreeSet<String>>,
    /// Signatures have to cover the body.
    #[serde(default)]
    pub signed_body: bool,
}

/// Authentication of requests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AuthConfig {
    /// The authentication that requests need.
    pub mode: AuthMode,
    /// Accepts each signature for one request only.
    pub strict: bool,
    /// Accepts signatures that leave out the account id of the request's header.
    pub unsigned_account: bool,
    /// The accepted values of `Scp-ClientType`.
    pub client_types: Vec<String>,
}

/// The way in which requests are authenticated.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AuthMode {
    /// The keys of `[keys.NAME]` authenticate requests. Without any key the service is for this machine alone.
    #[default]
    Keys,
    /// Not at all: every client that reaches the service may read everything.
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
        let read = |key: &'static str, here: &Option<Secret>, file: &Option<PathBuf>| match (here, file) {
            (None, None) => Ok(None),
            (Some(_), Some(_)) => {
                Err(ConfigFault::wrong(place(key), format!("should be here or in {key}_file, not both")))
            }
            (here, file) => secret(here.as_ref(), file.as_deref()).map(Some).map_err(|fault| match fault {
                WrittenFault::Unreadable { file, cause } => ConfigFault::Unreadable { file, cause },
                WrittenFault::Wrong { text, .. } => ConfigFault::wrong(place(key), text),
            }),
        };
        let mut faults = Vec::new();
        let mut kept = |read: Result<Option<SecretString>, ConfigFault>| {
            read.unwrap_or_else(|fault| {
                faults.push(fault);
                None
            })
        };
        let text = KeyText {
            access_key: self.access_key.clone(),
            secret: kept(read("secret", &self.secret, &self.secret_file)),
            former_secret: kept(read("former_secret", &self.former_secret, &self.former_secret_file)),
            token: kept(read("token", &self.token, &self.token_file)),
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

/// Everyone who may ask, as of `begun_ms`, Unix milliseconds; or what is wrong with their keys.
pub(super) fn identity(
    keys: &BTreeMap<String, KeyConfig>,
    config: &AuthConfig,
    limits: &Limits,
    begun_ms: i64,
) -> Result<Identity, Vec<ConfigFault>> {
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
                    let text = format!("is that of keys.{} already; every key needs its own", other.name());
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
    if faults.is_empty() { Ok(Identity::new(opened, config.rules(), limits, begun_ms)) } else { Err(faults) }
}

/// It stands in logs and metrics.
fn is_name(name: &str) -> bool {
    let may_stand = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte);
    (1..=64).contains(&name.len()) && name.bytes().all(may_stand)
}
