//! `[pictures]`: what is in the files of pictures, and what is sent where there is none.
//!
//! Read with the rest of the configuration; the command line hands it to the way.

use crate::provenance::Recording;
use serde::{Deserialize, Serialize};

/// What an operator may say of pictures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PicturesConfig {
    /// A picture tells which question it answers, over which data, and what drew it.
    pub record: bool,
    /// What says that no source has an answer.
    pub errors: Errors,
}

/// How an error is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Errors {
    /// To programs.
    #[default]
    Json,
    /// To people, where whatever comes is shown.
    Picture,
}

impl Default for PicturesConfig {
    fn default() -> Self {
        Self { record: true, errors: Errors::default() }
    }
}

impl PicturesConfig {
    /// What the way gets.
    pub fn recording(&self) -> Recording {
        if self.record { Recording::On } else { Recording::Off }
    }
}
