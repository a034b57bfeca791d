//! One rule, checked: which metrics it is for, and what it makes of a request for one of them.
//!
//! Made by `check` from what an operator wrote, asked by [`super::Catalog::plan`]. A rule that was made can always be asked: its
//! placeholders name dimensions that a matching request gives, or may leave out.

use super::query_template::{LabelValue, Token};
use super::{
    Across, Born, CounterOptions, Description, Entry, Expression, Kind, Missing, Offer, Piece, Precision, Selector,
    Wanted,
};
use crate::request::{MetricRef, Name, Period, SplitBy, Statistic, Unit};

/// A rule for one metric, or for all metrics of some namespaces.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Rule {
    /// Where it is written and what it is for.
    pub title: String,
    /// At least one.
    pub namespaces: Vec<Name>,
    /// `None`: any.
    pub name: Option<Name>,
    /// Which keys a request gives.
    pub keys: Keys,
    /// The configured name of the source.
    pub source: String,
    /// What the values mean.
    pub meaning: Meaning,
    /// What the source is asked.
    pub question: Question,
    /// One line per combination of label values; `None`: one line.
    pub split_by: Option<SplitBy>,
}

/// Which dimension keys belong to a metric.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Keys {
    /// All of them are given.
    pub required: Vec<String>,
    /// Any of them may be given.
    pub optional: Vec<String>,
    /// What becomes of others.
    pub others: Others,
}

/// What becomes of dimensions that no rule lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Others {
    /// The rule is not for them.
    Refused,
    /// They are labels with the same name.
    Labels,
}

/// What the values of a metric mean.
#[derive(Debug, Clone, Copy, PartialEq)]
#[allow(missing_docs)]
pub(super) struct Meaning {
    /// `None`: the operator wrote none.
    pub unit: Option<Unit>,
    pub kind: Kind,
    pub scale: f64,
    pub missing: Missing,
    pub across: Across,
    pub counter: CounterRule,
    pub kind_from: KindFrom,
}

/// The origin of a metric's kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KindFrom {
    /// The operator wrote it.
    Rule,
    /// `kind = "auto"`: the source's metadata; a gauge where that has none.
    Metadata,
}

impl Meaning {
    /// Returns the meaning of a metric that its source describes so.
    pub fn described(self, description: Description) -> Self {
        let unit = self.unit.or(description.unit);
        let kind = description.kind.filter(|_| self.kind_from == KindFrom::Metadata).unwrap_or(self.kind);
        let across = match (kind, self.across) {
            // The default of gauges, which counters cannot have.
            (Kind::Counter, Across::Pool) => Across::of_kind(kind),
            (_, across) => across,
        };
        Self { unit, kind, across, ..self }
    }
}

/// Options of a counter, before any request.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct CounterRule {
    /// See [`CounterOptions::longest_gap_seconds`].
    pub longest_gap_seconds: Option<i64>,
    /// See [`CounterOptions::born`].
    pub born: Born,
    /// Seconds between two samples, where the operator says so.
    pub resolution_seconds: Option<i64>,
    /// Uses the server's own rate for buckets of [`SAMPLES_PER_BUCKET`] samples and more.
    pub approximates: bool,
}

/// Longest `longest_gap`: 30 days, the default limit of a period.
pub(super) const LONGEST_GAP_SECONDS: i64 = 30 * 86_400;

/// Samples in a bucket from which on a rule with `approximate = true` takes the server's own rate.
pub(super) const SAMPLES_PER_BUCKET: i64 = 20;

impl CounterRule {
    /// Returns the options for buckets of `period`.
    pub fn options(&self, period: Period, statistic: Statistic, across: Across) -> CounterOptions {
        let from = self.approximate_from(statistic, across);
        let approximates = from.is_some_and(|seconds| period.seconds() >= seconds);
        let precision = if approximates { Precision::Approximate } else { Precision::Exact };
        CounterOptions { longest_gap_seconds: self.longest_gap_seconds, born: self.born, precision }
    }

    /// Returns the shortest period, in seconds, for which the server's own rate is taken; `None` where it never is. Only AVG and SUM
    /// are rates over a whole bucket.
    pub fn approximate_from(&self, statistic: Statistic, across: Across) -> Option<i64> {
        let fits =
            matches!(statistic, Statistic::Average | Statistic::Sum) && matches!(across, Across::Sum | Across::Average);
        self.resolution_seconds.filter(|_| self.approximates && fits).map(|seconds| seconds * SAMPLES_PER_BUCKET)
    }
}

/// What a source is asked, before any request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Question {
    /// Name (`None`: the metric's) and labels, sorted by label, each once.
    Select(Option<String>, Vec<(String, LabelValue)>),
    /// In the source's language, and the seconds between two evaluations.
    Expression(Vec<Token>, i64),
}

