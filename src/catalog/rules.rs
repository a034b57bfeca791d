//! All rules, and the plan that they make of a request.
//!
//! `config` makes the catalogue once; the pipeline plans every request with it. A rule for one metric owns its name: a
//! default rule serves only names without a rule in the same namespace.

use super::rule::{Meaning, Rule, quoted};
use super::{Across, CounterOptions, Descriptions, QueryTarget};
use super::{CatalogError, MetricDescriptor, MetricKind, PlannedFetch, PlannedLine, QueryPlan, RuleFault, SeriesQuery};
use super::{CheckSelector, DefaultRuleConfig, RuleConfig, cost, expressible};
use crate::error::{Fault, FaultKind, excerpt};
use crate::limits::Limits;
use crate::request::{Dimension, MetricRef, MetricRequest, Name, Query, SplitBy, Statistic, Unit};
use crate::series::Grid;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// All rules: those of one metric, then the defaults, each in the configured order.
#[derive(Debug, Clone, Default)]
pub struct Catalog {
    rules: Vec<Rule>,
    /// Wildcard checks by the source's name.
    languages: BTreeMap<String, WildcardCheck>,
    /// Selector checks by the source's name.
    checks: BTreeMap<String, CheckSelector>,
}

/// A function that reports whether a source's language takes a value for several, so that a client cannot mean it
/// literally.
pub type WildcardCheck = fn(&str) -> bool;

/// Seconds between two samples of a metric whose rule has no `resolution`: ServiceWatch's shortest period, and the default scrape
/// interval of Prometheus.
const DEFAULT_RESOLUTION_SECONDS: i64 = 60;

/// A metric in the catalogue's list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Namespace, such as `Virtual Server`.
    pub namespace: String,
    /// Metric name, such as `CPU Usage/Core[Basic]`.
    pub name: String,
    /// Keys that a request must give, in the rule's order.
    pub dimensions: Vec<String>,
    /// Unit of the values.
    pub unit: Unit,
}

impl Entry {
    /// Returns about how many bytes the entries of `offers` take in one namespace.
    fn bytes_of(offers: &[MetricDescriptor]) -> u64 {
        const STRING: usize = size_of::<String>() + 16;
        let of_one = |offer: &MetricDescriptor| {
            let labels = offer.labels.iter().map(|label| STRING + label.len()).sum::<usize>();
            (size_of::<Self>() + 2 * 16 + offer.name.len() + labels) as u64
        };
        offers.iter().map(of_one).sum()
    }
}

impl Catalog {
    /// Validates the configured rules among themselves and against `sources`, the name of each with its wildcard check.
    /// Fails with every fault of every rule.
    pub fn new(
        metrics: Vec<RuleConfig>,
        defaults: Vec<DefaultRuleConfig>,
        sources: BTreeMap<String, WildcardCheck>,
    ) -> Result<Self, Vec<CatalogError>> {
        let (mut rules, mut faults): (Vec<Rule>, Vec<CatalogError>) = (Vec::new(), Vec::new());
        let checked = metrics.into_iter().map(Rule::of_metric);
        for rule in checked.chain(defaults.into_iter().map(Rule::of_namespaces)) {
            match rule {
                Ok(rule) => {
                    let wrong = [unknown_source(&rule, &sources), shadowed(&rule, &rules)].into_iter().flatten();
                    faults.extend(wrong.map(|fault| CatalogError { rule: rule.title.clone(), fault }));
                    rules.push(rule);
                }
                Err(wrong) => faults.extend(wrong),
            }
        }
        if faults.is_empty() { Ok(Self { rules, languages: sources, checks: BTreeMap::new() }) } else { Err(faults) }
    }

    /// Returns the catalogue with checks that reject values which the languages of its sources, by their names, cannot
    /// express.
    pub fn with_checks(self, checks: BTreeMap<String, CheckSelector>) -> Self {
        Self { checks, ..self }
    }

