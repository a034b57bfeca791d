//! Golden images: charts are compared byte for byte with images that a person looked at and accepted.
//!
//! Where one differs, `target/pictures/` gets the drawn image and one that marks the differing pixels, as `metricshot diff` does.
//! `METRICSHOT_BLESS=1` accepts what is drawn; then look at every image that changed.

use metricshot::render::Raster;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Returns a path in the project.
pub fn root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Fails if an image differs from that of the same name in `folder`, or a file in `folder` has no image. Names are without extension.
pub fn compare(folder: &str, images: impl IntoIterator<Item = (String, Vec<u8>)>) {
    let (mut drawn, mut different) = (BTreeSet::new(), Vec::new());
    for (name, image) in images {
        let file = format!("{name}.png");
        different.extend(difference(&root(folder).join(&file), &image));
        drawn.insert(file);
    }
    assert!(different.is_empty(), "not as in {folder}:\n{}", different.join("\n"));
    let there = fs::read_dir(root(folder)).expect("the golden images");
    let names = there.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned());
    let orphans: Vec<String> = names.filter(|name| !drawn.contains(name)).collect();
    assert!(orphans.is_empty(), "no test draws {orphans:?} in {folder}");
}

/// Fails if an image differs from the file `golden` of the project.
pub fn compare_one(golden: &str, image: &[u8]) {
    let different = difference(&root(golden), image);
    assert!(different.is_none(), "not as {golden}: {}", different.unwrap_or_default());
}

/// Compares an image with a golden image, and returns a text if they differ.
fn difference(golden: &Path, image: &[u8]) -> Option<String> {
    if std::env::var_os("METRICSHOT_BLESS").is_some() {
        write(golden, image);
    }
    let expected = fs::read(golden).unwrap_or_default();
    if expected == image {
        return None;
    }
    let name = Path::new("target/pictures").join(golden.file_name().expect("a name"));
    let (drawn, marked) =
        (root(&name.to_string_lossy()), root(&name.with_extension("difference.png").to_string_lossy()));
    write(&drawn, image);
    let how = match (Raster::decode(&expected), Raster::decode(image)) {
        (Ok(was), Ok(is)) => match was.difference(&is, 0) {
            Some(difference) => {
                write(&marked, &was.marked(&is, 0).expect("an image of the same size"));
                format!("{difference:?}")
            }
            None => format!("{:?} pixels instead of {:?}", is.dimensions(), was.dimensions()),
        },
        (was, is) => format!("the golden image {:?}, the drawn one {:?}", was.err(), is.err()),
    };
    Some(format!("{}: {how}", name.display()))
}

fn write(path: &Path, image: &[u8]) {
    fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    fs::write(path, image).expect("a file");
}
