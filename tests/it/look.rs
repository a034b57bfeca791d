//! Checks the table of `docs/look.md`: every point has a row, and the named checks exist. Renders the ten images that show most faults of
//! charts, each in light and dark and in three sizes, and compares them with `snapshots/look/`.
//!
//! `METRICSHOT_BLESS=1` accepts the rendered images; then look at each changed one.

use crate::support::demo::{self, block_on};
use crate::support::golden::{self, root};
use metricshot::cancel::Stop;
use metricshot::chart::{BUILT_IN, compose};
use metricshot::render::{Output, paint};
use metricshot::request::{ImageRequest, Language};
use metricshot::series::Frame;
use serde_json::{Value, json};
use std::fs;

/// The number of points of the first edition, which all have a row; those after it have one once they are checked.
const POINTS: usize = 78;

/// A point of the table with its checks.
struct Point {
    name: String,
    checks: Vec<String>,
}

fn points() -> Vec<Point> {
    let page = fs::read_to_string(root("docs/look.md")).expect("the page");
    let rows = page.lines().filter(|line| line.starts_with("| L-"));
    let point = |row: &str| {
        let cells: Vec<&str> = row.trim_matches('|').split(" | ").map(str::trim).collect();
        let [name, what, checks] = cells[..] else { panic!("three cells: {row}") };
        assert!(!what.is_empty(), "{name} says what holds");
        let checks = checks.split('`').skip(1).step_by(2).map(str::to_owned).collect();
        Point { name: name.to_owned(), checks }
    };
    rows.map(point).collect()
}

/// Reports whether a source file has a test with this name.
fn has_test(source: &str, name: &str) -> bool {
    let head = format!("fn {name}(");
    let lines: Vec<&str> = source.lines().map(str::trim).collect();
    let is_test =
        |at: usize| lines[..at].iter().rev().take_while(|line| line.starts_with("#[")).any(|line| *line == "#[test]");
    (0..lines.len()).any(|at| lines[at].trim_start_matches("pub ").starts_with(&head) && is_test(at))
}

/// Returns the fault of a check; `None` if it exists.
fn fault(check: &str) -> Option<String> {
    let exists = match check.split_once("::") {
        Some((file, test)) => fs::read_to_string(root(file)).is_ok_and(|source| has_test(&source, test)),
        None => check.starts_with("snapshots/") && root(check).is_file(),
    };
    (!exists).then(|| format!("there is no {check}"))
}

#[test]
fn every_point_has_one_row_in_order() {
    let number = |point: Point| point.name.trim_start_matches("L-").parse::<usize>().expect("a number");
    let numbers: Vec<usize> = points().into_iter().map(number).collect();
    assert_eq!(numbers[..POINTS], (1..=POINTS).collect::<Vec<_>>());
    assert!(numbers.is_sorted_by(|a, b| a < b) && numbers.len() > POINTS + 10, "{numbers:?}");
}

#[test]
fn every_point_names_existing_tests_or_golden_images() {
    let mut faults = Vec::new();
    for Point { name, checks } in points() {
        if checks.is_empty() {
            faults.push(format!("{name} is not checked"));
        }
        faults.extend(checks.iter().filter_map(|check| fault(check)).map(|fault| format!("{name}: {fault}")));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn a_missing_check_is_reported() {
    assert_eq!(fault("tests/it/look.rs::a_missing_check_is_reported"), None);
    for none in [
        "tests/it/look.rs::points",
        "tests/it/look.rs::nothing",
        "tests/it/none.rs::nothing",
        "snapshots/none.png",
        "docs/look.md",
    ] {
        assert_eq!(fault(none), Some(format!("there is no {none}")));
    }
}

const SIZES: [(u32, u32); 3] = [(600, 400), (300, 150), (1200, 600)];

/// The images: name, request of `tests/pictures/`, and changed fields.
fn ten() -> [(&'static str, &'static str, Value); 10] {
    let as_it_is = || json!({});
    [
        ("single-point", "case-single-point", as_it_is()),
        ("flat", "case-flat", as_it_is()),
        ("zero", "case-zero", as_it_is()),
        ("gap-in-an-hour", "case-gap", json!({"start": 1779318000, "end": 1779321600, "period": 60})),
        ("dst-spring", "dst-berlin-spring", as_it_is()),
        ("dst-autumn", "dst-berlin-autumn", as_it_is()),
        ("spike-in-30-days", "case-spike-30-days", as_it_is()),
        ("twelve-korean-names", "twelve-korean-names", as_it_is()),
        ("two-units", "case-two-units", as_it_is()),
        ("one-failing", "case-one-failing", as_it_is()),
    ]
}

fn image_request(file: &str, changes: &Value, (width, height): (u32, u32)) -> ImageRequest {
    let body = fs::read(root(&format!("tests/pictures/{file}.json"))).expect("a request");
    let mut body: Value = serde_json::from_slice(&body).expect("JSON");
    for (key, value) in changes.as_object().expect("fields") {
        body[key] = value.clone();
    }
    (body["width"], body["height"]) = (json!(width), json!(height));
    let request = demo::request(body.to_string().as_bytes());
    let language = if file.contains("korean") { Language::Korean } else { Language::English };
    ImageRequest { language, ..request }
}

fn answered(request: &ImageRequest) -> Frame {
    let frame = block_on(demo::app().data(request.query.clone()));
    Frame::clone(&frame.expect("the demo source answers"))
}

#[test]
fn ten_images_in_light_and_dark_and_three_sizes_equal_their_golden_images() {
    let pictures = ten().into_iter().flat_map(|(name, file, changes)| {
        let frame = answered(&image_request(file, &changes, SIZES[0]));
        SIZES.into_iter().flat_map(move |size| {
            let request = image_request(file, &changes, size);
            let frame = frame.clone();
            BUILT_IN.into_iter().filter(|(theme, _)| *theme != "print").map(move |(theme, colours)| {
                let scene = compose(&request, &frame, &colours.into());
                let picture = paint(&scene, &Output::default(), &Stop::default()).expect("an image");
                (format!("{name}-{theme}-{}x{}", size.0, size.1), picture.bytes)
            })
        })
    });
    golden::compare("snapshots/look", pictures);
}
