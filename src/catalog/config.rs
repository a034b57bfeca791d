//! Rules as configured, before validation.
//!
//! `config` reads them from TOML; [`super::Catalog::new`] turns them into rules, or returns every fault. Words such as
//! `PERCENT` are still text, so that an invalid one is reported with its rule and beside all other faults.

/// A configured rule of one metric.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleConfig {
    /// Position in the configuration, such as `catalog.toml: [[metric]] 2`, which prefixes faults.
    pub origin: String,
    /// Namespace as in a request's `namespace_name`.
    pub namespace: String,
    /// Metric name as in a request's `name`.
    pub name: String,
    /// Keys that a request must give.
    pub dimensions: Vec<String>,
    /// Keys that a request may give as well; `*` allows any.
    pub optional: Vec<String>,
    /// Configured name of the source.
    pub source: String,
    /// Meaning of the values.
    pub meaning: MeaningConfig,
    /// Query to the source.
    pub query: QueryConfig,
}

/// A configured default rule: it serves all metrics of some namespaces without a rule of their own, with name → metric
/// name and dimensions → labels.
#[derive(Debug, Clone, PartialEq)]
pub struct DefaultRuleConfig {
    /// Position in the configuration; see [`RuleConfig::origin`].
    pub origin: String,
    /// Namespaces that the rule serves.
    pub namespaces: Vec<String>,
    /// Label that carries the namespace; `None` omits it.
    pub namespace_label: Option<String>,
    /// Configured name of the source.
    pub source: String,
    /// Meaning of the values.
    pub meaning: MeaningConfig,
}

/// Configured meaning of a metric's values.
#[derive(Debug, Clone, PartialEq)]
pub struct MeaningConfig {
    /// The word of a unit, as in `BYTES_PER_SECOND`; `None`: in a default rule that of the source's metadata, else `NONE`.
    pub unit: Option<String>,
    /// `gauge` or `counter`.
    pub kind: String,
    /// Factor for the source's values.
    pub scale: f64,
    /// `gap` or `zero`.
    pub missing: String,
    /// `pool`, `sum`, `avg`, `min` or `max`; `None`: `pool` for gauges, `sum` for counters.
    pub across: Option<String>,
    /// Options of counters.
    pub counter: CounterConfig,
    /// Seconds between two evaluations of the expression, or between two samples of a counter.
    pub resolution: Option<i64>,
}

/// Configured options of a counter; a gauge has none of them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CounterConfig {
    /// Seconds between two samples over which the rate is known; `None` follows the period.
    pub longest_gap: Option<i64>,
    /// `unknown` or `zero`; `None`: `unknown`.
    pub born: Option<String>,
    /// Allows the server's own rate for long buckets.
    pub approximate: Option<bool>,
}

/// Configured query to a source. At most one of selection and expression.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct QueryConfig {
    /// Metric name at the source; `None`: the rule's.
    pub name: Option<String>,
    /// Labels and values; `None`: each dimension is a label.
    pub labels: Option<Vec<(String, String)>>,
    /// Expression in the source's own language.
    pub expression: Option<String>,
    /// One line per combination of label values; `None`: one line for all series.
    pub split: Option<SplitConfig>,
}

/// Configured split of a metric into lines.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SplitConfig {
    /// Label keys at the source.
    pub split_by: Vec<String>,
    /// Maximum number of lines; `None`: 12.
    pub limit: Option<i64>,
    /// `max`, `last`, `avg` or `name`; `None`: `max`.
    pub order: Option<String>,
    /// A template such as `{{instance}} · {{device}}`; `None`: the values.
    pub label: Option<String>,
}
