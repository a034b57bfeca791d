//! Golden pictures: what is drawn is compared byte for byte with what somebody looked at and accepted.
//!
//! Used by tests that draw the pictures of a whole folder. `METRICSHOT_BLESS=1` accepts what is drawn; then look at every picture that
//! changed.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// A path in the project.
pub fn root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Fails where a picture, whose name is without an ending, is not as in `folder`, or one is there that nobody draws.
pub fn compare(folder: &str, pictures: impl IntoIterator<Item = (String, Vec<u8>)>) {
    let bless = std::env::var_os("METRICSHOT_BLESS").is_some();
    let (mut drawn, mut different) = (BTreeSet::new(), Vec::new());
    for (name, picture) in pictures {
        let file = format!("{name}.png");
        let (golden, actual) = (root(folder).join(&file), root("target/pictures").join(&file));
        if bless {
            write(&golden, &picture);
        }
        if fs::read(&golden).unwrap_or_default() != picture {
            write(&actual, &picture);
            different.push(name);
        }
        drawn.insert(file);
    }
    assert!(different.is_empty(), "not as in {folder}, see target/pictures/ for {different:?}");
    let there = fs::read_dir(root(folder)).expect("the golden pictures");
    let names = there.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned());
    let orphans: Vec<String> = names.filter(|name| !drawn.contains(name)).collect();
    assert!(orphans.is_empty(), "nobody draws {orphans:?} in {folder}");
}

fn write(path: &Path, picture: &[u8]) {
    fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    fs::write(path, picture).expect("a file");
}
