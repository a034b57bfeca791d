//! Rules as an operator writes them, nothing checked yet.
//!
//! Filled by `config` from TOML; [`super::Catalog::new`] turns them into rules, or says all that is wrong with them. Words such as
//! `PERCENT` are still text here, so that a wrong one is reported with its rule and beside every other fault.

/// The rule of one metric.
#[derive(Debug, Clone, PartialEq)]
pub struct WrittenRule {
    /// Where it is written, as in `catalog.toml: [[metric]] 2`; faults begin with it.
    pub origin: String,
    /// As a request gives it in `namespace_name`.
    pub namespace: String,
    /// As a request gives it in `name`.
    pub name: String,
    /// Keys that a request must give.
    pub dimensions: Vec<String>,
    /// Keys that it may give as well; `*` is any.
    pub optional: Vec<String>,
    /// The configured name of the source.
    pub source: String,
    /// What the values mean.
    pub meaning: WrittenMeaning,
    /// What the source is asked.
    pub question: WrittenQuestion,
}

/// The rule of all metrics of some namespaces that have none of their own: name → metric name, dimensions → labels.
#[derive(Debug, Clone, PartialEq)]
pub struct WrittenDefault {
    /// See [`WrittenRule::origin`].
    pub origin: String,
    /// The namespaces that it is for.
    pub namespaces: Vec<String>,
    /// The label as which the namespace travels; `None`: it does not.
    pub namespace_label: Option<String>,
    /// The configured name of the source.
    pub source: String,
    /// What the values mean.
    pub meaning: WrittenMeaning,
}

/// What the values of a metric mean.
#[derive(Debug, Clone, PartialEq)]
pub struct WrittenMeaning {
    /// The word of a unit, as in `BYTES_PER_SECOND`; `None`: in a default rule that of the source's metadata, else `NONE`.
    pub unit: Option<String>,
    /// `gauge` or `counter`.
    pub kind: String,
    /// The source's values are multiplied by it.
    pub scale: f64,
    /// `gap` or `zero`.
    pub missing: String,
    /// `pool`, `sum`, `avg`, `min` or `max`; `None`: `pool` for gauges, `sum` for counters.
    pub across: Option<String>,
    /// Options of counters.
    pub counter: WrittenCounter,
    /// Seconds between two evaluations of the expression, or between two samples of a counter.
    pub resolution: Option<i64>,
}

/// Options of a counter; a gauge has none of them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct WrittenCounter {
    /// Seconds between two samples over which the rate is known; `None` follows the period.
    pub longest_gap: Option<i64>,
    /// `unknown` or `zero`; `None`: `unknown`.
    pub born: Option<String>,
    /// Allows the server's own rate for long buckets.
    pub approximate: Option<bool>,
}

/// What a source is asked. At most one of selection and expression.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct WrittenQuestion {
    /// The metric's name at the source; `None`: the rule's.
    pub name: Option<String>,
    /// Label and value; `None`: each dimension is a label.
    pub labels: Option<Vec<(String, String)>>,
    /// In the source's own language.
    pub expression: Option<String>,
    /// One line per combination of label values; `None`: one line for all series.
    pub split: Option<WrittenSplit>,
}

/// The split of a metric into lines.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct WrittenSplit {
    /// Label keys at the source.
    pub split_by: Vec<String>,
    /// The most lines; `None`: 12.
    pub limit: Option<i64>,
    /// `max`, `last`, `avg` or `name`; `None`: `max`.
    pub order: Option<String>,
    /// A template such as `{{instance}} · {{device}}`; `None`: the values.
    pub label: Option<String>,
}
