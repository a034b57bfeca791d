//! What a source says that it has, for those who look around: ListMetricInfos and `metricshot sources`.

use super::Kind;
use crate::request::Unit;

/// Series of one name whose labels have the same keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// The metric's name at the source.
    pub name: String,
    /// The keys of its labels, sorted; empty where the source does not tell them.
    pub labels: Vec<String>,
    /// Of its values, where the source knows; `None` where it does not.
    pub unit: Option<Unit>,
    /// What its samples mean, where the source knows.
    pub kind: Option<Kind>,
}

impl Offer {
    /// A name of which nothing else is known.
    pub fn named(name: impl Into<String>) -> Self {
        Self { name: name.into(), labels: Vec::new(), unit: None, kind: None }
    }
}
