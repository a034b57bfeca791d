//! `[sources.NAME]`: which source it is, and the source itself. What its keys mean is the source's own business.

use super::merge::Layer;
use super::{Config, ConfigFault};
use crate::limits::Limits;
use crate::source::collector::Collector;
use crate::source::written::WrittenFault;
use crate::source::{Keys, Source, WrittenSource};
use figment::value::Dict;
use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer};
use std::collections::BTreeMap;
use std::sync::Arc;

/// All sources by name, or what is wrong with each.
pub fn open_sources(config: &Config, limits: &Limits) -> Result<BTreeMap<String, Arc<dyn Source>>, Vec<ConfigFault>> {
    let mut faults = Vec::new();
    let mut sources = BTreeMap::new();
    for (name, source) in &config.sources {
        match source.open(limits) {
            Ok(source) => _ = sources.insert(name.clone(), source),
            Err(wrong) => faults.extend(wrong.into_iter().map(|fault| of_source(name, fault))),
        }
    }
    if faults.is_empty() { Ok(sources) } else { Err(faults) }
}

/// Returns the data that the sources could not read, as faults for `check-config`; the service runs without that data.
pub fn data_faults(sources: &BTreeMap<String, Arc<dyn Source>>) -> Vec<ConfigFault> {
    let of_one = |(name, source): (&String, &Arc<dyn Source>)| {
        let place = format!("sources.{name}");
        source.defects().into_iter().map(move |text| ConfigFault::wrong(place.clone(), text)).collect::<Vec<_>>()
    };
    sources.iter().flat_map(of_one).collect()
}

/// A fault of the source `name`.
pub(super) fn of_source(name: &str, fault: WrittenFault) -> ConfigFault {
    of_table(&format!("sources.{name}"), fault)
}

/// A fault below `table`.
pub(super) fn of_table(table: &str, fault: WrittenFault) -> ConfigFault {
    match fault {
        WrittenFault::Unreadable { file, cause } => ConfigFault::Unreadable { file, cause },
        WrittenFault::Wrong { key: "", text } => ConfigFault::wrong(table, text),
        WrittenFault::Wrong { key, text } => ConfigFault::wrong(format!("{table}.{key}"), text),
    }
}

/// Who takes traces; `None` where nobody is to.
pub fn open_collector(config: &Config, limits: &Limits) -> Result<Option<Collector>, Vec<ConfigFault>> {
    let opened = config.traces.as_ref().map(|traces| traces.open(limits)).transpose();
    opened.map_err(|faults| faults.into_iter().map(|fault| of_table("traces", fault)).collect())
}

/// By hand, because serde forgets which key of a tagged enum was wrong.
impl<'de> Deserialize<'de> for WrittenSource {
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
