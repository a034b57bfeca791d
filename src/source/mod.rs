//! Where the series come from. One folder or file a source; what two share moves up into this room.
//!
//! A source knows plans and series, never requests or charts. It answers with what it has or with a [`Reason`]; the words of
//! the other side go to the log, never to the caller.

mod answer;

pub use answer::{Call, Fetched, Part, Source, SourceError};
