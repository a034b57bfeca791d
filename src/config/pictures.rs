//! `[pictures]`: what is in the files of pictures.
//!
//! Read with the rest of the configuration; the command line hands it to the way.

use crate::record::Recording;
use serde::{Deserialize, Serialize};

/// What an operator may say of pictures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PicturesConfig {
    /// A picture tells which question it answers, over which data, and what drew it.
    pub record: bool,
}

impl Default for PicturesConfig {
    fn default() -> Self {
        Self { record: true }
    }
}

impl PicturesConfig {
    /// What the way gets.
    pub fn recording(&self) -> Recording {
        if self.record { Recording::On } else { Recording::Off }
    }
}
