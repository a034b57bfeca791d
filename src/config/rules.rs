//! `[[metric]]` and `[[default]]`: rules as TOML, from the configuration, from files of their own, and those of the demo.
//!
//! Each rule is read on its own, so that one that cannot be read hides none of the others' faults.

use super::error::table;
use super::merge::{Layer, dict};
use super::{Config, ConfigFault};
use crate::catalog::{
    Catalog, WrittenCounter, WrittenDefault, WrittenMeaning, WrittenQuestion, WrittenRule, WrittenSplit,
};
use crate::source::WrittenSource;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::fs;

const DEMO: &str = include_str!("demo.toml");

/// Said of a source without PromQL.
const NO_RATE: &str = "computes no rate; remove approximate, or name another source";

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct MetricRule {
    namespace: String,
    name: String,
    #[serde(default)]
    dimensions: Vec<String>,
    #[serde(default)]
    optional: Vec<String>,
    source: String,
    unit: Option<String>,
    kind: Option<String>,
    scale: Option<f64>,
    missing: Option<String>,
    across: Option<String>,
    longest_gap: Option<i64>,
    born: Option<String>,
    approximate: Option<bool>,
    select: Option<Select>,
    expression: Option<String>,
    resolution: Option<i64>,
    split_by: Option<Vec<String>>,
    limit: Option<i64>,
    order: Option<String>,
    label: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Select {
    name: Option<String>,
    labels: Option<BTreeMap<String, String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct DefaultRule {
    namespaces: Vec<String>,
    namespace_label: Option<String>,
    source: String,
    unit: Option<String>,
    kind: Option<String>,
    scale: Option<f64>,
    missing: Option<String>,
    across: Option<String>,
    longest_gap: Option<i64>,
    born: Option<String>,
    approximate: Option<bool>,
    resolution: Option<i64>,
}

/// What is read of one place, and what of it cannot be.
#[derive(Debug, Default)]
struct Written {
    metrics: Vec<WrittenRule>,
    defaults: Vec<WrittenDefault>,
    faults: Vec<ConfigFault>,
}

/// The catalogue of a configuration; `place` is where that is written. Rules of the configuration, then of its files, then of the demo.
pub(super) fn catalog(config: &Config, place: &str) -> Result<Catalog, Vec<ConfigFault>> {
    let mut written = Written::default();
    written.add(place, config.metric.clone(), config.default.clone());
    for file in &config.catalog.0 {
        match fs::read_to_string(file) {
            Ok(text) => written.add_text(&file.display().to_string(), &text),
            Err(cause) => written.faults.push(ConfigFault::unreadable(file, &cause)),
        }
    }
    if let Some(source) = config.demo() {
        written.add_demo(source);
    }
    written.check_expressions(config);
    written.check_splits(config);
    let sources = config.sources.iter().map(|(name, source)| (name.clone(), source.means_several())).collect();
    let checks = config.sources.iter().map(|(name, source)| (name.clone(), source.check_selector())).collect();
    let made = Catalog::new(written.metrics, written.defaults, sources).map(|catalog| catalog.with_checks(checks));
    let rules = made.as_ref().err().into_iter().flatten().cloned().map(ConfigFault::Rule);
    let faults: Vec<ConfigFault> = written.faults.into_iter().chain(rules).collect();
    made.ok().filter(|_| faults.is_empty()).ok_or(faults)
}

impl Written {
    fn add(&mut self, place: &str, metrics: Vec<toml::Table>, defaults: Vec<toml::Table>) {
        for (number, rule) in (1..).zip(metrics) {
            let origin = format!("{place}: [[metric]] {number}");
            let read = self.read::<MetricRule>(&origin, rule);
            self.metrics.extend(read.map(|rule| rule.written(origin)));
        }
        for (number, rule) in (1..).zip(defaults) {
            let origin = format!("{place}: [[default]] {number}");
            let read = self.read::<DefaultRule>(&origin, rule);
            self.defaults.extend(read.map(|rule| rule.written(origin)));
        }
    }

    fn add_text(&mut self, place: &str, text: &str) {
        let mut table = match table(place, text) {
            Ok(table) => table,
            Err(fault) => return self.faults.push(fault),
        };
        let [metrics, defaults] = ["metric", "default"].map(|key| self.tables(place, key, table.remove(key)));
        for key in table.keys() {
            let text = format!("there is no key '{key}' in a catalogue; it has [[metric]] and [[default]]");
            self.faults.push(ConfigFault::wrong(place, text));
        }
        self.add(place, metrics, defaults);
    }

    /// The demo's rules for `source`, without those that an operator has under the same name.
    fn add_demo(&mut self, source: &str) {
        let mut demo = Self::default();
        demo.add_text("demo.toml", DEMO);
        let named = |rule: &WrittenRule| {
            self.metrics.iter().any(|own| (&own.namespace, &own.name) == (&rule.namespace, &rule.name))
        };
        demo.metrics.retain(|rule| !named(rule));
        demo.metrics.iter_mut().for_each(|rule| rule.source = source.to_owned());
        demo.defaults.iter_mut().for_each(|rule| rule.source = source.to_owned());
        self.metrics.append(&mut demo.metrics);
        self.defaults.append(&mut demo.defaults);
        self.faults.append(&mut demo.faults);
    }

    /// Expressions, and rates that are only approximate, are for servers that compute.
    fn check_expressions(&mut self, config: &Config) {
        let computes = |source: &str| config.sources.get(source).is_none_or(|source| source.has_expressions());
        let mut wrong = Vec::new();
        for rule in self.metrics.iter().filter(|rule| !computes(&rule.source)) {
            let place = format!("{} ('{}', '{}')", rule.origin, rule.namespace, rule.name);
            if rule.question.expression.is_some() {
                let text = "computes no expression; write select, or name another source";
                wrong.push((place.clone(), &rule.source, text));
            }
            if rule.meaning.counter.approximate == Some(true) {
                wrong.push((place, &rule.source, NO_RATE));
            }
        }
        for rule in self.defaults.iter().filter(|rule| !computes(&rule.source)) {
            if rule.meaning.counter.approximate == Some(true) {
                wrong.push((rule.origin.clone(), &rule.source, NO_RATE));
            }
        }
        let fault = |(place, source, text)| ConfigFault::wrong(place, format!("the source '{source}' {text}"));
        self.faults.extend(wrong.into_iter().map(fault));
    }

    /// Sources that cannot tell their series apart have no lines to split a metric into.
    fn check_splits(&mut self, config: &Config) {
        let splits = |source: &str| config.sources.get(source).is_none_or(WrittenSource::can_split);
        let wrong = self.metrics.iter().filter(|rule| rule.question.split.is_some() && !splits(&rule.source));
        let fault = |rule: &WrittenRule| {
            let place = format!("{} ('{}', '{}')", rule.origin, rule.namespace, rule.name);
            let text =
                format!("the source '{}' cannot split a metric; remove split_by, or name another source", rule.source);
            ConfigFault::wrong(place, text)
        };
        self.faults.extend(wrong.map(fault).collect::<Vec<_>>());
    }

    fn tables(&mut self, place: &str, key: &str, value: Option<toml::Value>) -> Vec<toml::Table> {
        let Some(value) = value else { return Vec::new() };
        value.try_into().unwrap_or_else(|_| {
            self.faults.push(ConfigFault::wrong(place, format!("write [[{key}]], with two brackets, above each rule")));
            Vec::new()
        })
    }

    fn read<T: DeserializeOwned>(&mut self, origin: &str, rule: toml::Table) -> Option<T> {
        let word = |key: &str| rule.get(key).and_then(toml::Value::as_str).map(|word| format!("'{word}'"));
        let names = [word("namespace"), word("name")].into_iter().flatten().collect::<Vec<_>>().join(", ");
        let place = if names.is_empty() { origin.to_owned() } else { format!("{origin} ({names})") };
        let read = Layer::new("rule", dict(rule)).read();
        read.map_err(|text| self.faults.push(ConfigFault::wrong(place, text))).ok()
    }
}

impl MetricRule {
    fn written(self, origin: String) -> WrittenRule {
        let counter = WrittenCounter { longest_gap: self.longest_gap, born: self.born, approximate: self.approximate };
        let meaning = Meaning {
            unit: self.unit,
            kind: self.kind,
            scale: self.scale,
            missing: self.missing,
            across: self.across,
            counter,
            resolution: self.resolution,
        };
        let lone = self.limit.is_some() || self.order.is_some() || self.label.is_some();
        // Without split_by the others are a fault of the split, which then has no key.
        let split = (self.split_by.is_some() || lone).then(|| WrittenSplit {
            split_by: self.split_by.unwrap_or_default(),
            limit: self.limit,
            order: self.order,
            label: self.label,
        });
        let (name, labels) = self.select.map_or((None, None), |select| (select.name, select.labels));
        // An empty selection is one as well, and excludes an expression.
        let labels = labels.map(|labels| labels.into_iter().collect());
        let question = WrittenQuestion { name, labels, expression: self.expression, split };
        WrittenRule {
            origin,
            namespace: self.namespace,
            name: self.name,
            dimensions: self.dimensions,
            optional: self.optional,
            source: self.source,
            meaning: meaning.written(),
            question,
        }
    }
}

impl DefaultRule {
    /// Kind and unit come from the source's metadata unless the rule names them.
    fn written(self, origin: String) -> WrittenDefault {
        let counter = WrittenCounter { longest_gap: self.longest_gap, born: self.born, approximate: self.approximate };
        let meaning = Meaning {
            unit: self.unit,
            kind: Some(self.kind.unwrap_or_else(|| "auto".to_owned())),
            scale: self.scale,
            missing: self.missing,
            across: self.across,
            counter,
            resolution: self.resolution,
        };
        WrittenDefault {
            origin,
            namespaces: self.namespaces,
            namespace_label: self.namespace_label,
            source: self.source,
            meaning: meaning.written(),
        }
    }
}

/// Keys that both kinds of rules have, with their defaults.
struct Meaning {
    unit: Option<String>,
    kind: Option<String>,
    scale: Option<f64>,
    missing: Option<String>,
    across: Option<String>,
    counter: WrittenCounter,
    resolution: Option<i64>,
}

impl Meaning {
    fn written(self) -> WrittenMeaning {
        WrittenMeaning {
            unit: self.unit,
            kind: self.kind.unwrap_or_else(|| "gauge".to_owned()),
            scale: self.scale.unwrap_or(1.0),
            missing: self.missing.unwrap_or_else(|| "gap".to_owned()),
            across: self.across,
            counter: self.counter,
            resolution: self.resolution,
        }
    }
}
