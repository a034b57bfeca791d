//! Checks the table of limits in `docs/testing.md`: each limit has one row, in order, and the named tests exist.

use metricshot::limits::Limits;
use std::fs;
use std::path::Path;

fn text(file: &str) -> Option<String> {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).ok()
}

/// Returns key and cell of each row.
fn table() -> Vec<(String, String)> {
    let page = text("docs/testing.md").expect("the page");
    let lines = page.lines().skip_while(|line| *line != "| limit | checked by |").skip(2);
    let cells = lines.map(|line| line.trim_matches('|').split_once(" | ").expect("two cells"));
    cells.map(|(key, cell)| (key.trim().trim_matches('`').to_owned(), cell.trim().to_owned())).collect()
}

/// Reports whether a check exists: `file::test`, or `table: what` of a row of a table.
fn exists(check: &str) -> bool {
    let in_file = |file: &str, wanted: &str| text(file).is_some_and(|text| text.contains(wanted));
    match (check.split_once("::"), check.split_once(": ")) {
        (Some((file, test)), _) => is_test(&text(file).unwrap_or_default(), test),
        (None, Some((file, what))) => in_file(file, &format!("what = \"{what}\"\n")),
        (None, None) => false,
    }
}

/// Reports whether a test function has this name.
fn is_test(source: &str, name: &str) -> bool {
    let lines: Vec<&str> = source.lines().map(str::trim).collect();
    let begins = |line: &str| line.trim_start_matches("async ").starts_with(&format!("fn {name}("));
    let is_marked = |at: usize| {
        let above = lines[..at].iter().rev().take_while(|line| line.starts_with("#["));
        above.into_iter().any(|line| line.starts_with("#[test]") || line.starts_with("#[tokio::test"))
    };
    (0..lines.len()).any(|at| begins(lines[at]) && is_marked(at))
}

#[test]
fn every_limit_has_a_row_in_the_order_of_the_limits() {
    let keys: Vec<String> = table().into_iter().map(|(key, _)| key).collect();
    let limits: Vec<&str> = Limits::rows().iter().map(|row| row.name).collect();
    assert_eq!(keys, limits);
}

#[test]
fn every_row_names_existing_tests_or_a_reason() {
    let mut wrong = Vec::new();
    for (key, cell) in table() {
        let checks: Vec<&str> = cell.split('`').skip(1).step_by(2).collect();
        wrong.extend(checks.iter().filter(|check| !exists(check)).map(|check| format!("{key}: there is no {check}")));
        if checks.is_empty() && !cell.starts_with("not to the unit: ") {
            wrong.push(format!("{key} names no test"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
