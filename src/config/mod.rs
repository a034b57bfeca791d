//! Configuration: defaults, then file, then environment variables, then flags. No other module reads files of the operator or variables; each
//! module gets a struct of its own settings.
//!
//! The command line reads the configuration before anything else, and again at each SIGHUP. All faults are reported at once, as far as
//! possible, with the key, its place and the expected value. No text contains a secret.

mod charts;
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

pub use crate::source::config::{Address, MASK, OneOrMany, Secret};
pub use charts::ChartsConfig;
pub use duration::DurationSetting;
pub use environment::variables;
pub use error::ConfigFault;
pub use images::{ErrorFormat, PicturesConfig};
pub use keys::{AuthConfig, AuthMode, KeyConfig};
pub use limits::LimitsConfig;
pub use load::{ConfigInputs, Loaded, check, load, read, readable};
pub use memory::{Memory, memory};
pub use networks::Networks;
pub use schema::{Config, LogFormat};
pub use sources::{data_faults, open_collector, open_sources};
pub use templates::TemplatesConfig;
pub use tls::TlsConfig;
