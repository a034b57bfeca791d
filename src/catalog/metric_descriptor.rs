//! Metadata of the metrics that a source has, for ListMetricInfos and `metricshot sources`.

use super::MetricKind;
use crate::request::Unit;
use std::collections::BTreeMap;

/// A metric at a source: series of one name whose labels have the same keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetricDescriptor {
    /// Metric name at the source.
    pub name: String,
    /// Sorted keys of its labels; empty if the source does not list them.
    pub labels: Vec<String>,
    /// Unit of the values; `None` if the source does not know.
    pub unit: Option<Unit>,
    /// Meaning of the samples; `None` if the source does not know.
    pub kind: Option<MetricKind>,
}

/// Kind and unit of a metric, according to its source.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Description {
    /// Meaning of the samples; `None` if the source does not know.
    pub kind: Option<MetricKind>,
    /// Unit of the values; `None` if the source does not know.
    pub unit: Option<Unit>,
}

/// Descriptions by the configured name of a source and the metric's name there.
pub type Descriptions = BTreeMap<(String, String), Description>;

impl MetricDescriptor {
    /// Makes a descriptor of which only the name is known.
    pub fn named(name: impl Into<String>) -> Self {
        Self { name: name.into(), labels: Vec::new(), unit: None, kind: None }
    }

    /// Returns the bytes of memory that `offers` take.
    pub fn heap_bytes(offers: &[Self]) -> u64 {
        let labels = |offer: &Self| offer.labels.iter().map(|label| size_of_val(label) + label.len()).sum::<usize>();
        offers.iter().map(|offer| (size_of_val(offer) + offer.name.len() + labels(offer)) as u64).sum()
    }

    /// Merges the descriptors of one name; contradictory parts become `None`.
    pub fn description<'a>(offers: impl Iterator<Item = &'a Self>) -> Description {
        let described = offers.map(|offer| Description { kind: offer.kind, unit: offer.unit });
        let both = |one: Description, two: Description| Description {
            kind: one.kind.filter(|_| one.kind == two.kind),
            unit: one.unit.filter(|_| one.unit == two.unit),
        };
        described.reduce(both).unwrap_or_default()
    }
}
