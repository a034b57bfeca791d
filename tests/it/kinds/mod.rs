//! Golden pictures of the kinds of chart: each case is drawn without a source and compared byte for byte with `snapshots/kinds/`.
//!
//! `METRICSHOT_BLESS=1` accepts what is drawn; then look at every picture that changed.

mod cases;

use cases::{Case, cases};
use metricshot::chart::{Scene, compose};
use metricshot::paint::{Output, paint};
use metricshot::stop::Stop;
use std::fs;
use std::path::{Path, PathBuf};

fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("snapshots/kinds")
}

fn scene(case: &Case) -> Scene {
    compose(&case.request, &case.frame, &case.theme.clone().into())
}

#[test]
fn charts_equal_their_golden_pictures_byte_for_byte() {
    let bless = std::env::var_os("METRICSHOT_BLESS").is_some();
    let actual = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/charts");
    fs::create_dir_all(&actual).expect("a folder");
    let mut different = Vec::new();
    for case in cases() {
        let png = paint(&scene(&case), &Output::default(), &Stop::default())
            .unwrap_or_else(|fault| panic!("{}: {fault}", case.name))
            .bytes;
        let path = golden().join(format!("{}.png", case.name));
        if bless {
            fs::create_dir_all(golden()).expect("a folder");
            fs::write(&path, &png).expect("a file");
        }
        if fs::read(&path).unwrap_or_default() != png {
            fs::write(actual.join(format!("{}.png", case.name)), &png).expect("a file");
            different.push(case.name);
        }
    }
    assert!(different.is_empty(), "see target/charts/ for {different:?}");
}

#[test]
fn every_golden_chart_has_its_case() {
    let names: Vec<String> = cases().iter().map(|case| format!("{}.png", case.name)).collect();
    let files = fs::read_dir(golden()).expect("a folder").map(|entry| entry.expect("an entry").file_name());
    let orphans: Vec<_> = files.filter(|file| !names.contains(&file.to_string_lossy().into_owned())).collect();
    assert!(orphans.is_empty(), "no case draws {orphans:?}");
}
