//! `type = "paasta"`.

use super::{Interval, Login, PaasTa, Settings};
use crate::catalog::CheckSelector;
use crate::limits::Limits;
use crate::source::Source;
use crate::source::written::{Written, WrittenBasic, WrittenFault, with_server_keys};
use std::path::Path;
use std::sync::Arc;

with_server_keys! {
    /// PaaS-TA's monitoring of OpenStack.
    pub struct WrittenPaasTa {
        /// Who opens a session first, where the server wants one.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub login: Option<WrittenBasic>,
        /// How often the agents measure.
        #[serde(default)]
        pub interval: Interval,
    }
}

impl WrittenPaasTa {
    fn settings(&self, limits: &Limits) -> Result<Settings, WrittenFault> {
        let login =
            |login: &WrittenBasic| Ok(Login { username: login.username.clone(), password: login.open_password()? });
        let login = self.login.as_ref().map(login).transpose()?;
        Ok(Settings { endpoint: self.server().endpoint(limits)?, login, interval: self.interval })
    }
}

impl Written for WrittenPaasTa {
    fn resolve(&mut self, folder: &Path) {
        self.resolve_server(folder);
        let file = self.login.as_mut().and_then(|login| login.password_file.as_mut());
        file.into_iter().for_each(|path| *path = folder.join(&*path));
    }

    fn check(&self) -> Vec<WrittenFault> {
        let password = self.login.as_ref().filter(|login| !login.has_one_password());
        let password = password.map(|_| WrittenFault::wrong("login", "should have either password or password_file"));
        let both = (self.login.is_some() && self.auth.is_some())
            .then(|| WrittenFault::wrong("login", "stands in the place of auth; write one of them"));
        self.server().check("/v1").into_iter().chain(password).chain(both).collect()
    }

    fn check_selector(&self) -> CheckSelector {
        super::operation::inexpressible
    }

    fn open(&self, limits: &Limits) -> Result<Arc<dyn Source>, Vec<WrittenFault>> {
        let settings = self.settings(limits).map_err(|fault| vec![fault])?;
        Ok(Arc::new(PaasTa::new(settings, limits).map_err(|fault| WrittenFault::lines(&fault))?))
    }
}
