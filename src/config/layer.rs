//! One layer of the configuration: values, and where they come from.

use figment::value::{Dict, Map};
use figment::{Metadata, Profile, Provider};

/// Values from one place; figment lays one layer over the other.
#[derive(Debug, Clone)]
pub(super) struct Layer {
    origin: &'static str,
    values: Dict,
}

/// The origin of variables; any other layer is the file or a flag.
pub(super) const ENVIRONMENT: &str = "environment";

impl Layer {
    pub(super) fn new(origin: &'static str, values: Dict) -> Self {
        Self { origin, values }
    }
}

impl Provider for Layer {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.origin)
    }

    fn data(&self) -> figment::Result<Map<Profile, Dict>> {
        Ok(Map::from([(Profile::Default, self.values.clone())]))
    }
}
