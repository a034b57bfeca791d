//! What is asked of which source: the catalogue's answer, and all that a source gets to know of a request.

use crate::request::{Statistic, Unit};
use crate::series::Grid;
use std::sync::Arc;

/// Everything that a request needs from the sources. Equal questions are in it once.
#[derive(Debug, Clone, PartialEq)]
pub struct QueryPlan {
    /// Each different question.
    pub fetches: Vec<PlannedFetch>,
    /// For each metric of the request, in order, what to make of which answer.
    pub lines: Vec<PlannedLine>,
}

/// One question to one source.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannedFetch {
    /// The configured name of the source.
    pub source: String,
    /// What it is asked.
    pub query: SeriesQuery,
}

/// What becomes of an answer.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannedLine {
    /// Index into [`QueryPlan::fetches`].
    pub fetch: usize,
    /// The unit of the values drawn, statistic and kind already considered.
    pub unit: Unit,
    /// The source's values are multiplied by it; finite, and 1 for a count.
    pub scale: f64,
    /// What a bucket without samples means.
    pub missing: Missing,
}

/// A statistic over the buckets of a grid, of the samples of all series that match.
#[derive(Debug, Clone, PartialEq)]
pub struct SeriesQuery {
    /// Which series.
    pub wanted: Wanted,
    /// What their samples mean.
    pub kind: Kind,
    /// What becomes of one bucket's samples.
    pub statistic: Statistic,
    /// The buckets.
    pub grid: Arc<Grid>,
}

/// Which series are wanted.
#[derive(Debug, Clone, PartialEq)]
pub enum Wanted {
    /// Those with a name and labels.
    Select(Selector),
    /// What an operator's expression yields.
    Expression(Expression),
}

/// A name and labels that must be equal, all of them. Values are literal text of any content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selector {
    /// The metric's name at the source.
    pub name: String,
    /// Label and value, sorted by label, each label once.
    pub labels: Vec<(String, String)>,
}

/// An expression in the source's own language, written by the operator, with the caller's values as values.
///
/// Its results, evaluated every `resolution_seconds`, count as the samples.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expression {
    /// Text and values in turn.
    pub pieces: Vec<Piece>,
    /// Seconds between two evaluations, at least 1.
    pub resolution_seconds: i64,
}

/// A part of an expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// The operator's own text, to be used as it is.
    Text(String),
    /// A dimension's value, to be written as one quoted string of the source's language.
    Value(String),
    /// The resolution, to be written as a duration of the source's language.
    Resolution,
}

/// What the samples of a metric mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A value that holds when it was sampled.
    Gauge,
    /// A total that only grows, and starts again after a reset.
    Counter,
}

/// What a bucket without samples means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Missing {
    /// Nothing is known of it.
    Gap,
    /// Nothing happened: SUM and CNT are zero. Other statistics of nothing stay gaps.
    Zero,
}
