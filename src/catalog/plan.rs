//! What is asked of which source: the catalogue's answer, and all that a source gets to know of a request.

use crate::request::{SplitBy, Statistic, Unit};
use crate::series::Grid;
use std::collections::BTreeSet;
use std::ops::Range;
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
    /// The rule that combines several series into one value per bucket.
    pub across: Across,
    /// Options of counters; without effect on gauges.
    pub counter: CounterOptions,
    /// One line per combination of label values; `None`: one line for all series.
    pub split_by: Option<SplitBy>,
}

impl QueryPlan {
    /// Returns the names of the sources that it asks.
    pub fn sources(&self) -> BTreeSet<&str> {
        self.fetches.iter().map(|fetch| fetch.source.as_str()).collect()
    }

    /// Returns the most lines that the chart has.
    pub fn max_lines(&self) -> usize {
        self.lines.iter().filter_map(|line| self.fetches.get(line.fetch)).map(|fetch| fetch.query.max_lines()).sum()
    }
}

impl SeriesQuery {
    /// Returns a query with the default `across` of its kind and the default counter options.
    pub fn new(wanted: Wanted, kind: Kind, statistic: Statistic, grid: Arc<Grid>) -> Self {
        let counter = CounterOptions::default();
        Self { wanted, kind, statistic, grid, across: Across::of_kind(kind), counter, split_by: None }
    }

    /// Returns the most lines that become of the answer.
    pub fn max_lines(&self) -> usize {
        self.split_by.as_ref().map_or(1, SplitBy::limit)
    }

    /// Returns the longest interval in seconds between two samples of a counter over which its rate is known: the rule's
    /// `longest_gap`, otherwise two periods, at least 10 minutes and at most a day.
    pub fn longest_gap_seconds(&self) -> i64 {
        let by_period = self.grid.period().seconds().saturating_mul(2).clamp(600, 86_400);
        self.counter.longest_gap_seconds.unwrap_or(by_period)
    }

    /// Returns the Unix seconds `[start, end)` whose samples decide the values of the grid's buckets.
    ///
    /// For a gauge these are the buckets. For a counter they begin two longest gaps before the first bucket, because a rate may
    /// continue for one gap after a pair of samples that lie one gap apart, and end one longest gap after the last bucket, so that
    /// the value of a bucket does not depend on the window. They do not extend beyond `now_ms`, in milliseconds since the epoch.
    pub fn sample_range(&self, now_ms: i64) -> Range<i64> {
        let Range { start, end } = self.grid.range();
        match self.kind {
            Kind::Gauge => start..end,
            Kind::Counter => {
                let gap = self.longest_gap_seconds();
                let start = start.saturating_sub(gap.saturating_mul(2));
                let end = end.saturating_add(gap).min(now_ms.div_euclid(1000) + 1);
                start..end.max(start)
            }
        }
    }
}

/// Combination of several matching series into one value per bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Across {
    /// The statistic of all samples together; for gauges alone.
    Pool,
    /// The sum over the series. Of gauges: of each series' statistic in the bucket; of counters: of the rates at each instant. A
    /// series without a value there is left out.
    Sum,
    /// The mean over the series, otherwise as [`Across::Sum`].
    Average,
    /// The least of the series, otherwise as [`Across::Sum`].
    Minimum,
    /// The greatest of the series, otherwise as [`Across::Sum`].
    Maximum,
}

impl Across {
    /// Returns the default of a kind: gauges are pooled, counters summed.
    pub fn of_kind(kind: Kind) -> Self {
        match kind {
            Kind::Gauge => Self::Pool,
            Kind::Counter => Self::Sum,
        }
    }
}

/// Options of a counter.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct CounterOptions {
    /// See [`SeriesQuery::longest_gap_seconds`]; `None` follows the period.
    pub longest_gap_seconds: Option<i64>,
    /// The total before a series' first sample.
    pub born: Born,
    /// The computation of the rate: exact, or by the server in its own way.
    pub precision: Precision,
}

/// The total of a counter before its first sample.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Born {
    /// Not known: the first sample has no increase.
    #[default]
    Unknown,
    /// Zero: the first sample, with none in the longest gap before it, is an increase from 0 (SUM only: it has no interval, so no rate).
    Zero,
}

/// Accuracy of a counter's AVG and SUM.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Precision {
    /// The roll-up computes the rate from the samples.
    #[default]
    Exact,
    /// The server's own `rate` is used, which extrapolates to the edges of a bucket. Sources without one are exact.
    Approximate,
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
