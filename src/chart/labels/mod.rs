//! Texts of a chart: numbers, units, names, time spans, messages and the alt text, shortened to fit.

pub(super) mod alt_text;
pub(super) mod dates;
pub(super) mod footer;
pub(super) mod heading;
pub(super) mod measure;
pub(super) mod messages;
#[doc(hidden)]
pub mod number;
pub(super) mod shorten;
pub(super) mod time_span;
pub(super) mod units;
