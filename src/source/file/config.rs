//! `type = "file"`.

use super::File;
use crate::limits::Limits;
use crate::source::Source;
use crate::source::config::{ConfigError, OneOrMany, SourceConfig};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Files with samples.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileConfig {
    /// Paths; at least one.
    #[serde(alias = "path")]
    pub paths: OneOrMany<PathBuf>,
}

impl SourceConfig for FileConfig {
    fn resolve(&mut self, folder: &Path) {
        self.paths.resolve(folder);
    }

    fn check(&self) -> Vec<ConfigError> {
        let empty = self.paths.is_empty().then(|| ConfigError::wrong("paths", "should name at least one file"));
        empty.into_iter().collect()
    }

    fn open(&self, limits: &Limits) -> Result<Arc<dyn Source>, Vec<ConfigError>> {
        let file = File::new(self.paths.0.clone(), limits).map_err(|fault| ConfigError::lines(&fault))?;
        Ok(Arc::new(file))
    }

    fn can_split(&self) -> bool {
        true
    }
}
