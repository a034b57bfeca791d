//! Chart options of `docs/charts.md` and `examples/charts/`: all of them are valid, and `render` accepts them.

use metricshot::http::wire::chart_options;
use metricshot::limits::Limits;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn examples() -> Vec<PathBuf> {
    let files = fs::read_dir(root("examples/charts")).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = files.collect();
    files.sort();
    files
}

/// Renders the documented request with these arguments; returns the image, or the lines and exit code of the error.
fn render(arguments: &[&str]) -> Result<Vec<u8>, (String, Option<i32>)> {
    let folder = tempfile::tempdir().unwrap();
    let picture = folder.path().join("chart.png");
    let mut command = Command::new(env!("CARGO_BIN_EXE_metricshot"));
    let request = root("examples/requests/documented.json");
    command.arg("render").arg(request).arg("-o").arg(&picture).args(arguments).env_clear();
    let ended = command.output().unwrap();
    let lines = String::from_utf8(ended.stderr).unwrap();
    if ended.status.success() { Ok(fs::read(picture).unwrap()) } else { Err((lines, ended.status.code())) }
}

/// Returns width and height from the header of a PNG.
fn size(png: &[u8]) -> [u32; 2] {
    [16, 20].map(|at| u32::from_be_bytes([png[at], png[at + 1], png[at + 2], png[at + 3]]))
}

#[test]
fn documented_examples_and_example_files_match() {
    let text = fs::read_to_string(root("docs/charts.md")).unwrap();
    let blocks =
        text.split("```json\n").skip(1).filter_map(|rest| rest.split_once("```")).map(|(block, _)| block.to_owned());
    let files = examples().iter().map(|file| fs::read_to_string(file).unwrap()).collect::<BTreeSet<String>>();
    assert_eq!(blocks.collect::<BTreeSet<String>>(), files);
}

#[test]
fn every_example_renders() {
    for file in examples() {
        let options = chart_options(&fs::read(&file).unwrap(), &Limits::default());
        let scale = options.unwrap_or_else(|faults| panic!("{}: {faults:?}", file.display())).scale;
        let png =
            render(&["--chart", file.to_str().unwrap()]).unwrap_or_else(|said| panic!("{}: {said:?}", file.display()));
        assert_eq!(
            size(&png).map(i64::from),
            [600, 400].map(|side| i64::from(scale.of_edge(side))),
            "{}",
            file.display()
        );
    }
}

#[test]
fn flags_override_the_chart_options_file() {
    let scale = root("examples/charts/scale.json");
    let file = ["--chart", scale.to_str().unwrap()];
    assert_eq!(size(&render(&file).unwrap()), [1200, 800]);
    assert_eq!(size(&render(&[&file[..], &["--scale", "1.5", "--kind", "line"]].concat()).unwrap()), [900, 600]);
}

#[test]
fn faults_name_the_file_and_exit_with_2() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("chart.json");
    fs::write(&file, r#"{"kind": "pie", "axis": {"min": 2, "max": 1}}"#).unwrap();
    let (lines, code) = render(&["--chart", file.to_str().unwrap()]).unwrap_err();
    let lines: Vec<&str> = lines.lines().collect();
    assert_eq!((lines.len(), code), (2, Some(2)), "{lines:?}");
    assert!(
        lines[0].contains("chart.json: Input should be 'line', 'area', 'stacked', 'step', 'bar' or 'band': kind"),
        "{lines:?}"
    );
    assert!(lines[1].ends_with("chart.json: Input should be greater than min: axis.max"), "{lines:?}");
    let (lines, code) = render(&["--chart", "/nowhere.json"]).unwrap_err();
    assert!(code == Some(2) && lines.starts_with("error: /nowhere.json: cannot be read"), "{lines}");
    for (arguments, wanted) in [
        (["--scale", "5"], "Input should be 1 to 4 in steps of 0.25"),
        (["--scale", "two"], "should be a number such as 2"),
        (["--kind", "pie"], "Input should be 'line', 'area', 'stacked', 'step', 'bar' or 'band'"),
    ] {
        let (lines, code) = render(&arguments).unwrap_err();
        assert!(code == Some(2) && lines.contains(wanted), "{lines}");
    }
}
