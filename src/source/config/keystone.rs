//! `auth = { keystone = { … } }`: a session of OpenStack's identity service, for any source with a server.
//!
//! Either a user's name and password with a project, or an application credential, which has its own.

use super::auth::secret;
use super::{Address, ConfigError, Secret};
use crate::http_client::keystone::{Login, Session};
use crate::http_client::{Auth, Endpoint};
use crate::limits::Limits;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::sync::Arc;

/// Login at Keystone.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeystoneConfig {
    /// Ends with `/v3`. Its server is trusted like the source's own: `ca_file`, `client_certificate` and `addresses` are for both.
    pub url: Address,
    /// A user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// Password in clear text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password: Option<Secret>,
    /// A file that holds nothing else; a line break at its end does not count.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password_file: Option<PathBuf>,
    /// The name of the user's domain.
    #[serde(default = "default_domain")]
    pub user_domain: String,
    /// The project whose measures are read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// The name of the project's domain.
    #[serde(default = "default_domain")]
    pub project_domain: String,
    /// Instead of a user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub application_credential_id: Option<String>,
    /// Secret in clear text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub application_credential_secret: Option<Secret>,
    /// See `password_file`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub application_credential_secret_file: Option<PathBuf>,
}

/// Returns Keystone's own name of the default domain.
fn default_domain() -> String {
    "Default".to_owned()
}

impl KeystoneConfig {
    /// Returns the files that it names.
    pub(super) fn files(&mut self) -> impl Iterator<Item = &mut PathBuf> {
        [&mut self.password_file, &mut self.application_credential_secret_file].into_iter().flatten()
    }

    /// Returns all its faults.
    pub(super) fn check(&self) -> Vec<ConfigError> {
        let fault = |text: &str| ConfigError::wrong("auth.keystone", text);
        let mut faults = Vec::new();
        if !self.url.as_str().trim_end_matches('/').ends_with("/v3") {
            faults.push(ConfigError::wrong("auth.keystone.url", "should end with /v3"));
        }
        let of_user =
            [self.username.is_some(), self.password.is_some(), self.password_file.is_some(), self.project.is_some()];
        let secret = (&self.application_credential_secret, &self.application_credential_secret_file);
        let of_credential = [self.application_credential_id.is_some(), secret.0.is_some(), secret.1.is_some()];
        match (of_user.contains(&true), of_credential.contains(&true)) {
            (true, true) => {
                faults.push(fault("should have a username or an application_credential_id, not keys of both"))
            }
            (false, false) => faults.push(fault("should have a username or an application_credential_id")),
            (true, false) => {
                let [username, password, password_file, project] = of_user;
                let wrong = [
                    (!username).then(|| fault("should have a username")),
                    (password == password_file).then(|| fault("should have either password or password_file")),
                    (!project).then(|| fault("should have a project")),
                ];
                faults.extend(wrong.into_iter().flatten());
            }
            (false, true) => {
                let [id, secret, secret_file] = of_credential;
                let either = "should have either application_credential_secret or application_credential_secret_file";
                let wrong = [
                    (!id).then(|| fault("should have an application_credential_id")),
                    (secret == secret_file).then(|| fault(either)),
                ];
                faults.extend(wrong.into_iter().flatten());
            }
        }
        faults
    }

    /// Reads the files and returns the session for a source with this `endpoint`.
    pub(super) fn open(&self, endpoint: &Endpoint, limits: &Limits) -> Result<Auth, ConfigError> {
        let keystone = Endpoint {
            base_url: self.url.as_str().to_owned(),
            auth: Auth::None,
            headers: Vec::new(),
            ca_pem: endpoint.ca_pem.clone(),
            identity_pem: endpoint.identity_pem.clone(),
            addresses: endpoint.addresses.clone(),
        };
        let session = Session::new(keystone, &self.login()?, limits)
            .map_err(|fault| ConfigError::wrong("auth.keystone", fault.to_string()))?;
        Ok(Auth::Credentials(Arc::new(session)))
    }

    fn login(&self) -> Result<Login, ConfigError> {
        Ok(match &self.application_credential_id {
            Some(id) => {
                let file = self.application_credential_secret_file.as_deref();
                let secret = secret(self.application_credential_secret.as_ref(), file)?;
                Login::ApplicationCredential { id: id.clone(), secret }
            }
            None => Login::Password {
                username: self.username.clone().unwrap_or_default(),
                password: secret(self.password.as_ref(), self.password_file.as_deref())?,
                user_domain: self.user_domain.clone(),
                project: self.project.clone().unwrap_or_default(),
                project_domain: self.project_domain.clone(),
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(keys: &str) -> Vec<String> {
        let written: KeystoneConfig = toml::from_str(keys).unwrap();
        let words = |fault: ConfigError| match fault {
            ConfigError::Wrong { key, text } => format!("{key} {text}"),
            other => panic!("{other:?}"),
        };
        written.check().into_iter().map(words).collect()
    }

    const URL: &str = "url = \"https://keystone.example/identity/v3\"\n";

    #[test]
    fn a_user_with_a_project_or_an_application_credential_is_right() {
        for keys in [
            "username = \"a\"\npassword = \"b\"\nproject = \"c\"",
            "username = \"a\"\npassword_file = \"b\"\nproject = \"c\"\nuser_domain = \"d\"\nproject_domain = \"d\"",
            "application_credential_id = \"a\"\napplication_credential_secret = \"b\"",
            "application_credential_id = \"a\"\napplication_credential_secret_file = \"b\"",
        ] {
            assert!(faults(&format!("{URL}{keys}")).is_empty(), "{keys}");
        }
    }

    #[test]
    fn every_fault_is_told_at_once_and_no_secret_is() {
        let all = faults("url = \"https://keystone.example:5000\"\npassword = \"hidden\"\npassword_file = \"f\"");
        let wanted = [
            "auth.keystone.url should end with /v3",
            "auth.keystone should have a username",
            "auth.keystone should have either password or password_file",
            "auth.keystone should have a project",
        ];
        assert_eq!(all, wanted);
        assert_eq!(faults(URL), ["auth.keystone should have a username or an application_credential_id"]);
        let both = format!("{URL}username = \"a\"\napplication_credential_id = \"b\"");
        assert_eq!(faults(&both).len(), 1);
        let id = "auth.keystone should have an application_credential_id";
        assert_eq!(faults(&format!("{URL}application_credential_secret = \"hidden\"")), [id]);
    }

    #[test]
    fn secrets_do_not_print() {
        let keys = format!("{URL}username = \"a\"\npassword = \"hidden\"\napplication_credential_secret = \"hidden\"");
        let written: KeystoneConfig = toml::from_str(&keys).unwrap();
        assert!(!format!("{written:?}{}", toml::to_string(&written).unwrap()).contains("hidden"));
    }
}
