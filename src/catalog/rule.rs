//! A validated rule: the metrics that it serves, and its query for each request.
//!
//! `check` makes rules from the configuration, [`super::Catalog::plan`] uses them. A rule always gives a valid query:
//! its placeholders name dimensions that a matching request gives, or may omit.

use super::query_template::{LabelValue, Token};
use super::{
    Across, Born, CounterOptions, Description, Entry, Expression, MetricDescriptor, MetricKind, Missing, Piece,
    Precision, QueryTarget, Selector,
};
use crate::request::{MetricRef, Name, Period, SplitBy, Statistic, Unit};

/// A rule for one metric, or for all metrics of some namespaces.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Rule {
    /// Position in the configuration, and metric.
    pub title: String,
    /// Namespaces of the rule, at least one.
    pub namespaces: Vec<Name>,
    /// Name of the metric; `None`: any.
    pub name: Option<Name>,
    /// Dimension keys of a request.
    pub keys: Keys,
    /// Configured name of the source.
    pub source: String,
    /// Meaning of the values.
    pub meaning: Meaning,
    /// Query to the source.
    pub query: RuleQuery,
    /// One line per combination of label values; `None`: one line.
    pub split_by: Option<SplitBy>,
}

/// Dimension keys of a metric.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Keys {
    /// Keys that a request must give.
    pub required: Vec<String>,
    /// Keys that a request may give.
    pub optional: Vec<String>,
    /// Treatment of other keys.
    pub others: Others,
}

/// Treatment of dimensions that a rule does not list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Others {
    /// The rule does not match.
    Rejected,
    /// They become labels with the same name.
    Labels,
}

/// Meaning of a metric's values.
#[derive(Debug, Clone, Copy, PartialEq)]
#[allow(missing_docs)]
pub(super) struct Meaning {
    /// `None`: the operator wrote none.
    pub unit: Option<Unit>,
    pub kind: MetricKind,
    pub scale: f64,
    pub missing: Missing,
    pub across: Across,
    pub counter: CounterRule,
    pub kind_from: KindFrom,
}

/// Origin of a metric's kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KindFrom {
    /// The operator's setting.
    Rule,
    /// Metadata of the source, for `kind = "auto"`; a gauge without metadata.
    Metadata,
}

impl Meaning {
    /// Returns the meaning of a metric with this description by its source.
    pub fn described(self, description: Description) -> Self {
        let unit = self.unit.or(description.unit);
        let kind = description.kind.filter(|_| self.kind_from == KindFrom::Metadata).unwrap_or(self.kind);
        let across = match (kind, self.across) {
            // The default of gauges, which counters cannot have.
            (MetricKind::Counter, Across::Pool) => Across::of_kind(kind),
            (_, across) => across,
        };
        Self { unit, kind, across, ..self }
    }
}

/// Options of a counter, before any request.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct CounterRule {
    /// Longest gap; see [`CounterOptions::longest_gap_seconds`].
    pub longest_gap_seconds: Option<i64>,
    /// Total before the first sample; see [`CounterOptions::born`].
    pub born: Born,
    /// Seconds between two samples, if the operator configured it.
    pub resolution_seconds: Option<i64>,
    /// Permission to use the server's own rate for buckets of [`SAMPLES_PER_BUCKET`] samples and more.
    pub approximates: bool,
}

/// Maximum `longest_gap`: 30 days, the default limit of a period.
pub(super) const LONGEST_GAP_SECONDS: i64 = 30 * 86_400;

/// Minimum samples in a bucket for which a rule with `approximate = true` uses the server's own rate.
pub(super) const SAMPLES_PER_BUCKET: i64 = 20;

impl CounterRule {
    /// Returns the options for buckets of `period`.
    pub fn options(&self, period: Period, statistic: Statistic, across: Across) -> CounterOptions {
        let from = self.approximate_from(statistic, across);
        let approximates = from.is_some_and(|seconds| period.seconds() >= seconds);
        let precision = if approximates { Precision::Approximate } else { Precision::Exact };
        CounterOptions { longest_gap_seconds: self.longest_gap_seconds, born: self.born, precision }
    }

    /// Returns the shortest period, in seconds, for which the server's own rate is used; `None` if it never is. Only
    /// AVG and SUM are rates over a whole bucket.
    pub fn approximate_from(&self, statistic: Statistic, across: Across) -> Option<i64> {
        let fits =
            matches!(statistic, Statistic::Average | Statistic::Sum) && matches!(across, Across::Sum | Across::Average);
        self.resolution_seconds.filter(|_| self.approximates && fits).map(|seconds| seconds * SAMPLES_PER_BUCKET)
    }
}

/// The query of a rule, before any request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum RuleQuery {
    /// Name (`None`: the metric's) and labels, sorted by label, each once.
    Select(Option<String>, Vec<(String, LabelValue)>),
    /// Expression in the source's language, and the seconds between two evaluations.
    Expression(Vec<Token>, i64),
}

impl Rule {
    /// Reports whether the rule matches the dimensions of `metric`.
    pub fn takes_dimensions(&self, metric: &MetricRef) -> bool {
        let taken = |key: &str| self.labels().iter().any(|(label, _)| label == key);
        let belongs = |key: &str| self.keys.lists(key) || (self.keys.others == Others::Labels && !taken(key));
        self.keys.required.iter().all(|key| metric.dimension(key).is_some())
            && metric.dimensions().iter().all(|dimension| belongs(dimension.key()))
    }

