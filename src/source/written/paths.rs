//! One path or a list of them.

use serde::de::{Deserializer, Error, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::{Path, PathBuf};

/// Files; written as `"a.toml"` or `["a.toml", "b.toml"]`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Paths(pub Vec<PathBuf>);

impl Paths {
    /// Makes them absolute: relative ones are relative to `folder`.
    pub fn resolve(&mut self, folder: &Path) {
        self.0.iter_mut().for_each(|path| *path = folder.join(&*path));
    }
}

impl<'de> Deserialize<'de> for Paths {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Paths;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a path in quotes, or a list of them")
    }

    fn visit_str<E: Error>(self, path: &str) -> Result<Paths, E> {
        Ok(Paths(vec![PathBuf::from(path)]))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Paths, A::Error> {
        let mut paths = Vec::new();
        while let Some(path) = list.next_element()? {
            paths.push(path);
        }
        Ok(Paths(paths))
    }
}
