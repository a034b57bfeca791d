//! `type = "demo"`.

use super::Demo;
use crate::limits::Limits;
use crate::source::Source;
use crate::source::config::{ConfigError, SourceConfig};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Has no settings.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DemoConfig {}

impl SourceConfig for DemoConfig {
    fn open(&self, limits: &Limits) -> Result<Arc<dyn Source>, Vec<ConfigError>> {
        Ok(Arc::new(Demo::new(limits)))
    }

    fn can_split(&self) -> bool {
        true
    }
}
