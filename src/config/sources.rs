//! `[sources.NAME]`: the type of a source selects the struct that holds its keys; each source defines its own keys.

use super::error::{source_fault, table_fault};
use super::merge::Layer;
use super::{Config, ConfigFault};
use crate::limits::Limits;
use crate::otlp::http_post::Collector;
use crate::source::{AnySourceConfig, Keys, Source};
use figment::value::Dict;
use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Opens all sources, by name, or returns the faults of all of them.
pub fn open_sources(config: &Config, limits: &Limits) -> Result<BTreeMap<String, Arc<dyn Source>>, Vec<ConfigFault>> {
    let mut faults = Vec::new();
    let mut sources = BTreeMap::new();
    for (name, source) in &config.sources {
        match source.open(limits) {
            Ok(source) => _ = sources.insert(name.clone(), source),
            Err(wrong) => faults.extend(wrong.into_iter().map(|fault| source_fault(name, fault))),
        }
    }
    if faults.is_empty() { Ok(sources) } else { Err(faults) }
}

/// Returns the data that the sources could not read, as faults for `check-config`; the service runs without that data.
pub fn data_faults(sources: &BTreeMap<String, Arc<dyn Source>>) -> Vec<ConfigFault> {
    let faults_of = |(name, source): (&String, &Arc<dyn Source>)| {
        let place = format!("sources.{name}");
        source.defects().into_iter().map(move |text| ConfigFault::wrong(place.clone(), text)).collect::<Vec<_>>()
    };
    sources.iter().flat_map(faults_of).collect()
}

/// Opens the collector of traces; `None` if none is configured.
pub fn open_collector(config: &Config, limits: &Limits) -> Result<Option<Collector>, Vec<ConfigFault>> {
    let opened = config.traces.as_ref().map(|traces| traces.open(limits)).transpose();
    opened.map_err(|faults| faults.into_iter().map(|fault| table_fault("traces", fault)).collect())
}

/// Deserializes by hand, because serde loses the name of the wrong key of a tagged enum.
impl<'de> Deserialize<'de> for AnySourceConfig {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut values = Dict::deserialize(deserializer)?;
        let kind = values.remove("type").ok_or_else(|| D::Error::missing_field("type"))?;
        Self::read(kind.as_str(), Layer::new("source", values)).map_err(D::Error::custom)
    }
}

impl Keys for Layer {
    fn read<T: DeserializeOwned>(self) -> Result<T, String> {
        Layer::read(self)
    }
}