    /// Returns the query for `metric`, whose dimensions match the rule.
    pub fn target(&self, metric: &MetricRef) -> QueryTarget {
        match &self.query {
            RuleQuery::Select(name, labels) => {
                let name = name.clone().unwrap_or_else(|| metric.name.to_string());
                let value = |from: &LabelValue| match from {
                    LabelValue::Literal(text) => Some(text.clone()),
                    LabelValue::Dimension(key) => metric.dimension(key).map(str::to_owned),
                    LabelValue::Namespace => Some(metric.namespace.to_string()),
                };
                let own = labels.iter().filter_map(|(label, from)| Some((label.clone(), value(from)?)));
                let others = metric.dimensions().iter().filter(|dimension| !self.keys.lists(dimension.key()));
                let others = others.map(|dimension| (dimension.key().to_owned(), dimension.value().to_owned()));
                let mut labels: Vec<(String, String)> = own.chain(others).collect();
                labels.sort();
                QueryTarget::Select(Selector { name, labels })
            }
            RuleQuery::Expression(tokens, resolution_seconds) => {
                let piece = |token: &Token| match token {
                    Token::Text(text) => Piece::Text(text.clone()),
                    Token::Dimension(key) => Piece::Value(metric.dimension(key).unwrap_or_default().to_owned()),
                    Token::Resolution => Piece::Resolution,
                };
                let pieces = tokens.iter().map(piece).collect();
                QueryTarget::Expression(Expression { pieces, resolution_seconds: *resolution_seconds })
            }
        }
    }

    /// Returns the key of the dimension whose value a request gives for `label`; `None` if the rule has the value
    /// itself.
    pub fn dimension_of<'a>(&'a self, label: &'a str) -> Option<&'a str> {
        match self.labels().iter().find(|(own, _)| own == label) {
            Some((_, LabelValue::Dimension(key))) => Some(key),
            Some((_, LabelValue::Literal(_) | LabelValue::Namespace)) => None,
            None => (self.keys.others == Others::Labels).then_some(label),
        }
    }

    /// Returns the name of `metric` at the source if its kind or unit comes from the source's metadata.
    pub fn described_name(&self, metric: &MetricRef) -> Option<String> {
        let is_open = self.meaning.kind_from == KindFrom::Metadata || self.meaning.unit.is_none();
        match &self.query {
            RuleQuery::Select(name, _) if is_open && self.name.is_none() => {
                Some(name.clone().unwrap_or_else(|| metric.name.to_string()))
            }
            _ => None,
        }
    }

    /// Returns the seconds between two samples, if the rule has a `resolution`.
    pub fn resolution_seconds(&self) -> Option<i64> {
        match &self.query {
            RuleQuery::Expression(_, resolution_seconds) => Some(*resolution_seconds),
            RuleQuery::Select(..) => self.meaning.counter.resolution_seconds,
        }
    }

    /// Returns the catalogue's entry of a rule for one metric.
    pub fn entry(&self) -> Option<Entry> {
        Some(Entry {
            namespace: self.namespaces.first()?.to_string(),
            name: self.name.as_ref()?.to_string(),
            dimensions: self.keys.required.clone(),
            unit: self.meaning.unit.unwrap_or(Unit::NONE),
        })
    }

    /// Returns the catalogue's entry of a source's metric, in one of the namespaces of a default rule.
    pub fn entry_of(&self, namespace: &Name, offer: &MetricDescriptor) -> Entry {
        let is_asked = |label: &&String| !self.labels().iter().any(|(taken, _)| taken == *label);
        Entry {
            namespace: namespace.to_string(),
            name: offer.name.clone(),
            dimensions: offer.labels.iter().filter(is_asked).cloned().collect(),
            unit: self.meaning.unit.or(offer.unit).unwrap_or(Unit::NONE),
        }
    }

    /// Iterates over namespace and name of each metric that the rule owns; a default rule owns none.
    pub fn own_names(&self) -> impl Iterator<Item = (&Name, &str)> {
        self.namespaces.iter().filter_map(|namespace| Some((namespace, self.name.as_ref()?.as_str())))
    }

    /// Returns the metric name in every query of the rule; `None` if it depends on the request, or the query is an
    /// expression.
    pub fn query_name(&self) -> Option<&str> {
        match &self.query {
            RuleQuery::Select(name, _) => name.as_deref().or(self.name.as_ref().map(Name::as_str)),
            RuleQuery::Expression(..) => None,
        }
    }

    fn labels(&self) -> &[(String, LabelValue)] {
        match &self.query {
            RuleQuery::Select(_, labels) => labels,
            RuleQuery::Expression(..) => &[],
        }
    }
}

impl Keys {
    /// Reports whether the rule lists `key`.
    pub fn lists(&self, key: &str) -> bool {
        self.listed().any(|listed| listed == key)
    }

    /// Iterates over all keys that the rule lists.
    pub fn listed(&self) -> impl Iterator<Item = &String> {
        self.required.iter().chain(&self.optional)
    }

    /// Formats the keys for a client, as in `the keys 'VolumeID', and perhaps 'Device'`.
    pub fn sentence(&self) -> String {
        let required = match self.required.len() {
            0 => "no key".to_owned(),
            1 => format!("the key {}", quoted(&self.required)),
            _ => format!("the keys {}", quoted(&self.required)),
        };
        let optional =
            if self.optional.is_empty() { String::new() } else { format!(", and perhaps {}", quoted(&self.optional)) };
        let others = if self.others == Others::Labels { ", and perhaps others" } else { "" };
        format!("{required}{optional}{others}")
    }
}

/// Formats words as in `'a', 'b'`.
pub(super) fn quoted(words: &[String]) -> String {
    if words.is_empty() {
        return "none".to_owned();
    }
    words.iter().map(|word| format!("'{word}'")).collect::<Vec<_>>().join(", ")
}
