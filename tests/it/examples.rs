//! The files in `examples/` are valid as they are.

use metricshot::config::{ConfigInputs, Loaded, load};
use metricshot::request::Unit;
use metricshot::source::AnySourceConfig;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn examples(folder: &str, extension: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> =
        entries.filter(|path| path.extension().is_some_and(|found| found == extension)).collect();
    files.sort();
    assert!(!files.is_empty());
    files
}

fn loaded(file: &Path) -> Loaded {
    let given = ConfigInputs { file: Some(file.to_owned()), ..ConfigInputs::default() };
    load(&given).unwrap_or_else(|faults| panic!("{}: {faults:#?}", file.display()))
}

/// Returns the configurations and the catalogues among the examples: only configurations have sources
/// or charts.
fn configurations() -> Vec<PathBuf> {
    let is_configuration = |path: &PathBuf| {
        ["[sources.", "[charts]"].iter().any(|table| fs::read_to_string(path).unwrap().contains(table))
    };
    examples("examples", "toml").into_iter().filter(is_configuration).collect()
}

#[test]
fn every_configuration_loads_and_every_catalogue_is_used_by_one() {
    let configurations = configurations();
    let named = configurations.iter().flat_map(|file| loaded(file).config.catalog.0);
    let mut seen: BTreeSet<PathBuf> = named.map(|path| path.canonicalize().unwrap()).collect();
    seen.extend(configurations.iter().map(|path| path.canonicalize().unwrap()));
    for file in examples("examples", "toml") {
        assert!(seen.contains(&file.canonicalize().unwrap()), "no configuration uses {}", file.display());
    }
}

#[test]
fn the_node_exporter_catalogue_has_the_usual_metrics() {
    let catalog = loaded(&Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/prometheus.toml")).catalog;
    let of_hosts: BTreeSet<String> =
        catalog.entries().filter(|entry| entry.namespace == "Host").map(|entry| entry.name).collect();
    for name in
        ["CPU usage", "Load, 1 minute", "Memory used", "Disk space used", "Disk read", "Disk busy", "Network in"]
    {
        assert!(of_hosts.contains(name), "{name} is not in {of_hosts:?}");
    }
}

#[test]
fn no_expression_uses_a_lookback_beyond_its_series() {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/node-exporter.toml")).unwrap();
    let table: toml::Table = text.parse().unwrap();
    let expressions = table["metric"].as_array().unwrap().iter().filter_map(|rule| rule.get("expression")?.as_str());
    let mut seen = 0;
    for expression in expressions {
        for (at, _) in expression.match_indices("node_") {
            let wrapped = expression[..at].ends_with("rate(") || expression[..at].ends_with("last_over_time(");
            let ranged = expression[at..].split_once('}').and_then(|(_, rest)| rest.find("}")).is_some()
                || expression[at..].contains("}[");
            assert!(wrapped && ranged, "{expression}");
            seen += 1;
        }
    }
    assert!(seen > 5);
}

#[test]
fn the_rules_of_the_documentation_load_as_they_are_written() {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/configuration.md")).unwrap();
    let blocks: Vec<&str> =
        text.split("```toml\n").skip(1).filter_map(|rest| rest.split_once("```")).map(|(block, _)| block).collect();
    assert_eq!(blocks.len(), 7);
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("node-exporter.toml"), "").unwrap();
    fs::write(folder.path().join("reports.secret"), "b1946ac92492d2347c6235b4d2611184\n").unwrap();
    fs::create_dir(folder.path().join("templates")).unwrap();
    let file = folder.path().join("metricshot.toml");
    fs::write(&file, blocks.concat()).unwrap();
    assert_eq!(loaded(&file).catalog.entries().count(), 3);
}

#[test]
fn the_sources_of_the_documentation_load_as_they_are_written() {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/sources.md")).unwrap();
    let blocks = text.split("```toml\n").skip(1).filter_map(|rest| rest.split_once("```")).map(|(block, _)| block);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("metricshot.toml");
    fs::write(&file, blocks.collect::<String>()).unwrap();
    let kinds: BTreeSet<&str> = loaded(&file).config.sources.values().map(|source| source.kind()).collect();
    assert_eq!(kinds, AnySourceConfig::KINDS.iter().copied().collect(), "each has an example there");
}

#[test]
fn vscope_has_every_metric_of_its_guides_with_a_unit() {
    let catalog = loaded(&Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/ovh.toml")).catalog;
    let entries: Vec<_> = catalog.entries().collect();
    let count = |kind: &str| entries.iter().filter(|entry| entry.name.starts_with(kind)).count();
    let counts = ["vscope.filer.", "vscope.host.", "vscope.vm."].map(count);
    assert_eq!((counts, entries.len()), ([1, 6, 13], 20));
    for entry in &entries {
        assert!(entry.unit != Unit::NONE && entry.dimensions[0] == "datacenter", "{}", entry.name);
    }
}

#[test]
fn live_metrics_of_vscope_have_units() {
    let catalog = loaded(&Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/ovh-live.toml")).catalog;
    let entries: Vec<_> = catalog.entries().filter(|entry| entry.namespace == "vScope Live").collect();
    let count = |kind: &str| entries.iter().filter(|entry| entry.name.starts_with(kind)).count();
    assert_eq!(["filer.", "host.", "vm."].map(count), [5, 10, 18]);
    for entry in &entries {
        let is_frequency = ["cpu.value", "cpuMax", "cpuMaxCore", "cpuUsed"].iter().any(|end| entry.name.ends_with(end));
        assert_eq!(entry.unit == Unit::NONE, is_frequency, "{}", entry.name);
    }
}

#[test]
fn requests_are_json_objects_with_metrics() {
    for file in examples("examples/requests", "json") {
        let request: serde_json::Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
        assert!(request["metrics"].as_array().is_some_and(|metrics| !metrics.is_empty()), "{}", file.display());
    }
}
