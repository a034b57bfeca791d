//! Validates configured rules: makes rules that always give a valid query, or returns every fault.
//!
//! Called by [`super::Catalog::new`]. Faults of a rule are collected, so that one start shows them all.

use super::query_template::{LabelValue, RESOLUTION, Token};
use super::rule::{CounterRule, Keys, KindFrom, LONGEST_GAP_SECONDS, Meaning, Others, Rule, RuleQuery, quoted};
use super::{
    Across, Born, CatalogError, CounterConfig, DefaultRuleConfig, MeaningConfig, MetricKind, Missing, QueryConfig,
    RuleConfig, RuleFault, SplitConfig, TemplateFault, query_template,
};
use crate::limits::Limits;
use crate::request::{Dimension, Name, SplitBy, Unit};

impl Rule {
    /// Makes a rule for one metric.
    pub fn of_metric(written: RuleConfig) -> Result<Self, Vec<CatalogError>> {
        let title = format!("{} ('{}', '{}')", written.origin, written.namespace, written.name);
        let mut faults = Faults::of(&title);
        let namespace = faults.keep(name("namespace", &written.namespace));
        let name = faults.keep(name("name", &written.name));
        let keys = Keys::new(written.dimensions, written.optional, &mut faults);
        let meaning = Meaning::new(&written.meaning, [GAUGE, COUNTER], &mut faults);
        let split_by = written.query.split.clone().map(|split| split_by(split, &mut faults)).transpose();
        let query = RuleQuery::new(written.query, &written.meaning, &keys, &mut faults);
        match (namespace, name, meaning, query, split_by) {
            (Some(namespace), Some(name), Some(meaning), Some(query), Ok(split_by)) if faults.list.is_empty() => {
                let (namespaces, source) = (vec![namespace], written.source);
                Ok(Self { title, namespaces, name: Some(name), keys, source, meaning, query, split_by })
            }
            _ => Err(faults.list),
        }
    }

    /// Makes a rule for all other metrics of some namespaces.
    pub fn of_namespaces(written: DefaultRuleConfig) -> Result<Self, Vec<CatalogError>> {
        let title = format!("{} (namespaces {})", written.origin, quoted(&written.namespaces));
        let mut faults = Faults::of(&title);
        if written.namespaces.is_empty() {
            faults.add(RuleFault::NoNamespace);
        }
        let namespaces = written.namespaces.iter().filter_map(|text| faults.keep(name("namespace", text))).collect();
        let label = written.namespace_label.map(|label| (label, LabelValue::Namespace));
        if let Some((label, _)) = &label {
            faults.keep(key("namespace_label", label));
        }
        let keys = Keys { required: Vec::new(), optional: Vec::new(), others: Others::Labels };
        let query = RuleQuery::Select(None, label.into_iter().collect());
        check_resolution(&written.meaning, false, &mut faults);
        match Meaning::new(&written.meaning, [AUTO, GAUGE, COUNTER], &mut faults) {
            Some(meaning) if faults.list.is_empty() => {
                let source = written.source;
                Ok(Self { title, namespaces, name: None, keys, source, meaning, query, split_by: None })
            }
            _ => Err(faults.list),
        }
    }
}

/// Checks a split. Its faults are added to `faults`.
fn split_by(written: SplitConfig, faults: &mut Faults) -> Result<SplitBy, ()> {
    let SplitConfig { split_by, limit, order, label } = written;
    let split = SplitBy::new(split_by, limit, order.as_deref(), label.as_deref());
    split.map_err(|wrong| wrong.into_iter().for_each(|fault| faults.add(fault.into())))
}

impl Keys {
    fn new(required: Vec<String>, mut optional: Vec<String>, faults: &mut Faults) -> Self {
        let any = optional.iter().any(|key| key == "*");
        optional.retain(|key| key != "*");
        let others = if any { Others::Labels } else { Others::Rejected };
        let listed: Vec<&String> = required.iter().chain(&optional).collect();
        for (index, &text) in listed.iter().enumerate() {
            faults.keep(key("dimension", text));
            if listed[..index].contains(&text) {
                faults.add(RuleFault::KeyTwice(text.clone()));
            }
        }
        Self { required, optional, others }
    }
}

