//! The only reader of files and environment: defaults, then file, then environment, then flags. Each room gets its own small struct.
//!
//! Called by the command line once, before anything else. What is wrong is told all at once, as far as it can be, with the key, where
//! it is written, and what would be right; no text of it holds a secret.

mod environment;
mod fault;
mod keys;
mod layer;
mod limits;
mod load;
mod memory;
mod networks;
mod open_telemetry;
mod pictures;
mod rules;
mod seconds;
mod shape;
mod sources;
mod templates;
mod theme_file;
mod tls;
mod zoneinfo;

pub use crate::source::written::{Address, MASK, OneOrMany, Secret};
pub use environment::variables;
pub use fault::ConfigFault;
pub use keys::{AuthConfig, AuthMode, KeyConfig};
pub use limits::LimitsConfig;
pub use load::{Given, Loaded, check, load, read, readable};
pub use memory::memory;
pub use networks::Networks;
pub use pictures::{Errors, PicturesConfig};
pub use seconds::Seconds;
pub use shape::{Config, LogFormat};
pub use sources::{data_faults, open_collector, open_sources};
pub use templates::TemplatesConfig;
pub use tls::TlsConfig;
