//! Provenance: the request, the data and the program behind an image.
//!
//! The pipeline makes a record of request and frame, the renderer writes it into the file, `inspect` reads it back.
//! Pure and without a clock, so equal requests for equal data give equal files.

mod data_digest;
mod fields;
mod request_digest;

pub use data_digest::DataDigest;
pub use fields::{Field, Record, Recording};
pub use request_digest::RequestDigest;

#[cfg(test)]
mod tests;
