//! `type = "paasta"`.

use super::PaasTa;
use crate::catalog::CheckSelector;
use crate::http_client::Endpoint;
use crate::limits::Limits;
use crate::source::Source;
use crate::source::config::{BasicAuthConfig, ConfigError, SourceConfig, with_server_keys};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::Path;
use std::sync::Arc;

/// One server.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Up to where `/v1/…` begins.
    pub endpoint: Endpoint,
    /// Login before the first call; `None`: none is needed.
    pub login: Option<Login>,
    /// Measurement interval of the agents.
    pub interval: Interval,
}

/// Login of a session.
#[derive(Debug, Clone)]
pub struct Login {
    /// The name.
    pub username: String,
    /// The password.
    pub password: SecretString,
}

/// Seconds between two samples, written as the server wants it: `15s`, `1m`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Interval(i64);

/// A unit of InfluxQL and its seconds, the longest first.
const UNITS: [(&str, i64); 5] = [("w", 604_800), ("d", 86_400), ("h", 3600), ("m", 60), ("s", 1)];

impl Interval {
    /// The longest one, in seconds.
    const LONGEST: i64 = 86_400;

    /// Returns the seconds, at least 1.
    pub fn seconds(self) -> i64 {
        self.0
    }

    /// This one, or one of so many `seconds` where that is longer.
    pub fn at_least(self, seconds: i64) -> Self {
        Self(self.0.max(seconds))
    }
}

impl Default for Interval {
    /// Returns the default of the guide and of the agents.
    fn default() -> Self {
        Self(15)
    }
}

impl TryFrom<String> for Interval {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let seconds = UNITS.iter().find_map(|(unit, seconds)| {
            let digits = text.strip_suffix(unit).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))?;
            digits.parse::<i64>().ok()?.checked_mul(*seconds)
        });
        match seconds {
            Some(seconds @ 1..=Self::LONGEST) => Ok(Self(seconds)),
            _ => Err("should be a number and s, m, h, d or w, up to a day, such as 15s"),
        }
    }
}

impl From<Interval> for String {
    fn from(interval: Interval) -> Self {
        interval.to_string()
    }
}

impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = UNITS.iter().find(|(_, seconds)| self.0 % seconds == 0);
        let (unit, seconds) = whole.unwrap_or(&("s", 1));
        write!(f, "{}{unit}", self.0 / seconds)
    }
}

with_server_keys! {
    /// PaaS-TA's monitoring of OpenStack.
    pub struct PaasTaConfig {
        /// Login before the first call, where the server requires one.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub login: Option<BasicAuthConfig>,
        /// Measurement interval of the agents.
        #[serde(default)]
        pub interval: Interval,
    }
}

impl PaasTaConfig {
    fn settings(&self, limits: &Limits) -> Result<Settings, ConfigError> {
        let login =
            |login: &BasicAuthConfig| Ok(Login { username: login.username.clone(), password: login.open_password()? });
        let login = self.login.as_ref().map(login).transpose()?;
        Ok(Settings { endpoint: self.server().endpoint(limits)?, login, interval: self.interval })
    }
}

impl SourceConfig for PaasTaConfig {
    fn resolve(&mut self, folder: &Path) {
        self.resolve_server(folder);
        let file = self.login.as_mut().and_then(|login| login.password_file.as_mut());
        file.into_iter().for_each(|path| *path = folder.join(&*path));
    }

    fn check(&self) -> Vec<ConfigError> {
        let password = self.login.as_ref().filter(|login| !login.has_one_password());
        let password = password.map(|_| ConfigError::wrong("login", "should have either password or password_file"));
        let both = (self.login.is_some() && self.auth.is_some())
            .then(|| ConfigError::wrong("login", "stands in the place of auth; write one of them"));
        self.server().check("/v1").into_iter().chain(password).chain(both).collect()
    }

    fn check_selector(&self) -> CheckSelector {
        super::operation::inexpressible
    }

    fn open(&self, limits: &Limits) -> Result<Arc<dyn Source>, Vec<ConfigError>> {
        let settings = self.settings(limits).map_err(|fault| vec![fault])?;
        Ok(Arc::new(PaasTa::new(settings, limits).map_err(|fault| ConfigError::lines(&fault))?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_is_a_number_and_a_unit() {
        let read = |text: &str| Interval::try_from(text.to_owned()).map(Interval::seconds);
        assert_eq!(["15s", "1m", "90s", "1d"].map(read), [Ok(15), Ok(60), Ok(90), Ok(86_400)]);
        let wrong =
            ["", "s", "15", "0s", "-1s", "+1s", "1.5s", "1h30m", "15 s", "15ms", "15S", "2d", "99999999999999999w"];
        for wrong in wrong {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn it_is_written_as_the_server_wants_it() {
        let written = [15, 60, 90, 3600, 86_400].map(|seconds| Interval(seconds).to_string());
        assert_eq!(written, ["15s", "1m", "90s", "1h", "1d"]);
    }
}
