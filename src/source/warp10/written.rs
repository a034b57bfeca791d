//! `type = "warp10"`.

use super::{Settings, Unit, Warp10};
use crate::limits::Limits;
use crate::source::Source;
use crate::source::client::{Endpoint, HeaderName};
use crate::source::written::{Written, WrittenFault, with_server_keys};
use std::path::Path;
use std::sync::Arc;

/// The header in which Warp 10 wants a token.
const TOKEN: HeaderName = HeaderName::from_static("x-warp10-token");

with_server_keys! {
    /// A Warp 10 server. A bearer token travels in the header that it reads.
    pub struct WrittenWarp10 {
        /// What its times count.
        #[serde(default)]
        pub unit: Unit,
    }
}

impl Written for WrittenWarp10 {
    fn resolve(&mut self, folder: &Path) {
        self.resolve_server(folder);
    }

    fn check(&self) -> Vec<WrittenFault> {
        self.server().check("/api/v0")
    }

    fn open(&self, limits: &Limits) -> Result<Arc<dyn Source>, Vec<WrittenFault>> {
        let endpoint = self.server().endpoint(limits).map_err(|fault| vec![fault])?;
        let endpoint = Endpoint { auth: endpoint.auth.in_header(TOKEN), ..endpoint };
        let settings = Settings { endpoint, unit: self.unit };
        Ok(Arc::new(Warp10::new(settings, limits).map_err(|fault| WrittenFault::lines(&fault))?))
    }

    fn can_split(&self) -> bool {
        true
    }
}