impl Rule {
    /// Whether a request with the dimensions of `metric` is one for this rule.
    pub fn takes_dimensions(&self, metric: &MetricRef) -> bool {
        let taken = |key: &str| self.labels().iter().any(|(label, _)| label == key);
        let belongs = |key: &str| self.keys.lists(key) || (self.keys.others == Others::Labels && !taken(key));
        self.keys.required.iter().all(|key| metric.dimension(key).is_some())
            && metric.dimensions().iter().all(|dimension| belongs(dimension.key()))
    }

    /// The question for `metric`, whose dimensions the rule takes.
    pub fn wanted(&self, metric: &MetricRef) -> Wanted {
        match &self.question {
            Question::Select(name, labels) => {
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
                Wanted::Select(Selector { name, labels })
            }
            Question::Expression(tokens, resolution_seconds) => {
                let piece = |token: &Token| match token {
                    Token::Text(text) => Piece::Text(text.clone()),
                    Token::Dimension(key) => Piece::Value(metric.dimension(key).unwrap_or_default().to_owned()),
                    Token::Resolution => Piece::Resolution,
                };
                let pieces = tokens.iter().map(piece).collect();
                Wanted::Expression(Expression { pieces, resolution_seconds: *resolution_seconds })
            }
        }
    }

    /// Returns the key of the dimension whose value a request gives for `label`; `None` where the rule has the value itself.
    pub fn dimension_of<'a>(&'a self, label: &'a str) -> Option<&'a str> {
        match self.labels().iter().find(|(own, _)| own == label) {
            Some((_, LabelValue::Dimension(key))) => Some(key),
            Some((_, LabelValue::Literal(_) | LabelValue::Namespace)) => None,
            None => (self.keys.others == Others::Labels).then_some(label),
        }
    }

    /// Returns the name of `metric` at the source where its kind or unit comes from the source's metadata.
    pub fn described_name(&self, metric: &MetricRef) -> Option<String> {
        let is_open = self.meaning.kind_from == KindFrom::Metadata || self.meaning.unit.is_none();
        match &self.question {
            Question::Select(name, _) if is_open && self.name.is_none() => {
                Some(name.clone().unwrap_or_else(|| metric.name.to_string()))
            }
            _ => None,
        }
    }

    /// What the catalogue tells of a rule for one metric.
    pub fn entry(&self) -> Option<Entry> {
        Some(Entry {
            namespace: self.namespaces.first()?.to_string(),
            name: self.name.as_ref()?.to_string(),
            dimensions: self.keys.required.clone(),
            unit: self.meaning.unit.unwrap_or(Unit::NONE),
        })
    }

    /// The same of what a source has, in one of the namespaces of a rule for all metrics.
    pub fn entry_of(&self, namespace: &Name, offer: &Offer) -> Entry {
        let is_asked = |label: &&String| !self.labels().iter().any(|(taken, _)| taken == *label);
        Entry {
            namespace: namespace.to_string(),
            name: offer.name.clone(),
            dimensions: offer.labels.iter().filter(is_asked).cloned().collect(),
            unit: self.meaning.unit.or(offer.unit).unwrap_or(Unit::NONE),
        }
    }

    /// Namespace and name of each metric that it owns; none where it is for all names.
    pub fn own_names(&self) -> impl Iterator<Item = (&Name, &str)> {
        self.namespaces.iter().filter_map(|namespace| Some((namespace, self.name.as_ref()?.as_str())))
    }

    /// The name that the source is asked for, whatever a request says; `None` where that depends on it, or is an expression.
    pub fn asked_name(&self) -> Option<&str> {
        match &self.question {
            Question::Select(name, _) => name.as_deref().or(self.name.as_ref().map(Name::as_str)),
            Question::Expression(..) => None,
        }
    }

    fn labels(&self) -> &[(String, LabelValue)] {
        match &self.question {
            Question::Select(_, labels) => labels,
            Question::Expression(..) => &[],
        }
    }
}

impl Keys {
    /// Whether the rule names `key`.
    pub fn lists(&self, key: &str) -> bool {
        self.listed().any(|listed| listed == key)
    }

    /// Every key that the rule names.
    pub fn listed(&self) -> impl Iterator<Item = &String> {
        self.required.iter().chain(&self.optional)
    }

    /// For a caller, as in `the keys 'VolumeID', and perhaps 'Device'`.
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

/// As in `'a', 'b'`.
pub(super) fn quoted(words: &[String]) -> String {
    if words.is_empty() {
        return "none".to_owned();
    }
    words.iter().map(|word| format!("'{word}'")).collect::<Vec<_>>().join(", ")
}
