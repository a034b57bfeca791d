//! The types of sources. The list below is the only place that names all of them; a new type adds its line there.
//!
//! `config` reads the keys below `[sources.NAME]` into a [`AnySourceConfig`] and uses nothing else of a source's configuration.

use super::Source;
use super::config::{ConfigError, SourceConfig};
use crate::catalog::{CheckSelector, WildcardCheck};
use crate::limits::Limits;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::path::Path;
use std::sync::Arc;

/// The word of `type = "…"`, the kind, and the settings that are written with it.
macro_rules! kinds {
    ($($word:literal $Kind:ident($Settings:ty),)+) => {
        /// One source as an operator writes it.
        #[derive(Debug, Clone, Serialize)]
        #[serde(tag = "type")]
        #[allow(missing_docs)]
        pub enum AnySourceConfig {
            $(#[serde(rename = $word)] $Kind(Box<$Settings>),)+
        }

        impl AnySourceConfig {
            /// The words of all kinds.
            pub const KINDS: &[&str] = &[$($word),+];

            /// Reads the configuration of this type from its keys; fails with a sentence that begins with the key.
            pub fn read(kind: Option<&str>, keys: impl Keys) -> Result<Self, String> {
                match kind {
                    $(Some($word) => Ok(Self::$Kind(keys.read()?)),)+
                    _ => Err(format!("type: should be one of {}", Self::KINDS.join(", "))),
                }
            }

            /// Its word.
            pub fn kind(&self) -> &'static str {
                match self {
                    $(Self::$Kind(_) => $word,)+
                }
            }

            fn written(&self) -> &dyn SourceConfig {
                match self {
                    $(Self::$Kind(settings) => settings.as_ref(),)+
                }
            }

            fn written_mut(&mut self) -> &mut dyn SourceConfig {
                match self {
                    $(Self::$Kind(settings) => settings.as_mut(),)+
                }
            }
        }
    };
}

kinds! {
    "demo" Demo(super::demo::DemoConfig),
    "file" File(super::file::FileConfig),
    "gnocchi" Gnocchi(super::gnocchi::GnocchiConfig),
    "opentsdb" OpenTsdb(super::opentsdb::OpenTsdbConfig),
    "ovh_live" OvhLive(super::ovh::OvhLiveConfig),
    "paasta" PaasTa(super::paasta::PaasTaConfig),
    "prometheus" Prometheus(super::prometheus::PrometheusConfig),
    "warp10" Warp10(super::warp10::Warp10Config),
}

/// Keys and values that can be read as a struct.
pub trait Keys {
    /// Reads the struct; fails with a sentence that begins with the wrong key.
    fn read<T: DeserializeOwned>(self) -> Result<T, String>;
}

impl AnySourceConfig {
    /// See [`SourceConfig::resolve`].
    pub fn resolve(&mut self, folder: &Path) {
        self.written_mut().resolve(folder);
    }

    /// See [`SourceConfig::check`].
    pub fn check(&self) -> Vec<ConfigError> {
        self.written().check()
    }

    /// See [`SourceConfig::open`].
    pub fn open(&self, limits: &Limits) -> Result<Arc<dyn Source>, Vec<ConfigError>> {
        self.written().open(limits)
    }

    /// See [`SourceConfig::wildcard_check`].
    pub fn wildcard_check(&self) -> WildcardCheck {
        self.written().wildcard_check()
    }

    /// See [`SourceConfig::check_selector`].
    pub fn check_selector(&self) -> CheckSelector {
        self.written().check_selector()
    }

    /// See [`SourceConfig::can_split`].
    pub fn can_split(&self) -> bool {
        self.written().can_split()
    }

    /// See [`SourceConfig::has_expressions`].
    pub fn has_expressions(&self) -> bool {
        self.written().has_expressions()
    }
}
