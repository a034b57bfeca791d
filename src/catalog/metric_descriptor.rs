//! What a source says that it has, for those who look around: ListMetricInfos and `metricshot sources`.

use super::Kind;
use crate::request::Unit;
use std::collections::BTreeMap;

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

/// The metadata that a source has for a metric.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Description {
    /// The meaning of its samples; `None` where the source does not know.
    pub kind: Option<Kind>,
    /// The unit of its values; `None` where the source does not know.
    pub unit: Option<Unit>,
}

/// Descriptions by the configured name of a source and the metric's name there.
pub type Descriptions = BTreeMap<(String, String), Description>;

impl Offer {
    /// A name of which nothing else is known.
    pub fn named(name: impl Into<String>) -> Self {
        Self { name: name.into(), labels: Vec::new(), unit: None, kind: None }
    }

    /// Returns the bytes of memory that `offers` take.
    pub fn heap_bytes(offers: &[Self]) -> u64 {
        let labels = |offer: &Self| offer.labels.iter().map(|label| size_of_val(label) + label.len()).sum::<usize>();
        offers.iter().map(|offer| (size_of_val(offer) + offer.name.len() + labels(offer)) as u64).sum()
    }

    /// Returns what the offers of one name say together: nothing of what they disagree about.
    pub fn description<'a>(offers: impl Iterator<Item = &'a Self>) -> Description {
        let described = offers.map(|offer| Description { kind: offer.kind, unit: offer.unit });
        let both = |one: Description, two: Description| Description {
            kind: one.kind.filter(|_| one.kind == two.kind),
            unit: one.unit.filter(|_| one.unit == two.unit),
        };
        described.reduce(both).unwrap_or_default()
    }
}
