//! Layers of the configuration: values with their origin.

use super::error::sentence;
use figment::value::{Dict, Map, Value};
use figment::{Figment, Metadata, Profile, Provider};
use serde::de::DeserializeOwned;

/// Values of one origin, which figment merges with those of other layers.
#[derive(Debug, Clone)]
pub(super) struct Layer {
    origin: &'static str,
    values: Dict,
}

/// The origin of values from `METRICSHOT_…` variables.
pub(super) const ENVIRONMENT: &str = "environment";

impl Layer {
    pub(super) fn new(origin: &'static str, values: Dict) -> Self {
        Self { origin, values }
    }

    /// Removes the value at `path`, and reports whether it existed.
    pub(super) fn remove(&mut self, path: &[String]) -> bool {
        let Some((last, tables)) = path.split_last() else { return false };
        let mut values = &mut self.values;
        for table in tables {
            match values.get_mut(table) {
                Some(Value::Dict(_, inner)) => values = inner,
                _ => return false,
            }
        }
        values.remove(last).is_some()
    }

    /// Deserializes a value from this layer. The error text begins with the key.
    pub(super) fn read<T: DeserializeOwned>(self) -> Result<T, String> {
        Figment::from(self).extract().map_err(|error| match error.path.as_slice() {
            [] => sentence(&error.kind),
            path => format!("{}: {}", path.join("."), sentence(&error.kind)),
        })
    }
}

/// Converts a TOML table to values of a layer.
pub(super) fn dict(table: toml::Table) -> Dict {
    Value::serialize(table).ok().and_then(Value::into_dict).unwrap_or_default()
}

impl Provider for Layer {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.origin)
    }

    fn data(&self) -> figment::Result<Map<Profile, Dict>> {
        Ok(Map::from([(Profile::Default, self.values.clone())]))
    }
}