    /// Plans `query`. Fails with every fault: unknown names, wildcard values, too many buckets. Kinds and units are
    /// those of the rules.
    pub fn plan(&self, query: &Query, limits: &Limits) -> Result<QueryPlan, Vec<Fault>> {
        self.plan_described(query, &Descriptions::new(), limits)
    }

    /// Returns the seconds between two samples of `metric`, as far as its rule says so; 60 otherwise.
    pub fn resolution_seconds(&self, metric: &MetricRef) -> i64 {
        self.rule(metric).ok().and_then(Rule::resolution_seconds).unwrap_or(DEFAULT_RESOLUTION_SECONDS)
    }

    /// Returns the sources and metric names of `query` whose kind or unit comes from metadata.
    pub fn undescribed(&self, query: &Query) -> BTreeSet<(String, String)> {
        let rules = query.metrics.iter().filter_map(|metric| Some((metric, self.rule(&metric.metric).ok()?)));
        rules.filter_map(|(metric, rule)| Some((rule.source.clone(), rule.described_name(&metric.metric)?))).collect()
    }

    /// Plans as [`Catalog::plan`] does, with the kinds and units of the sources' metadata where default rules leave
    /// them open.
    pub fn plan_described(
        &self,
        query: &Query,
        descriptions: &Descriptions,
        limits: &Limits,
    ) -> Result<QueryPlan, Vec<Fault>> {
        let (mut rules, mut faults) = (Vec::new(), Vec::new());
        for (index, metric) in query.metrics.iter().enumerate() {
            match self.rule(&metric.metric) {
                Ok(rule) => {
                    faults.extend(self.faulty_values(rule, &metric.metric, index));
                    if let Some(check) = self.checks.get(&rule.source) {
                        faults.extend(expressible::faults(*check, rule, &metric.metric, index));
                    }
                    rules.push(rule);
                }
                Err((field, fault)) => faults.push(fault.at(format!("metrics[{index}].{field}"))),
            }
        }
        let lines = |(metric, rule): (&MetricRequest, &&Rule)| {
            metric.split_by.as_ref().or(rule.split_by.as_ref()).map_or(1, SplitBy::limit)
        };
        match cost::grids(query, &query.metrics.iter().zip(&rules).map(lines).collect::<Vec<_>>(), limits) {
            Ok(grids) if faults.is_empty() => {
                let plan = plan(&query.metrics, &rules, grids, descriptions);
                let expensive = cost::samples(query, &plan, &rules, limits);
                if expensive.is_empty() { Ok(plan) } else { Err(expensive) }
            }
            Ok(_) => Err(faults),
            Err(expensive) => Err(faults.into_iter().chain(expensive).collect()),
        }
    }

    /// Returns a fault for each value of `metric`, the one with this index, that `rule` would send to its source and
    /// that is a wildcard there.
    fn faulty_values(&self, rule: &Rule, metric: &MetricRef, index: usize) -> impl Iterator<Item = Fault> {
        let wildcard_check = self.languages.get(&rule.source).copied().unwrap_or(|_| false);
        let values = metric.dimensions().iter().map(Dimension::value).enumerate();
        values.filter(move |(_, value)| wildcard_check(value)).map(move |(place, value)| {
            let text = format!("String should be one value: '{}' is several to the metric's source", excerpt(value));
            Fault::new(FaultKind::InvalidName, text).at(format!("metrics[{index}].dimensions[{place}].value"))
        })
    }

