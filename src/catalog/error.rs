//! Faults of rules, for the operator. [`super::Catalog::new`] finds them at start-up, all at once.

use super::TemplateFault;
use super::rule::{LONGEST_GAP_SECONDS, SAMPLES_PER_BUCKET};
use crate::request::SplitFault;

/// A fault with its rule.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{rule}: {fault}")]
pub struct CatalogError {
    /// Position and metric of the rule.
    pub rule: String,
    /// The fault.
    pub fault: RuleFault,
}

/// A fault of a rule.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[allow(missing_docs)]
pub enum RuleFault {
    #[error("{field} '{text}' can never be asked for: {why}")]
    Unaskable { field: &'static str, text: String, why: String },
    #[error("a default rule needs at least one namespace, as in namespaces = [\"Prometheus\"]")]
    NoNamespace,
    #[error("the dimension '{0}' is listed twice")]
    KeyTwice(String),
    #[error("{field} = '{word}' is not known; write one of {allowed}")]
    UnknownWord { field: &'static str, word: String, allowed: String },
    #[error("scale = {0} should be a finite number above 0")]
    Scale(f64),
    #[error("there is no source '{source_name}'; the configuration has {known}")]
    UnknownSource { source_name: String, known: String },
    #[error("select and expression exclude each other; keep one")]
    TwoQuestions,
    #[error(
        "resolution belongs to an expression or a counter; remove it, or write an expression or kind = \"counter\""
    )]
    ResolutionAlone,
    #[error("{0} belongs to a counter; remove it, or write kind = \"counter\"")]
    GaugeHasCounterKey(&'static str),
    #[error(
        "across = 'pool' mixes the totals of different counters; write sum, avg, min or max, or leave it out for sum"
    )]
    PooledCounter,
    #[error("longest_gap = {0} should be 1 to {most} seconds", most = LONGEST_GAP_SECONDS)]
    LongestGap(i64),
    #[error(
        "approximate needs resolution, the seconds between two samples; it applies from {SAMPLES_PER_BUCKET} samples per bucket on"
    )]
    ApproximateAlone,
    #[error("approximate and expression exclude each other: the expression says how the server computes")]
    ApproximateExpression,
    #[error(transparent)]
    Split(#[from] SplitFault),
    #[error("resolution = {0} should be 1 to 86400 seconds")]
    Resolution(i64),
    #[error("{place}: {fault}")]
    Template { place: String, fault: TemplateFault },
    #[error("{place} uses ${{{key}}}, but the rule has no such dimension; it has {known}")]
    UnknownKey { place: String, key: String, known: String },
    #[error("an expression always needs '{0}': list it under dimensions, not under optional")]
    OptionalInExpression(String),
    #[error("the dimension '{0}' changes nothing: use ${{{0}}} in the query, or do not list it")]
    UnusedKey(String),
    #[error("the same namespace, name and dimensions as {0}, so it would never be used; remove one")]
    Shadowed(String),
}