/// A word for a kind, with the kind and its origin.
type KindWord = (&'static str, (MetricKind, KindFrom));

const GAUGE: KindWord = ("gauge", (MetricKind::Gauge, KindFrom::Rule));
const COUNTER: KindWord = ("counter", (MetricKind::Counter, KindFrom::Rule));
/// Gauge, unless the source's metadata says otherwise.
const AUTO: KindWord = ("auto", (MetricKind::Gauge, KindFrom::Metadata));

impl Meaning {
    fn new<const N: usize>(written: &MeaningConfig, kinds: [KindWord; N], faults: &mut Faults) -> Option<Self> {
        let kind = word("kind", &written.kind, kinds);
        let unit = written.unit.as_ref().map(|word| {
            Unit::parse(word).ok_or_else(|| {
                let allowed = Unit::all().map(|unit| unit.to_string()).collect::<Vec<_>>().join(", ");
                RuleFault::UnknownWord { field: "unit", word: word.clone(), allowed }
            })
        });
        let missing = word("missing", &written.missing, [("gap", Missing::Gap), ("zero", Missing::Zero)]);
        // A scale below 0 would turn the minimum into the maximum.
        let useful = written.scale.is_finite() && written.scale > 0.0;
        let scale = if useful { Ok(written.scale) } else { Err(RuleFault::Scale(written.scale)) };
        let (unit, kind) = (faults.keep(unit.transpose()), faults.keep(kind));
        let (scale, missing) = (faults.keep(scale), faults.keep(missing));
        let across = written.across.as_ref().map(|text| word("across", text, ACROSS)).transpose();
        let across = faults.keep(across);
        // Metadata may say counter, so the rule's counter options are checked too.
        let counted = |(kind, from)| if from == KindFrom::Metadata { MetricKind::Counter } else { kind };
        let counter = kind.and_then(|kind| CounterRule::new(written, counted(kind), faults));
        let ((kind, kind_from), across) = (kind?, across?);
        if (kind, across) == (MetricKind::Counter, Some(Across::Pool)) {
            faults.add(RuleFault::PooledCounter);
        }
        let across = across.unwrap_or_else(|| Across::of_kind(kind));
        let (unit, scale, missing, counter) = (unit?, scale?, missing?, counter?);
        Some(Self { unit, kind, scale, missing, across, counter, kind_from })
    }
}

const ACROSS: [(&str, Across); 5] = [
    ("pool", Across::Pool),
    ("sum", Across::Sum),
    ("avg", Across::Average),
    ("min", Across::Minimum),
    ("max", Across::Maximum),
];

impl CounterRule {
    fn new(written: &MeaningConfig, kind: MetricKind, faults: &mut Faults) -> Option<Self> {
        let CounterConfig { longest_gap, born, approximate } = &written.counter;
        if kind == MetricKind::Gauge {
            let keys = [
                ("longest_gap", longest_gap.is_some()),
                ("born", born.is_some()),
                ("approximate", approximate.is_some()),
            ];
            let given = keys.into_iter().filter(|(_, is_given)| *is_given);
            given.for_each(|(key, _)| faults.add(RuleFault::GaugeHasCounterKey(key)));
            return Some(Self::default());
        }
        let born = born.as_ref().map(|text| word("born", text, [("unknown", Born::Unknown), ("zero", Born::Zero)]));
        let born = faults.keep(born.transpose())?.unwrap_or_default();
        if let Some(seconds) = longest_gap.filter(|seconds| !(1..=LONGEST_GAP_SECONDS).contains(seconds)) {
            faults.add(RuleFault::LongestGap(seconds));
        }
        let approximates = approximate.unwrap_or(false);
        if approximates && written.resolution.is_none() {
            faults.add(RuleFault::ApproximateAlone);
        }
        let resolution_seconds = written.resolution;
        Some(Self { longest_gap_seconds: *longest_gap, born, resolution_seconds, approximates })
    }
}

/// Checks the seconds between two evaluations of an expression, or two samples of a counter; other rules have no
/// resolution.
fn check_resolution(meaning: &MeaningConfig, is_expression: bool, faults: &mut Faults) {
    match meaning.resolution {
        Some(_) if !is_expression && meaning.kind == "gauge" => faults.add(RuleFault::ResolutionAlone),
        Some(seconds) if !(1..=86_400).contains(&seconds) => faults.add(RuleFault::Resolution(seconds)),
        _ => {}
    }
}

impl RuleQuery {
    fn new(written: QueryConfig, meaning: &MeaningConfig, keys: &Keys, faults: &mut Faults) -> Option<Self> {
        check_resolution(meaning, written.expression.is_some(), faults);
        let selects = written.name.is_some() || written.labels.is_some();
        match written.expression {
            Some(_) if selects => faults.none(RuleFault::TwoQuestions),
            Some(text) => {
                if meaning.counter.approximate == Some(true) {
                    faults.add(RuleFault::ApproximateExpression);
                }
                let resolution = meaning.resolution.unwrap_or(DEFAULT_RESOLUTION);
                Self::expression(&text, resolution, keys, faults)
            }
            None => Self::select(written.name, written.labels, keys, faults),
        }
    }

    fn select(
        name: Option<String>,
        labels: Option<Vec<(String, String)>>,
        keys: &Keys,
        faults: &mut Faults,
    ) -> Option<Self> {
        if let Some(name) = name.iter().find(|name| name.contains("${")) {
            let (place, fault) = ("name".to_owned(), TemplateFault::Embedded(name.clone()));
            faults.add(RuleFault::Template { place, fault });
        }
        let Some(labels) = labels else {
            let mut labels: Vec<_> =
                keys.listed().map(|key| (key.clone(), LabelValue::Dimension(key.clone()))).collect();
            labels.sort_by(|a, b| a.0.cmp(&b.0));
            return Some(Self::Select(name, labels));
        };
        let mut read = Vec::new();
        for (label, text) in labels {
            faults.keep(key("label", &label));
            let place = format!("label '{label}'");
            let value = query_template::label_value(&text);
            if let Some(value) = faults.keep(value.map_err(|fault| RuleFault::Template { place, fault })) {
                read.push((label, value));
            }
        }
        read.sort_by(|a, b| a.0.cmp(&b.0));
        let used = |(label, value): &(String, LabelValue)| match value {
            LabelValue::Dimension(key) => Some((format!("label '{label}'"), key.clone())),
            LabelValue::Literal(_) | LabelValue::Namespace => None,
        };
        check_uses(read.iter().filter_map(used).collect(), keys, faults);
        Some(Self::Select(name, read))
    }

    fn expression(text: &str, resolution: i64, keys: &Keys, faults: &mut Faults) -> Option<Self> {
        let place = "expression".to_owned();
        let tokens = query_template::expression(text).map_err(|fault| RuleFault::Template { place, fault });
        let tokens = faults.keep(tokens)?;
        let used = |token: &Token| match token {
            Token::Dimension(key) => Some(("expression".to_owned(), key.clone())),
            Token::Text(_) | Token::Resolution => None,
        };
        check_uses(tokens.iter().filter_map(used).collect(), keys, faults);
        let any = (keys.others == Others::Labels).then_some("*");
        for key in keys.optional.iter().map(String::as_str).chain(any) {
            faults.add(RuleFault::OptionalInExpression(key.to_owned()));
        }
        if keys.lists(RESOLUTION) {
            let why = format!("${{{RESOLUTION}}} is the time between two evaluations");
            faults.add(RuleFault::Unaskable { field: "dimension", text: RESOLUTION.to_owned(), why });
        }
        Some(Self::Expression(tokens, resolution))
    }
}

/// Default seconds between two evaluations of an expression: a common scrape interval.
const DEFAULT_RESOLUTION: i64 = 15;

/// Checks that all used dimensions are listed and all listed ones used: a dimension without effect would draw the wrong
/// series.
fn check_uses(used: Vec<(String, String)>, keys: &Keys, faults: &mut Faults) {
    for key in keys.listed().filter(|key| !used.iter().any(|(_, used)| used == *key)) {
        faults.add(RuleFault::UnusedKey(key.clone()));
    }
    let known = quoted(&keys.listed().cloned().collect::<Vec<_>>());
    for (place, key) in used.into_iter().filter(|(_, key)| !keys.lists(key)) {
        faults.add(RuleFault::UnknownKey { place, key, known: known.clone() });
    }
}

fn name(field: &'static str, text: &str) -> Result<Name, RuleFault> {
    let unaskable = |why: String| RuleFault::Unaskable { field, text: text.to_owned(), why };
    Name::new(text, &Limits::default()).map_err(|fault| unaskable(fault.text.into_owned()))
}

fn key(field: &'static str, text: &str) -> Result<(), RuleFault> {
    let unaskable = |why: String| RuleFault::Unaskable { field, text: text.to_owned(), why };
    Dimension::check_key(text, &Limits::default()).map_err(|fault| unaskable(fault.text.into_owned()))
}

fn word<T: Copy, const N: usize>(field: &'static str, word: &str, known: [(&str, T); N]) -> Result<T, RuleFault> {
    known.iter().find(|(known, _)| *known == word).map(|&(_, value)| value).ok_or_else(|| {
        let allowed = known.map(|(known, _)| known).join(", ");
        RuleFault::UnknownWord { field, word: word.to_owned(), allowed }
    })
}

/// A collector of the faults of one rule.
struct Faults<'a> {
    title: &'a str,
    list: Vec<CatalogError>,
}

impl<'a> Faults<'a> {
    fn of(title: &'a str) -> Self {
        Self { title, list: Vec::new() }
    }

    fn add(&mut self, fault: RuleFault) {
        self.list.push(CatalogError { rule: self.title.to_owned(), fault });
    }

    fn none<T>(&mut self, fault: RuleFault) -> Option<T> {
        self.add(fault);
        None
    }

    fn keep<T>(&mut self, result: Result<T, RuleFault>) -> Option<T> {
        result.map_err(|fault| self.add(fault)).ok()
    }
}
