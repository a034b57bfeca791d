//! The answer of ListMetricInfos: the metrics that the catalogue knows and the sources have, by namespace and by their dimensions.
//!
//! We know names, keys and units. What the vendor's console knows besides (alerts, tags, single resources) is answered as "none".

use super::version::Version;
use crate::catalog::Entry;
use crate::request::{Quantity, Rate, Unit};
use serde::Serialize;
use sha2::{Digest, Sha256};
use uuid::Builder;

/// Seconds between two samples where nothing else is known: the vendor's basic and detailed monitoring.
const DEFAULT_COLLECTION_INTERVAL: u32 = 300;
const DETAILED_COLLECTION_INTERVAL: u32 = 60;

/// `count` is the number of namespaces.
#[derive(Debug, Serialize)]
pub(super) struct Infos {
    count: usize,
    namespaces: Vec<Namespace>,
}

#[derive(Debug, Serialize)]
struct Namespace {
    id: String,
    name: String,
    service_name: String,
    dimensions: Vec<DimensionSet>,
}

/// The metrics that need the same dimensions.
#[derive(Debug, Serialize)]
struct DimensionSet {
    columns: Vec<Column>,
    #[serde(flatten)]
    keys: Keys,
    metrics: Vec<Metric>,
}

#[derive(Debug, Serialize)]
struct Column {
    key: String,
    name_en: String,
    name_ko: String,
}

/// 1.0 has one text, later versions a list.
#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Keys {
    Key(String),
    Keys(Vec<String>),
}

#[derive(Debug, Serialize)]
struct Metric {
    alerts: (),
    default_collection_interval: u32,
    detailed_collection_interval: u32,
    dimensions: [(); 0],
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    individual_items: Option<[(); 0]>,
    name: String,
    named_dimensions: Option<Vec<NamedDimension>>,
    namespace_id: String,
    namespace_name: String,
    primary: bool,
    recommended_stat_types: &'static [&'static str],
    tags: (),
    unit: String,
}

/// A key that a request has to give a value for.
#[derive(Debug, Serialize)]
struct NamedDimension {
    key: String,
    value: (),
}

impl Infos {
    /// The answer with these metrics, namespaces and dimensions in the order in which they first come.
    pub fn new(entries: impl Iterator<Item = Entry>, version: Version) -> Self {
        let mut namespaces: Vec<Namespace> = Vec::new();
        for entry in entries {
            let namespace = found_or_new(&mut namespaces, |n| n.name == entry.namespace, || Namespace::of(&entry));
            let keys = Keys::of(&entry, version);
            let metric = Metric::of(&entry, version);
            let new =
                || DimensionSet { columns: columns(&entry), keys: Keys::of(&entry, version), metrics: Vec::new() };
            found_or_new(&mut namespace.dimensions, |set| set.keys == keys, new).metrics.push(metric);
        }
        Self { count: namespaces.len(), namespaces }
    }
}

/// The item that `is` it, made where there is none.
fn found_or_new<T>(items: &mut Vec<T>, is: impl Fn(&T) -> bool, new: impl FnOnce() -> T) -> &mut T {
    let index = items.iter().position(is).unwrap_or_else(|| {
        items.push(new());
        items.len() - 1
    });
    &mut items[index]
}

impl Namespace {
    fn of(entry: &Entry) -> Self {
        let name = entry.namespace.clone();
        Self { id: id(&[&name]), service_name: name.clone(), name, dimensions: Vec::new() }
    }
}

impl Keys {
    fn of(entry: &Entry, version: Version) -> Self {
        match version {
            Version::V1_0 => Self::Key(entry.dimensions.join(",")),
            Version::V1_1 | Version::V1_2 | Version::V1_3 | Version::V1_5 => Self::Keys(entry.dimensions.clone()),
        }
    }
}

impl Metric {
    fn of(entry: &Entry, version: Version) -> Self {
        let named = |key: &String| NamedDimension { key: key.clone(), value: () };
        Self {
            alerts: (),
            default_collection_interval: DEFAULT_COLLECTION_INTERVAL,
            detailed_collection_interval: DETAILED_COLLECTION_INTERVAL,
            dimensions: [],
            id: id(&[&entry.namespace, &entry.name]),
            individual_items: version.has_individual_items().then_some([]),
            name: entry.name.clone(),
            named_dimensions: (!entry.dimensions.is_empty()).then(|| entry.dimensions.iter().map(named).collect()),
            namespace_id: id(&[&entry.namespace]),
            namespace_name: entry.namespace.clone(),
            primary: true,
            recommended_stat_types: recommended(entry.unit),
            tags: (),
            unit: entry.unit.to_string(),
        }
    }
}

