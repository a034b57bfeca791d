//! `[[metric]]` and `[[default]]`: rules in TOML, from the configuration, from catalogue files, and from the demo.
//!
//! Each rule is parsed on its own, so that a fault in one does not hide faults in the others.

use super::error::table;
use super::merge::{Layer, dict};
use super::{Config, ConfigFault};
use crate::catalog::{Catalog, CounterConfig, DefaultRuleConfig, MeaningConfig, QueryConfig, RuleConfig, SplitConfig};
use crate::source::AnySourceConfig;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::fs;

const DEMO: &str = include_str!("demo.toml");

/// The fault text of `approximate` with a source that does not evaluate PromQL.
const NO_RATE: &str = "cannot compute rates; remove approximate, or use another source";

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

/// The rules read so far, and the faults of those that cannot be read.
#[derive(Debug, Default)]
struct RuleSet {
    metrics: Vec<RuleConfig>,
    defaults: Vec<DefaultRuleConfig>,
    faults: Vec<ConfigFault>,
}

/// Makes the catalogue of a configuration, or returns the faults of all its rules. The rules of the configuration come first, then those of
/// its files, then those of the demo. `place` names the configuration in faults.
pub(super) fn catalog(config: &Config, place: &str) -> Result<Catalog, Vec<ConfigFault>> {
    let mut rules = RuleSet::default();
    rules.add(place, config.metric.clone(), config.default.clone());
    for file in &config.catalog.0 {
        match fs::read_to_string(file) {
            Ok(text) => rules.add_text(&file.display().to_string(), &text),
            Err(cause) => rules.faults.push(ConfigFault::unreadable(file, &cause)),
        }
    }
    if let Some(source) = config.demo() {
        rules.add_demo(source);
    }
    rules.check_expressions(config);
    rules.check_splits(config);
    let sources = config.sources.iter().map(|(name, source)| (name.clone(), source.wildcard_check())).collect();
    let checks = config.sources.iter().map(|(name, source)| (name.clone(), source.check_selector())).collect();
    let made = Catalog::new(rules.metrics, rules.defaults, sources).map(|catalog| catalog.with_checks(checks));
    let wrong = made.as_ref().err().into_iter().flatten().cloned().map(ConfigFault::Rule);
    let faults: Vec<ConfigFault> = rules.faults.into_iter().chain(wrong).collect();
    made.ok().filter(|_| faults.is_empty()).ok_or(faults)
}

impl RuleSet {
    fn add(&mut self, place: &str, metrics: Vec<toml::Table>, defaults: Vec<toml::Table>) {
        for (number, rule) in (1..).zip(metrics) {
            let origin = format!("{place}: [[metric]] {number}");
            let read = self.read::<MetricRule>(&origin, rule);
            self.metrics.extend(read.map(|rule| rule.into_rule(origin)));
        }
        for (number, rule) in (1..).zip(defaults) {
            let origin = format!("{place}: [[default]] {number}");
            let read = self.read::<DefaultRule>(&origin, rule);
            self.defaults.extend(read.map(|rule| rule.into_rule(origin)));
        }
    }

    fn add_text(&mut self, place: &str, text: &str) {
        let mut table = match table(place, text) {
            Ok(table) => table,
            Err(fault) => return self.faults.push(fault),
        };
        let [metrics, defaults] = ["metric", "default"].map(|key| self.tables(place, key, table.remove(key)));
        for key in table.keys() {
            let text = format!("unknown key '{key}'; a catalogue has [[metric]] and [[default]]");
            self.faults.push(ConfigFault::wrong(place, text));
        }
        self.add(place, metrics, defaults);
    }

    /// Adds the demo's rules for `source`, except those for metrics that already have a rule.
    fn add_demo(&mut self, source: &str) {
        let mut demo = Self::default();
        demo.add_text("demo.toml", DEMO);
        let named = |rule: &RuleConfig| {
            self.metrics.iter().any(|own| (&own.namespace, &own.name) == (&rule.namespace, &rule.name))
        };
        demo.metrics.retain(|rule| !named(rule));
        demo.metrics.iter_mut().for_each(|rule| rule.source = source.to_owned());
        demo.defaults.iter_mut().for_each(|rule| rule.source = source.to_owned());
        self.metrics.append(&mut demo.metrics);
        self.defaults.append(&mut demo.defaults);
        self.faults.append(&mut demo.faults);
    }

