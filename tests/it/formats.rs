//! Golden SVGs; rendering and inspecting every format by the built program.
//!
//! `METRICSHOT_BLESS=1` accepts the rendered documents; then look at each changed one beside its PNG.

use crate::support::demo::{self, block_on, request};
use crate::support::golden;
use metricshot::render::{Format, Quality};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Requests of `tests/pictures/`: texts of all scripts, gaps, no data, dots, a small image, clock changes.
const GOLDEN: &[&str] =
    &["mixed-scripts", "case-gap", "case-no-data", "documented-example", "size-160x90", "dst-berlin-spring"];

fn root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn body(name: &str) -> Vec<u8> {
    fs::read(root("tests/pictures").join(format!("{name}.json"))).expect("a request")
}

fn metricshot(arguments: &[&str]) -> (Option<i32>, String, String) {
    let folder = root("");
    let mut command = Command::new(env!("CARGO_BIN_EXE_metricshot"));
    let Output { status, stdout, stderr } = command.args(arguments).current_dir(folder).env_clear().output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    (status.code(), text(stdout), text(stderr))
}

#[test]
fn svgs_equal_their_golden_images() {
    let bless = std::env::var_os("METRICSHOT_BLESS").is_some();
    let folder = root("snapshots/svg");
    let app = demo::app();
    let mut different = Vec::new();
    for name in GOLDEN {
        let drawn = block_on(app.picture_as(request(&body(name)), Format::Svg)).expect("an image");
        let actual = String::from_utf8(drawn.picture.bytes.clone()).expect("text");
        roxmltree::Document::parse(&actual).unwrap_or_else(|error| panic!("{name}: {error}"));
        let path = folder.join(format!("{name}.svg"));
        if bless {
            fs::create_dir_all(&folder).expect("a folder");
            fs::write(&path, &actual).expect("a file");
        }
        if fs::read_to_string(&path).ok().as_ref() != Some(&actual) {
            let seen = root("target/pictures");
            fs::create_dir_all(&seen).expect("a folder");
            fs::write(seen.join(format!("{name}.actual.svg")), &actual).expect("a file");
            different.push(name);
        }
    }
    assert!(different.is_empty(), "see target/pictures/ for {different:?}");
    assert_eq!(fs::read_dir(folder).expect("the golden documents").count(), GOLDEN.len(), "one is drawn by no request");
}

#[test]
fn a_jpeg_equals_its_golden_image() {
    let app = demo::app();
    let drawn = app.picture_as(request(&body("documented-example")), Format::Jpeg(Quality::default()));
    let picture = block_on(drawn).expect("an image").picture.bytes.clone();
    golden::compare_one("snapshots/jpeg/documented-example.jpg", &picture);
}

#[test]
fn every_format_can_be_rendered_and_inspected() {
    let folder = tempfile::tempdir().unwrap();
    let mut records = Vec::new();
    const PNG: &[u8] = b"\x89PNG";
    const JPEG: &[u8] = b"\xff\xd8\xff";
    let files =
        [("a.png", PNG), ("a.svg", b"<svg "), ("a.WebP", b"RIFF"), ("a.jpg", JPEG), ("a.JPEG", JPEG), ("a", PNG)];
    for (file, start) in files {
        let path = folder.path().join(file).display().to_string();
        let (code, _, err) = metricshot(&["render", "examples/requests/documented.json", "-o", &path]);
        assert_eq!((code, err.as_str()), (Some(0), ""), "{file}");
        assert!(fs::read(&path).unwrap().starts_with(start), "{file}");
        records.push(metricshot(&["inspect", &path]));
    }
    let reported = &records[0].1;
    for line in
        ["title: Virtual Server Metric Chart", "unix-range: 1640995200/1640995440", "zone: UTC", "request: ", "data: "]
    {
        assert!(reported.lines().any(|reported_line| reported_line.starts_with(line)), "{line} is not in {reported}");
    }
    assert!(records.iter().all(|record| record == &records[0]), "{records:?}");
}

#[test]
fn the_format_flag_overrides_the_extension() {
    let arguments = ["render", "examples/requests/documented.json", "-o", "-", "--format", "svg"];
    let (code, out, err) = metricshot(&arguments);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    assert!(out.starts_with("<svg "), "{out}");
}

#[test]
fn inspect_reports_faults_of_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("chart.png").display().to_string();
    metricshot(&["render", "examples/requests/documented.json", "--no-record", "-o", &path]);
    let (code, out, err) = metricshot(&["inspect", &path]);
    assert_eq!((code, out.as_str()), (Some(2), ""));
    assert!(err.contains("chart.png has no record"), "{err}");
    let (code, _, err) = metricshot(&["inspect", "README.md"]);
    assert_eq!((code, err.as_str()), (Some(2), "error: README.md is no PNG, SVG, WebP or JPEG file\n"));
}

#[test]
fn inspect_prints_json() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("chart.svg").display().to_string();
    metricshot(&["render", "examples/requests/documented.json", "-o", &path]);
    let (_, out, _) = metricshot(&["inspect", "--json", &path]);
    let record: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(record["range"], "2022-01-01T00:00:00Z/2022-01-01T00:04:00Z");
    assert_eq!(record["software"], concat!("metricshot ", env!("CARGO_PKG_VERSION")));
}

#[test]
fn a_quality_is_for_jpeg_only_and_from_1_to_100() {
    let render = |more: &[&str]| metricshot(&[&["render", "examples/requests/documented.json"], more].concat());
    let (code, _, err) = render(&["--quality", "80", "-o", "-"]);
    let wanted =
        "error: --quality applies to JPEG only: add --format jpeg, or write to a file with the extension .jpg\n";
    assert_eq!((code, err.as_str()), (Some(2), wanted));
    for wrong in ["0", "101", "high"] {
        let (code, _, err) = render(&["--quality", wrong, "--format", "jpeg", "-o", "-"]);
        assert!(code == Some(2) && err.contains("from 1 to 100"), "{err}");
    }
    let folder = tempfile::tempdir().unwrap();
    let size = |quality: &str| {
        let path = folder.path().join("chart").display().to_string();
        assert_eq!(render(&["--quality", quality, "--format", "jpg", "-o", &path]).0, Some(0));
        fs::metadata(path).unwrap().len()
    };
    assert!(size("20") < size("90") && size("90") < size("100"));
}
