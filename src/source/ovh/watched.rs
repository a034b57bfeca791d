//! What is sampled: things of one kind in one data centre.

use crate::http_client::ovh::PathPart;
use serde::de::{Deserializer, Error, SeqAccess, Visitor};
use serde::{Deserialize, Serialize, Serializer};
use std::fmt;

/// The kinds of things that have live values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Kind {
    Filer,
    Host,
    VirtualMachine,
}

impl Kind {
    /// In a path, as the label of a thing's id, and as the beginning of a metric's name.
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
pub struct Watched {
    /// The Private Cloud, as in `pcc-37-187-228-180`.
    pub service: PathPart,
    /// The id of its data centre.
    pub datacenter: PathPart,
    /// What they are.
    pub kind: Kind,
    /// Which of them.
    pub ids: Ids,
}

impl Watched {
    /// The path of the list of all of them.
    pub fn list(&self) -> String {
        let (service, datacenter) = (self.service.as_str(), self.datacenter.as_str());
        format!("/dedicatedCloud/{service}/datacenter/{datacenter}/{}", self.kind.word())
    }

    /// The path of one of them.
    pub fn one(&self, id: &PathPart) -> String {
        format!("{}/{}", self.list(), id.as_str())
    }
}

/// Which things of a kind; written as `"all"` or `[12, 13]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ids {
    /// Those that the API lists, asked anew each round.
    All,
    /// These.
    Listed(Vec<PathPart>),
}

impl Default for Ids {
    fn default() -> Self {
        Self::Listed(Vec::new())
    }
}

impl Ids {
    /// There are none.
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
