//! The answer of ListMetricInfos: the metrics that the catalogue knows and the sources have, by namespace and by their dimensions.
//!
//! We know names, keys and units. What the vendor's console knows besides (alerts, tags, single resources) is answered as "none".

use crate::app::Listed;
use crate::catalog::Entry;
use crate::http::api::json::json;
use crate::http::api::version::Version;
use crate::memory::Held;
use crate::request::{Quantity, Rate, Unit};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::Arc;
use uuid::Builder;

/// Seconds between two samples where nothing else is known: the vendor's basic and detailed monitoring.
const DEFAULT_COLLECTION_INTERVAL: u32 = 300;
const DETAILED_COLLECTION_INTERVAL: u32 = 60;

/// The answer, as the steps in which its JSON text is made while it is sent: the text of a large list takes more memory than the list.
#[derive(Debug)]
pub(crate) struct MetricList {
    listed: Arc<Held<Listed>>,
    version: Version,
    steps: Vec<Step>,
}

/// A piece of the text, with the place of the entry that it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// The beginning, with the number of namespaces.
    Begin(u32),
    Namespace(u32),
    Set(u32),
    Metric(u32),
    EndOfSet,
    EndOfNamespace,
    End,
}

#[derive(Debug, Serialize)]
struct Namespace<'a> {
    id: String,
    name: &'a str,
    service_name: &'a str,
    dimensions: [(); 0],
}

/// The metrics that need the same dimensions.
#[derive(Debug, Serialize)]
struct DimensionSet {
    columns: Vec<Column>,
    #[serde(flatten)]
    keys: Keys,
    metrics: [(); 0],
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

impl MetricList {
    /// The answer with the entries of `listed` that are `wanted`: namespaces, and dimensions of each, in the order in which they first come.
    pub fn new(listed: Arc<Held<Listed>>, wanted: impl Fn(&Entry) -> bool, version: Version) -> Self {
        let mut groups: Vec<Vec<Vec<u32>>> = Vec::new();
        let mut found = HashMap::<&str, (usize, HashMap<&[String], usize>)>::new();
        for (place, entry) in (0..).zip(&listed.entries).filter(|(_, entry)| wanted(entry)) {
            let namespaces = found.len();
            let (namespace, sets) = found.entry(&entry.namespace).or_insert_with(|| (namespaces, HashMap::new()));
            if *namespace == groups.len() {
                groups.push(Vec::new());
            }
            let before = sets.len();
            let set = *sets.entry(&entry.dimensions).or_insert(before);
            if set == groups[*namespace].len() {
                groups[*namespace].push(Vec::new());
            }
            groups[*namespace][set].push(place);
        }
        let mut steps = vec![Step::Begin(u32::try_from(groups.len()).unwrap_or(u32::MAX))];
        for sets in groups {
            steps.push(Step::Namespace(sets[0][0]));
            for metrics in sets {
                steps.push(Step::Set(metrics[0]));
                steps.extend(metrics.into_iter().map(Step::Metric));
                steps.push(Step::EndOfSet);
            }
            steps.push(Step::EndOfNamespace);
        }
        steps.push(Step::End);
        Self { listed, version, steps }
    }

    /// Returns the bytes of memory that it takes beside the list.
    pub fn heap_bytes(&self) -> u64 {
        size_of_val(self.steps.as_slice()) as u64
    }

    /// Returns the bytes of its text.
    pub fn text_bytes(&self) -> u64 {
        (0..).map_while(|place| self.piece(place)).map(|piece| piece.len() as u64).sum()
    }

    /// Returns one piece of its JSON text, which all pieces together are; `None` behind the last.
    pub fn piece(&self, place: usize) -> Option<String> {
        let before = place.checked_sub(1).and_then(|before| self.steps.get(before));
        let comma =
            if matches!(before, Some(Step::Metric(_) | Step::EndOfSet | Step::EndOfNamespace)) { "," } else { "" };
        let entry = |place: u32| &self.listed.entries[place as usize];
        Some(match *self.steps.get(place)? {
            Step::Begin(count) => format!("{{\"count\":{count},\"namespaces\":["),
            Step::Namespace(place) => comma.to_owned() + &open(&Namespace::of(entry(place))),
            Step::Set(place) => {
                let (columns, keys) = (columns(entry(place)), Keys::of(entry(place), self.version));
                comma.to_owned() + &open(&DimensionSet { columns, keys, metrics: [] })
            }
            Step::Metric(place) => comma.to_owned() + &json(&Metric::of(entry(place), self.version)),
            Step::EndOfSet | Step::EndOfNamespace | Step::End => "]}".to_owned(),
        })
    }
}

/// The text of `group` up to the first element of its last member, an empty list.
fn open(group: &impl Serialize) -> String {
    let mut text = json(group);
    text.truncate(text.len() - "]}".len());
    text
}

impl<'a> Namespace<'a> {
    fn of(entry: &'a Entry) -> Self {
        let name = entry.namespace.as_str();
        Self { id: id(&[name]), service_name: name, name, dimensions: [] }
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
    use crate::memory::RequestMemory;
    use serde_json::{Value, json};
    use std::collections::BTreeMap;

    fn entry(namespace: &str, name: &str, dimensions: &[&str]) -> Entry {
        let dimensions = dimensions.iter().map(|&key| key.to_owned()).collect();
        Entry { namespace: namespace.to_owned(), name: name.to_owned(), dimensions, unit: Unit::PERCENT }
    }

    fn infos(entries: Vec<Entry>, wanted: fn(&Entry) -> bool, version: Version) -> MetricList {
        let listed = Listed { entries, failed: BTreeMap::new() };
        MetricList::new(Arc::new(Held::new(listed, 0, RequestMemory::unlimited())), wanted, version)
    }

    fn text(infos: &MetricList) -> String {
        (0..).map_while(|place| infos.piece(place)).collect()
    }

    fn answer(entries: Vec<Entry>, version: Version) -> Value {
        serde_json::from_str(&text(&infos(entries, |_| true, version))).unwrap()
    }

    #[test]
    fn the_length_of_the_text_is_known_before_it_is_made_also_where_nothing_is_wanted() {
        for wanted in [|_: &Entry| true, |entry: &Entry| entry.name == "b", |_: &Entry| false] {
            let entries = vec![entry("A", "a", &[]), entry("B", "b", &["x"]), entry("A", "c", &["y"])];
            let infos = infos(entries, wanted, Version::V1_0);
            let text = text(&infos);
            assert_eq!(infos.text_bytes(), text.len() as u64);
            assert!(serde_json::from_str::<Value>(&text).is_ok(), "{text}");
        }
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