    /// Iterates over the metrics that have their own rule, in the order of the rules.
    pub fn entries(&self) -> impl Iterator<Item = Entry> + '_ {
        self.rules.iter().filter_map(Rule::entry)
    }

    /// Returns the metrics that are available now: those with their own rule, except those that their source does not
    /// have; then the other metrics of the sources, in the namespaces of the default rules. A source that is not in
    /// `offered` counts as having everything that rules name; the descriptors of one source are sorted by name.
    pub fn available(&self, offered: &BTreeMap<String, Arc<[MetricDescriptor]>>) -> Vec<Entry> {
        let has = |rule: &Rule, name: &str| {
            let lists = |offers: &Arc<[MetricDescriptor]>| {
                offers.binary_search_by(|offer| offer.name.as_str().cmp(name)).is_ok()
            };
            offered.get(&rule.source).is_none_or(lists)
        };
        let (named, defaults): (Vec<&Rule>, Vec<&Rule>) = self.rules.iter().partition(|rule| rule.name.is_some());
        let is_there = |rule: &&Rule| rule.query_name().is_none_or(|name| has(rule, name));
        let mut entries: Vec<Entry> = named.iter().copied().filter(is_there).filter_map(Rule::entry).collect();
        let owned: BTreeSet<(&Name, &str)> = named.iter().flat_map(|rule| rule.own_names()).collect();
        for rule in defaults {
            for namespace in &rule.namespaces {
                let offers = offered.get(&rule.source).into_iter().flat_map(|offers| offers.iter());
                let others = offers.filter(|offer| !owned.contains(&(namespace, offer.name.as_str())));
                entries.extend(others.map(|offer| rule.entry_of(namespace, offer)));
            }
        }
        entries
    }

    /// Returns about how many bytes of memory [`Catalog::available`] takes.
    pub fn available_bytes(&self, offered: &BTreeMap<String, Arc<[MetricDescriptor]>>) -> u64 {
        let of_offer = |rule: &Rule| offered.get(&rule.source).map_or(0, |offers| Entry::bytes_of(offers));
        let bytes = |rule: &Rule| match rule.name {
            Some(_) => size_of::<Entry>() as u64 + 256,
            None => of_offer(rule) * rule.namespaces.len() as u64,
        };
        // A vector that grows has up to twice as much as it needs.
        2 * self.rules.iter().map(bytes).sum::<u64>()
    }

    /// Returns the namespaces of all rules.
    pub fn namespaces(&self) -> BTreeSet<&str> {
        self.rules.iter().flat_map(|rule| &rule.namespaces).map(Name::as_str).collect()
    }

    /// Returns the names of the sources of all rules.
    pub fn sources(&self) -> BTreeSet<&str> {
        self.rules.iter().map(|rule| rule.source.as_str()).collect()
    }

    /// Returns the first rule for `metric`. Fails with the field at fault and the reason.
    fn rule(&self, metric: &MetricRef) -> Result<&Rule, (&'static str, Fault)> {
        let (namespace, name) = (|| excerpt(metric.namespace.as_str()), || excerpt(metric.name.as_str()));
        let here: Vec<&Rule> = self.rules.iter().filter(|rule| rule.namespaces.contains(&metric.namespace)).collect();
        if here.is_empty() {
            let text = format!("Namespace '{}' of metric '{}' should be one of the catalogue", namespace(), name());
            return Err(("namespace_name", Fault::new(FaultKind::UnknownNamespace, text)));
        }
        let (named, others): (Vec<&Rule>, Vec<&Rule>) = here.into_iter().partition(|rule| rule.name.is_some());
        let named: Vec<&Rule> = named.into_iter().filter(|rule| rule.name.as_ref() == Some(&metric.name)).collect();
        let candidates = if named.is_empty() { others } else { named };
        if candidates.is_empty() {
            let text = format!("Metric '{}' should be one of the catalogue's namespace '{}'", name(), namespace());
            return Err(("name", Fault::new(FaultKind::UnknownMetric, text)));
        }
        candidates.iter().copied().find(|rule| rule.takes_dimensions(metric)).ok_or_else(|| {
            let wanted = candidates.iter().map(|rule| rule.keys.sentence()).collect::<Vec<_>>().join("; or ");
            let text = format!("Metric '{}' of namespace '{}' should have {wanted}", name(), namespace());
            ("dimensions", Fault::new(FaultKind::UnknownMetric, text))
        })
    }
}