    /// Rejects expressions and approximate rates for sources that cannot evaluate them.
    fn check_expressions(&mut self, config: &Config) {
        let computes = |source: &str| config.sources.get(source).is_none_or(|source| source.has_expressions());
        let mut wrong = Vec::new();
        for rule in self.metrics.iter().filter(|rule| !computes(&rule.source)) {
            let place = format!("{} ('{}', '{}')", rule.origin, rule.namespace, rule.name);
            if rule.query.expression.is_some() {
                let text = "cannot evaluate expressions; write select, or use another source";
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

    /// Rejects `split_by` for sources that cannot tell series apart.
    fn check_splits(&mut self, config: &Config) {
        let splits = |source: &str| config.sources.get(source).is_none_or(AnySourceConfig::can_split);
        let wrong = self.metrics.iter().filter(|rule| rule.query.split.is_some() && !splits(&rule.source));
        let fault = |rule: &RuleConfig| {
            let place = format!("{} ('{}', '{}')", rule.origin, rule.namespace, rule.name);
            let text =
                format!("the source '{}' cannot split a metric; remove split_by, or use another source", rule.source);
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
        let quoted = |key: &str| rule.get(key).and_then(toml::Value::as_str).map(|text| format!("'{text}'"));
        let names = [quoted("namespace"), quoted("name")].into_iter().flatten().collect::<Vec<_>>().join(", ");
        let place = if names.is_empty() { origin.to_owned() } else { format!("{origin} ({names})") };
        let read = Layer::new("rule", dict(rule)).read();
        read.map_err(|text| self.faults.push(ConfigFault::wrong(place, text))).ok()
    }
}

impl MetricRule {
    fn into_rule(self, origin: String) -> RuleConfig {
        let counter = CounterConfig { longest_gap: self.longest_gap, born: self.born, approximate: self.approximate };
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
        // The catalogue rejects limit, order and label without split_by.
        let split = (self.split_by.is_some() || lone).then(|| SplitConfig {
            split_by: self.split_by.unwrap_or_default(),
            limit: self.limit,
            order: self.order,
            label: self.label,
        });
        let (name, labels) = self.select.map_or((None, None), |select| (select.name, select.labels));
        // An empty select counts as present, and excludes an expression.
        let labels = labels.map(|labels| labels.into_iter().collect());
        let query = QueryConfig { name, labels, expression: self.expression, split };
        RuleConfig {
            origin,
            namespace: self.namespace,
            name: self.name,
            dimensions: self.dimensions,
            optional: self.optional,
            source: self.source,
            meaning: meaning.with_defaults(),
            query,
        }
    }
}

impl DefaultRule {
    /// Makes the rule; kind and unit come from the source's metadata unless the rule sets them.
    fn into_rule(self, origin: String) -> DefaultRuleConfig {
        let counter = CounterConfig { longest_gap: self.longest_gap, born: self.born, approximate: self.approximate };
        let meaning = Meaning {
            unit: self.unit,
            kind: Some(self.kind.unwrap_or_else(|| "auto".to_owned())),
            scale: self.scale,
            missing: self.missing,
            across: self.across,
            counter,
            resolution: self.resolution,
        };
        DefaultRuleConfig {
            origin,
            namespaces: self.namespaces,
            namespace_label: self.namespace_label,
            source: self.source,
            meaning: meaning.with_defaults(),
        }
    }
}

/// Keys of both `[[metric]]` and `[[default]]`.
struct Meaning {
    unit: Option<String>,
    kind: Option<String>,
    scale: Option<f64>,
    missing: Option<String>,
    across: Option<String>,
    counter: CounterConfig,
    resolution: Option<i64>,
}

impl Meaning {
    fn with_defaults(self) -> MeaningConfig {
        MeaningConfig {
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
