//! Where the series come from. One folder or file a source; what two share moves up into this room.
//!
//! Beside them [`openmetric`] manages what one of the services collects, and [`collector`] takes traces, because the one HTTP client is here.
//!
//! A source knows plans and series, never requests or charts. It answers with what it has or with a [`crate::series::Reason`]; the words of
//! the other side go to the log, never to the caller.

mod answer;
mod breaker;
mod client;
pub mod collector;
mod demo;
mod fan_out;
mod file;
#[doc(hidden)]
pub mod gathered;
pub mod gnocchi;
mod keystone;
mod number;
pub mod openmetric;
pub mod opentsdb;
mod ovh;
pub mod paasta;
pub mod prometheus;
mod raw;
mod registry;
mod requested;
mod shared;
pub mod warp10;
mod words;
pub mod written;

pub use crate::catalog::Offer;
pub use answer::{Call, Described, Fetched, Part, Source, SourceError, SplitAnswer};
pub use demo::Demo;
pub use fan_out::{Inventory, Sources};
pub use file::{File, FileFault, Unreadable};
pub use registry::{Keys, WrittenSource};
pub use shared::SourceStatus;
