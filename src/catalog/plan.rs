//! Query plans: the catalogue's result, and everything that a source learns of a request.

use crate::request::{SplitBy, Statistic, Unit};
use crate::series::Grid;
use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

/// All queries of a request to the sources. Equal queries occur once.
#[derive(Debug, Clone, PartialEq)]
pub struct QueryPlan {
    /// Distinct queries.
    pub fetches: Vec<PlannedFetch>,
    /// Lines in the order of the request's metrics, each with its query.
    pub lines: Vec<PlannedLine>,
}

/// A query to one source.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannedFetch {
    /// Configured name of the source.
    pub source: String,
    /// Query to the source.
    pub query: SeriesQuery,
}

/// Use of a response for one metric of the request.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannedLine {
    /// Index into [`QueryPlan::fetches`].
    pub fetch: usize,
    /// Unit of the displayed values, after statistic and kind.
    pub unit: Unit,
    /// Factor for the source's values; finite, and 1 for a count.
    pub scale: f64,
    /// Meaning of a bucket without samples.
    pub missing: Missing,
}

/// A statistic over the buckets of a grid, of the samples of all matching series.
#[derive(Debug, Clone, PartialEq)]
pub struct SeriesQuery {
    /// Requested series.
    pub target: QueryTarget,
    /// Meaning of the samples.
    pub kind: MetricKind,
    /// Statistic of one bucket's samples.
    pub statistic: Statistic,
    /// Buckets of the result.
    pub grid: Arc<Grid>,
    /// Combination of several series into one value per bucket.
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

    /// Returns the maximum number of lines of the chart.
    pub fn max_lines(&self) -> usize {
        self.lines.iter().filter_map(|line| self.fetches.get(line.fetch)).map(|fetch| fetch.query.max_lines()).sum()
    }
}

impl SeriesQuery {
    /// Makes a query with the default `across` of its kind and the default counter options.
    pub fn new(target: QueryTarget, kind: MetricKind, statistic: Statistic, grid: Arc<Grid>) -> Self {
        let counter = CounterOptions::default();
        Self { target, kind, statistic, grid, across: Across::of_kind(kind), counter, split_by: None }
    }

    /// Returns the maximum number of lines of the response.
    pub fn max_lines(&self) -> usize {
        self.split_by.as_ref().map_or(1, SplitBy::limit)
    }

    /// Returns the longest interval in seconds between two samples of a counter over which its rate is known: the
    /// rule's `longest_gap`, otherwise two periods, at least 10 minutes and at most a day.
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
            MetricKind::Gauge => start..end,
            MetricKind::Counter => {
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
    /// The statistic of all samples together; for gauges only.
    Pool,
    /// The sum over the series. For gauges: of each series' statistic in the bucket; for counters: of the rates at each
    /// instant. A series without a value is left out.
    Sum,
    /// The mean over the series, otherwise as [`Across::Sum`].
    Average,
    /// The minimum over the series, otherwise as [`Across::Sum`].
    Minimum,
    /// The maximum over the series, otherwise as [`Across::Sum`].
    Maximum,
}

impl Across {
    /// Returns the default of a kind: gauges are pooled, counters summed.
    pub fn of_kind(kind: MetricKind) -> Self {
        match kind {
            MetricKind::Gauge => Self::Pool,
            MetricKind::Counter => Self::Sum,
        }
    }
}

/// Options of a counter.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct CounterOptions {
    /// Longest gap of the rule; see [`SeriesQuery::longest_gap_seconds`]. `None` follows the period.
    pub longest_gap_seconds: Option<i64>,
    /// Total before a series' first sample.
    pub born: Born,
    /// Computation of the rate: exact, or by the server.
    pub precision: Precision,
}

/// The total of a counter before its first sample.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Born {
    /// Unknown: the first sample has no increase.
    #[default]
    Unknown,
    /// Zero: the first sample, with none in the longest gap before it, is an increase from 0 (SUM only: it has no
    /// interval, so no rate).
    Zero,
}

/// Accuracy of a counter's AVG and SUM.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Precision {
    /// The roll-up computes the rate from the samples.
    #[default]
    Exact,
    /// The server's own `rate`, which extrapolates to the edges of a bucket. Sources without one are exact.
    Approximate,
}

/// Selection of series.
#[derive(Debug, Clone, PartialEq)]
pub enum QueryTarget {
    /// Series with a name and labels.
    Select(Selector),
    /// Results of an operator's expression.
    Expression(Expression),
}

/// A name and labels that must all be equal. Values are literal text of any content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selector {
    /// Metric name at the source.
    pub name: String,
    /// Labels and values, sorted by label, each label once.
    pub labels: Vec<(String, String)>,
}

/// An expression in the source's own language, written by the operator, with the client's values as separate values.
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
    /// The operator's text, used unchanged.
    Text(String),
    /// A dimension's value, written as a quoted string of the source's language.
    Value(String),
    /// The resolution, written as a duration of the source's language.
    Resolution,
}

/// Meaning of a metric's samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MetricKind {
    /// A value at the time of the sample.
    Gauge,
    /// A total that only grows, and restarts after a reset.
    Counter,
}

/// Meaning of a bucket without samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Missing {
    /// Unknown.
    Gap,
    /// No events: SUM and CNT are zero. Other statistics stay gaps.
    Zero,
}