fn plan(metrics: &[MetricRequest], rules: &[&Rule], grids: Vec<Arc<Grid>>, descriptions: &Descriptions) -> QueryPlan {
    let mut fetches: Vec<PlannedFetch> = Vec::new();
    let mut lines = Vec::new();
    for ((metric, rule), grid) in metrics.iter().zip(rules).zip(grids) {
        let statistic = metric.statistic;
        let described = |name| descriptions.get(&(rule.source.clone(), name)).copied();
        let description = rule.described_name(&metric.metric).and_then(described).unwrap_or_default();
        let meaning = rule.meaning.described(description);
        let query = series_query(rule.target(&metric.metric), &meaning, metric, grid);
        let query = SeriesQuery { split_by: metric.split_by.as_ref().or(rule.split_by.as_ref()).cloned(), ..query };
        let fetch = PlannedFetch { source: rule.source.clone(), query };
        let index = fetches.iter().position(|earlier| *earlier == fetch).unwrap_or_else(|| {
            fetches.push(fetch);
            fetches.len() - 1
        });
        lines.push(line(index, meaning, statistic));
    }
    QueryPlan { fetches, lines }
}

/// Makes the query for one metric, in the form that most sources can compute themselves.
///
/// A count of samples is equal for a gauge and a counter. The sum of sums, the minimum of minima and the maximum of
/// maxima are those of all samples.
fn series_query(target: QueryTarget, meaning: &Meaning, metric: &MetricRequest, grid: Arc<Grid>) -> SeriesQuery {
    let statistic = metric.statistic;
    let kind = if statistic == Statistic::Count { MetricKind::Gauge } else { meaning.kind };
    let across = match (kind, statistic, meaning.across) {
        (MetricKind::Gauge, Statistic::Sum | Statistic::Count, Across::Sum)
        | (MetricKind::Gauge, Statistic::Minimum, Across::Minimum)
        | (MetricKind::Gauge, Statistic::Maximum, Across::Maximum) => Across::Pool,
        (_, _, across) => across,
    };
    let counter = match kind {
        MetricKind::Gauge => CounterOptions::default(),
        MetricKind::Counter => meaning.counter.options(metric.period, statistic, across),
    };
    SeriesQuery { across, counter, ..SeriesQuery::new(target, kind, statistic, grid) }
}

/// Makes a line. A count of samples has no scale and its own unit; every statistic of a counter except the increase is
/// a rate.
fn line(fetch: usize, meaning: Meaning, statistic: Statistic) -> PlannedLine {
    let own = meaning.unit.unwrap_or(Unit::NONE);
    let (unit, scale) = match (statistic, meaning.kind) {
        (Statistic::Count, _) => (Unit::COUNT, 1.0),
        (Statistic::Sum, _) | (_, MetricKind::Gauge) => (own, meaning.scale),
        (_, MetricKind::Counter) => (own.per_second(), meaning.scale),
    };
    PlannedLine { fetch, unit, scale, missing: meaning.missing }
}

fn unknown_source(rule: &Rule, sources: &BTreeMap<String, WildcardCheck>) -> Option<RuleFault> {
    let known = || quoted(&sources.keys().cloned().collect::<Vec<_>>());
    (!sources.contains_key(&rule.source))
        .then(|| RuleFault::UnknownSource { source_name: rule.source.clone(), known: known() })
}

fn shadowed(rule: &Rule, earlier: &[Rule]) -> Option<RuleFault> {
    let keys = |rule: &Rule| {
        let sorted = |keys: &[String]| keys.iter().cloned().collect::<BTreeSet<_>>();
        (sorted(&rule.keys.required), sorted(&rule.keys.optional), rule.keys.others)
    };
    let same = |other: &&Rule| {
        let namespaces = rule.namespaces.iter().all(|namespace| other.namespaces.contains(namespace));
        namespaces && rule.name == other.name && keys(rule) == keys(other)
    };
    earlier.iter().find(same).map(|other| RuleFault::Shadowed(other.title.clone()))
}

#[cfg(test)]
mod tests;
