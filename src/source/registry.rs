//! The kinds of sources. The list below is the only place that knows all of them: whoever adds a source adds its line there.
//!
//! `config` reads the keys below `[sources.NAME]` into a [`WrittenSource`] and asks everything else of it.

use super::Source;
use super::config::{Written, WrittenFault};
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
        pub enum WrittenSource {
            $(#[serde(rename = $word)] $Kind(Box<$Settings>),)+
        }

        impl WrittenSource {
            /// The words of all kinds.
            pub const KINDS: &[&str] = &[$($word),+];

            /// The source of this kind with these keys; else what is wrong, beginning with the key.
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

            fn written(&self) -> &dyn Written {
                match self {
                    $(Self::$Kind(settings) => settings.as_ref(),)+
                }
            }

            fn written_mut(&mut self) -> &mut dyn Written {
                match self {
                    $(Self::$Kind(settings) => settings.as_mut(),)+
                }
            }
        }
    };
}

kinds! {
    "demo" Demo(super::demo::WrittenDemo),
    "file" File(super::file::WrittenFile),
    "gnocchi" Gnocchi(super::gnocchi::WrittenGnocchi),
    "opentsdb" OpenTsdb(super::opentsdb::WrittenOpenTsdb),
    "ovh_live" OvhLive(super::ovh::WrittenOvhLive),
    "paasta" PaasTa(super::paasta::WrittenPaasTa),
    "prometheus" Prometheus(super::prometheus::WrittenPrometheus),
    "warp10" Warp10(super::warp10::WrittenWarp10),
}

/// Keys and values that can be read as a struct.
pub trait Keys {
    /// The struct, or a sentence that begins with the key that is wrong.
    fn read<T: DeserializeOwned>(self) -> Result<T, String>;
}

impl WrittenSource {
    /// See [`Written::resolve`].
    pub fn resolve(&mut self, folder: &Path) {
        self.written_mut().resolve(folder);
    }

    /// See [`Written::check`].
    pub fn check(&self) -> Vec<WrittenFault> {
        self.written().check()
    }

    /// See [`Written::open`].
    pub fn open(&self, limits: &Limits) -> Result<Arc<dyn Source>, Vec<WrittenFault>> {
        self.written().open(limits)
    }

    /// See [`Written::wildcard_check`].
    pub fn wildcard_check(&self) -> WildcardCheck {
        self.written().wildcard_check()
    }

    /// See [`Written::check_selector`].
    pub fn check_selector(&self) -> CheckSelector {
        self.written().check_selector()
    }

    /// See [`Written::can_split`].
    pub fn can_split(&self) -> bool {
        self.written().can_split()
    }

    /// See [`Written::has_expressions`].
    pub fn has_expressions(&self) -> bool {
        self.written().has_expressions()
    }
}
