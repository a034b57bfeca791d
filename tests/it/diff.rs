//! `metricshot diff` of the built program: output, difference image and exit code.

use metricshot::render::Raster;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use tempfile::TempDir;

const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/snapshots/pictures");

/// Makes a folder with images: `a.png` twice, a different one of the same size, and a larger one.
fn images() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let images =
        [("a.png", "case-flat"), ("same.png", "case-flat"), ("b.png", "case-zero"), ("large.png", "size-1200x600")];
    for (file, golden) in images {
        fs::copy(Path::new(GOLDEN).join(format!("{golden}.png")), folder.path().join(file)).unwrap();
    }
    folder
}

/// Runs the program; returns exit code, standard output and standard error.
fn metricshot(folder: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_metricshot"));
    let Output { status, stdout, stderr } = command.args(arguments).current_dir(folder).env_clear().output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    (status.code(), text(stdout), text(stderr))
}

fn decoded(file: &Path) -> Raster {
    Raster::decode(&fs::read(file).unwrap()).unwrap()
}

#[test]
fn equal_images_exit_with_0() {
    let folder = images();
    let (code, out, err) = metricshot(folder.path(), &["diff", "a.png", "same.png", "-o", "d.png"]);
    assert_eq!((code, out.as_str(), err.as_str()), (Some(0), "equal: 600x400 pixels\n", ""));
    let marked = decoded(&folder.path().join("d.png"));
    assert!(marked.pixels().iter().all(|pixel| pixel[..3].iter().all(|&channel| channel >= 191)), "nothing is marked");
}

#[test]
fn differing_images_are_reported_with_count_size_and_place() {
    let folder = images();
    let (code, out, err) = metricshot(folder.path(), &["diff", "a.png", "b.png", "-o", "d.png"]);
    assert_eq!((code, err.as_str()), (Some(1), ""));
    let [a, b, marked] = ["a.png", "b.png", "d.png"].map(|file| decoded(&folder.path().join(file)));
    let difference = a.difference(&b, 0).unwrap();
    let (bounds, [red, green, blue, alpha]) = (difference.bounds.unwrap(), difference.largest);
    let wanted = format!(
        "different: {} of 240000 pixels; largest difference red {red}, green {green}, blue {blue}, alpha {alpha}; \
         within {}x{} pixels at {},{}\n",
        difference.pixels, bounds.width, bounds.height, bounds.left, bounds.top
    );
    assert_eq!((out, alpha), (wanted, 0));
    let red = marked.pixels().iter().filter(|pixel| **pixel == [0xd6, 0, 0, 255]).count();
    assert_eq!(red as u64, difference.pixels);
    let apart = a.pixels().iter().zip(b.pixels()).filter(|(a, b)| a != b).count();
    assert_eq!(apart as u64, difference.pixels);
}

#[test]
fn images_within_the_tolerance_are_equal() {
    let folder = tempfile::tempdir().unwrap();
    for (from, to) in [("baseline-422.jpg", "a.jpg"), ("progressive-444.jpg", "b.jpg")] {
        let logo = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/logos");
        fs::copy(Path::new(logo).join(from), folder.path().join(to)).unwrap();
    }
    let [a, b] = ["a.jpg", "b.jpg"].map(|file| decoded(&folder.path().join(file)));
    let largest = a.difference(&b, 0).unwrap().largest.into_iter().max().unwrap();
    assert!(largest > 1);
    let diff =
        |tolerance: u8| metricshot(folder.path(), &["diff", "a.jpg", "b.jpg", "--tolerance", &tolerance.to_string()]);
    let (code, out, _) = diff(largest);
    assert!(out.starts_with("equal within the tolerance: 97x61 pixels; largest difference red "), "{out}");
    assert_eq!((code, diff(largest - 1).0, diff(0).0), (Some(0), Some(1), Some(1)));
}

#[test]
fn images_of_different_sizes_differ_without_a_difference_image() {
    let folder = images();
    let (code, out, err) = metricshot(folder.path(), &["diff", "a.png", "large.png", "-o", "d.png"]);
    let wanted = "different: a.png has 600x400 pixels, large.png 1200x600\n";
    assert_eq!((code, out.as_str(), err.as_str()), (Some(1), wanted, ""));
    assert!(!folder.path().join("d.png").exists());
}

#[test]
fn every_unreadable_file_is_reported_and_exits_with_2() {
    let folder = images();
    fs::write(folder.path().join("text.png"), "no image").unwrap();
    let whole = fs::read(folder.path().join("a.png")).unwrap();
    fs::write(folder.path().join("cut.png"), &whole[..whole.len() / 2]).unwrap();
    let (code, out, err) = metricshot(folder.path(), &["diff", "text.png", "cut.png"]);
    assert_eq!((code, out.as_str()), (Some(2), ""));
    let wanted = "error: text.png is no PNG, JPEG or WebP file\nerror: cut.png is cut off: it ends in the middle\n";
    assert_eq!(err, wanted);
    let (code, _, err) = metricshot(folder.path(), &["diff", "a.png", "none.png"]);
    assert!(code == Some(2) && err.starts_with("error: none.png: cannot be read"), "{err}");
    for arguments in [&["diff", "a.png"][..], &["diff", "a.png", "b.png", "--tolerance", "256"], &["diff", "-", "-"]] {
        assert_eq!(metricshot(folder.path(), arguments).0, Some(2), "{arguments:?}");
    }
    assert_eq!(metricshot(folder.path(), &["diff", "a.png", "b.png", "-o", "none/d.png"]).0, Some(2));
}
