//! One value or a list of values, as an operator writes files and addresses.

use super::Address;
use serde::de::value::{SeqAccessDeserializer, StrDeserializer};
use serde::de::{Deserializer, Error, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::marker::PhantomData;
use std::path::{Path, PathBuf};

/// Values that are written as text: `"a.toml"` or `["a.toml", "b.toml"]`. Prints as a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OneOrMany<T>(pub Vec<T>);

impl<T> OneOrMany<T> {
    /// Returns whether the list is empty.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl OneOrMany<Address> {
    /// Returns the URLs without a slash at the end.
    pub fn bare(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|address| address.as_str().trim_end_matches('/'))
    }
}

impl OneOrMany<PathBuf> {
    /// Makes relative paths absolute, below `folder`.
    pub fn resolve(&mut self, folder: &Path) {
        self.0.iter_mut().for_each(|path| *path = folder.join(&*path));
    }
}

impl<T> Default for OneOrMany<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for OneOrMany<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader(PhantomData)).map(Self)
    }
}

struct Reader<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Reader<T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text in quotes, or a list of such texts")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Vec<T>, E> {
        Ok(vec![T::deserialize(StrDeserializer::new(text))?])
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Vec<T>, A::Error> {
        Vec::deserialize(SeqAccessDeserializer::new(list))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<OneOrMany<Address>, String> {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }

    #[test]
    fn one_value_is_a_list_of_one() {
        assert_eq!(read("\"http://a/\""), read("[\"http://a/\"]"));
        let two = read("[\"http://a/\",\"http://b\"]").unwrap();
        assert_eq!(two.bare().collect::<Vec<_>>(), ["http://a", "http://b"]);
        assert_eq!(serde_json::to_string(&two).unwrap(), "[\"http://a/\",\"http://b\"]");
        assert!(read("[]").unwrap().is_empty());
    }

    #[test]
    fn a_wrong_value_is_reported_in_the_words_of_its_type() {
        for text in ["\"ftp://a\"", "[\"http://a\",\"ftp://b\"]"] {
            let error = read(text).unwrap_err();
            assert!(error.contains("the url should begin with http:// or https://"), "{error}");
        }
        let error = read("5").unwrap_err();
        assert!(error.contains("expected text in quotes, or a list of such texts"), "{error}");
    }
}
