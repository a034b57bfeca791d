//! Data files: dumps and exports, faulty lines, and files replaced or deleted while the service runs.

use crate::support::running::until;
use crate::support::service::{Answer, Service};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use tempfile::TempDir;

const T: i64 = 1_767_225_600;

const CATALOG: &str = "[[default]]\nsource = \"f\"\nnamespaces = [\"N\"]\n";

/// Makes a folder with a configuration `m.toml` of a source `f` with these files, and a demo.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let paths: Vec<&str> = files.iter().map(|(name, _)| *name).collect();
    let sources = format!("[sources.f]\ntype = \"file\"\npaths = {paths:?}\n[sources.d]\ntype = \"demo\"\n");
    let demo = "[[default]]\nsource = \"d\"\nnamespaces = [\"D\"]\n";
    fs::write(folder.path().join("m.toml"), format!("{sources}{CATALOG}{demo}")).unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

fn metricshot(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_metricshot"));
    command.args(["--config", "m.toml"]).args(arguments).current_dir(folder).env_clear().output().unwrap()
}

fn request(metrics: &[(&str, &str)]) -> Value {
    let metric =
        |(namespace, name): &(&str, &str)| json!({"namespace_name": namespace, "name": name, "dimensions": []});
    json!({
        "start": T, "end": T + 600, "period": 60, "statistic_type": "AVG",
        "metrics": metrics.iter().map(metric).collect::<Vec<_>>(),
    })
}

fn image(service: &Service, metrics: &[(&str, &str)]) -> Answer {
    let answer = service.post("/v1/metrics/data/download/image", &request(metrics).to_string());
    assert_eq!(answer.status, 200, "{}{}", answer.head, String::from_utf8_lossy(&answer.body));
    answer
}

/// Returns the value of `Metricshot-Notes`, or an empty text.
fn notes(answer: &Answer) -> String {
    let head = answer.head.to_lowercase();
    head.lines().find_map(|line| line.strip_prefix("metricshot-notes: ")).unwrap_or_default().to_owned()
}

#[test]
fn the_content_of_a_dump_decides_the_unit_of_its_times() {
    let seconds: String = (0..10).map(|n| format!("load1{{instance=\"a\"}} {n} {}.373\n", T + 60 * n)).collect();
    let milliseconds: String = (0..10).map(|n| format!("load1 {n} {}373\n", T + 60 * n)).collect();
    let expected: Vec<(i64, f64)> = (0..10_i32).map(|n| (T + 60 * i64::from(n), f64::from(n))).collect();
    for (name, text) in [
        ("dump.prom", format!("{seconds}# EOF\n")),
        ("dump.prom", seconds),
        ("dump.om", milliseconds.clone()),
        ("dump.txt", format!("# TYPE load1 gauge\n{milliseconds}")),
    ] {
        let folder = folder(&[(name, &text)]);
        let service = Service::start(Some(&folder.path().join("m.toml")));
        assert_eq!(service.data(&request(&[("N", "load1")])), [(String::new(), expected.clone())], "{name}: {text}");
    }
}

