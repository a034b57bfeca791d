//! One address or a list of them.

use super::Address;
use serde::de::{Deserializer, Error, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Written as `"https://a"` or `["https://a", "https://b"]`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Addresses(pub Vec<Address>);

impl Addresses {
    /// Without a slash at the end.
    pub fn bare(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|address| address.as_str().trim_end_matches('/'))
    }
}

impl<'de> Deserialize<'de> for Addresses {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Addresses;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a URL in quotes, or a list of them")
    }

    fn visit_str<E: Error>(self, url: &str) -> Result<Addresses, E> {
        Ok(Addresses(vec![Address::try_from(url.to_owned()).map_err(E::custom)?]))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Addresses, A::Error> {
        let mut addresses = Vec::new();
        while let Some(address) = list.next_element()? {
            addresses.push(address);
        }
        Ok(Addresses(addresses))
    }
}
