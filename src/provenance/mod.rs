//! What a picture knows of itself: which question it answers, over which data, and who drew it.
//!
//! Made on the way from request and frame, written into the file by the painter, read again by `inspect`. Pure: no clock is asked, so
//! the same question about the same data is still the same file.

mod data_digest;
mod fields;
mod request_digest;

pub use fields::{Fact, Record, Recording};
pub use request_digest::Question;

#[cfg(test)]
mod tests;
