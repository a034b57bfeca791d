//! Sampled objects: objects of one kind in one data centre.

use crate::http_client::ovh::PathSegment;
use serde::de::{Deserializer, Error, SeqAccess, Visitor};
use serde::{Deserialize, Serialize, Serializer};
use std::fmt;

/// The kinds of things that have live values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum ObjectKind {
    Filer,
    Host,
    VirtualMachine,
}

impl ObjectKind {
    /// Returns the word in paths, in the label of an object's id, and at the beginning of a metric's name.
    pub fn word(self) -> &'static str {
        match self {
            Self::Filer => "filer",
            Self::Host => "host",
            Self::VirtualMachine => "vm",
        }
    }
}

/// Things of one kind in one data centre.
#[derive(Debug, Clone)]
pub struct SampledObjects {
    /// The Private Cloud, as in `pcc-37-187-228-180`.
    pub service: PathSegment,
    /// The id of its data centre.
    pub datacenter: PathSegment,
    /// Kind of the objects.
    pub kind: ObjectKind,
    /// Ids of the objects.
    pub ids: Ids,
}

impl SampledObjects {
    /// Returns the path of the list of all of them.
    pub fn list(&self) -> String {
        let (service, datacenter) = (self.service.as_str(), self.datacenter.as_str());
        format!("/dedicatedCloud/{service}/datacenter/{datacenter}/{}", self.kind.word())
    }

    /// Returns the path of one of them.
    pub fn one(&self, id: &PathSegment) -> String {
        format!("{}/{}", self.list(), id.as_str())
    }
}

/// Ids of objects of a kind; configured as `"all"` or `[12, 13]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ids {
    /// All that the API lists, requested again in each round.
    All,
    /// These.
    Listed(Vec<PathSegment>),
}

impl Default for Ids {
    fn default() -> Self {
        Self::Listed(Vec::new())
    }
}

impl Ids {
    /// Reports whether there are none.
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }
}

const ALL: &str = "all";

impl Serialize for Ids {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::All => serializer.serialize_str(ALL),
            Self::Listed(ids) => ids.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Ids {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Ids;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("\"all\" or a list of ids")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Ids, E> {
        if text == ALL { Ok(Ids::All) } else { Err(E::custom("should be \"all\" or a list of ids")) }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Ids, A::Error> {
        let mut ids = Vec::new();
        while let Some(id) = list.next_element()? {
            ids.push(id);
        }
        Ok(Ids::Listed(ids))
    }
}