fn columns(entry: &Entry) -> Vec<Column> {
    let column = |key: &String| Column { key: key.clone(), name_en: key.clone(), name_ko: key.clone() };
    entry.dimensions.iter().map(column).collect()
}

/// Amounts are worth adding up; levels and rates are not.
fn recommended(unit: Unit) -> &'static [&'static str] {
    match (unit.quantity, unit.rate) {
        (Quantity::Count | Quantity::Bytes | Quantity::Bits, Rate::Whole) => &["AVG", "SUM", "MAX", "MIN"],
        _ => &["AVG", "MAX", "MIN"],
    }
}

/// The same names have the same id, on every machine: 128 bits of their SHA-256, marked as a custom UUID (version 8).
fn id(names: &[&str]) -> String {
    let mut digest = Sha256::new();
    for name in names {
        digest.update(name.as_bytes());
        digest.update([0]);
    }
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest.finalize()[..16]);
    Builder::from_custom_bytes(bytes).into_uuid().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn entry(namespace: &str, name: &str, dimensions: &[&str]) -> Entry {
        let dimensions = dimensions.iter().map(|&key| key.to_owned()).collect();
        Entry { namespace: namespace.to_owned(), name: name.to_owned(), dimensions, unit: Unit::PERCENT }
    }

    fn answer(entries: Vec<Entry>, version: Version) -> Value {
        serde_json::to_value(Infos::new(entries.into_iter(), version)).unwrap()
    }

    #[test]
    fn a_metric_has_every_key_of_the_contract_and_no_other() {
        let answer = answer(vec![entry("Virtual Server", "CPU Usage", &["VolumeID"])], Version::V1_5);
        let namespace_id = answer["namespaces"][0]["id"].clone();
        assert_eq!(
            answer,
            json!({"count": 1, "namespaces": [{
                "id": namespace_id, "name": "Virtual Server", "service_name": "Virtual Server",
                "dimensions": [{
                    "columns": [{"key": "VolumeID", "name_en": "VolumeID", "name_ko": "VolumeID"}],
                    "keys": ["VolumeID"],
                    "metrics": [{
                        "alerts": null, "default_collection_interval": 300, "detailed_collection_interval": 60,
                        "dimensions": [], "id": answer["namespaces"][0]["dimensions"][0]["metrics"][0]["id"],
                        "name": "CPU Usage", "named_dimensions": [{"key": "VolumeID", "value": null}],
                        "namespace_id": namespace_id, "namespace_name": "Virtual Server", "primary": true,
                        "recommended_stat_types": ["AVG", "MAX", "MIN"], "tags": null, "unit": "PERCENT"
                    }]
                }]
            }]})
        );
    }

    #[test]
    fn the_oldest_version_has_one_key_and_individual_items() {
        let answer = answer(vec![entry("Demo", "load", &["a", "b"])], Version::V1_0);
        let set = &answer["namespaces"][0]["dimensions"][0];
        assert_eq!((&set["key"], &set["keys"]), (&json!("a,b"), &Value::Null));
        assert_eq!(set["metrics"][0]["individual_items"], json!([]));
    }

    #[test]
    fn metrics_are_grouped_by_namespace_and_dimensions_in_their_order() {
        let entries =
            vec![entry("B", "1", &["x"]), entry("A", "2", &[]), entry("B", "3", &["x"]), entry("B", "4", &["x", "y"])];
        let answer = answer(entries, Version::V1_1);
        let names =
            |set: &Value| set["metrics"].as_array().unwrap().iter().map(|m| m["name"].clone()).collect::<Vec<_>>();
        assert_eq!(answer["count"], 2);
        assert_eq!(answer["namespaces"][0]["name"], "B");
        assert_eq!(names(&answer["namespaces"][0]["dimensions"][0]), ["1", "3"]);
        assert_eq!(names(&answer["namespaces"][0]["dimensions"][1]), ["4"]);
        assert_eq!(answer["namespaces"][1]["dimensions"][0]["metrics"][0]["named_dimensions"], Value::Null);
    }

    #[test]
    fn ids_depend_on_the_names_alone_and_do_not_run_together() {
        assert_eq!(id(&["a", "b"]), id(&["a", "b"]));
        assert_ne!(id(&["a", "b"]), id(&["ab"]));
        assert_ne!(id(&["a", "bc"]), id(&["ab", "c"]));
        assert_eq!(id(&["a"]).as_bytes()[14], b'8');
    }
}
