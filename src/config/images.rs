//! `[pictures]`: the record inside image files, and the format of error responses.

use crate::provenance::Recording;
use serde::{Deserialize, Serialize};

/// The settings of `[pictures]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PicturesConfig {
    /// Adds a provenance record to each image file: digests of request and data, and the version that rendered it.
    pub record: bool,
    /// The format of the response when no source has data for an image request.
    pub errors: ErrorFormat,
}

/// A format of error responses to image requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ErrorFormat {
    /// A JSON body, for programs.
    #[default]
    Json,
    /// An error image, for clients that show any response as an image.
    Picture,
}

impl Default for PicturesConfig {
    fn default() -> Self {
        Self { record: true, errors: ErrorFormat::default() }
    }
}

impl PicturesConfig {
    /// Returns the setting of the provenance record.
    pub fn recording(&self) -> Recording {
        if self.record { Recording::On } else { Recording::Off }
    }
}
