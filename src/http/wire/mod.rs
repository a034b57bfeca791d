//! Bodies → requests: bytes that a caller sent in, a value that cannot be wrong out, or every fault at once.
//!
//! One reader for all operations and versions; where they differ, [`Rules`] and [`Purpose`] say so. Faults come in the model's
//! field order with the texts of pydantic v2, unknown fields last. Called by the routes, before anything else is done.

mod chart_options;
mod chart_request;
mod fields;
mod json;
mod metric;
mod metric_filter;
mod request;

pub use chart_options::{chart_kind, chart_options};
pub use chart_request::{CHART_FIELDS, ChartContext, ChartRequest, METRIC_FIELDS, chart_request};
pub use metric_filter::{MetricFilter, metric_filter};
pub use request::{data_request, image_request};

use super::Version;
use crate::error::Fault;
use crate::limits::Limits;
use crate::request::{Statistic, Zones};

/// The rules by which a body is read.
#[derive(Debug, Clone, Copy)]
pub struct Rules<'a> {
    /// Whose model it follows.
    pub version: Version,
    /// The parser of statistics: [`Statistic::parse`] or [`Statistic::parse_with_percentiles`].
    pub statistic: fn(&str) -> Result<Statistic, Fault>,
    /// The known time zones.
    pub zones: &'a Zones,
    /// The limits.
    pub limits: &'a Limits,
}

/// The purpose of the metrics of a body.
#[derive(Debug, Clone, Copy)]
enum Purpose {
    Picture,
    Values,
}

/// The fields of a body, which has to be one object.
fn body_fields<'a>(body: &'a [u8], rules: &Rules<'_>) -> Result<fields::Fields<'a>, Fault> {
    let object = fields::Fields::of(json::parse(body, rules.limits.json_depth)?);
    object.map_err(|fault| Fault { kind: crate::error::FaultKind::NotAnObject, ..fault })
}

#[cfg(test)]
mod tests;
