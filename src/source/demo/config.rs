//! `type = "demo"`.

use super::Demo;
use crate::limits::Limits;
use crate::source::Source;
use crate::source::config::{Written, WrittenFault};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Has no settings.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WrittenDemo {}

impl Written for WrittenDemo {
    fn open(&self, limits: &Limits) -> Result<Arc<dyn Source>, Vec<WrittenFault>> {
        Ok(Arc::new(Demo::new(limits)))
    }

    fn can_split(&self) -> bool {
        true
    }
}
