//! The only reader of files and environment: defaults, then file, then environment, then flags. Each room gets its own small struct.
//!
//! Called by the command line once, before anything else. What is wrong is told all at once, as far as it can be, with the key, where
//! it is written, and what would be right; no text of it holds a secret.

mod duration;
mod environment;
mod error;
mod images;
mod keys;
mod limits;
mod load;
mod memory;
mod merge;
mod networks;
mod open_telemetry;
mod rules;
mod schema;
mod sources;
mod templates;
mod theme_file;
mod tls;
mod zoneinfo;

pub use crate::source::written::{Address, MASK, OneOrMany, Secret};
pub use duration::Seconds;
pub use environment::variables;
pub use error::ConfigFault;
pub use images::{Errors, PicturesConfig};
pub use keys::{AuthConfig, AuthMode, KeyConfig};
pub use limits::LimitsConfig;
pub use load::{Given, Loaded, check, load, read, readable};
pub use memory::{Memory, memory};
pub use networks::Networks;
pub use schema::{Config, LogFormat};
pub use sources::{data_faults, open_collector, open_sources};
pub use templates::TemplatesConfig;
pub use tls::TlsConfig;
