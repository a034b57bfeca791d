//! One layer of the configuration: values, and where they come from.

use super::error::sentence;
use figment::value::{Dict, Map, Value};
use figment::{Figment, Metadata, Profile, Provider};
use serde::de::DeserializeOwned;

/// Values from one place; figment lays one layer over the other.
#[derive(Debug, Clone)]
pub(super) struct Layer {
    origin: &'static str,
    values: Dict,
}

/// The origin of `METRICSHOT_…` variables.
pub(super) const ENVIRONMENT: &str = "environment";

impl Layer {
    pub(super) fn new(origin: &'static str, values: Dict) -> Self {
        Self { origin, values }
    }

    /// Removes the value at `path`, and reports whether there was one.
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

    /// Makes a value of this layer alone; an error is a sentence that begins with the key.
    pub(super) fn read<T: DeserializeOwned>(self) -> Result<T, String> {
        Figment::from(self).extract().map_err(|error| match error.path.as_slice() {
            [] => sentence(&error.kind),
            path => format!("{}: {}", path.join("."), sentence(&error.kind)),
        })
    }
}

/// A TOML table as a layer's values.
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
