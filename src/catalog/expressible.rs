//! Client values that a source's query language cannot express.
//!
//! Checked when a request is planned, so that such a value is the client's 400 with its path, not a failure of the
//! source.

use super::rule::Rule;
use super::{QueryTarget, Selector};
use crate::error::{Fault, FaultKind, excerpt};
use crate::request::MetricRef;

/// A part of a selector that a source cannot express.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inexpressible {
    /// Part of the selector at fault.
    pub part: Part,
    /// Accepted form, such as `a UUID`.
    pub should: &'static str,
}

/// A part of a selector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// Metric name.
    Name,
    /// Name of this label.
    Label(String),
    /// Value of this label.
    Value(String),
    /// A required label that is missing.
    Absent(&'static str),
}

/// A function that returns the parts of a selector that a source cannot express.
pub type CheckSelector = fn(&Selector) -> Vec<Inexpressible>;

/// Returns a fault for each part of the selector of `metric`, the one with this index, that the client chose and the
/// source of `rule` cannot express, in the order of its dimensions. Values that the operator wrote in a rule are not
/// the client's fault.
pub(super) fn faults(check: CheckSelector, rule: &Rule, metric: &MetricRef, index: usize) -> Vec<Fault> {
    let QueryTarget::Select(selector) = rule.target(metric) else { return Vec::new() };
    let dimension = |label: &str| {
        let key = rule.dimension_of(label)?;
        metric.dimensions().iter().position(|dimension| dimension.key() == key)
    };
    let fault = |Inexpressible { part, should }: Inexpressible| {
        let (place, field, text) = match part {
            Part::Name if rule.query_name().is_none() => (None, "", selector.name.as_str()),
            Part::Name => return None,
            Part::Label(label) => {
                let place = dimension(&label)?;
                (Some(place), "key", metric.dimensions()[place].key())
            }
            Part::Value(label) => {
                let place = dimension(&label)?;
                (Some(place), "value", metric.dimensions()[place].value())
            }
            Part::Absent(label) => {
                let text = format!("Metric '{}' should have the key '{label}'", excerpt(metric.name.as_str()));
                let fault = Fault::new(FaultKind::UnknownMetric, text).at(format!("metrics[{index}].dimensions"));
                return Some((usize::MAX, fault));
            }
        };
        let path = place.map_or_else(|| "name".to_owned(), |place| format!("dimensions[{place}].{field}"));
        let text = format!("String should be {should} for the metric's source: '{}'", excerpt(text));
        let fault = Fault::new(FaultKind::InvalidName, text).at(format!("metrics[{index}].{path}"));
        Some((place.unwrap_or(usize::MAX), fault))
    };
    let mut faults: Vec<(usize, Fault)> = check(&selector).into_iter().filter_map(fault).collect();
    faults.sort_by_key(|(place, _)| *place);
    faults.into_iter().map(|(_, fault)| fault).collect()
}
