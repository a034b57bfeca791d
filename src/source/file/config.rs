//! `type = "file"`.

use super::File;
use crate::limits::Limits;
use crate::source::Source;
use crate::source::config::{OneOrMany, Written, WrittenFault};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Files with samples.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WrittenFile {
    /// At least one.
    #[serde(alias = "path")]
    pub paths: OneOrMany<PathBuf>,
}

impl Written for WrittenFile {
    fn resolve(&mut self, folder: &Path) {
        self.paths.resolve(folder);
    }

    fn check(&self) -> Vec<WrittenFault> {
        let empty = self.paths.is_empty().then(|| WrittenFault::wrong("paths", "should name at least one file"));
        empty.into_iter().collect()
    }

    fn open(&self, limits: &Limits) -> Result<Arc<dyn Source>, Vec<WrittenFault>> {
        let file = File::new(self.paths.0.clone(), limits).map_err(|fault| WrittenFault::lines(&fault))?;
        Ok(Arc::new(file))
    }

    fn can_split(&self) -> bool {
        true
    }
}