#[test]
fn a_dump_of_a_real_prometheus_returns_its_values() {
    let folder = folder(&[("dump.prom", "")]);
    let samples: String = (0..10).map(|n| format!("jobs{{app=\"CORP\\\\Adm\"}} {n}.5 {}\n", T + 60 * n)).collect();
    fs::write(folder.path().join("in.om"), format!("# TYPE jobs gauge\n{samples}# EOF\n")).unwrap();
    let promtool = |arguments: &[&str]| {
        let output = Command::new("promtool").args(arguments).current_dir(folder.path()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    };
    promtool(&["tsdb", "create-blocks-from", "openmetrics", "in.om", "blocks"]);
    fs::create_dir_all(folder.path().join("blocks/wal")).unwrap();
    fs::write(folder.path().join("dump.prom"), promtool(&["tsdb", "dump", "blocks"])).unwrap();
    let service = Service::start(Some(&folder.path().join("m.toml")));
    let expected: Vec<(i64, f64)> = (0..10_i32).map(|n| (T + 60 * i64::from(n), f64::from(n) + 0.5)).collect();
    assert_eq!(service.data(&request(&[("N", "jobs")])), [(String::new(), expected)]);
}

#[test]
fn a_faulty_line_is_reported_and_the_others_are_served() {
    let faulty = format!("good 1 {T}000\nmoonset  {T}000\n");
    let folder = folder(&[("m.prom", &faulty), ("whole.om", &format!("whole 2 {T}\n# EOF\n"))]);
    let log = fs::File::create(folder.path().join("log")).unwrap();
    let service = Service::logging_to(log, Some(&folder.path().join("m.toml")));
    let metrics = [("D", "x"), ("N", "good"), ("N", "whole"), ("N", "moonset")];
    let answer = image(&service, &metrics);
    assert_eq!(notes(&answer), "1;incomplete, 3;empty;incomplete");
    let values = service.data(&request(&metrics[1..]));
    let values: Vec<_> = values.into_iter().map(|(_, values)| values).collect();
    assert_eq!(values, [vec![(T, 1.0)], vec![(T, 2.0)], vec![]]);
    let log = fs::read_to_string(folder.path().join("log")).unwrap();
    assert!(log.contains("m.prom") && log.contains("'moonset' should have a value and a time"), "{log}");

    let checked = metricshot(folder.path(), &["check-config"]);
    let wanted = "error: m.toml: sources.f: m.prom:2: 'moonset' should have a value and a time\n";
    assert_eq!((checked.status.code(), String::from_utf8(checked.stderr).unwrap().as_str()), (Some(2), wanted));
    let checked = metricshot(folder.path(), &["sources", "check"]);
    assert_eq!(checked.status.code(), Some(1));
    let out = String::from_utf8(checked.stdout).unwrap();
    assert!(out.contains("m.prom:2: ") && out.contains("d  answers"), "{out}");

    fs::write(folder.path().join("request.json"), request(&metrics[..2]).to_string()).unwrap();
    let drawn = metricshot(folder.path(), &["render", "request.json", "-o", "chart.png"]);
    let err = String::from_utf8(drawn.stderr).unwrap();
    assert_eq!(drawn.status.code(), Some(0), "{err}");
    assert!(err.contains("warning: sources.f: m.prom:2: 'moonset' should have a value and a time\n"), "{err}");
    assert!(fs::read(folder.path().join("chart.png")).unwrap().starts_with(b"\x89PNG"));
}

#[test]
fn a_replaced_or_deleted_file_leaves_no_old_values() {
    let lines =
        |range: std::ops::Range<i64>| range.map(|n| format!("moonset {n} {}000\n", T + 60 * n)).collect::<String>();
    let folder = folder(&[("m.prom", &lines(0..5))]);
    let service = Service::start(Some(&folder.path().join("m.toml")));
    let last = || service.data(&request(&[("N", "moonset")])).remove(0).1.last().copied();
    assert_eq!((last(), notes(&image(&service, &[("N", "moonset")]))), (Some((T + 240, 4.0)), String::new()));

    fs::write(folder.path().join("m.new"), lines(0..10) + &format!("sunrise  {T}000\n")).unwrap();
    fs::rename(folder.path().join("m.new"), folder.path().join("m.prom")).unwrap();
    until("the new lines are there", || last() == Some((T + 540, 9.0)));
    assert_eq!(notes(&image(&service, &[("N", "moonset")])), "0;incomplete");

    fs::remove_file(folder.path().join("m.prom")).unwrap();
    until("the values are gone with their file", || last().is_none());
    let answer = image(&service, &[("N", "moonset")]);
    assert_eq!(notes(&answer), "0;empty;incomplete");

    fs::write(folder.path().join("m.prom"), lines(0..3)).unwrap();
    until("the file is read again", || last() == Some((T + 120, 2.0)));
    assert_eq!(notes(&image(&service, &[("N", "moonset")])), "");
}

#[test]
fn metrics_of_a_file_are_listed_with_types_and_units() {
    let text = format!("# TYPE io_bytes counter\n# UNIT io_bytes bytes\nio_bytes_total 1 {T}\n# EOF\n");
    let folder = folder(&[("m.om", &text)]);
    let listed = metricshot(folder.path(), &["sources", "metrics", "f", "--json"]);
    let row: Value = serde_json::from_slice(&listed.stdout).unwrap();
    assert_eq!(row, json!({"name": "io_bytes_total", "labels": [], "kind": "counter", "unit": "BYTES"}));
    let service = Service::start(Some(&folder.path().join("m.toml")));
    let infos: Value = serde_json::from_slice(&service.post("/v1/metrics", "{}").body).unwrap();
    assert!(infos.to_string().contains("\"unit\":\"BYTES\""), "{infos}");
}

/// Runs `render` in a folder with these files; returns exit code and lines on standard error.
fn rendered(folder: &Path, request: &Value, more: &[&str]) -> (Option<i32>, Vec<String>) {
    fs::write(folder.join("request.json"), request.to_string()).unwrap();
    let output = metricshot(folder, &[&["render", "request.json", "-o", "chart.png"], more].concat());
    let lines = String::from_utf8(output.stderr).unwrap();
    (output.status.code(), lines.lines().map(str::to_owned).collect())
}

#[test]
fn render_prints_all_notes_of_the_service_headers() {
    let folder = folder(&[("d.om", &format!("x 1 {T}\nx NaN {}\nx 3 {}\nx 4 {0}\n# EOF\n", T + 60, T + 120))]);
    let mut asked = request(&[("N", "x"), ("N", "none")]);
    asked["metrics"][0]["display_name"] = json!("load \u{1f980}\u{10fffd}");
    asked["metrics"][1]["color"] = json!("#fefefe");
    let (code, lines) = rendered(folder.path(), &asked, &[]);
    let wanted = [
        "warning: metrics[0] (load \u{1f980}\u{10fffd}): 1 time has different values in one series; one of them counts",
        "warning: metrics[1] (N | none): no data in the requested range",
        "warning: metrics[1] (N | none): the color can hardly be told from the background",
        "warning: 2 characters have no glyph in any font and are drawn as boxes",
    ];
    assert_eq!((code, lines), (Some(0), wanted.map(str::to_owned).to_vec()));

    let service = Service::start(Some(&folder.path().join("m.toml")));
    let answer = service.post("/v1/metrics/data/download/image", &asked.to_string());
    assert_eq!(notes(&answer), "0;conflicting=1, 1;empty;faint");
    assert!(answer.head.to_lowercase().contains("metricshot-missing-glyphs: 2\r\n"), "{}", answer.head);

    fs::write(folder.path().join("d.om"), format!("x NaN {T}\n# EOF\n")).unwrap();
    let (_, lines) = rendered(folder.path(), &request(&[("N", "x")]), &[]);
    let wanted = [
        "warning: metrics[0] (N | x): no data in the requested range",
        "warning: metrics[0] (N | x): 1 sample is not a finite number and was left out",
    ];
    assert_eq!(lines, wanted);
}

#[test]
fn render_with_fail_on_writes_the_chart_and_exits_with_3() {
    let folder = folder(&[("d.prom", &format!("x 1 {T}000\nx  {T}000\n"))]);
    let asked = request(&[("D", "x"), ("N", "x"), ("N", "none"), ("D", "Error")]);
    for (notes, code, last) in [
        ("empty", 3, "error: the chart was written; empty: metrics[2]"),
        ("incomplete", 3, "error: the chart was written; incomplete: metrics[1], metrics[2]"),
        ("missing,empty", 3, "error: the chart was written; empty: metrics[2]; missing: metrics[3]"),
    ] {
        let _ = fs::remove_file(folder.path().join("chart.png"));
        let (ended, lines) = rendered(folder.path(), &asked, &["--fail-on", notes]);
        assert_eq!((ended, lines.last().map(String::as_str)), (Some(code), Some(last)), "{notes}: {lines:?}");
        assert!(fs::read(folder.path().join("chart.png")).unwrap().starts_with(b"\x89PNG"));
    }
    let (ended, _) = rendered(folder.path(), &request(&[("D", "x")]), &["--fail-on", "empty,missing,incomplete"]);
    assert_eq!(ended, Some(0));
    let (ended, lines) = rendered(folder.path(), &asked, &["--fail-on", "everything"]);
    assert_eq!(ended, Some(2), "{lines:?}");
}
