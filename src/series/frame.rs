//! What is drawn: every line on its grid, gaps explicit, and what is missing and why.

use super::{Grid, Reason, Remark};
use crate::request::{Colour, DisplayText, Period, Span, Statistic, Unit, Zone};
use std::collections::BTreeMap;
use std::sync::Arc;

/// One value or a gap for each bucket of a grid.
#[derive(Debug, Clone, PartialEq)]
pub struct Buckets {
    grid: Arc<Grid>,
    /// One for each bucket; a gap is NaN, nothing else is, and none is infinite.
    values: Vec<f64>,
}

impl Buckets {
    /// A value for each bucket of `grid`, in order; what is missing at the end, and what is not finite, is a gap.
    pub fn new(grid: Arc<Grid>, values: impl IntoIterator<Item = Option<f64>>) -> Self {
        let value = |v: Option<f64>| v.filter(|v| v.is_finite()).unwrap_or(f64::NAN);
        let mut values: Vec<f64> = values.into_iter().take(grid.len()).map(value).collect();
        values.resize(grid.len(), f64::NAN);
        Self { grid, values }
    }

    /// Where the buckets lie.
    pub fn grid(&self) -> &Grid {
        &self.grid
    }

    /// The value of bucket `index`, always finite.
    pub fn value(&self, index: usize) -> Option<f64> {
        self.values.get(index).copied().filter(|v| !v.is_nan())
    }

    /// One number for each bucket, in order; a gap is NaN. For loops over millions of them.
    pub fn values_or_nan(&self) -> &[f64] {
        &self.values
    }

    /// The start of each bucket in Unix seconds with its value, in order.
    pub fn iter(&self) -> impl Iterator<Item = (i64, Option<f64>)> + '_ {
        (0..self.values.len()).map(|index| (self.grid.edge(index), self.value(index)))
    }

    /// Returns the bytes of memory that the values take.
    pub fn heap_bytes(&self) -> u64 {
        (self.values.capacity() * size_of::<f64>()) as u64
    }

    /// The buckets that have a value.
    pub fn points(&self) -> impl Iterator<Item = (i64, f64)> + '_ {
        self.iter().filter_map(|(start, value)| Some((start, value?)))
    }

    /// The values as bits, in order, for who compares data: equal values and gaps have equal bits.
    pub fn bits(&self) -> impl ExactSizeIterator<Item = u64> + '_ {
        // Of the two zeros, adding zero leaves one.
        self.values.iter().map(|value| (value + 0.0).to_bits())
    }

    /// Every value replaced by `change` of it; a result that is not finite is a gap.
    pub fn map(self, change: impl Fn(f64) -> f64) -> Self {
        let values: Vec<_> = (0..self.values.len()).map(|index| self.value(index).map(&change)).collect();
        Self::new(self.grid, values)
    }
}

/// What a reader of the picture should know about a line's data.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Notes {
    /// Samples that were NaN or infinite and count for nothing.
    pub skipped: usize,
    /// The source said, or showed, that its answer lacks something: its own words are in the log.
    pub incomplete: bool,
    /// Number of series that were combined into the line; 0 unless there are at least two.
    pub pooled: usize,
    /// Intervals between two samples of a counter in which its rate is not known, because they are too long.
    pub silences: usize,
    /// The server computed the rate in its own way, which extrapolates.
    pub approximate: bool,
    /// Series of the source's answer that are left out because they were not requested.
    pub unrequested: usize,
    /// Instants at which a series had several different values; one of them counts.
    pub conflicting: usize,
    /// Lines that the limit of a split metric left out.
    pub truncated: usize,
}

impl Notes {
    /// Adds the notes of another line of the same metric.
    pub fn add(&mut self, other: &Self) {
        let Self { skipped, incomplete, pooled, silences, approximate, unrequested, conflicting, truncated } = other;
        self.skipped += skipped;
        self.incomplete |= incomplete;
        self.pooled += pooled;
        self.silences += silences;
        self.approximate |= approximate;
        self.unrequested += unrequested;
        self.conflicting += conflicting;
        self.truncated += truncated;
    }
}

/// One line of the picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// Index of its metric in the request: a split metric has several lines.
    pub metric: usize,
    /// What the legend calls it.
    pub label: DisplayText,
    /// As asked for; `None` takes the next of the palette.
    pub colour: Option<Colour>,
    /// What its values are of each bucket.
    pub statistic: Statistic,
    /// Nominal length of its buckets.
    pub period: Period,
    /// The unit of its values.
    pub unit: Unit,
    /// Its values, or why there are none.
    pub outcome: Outcome,
}

/// What became of one metric.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// It was answered; there may be no value in it at all.
    Answered(Buckets, Notes),
    /// Its source failed.
    Missing(Reason),
}

/// Everything that the chart shows as data.
#[derive(Debug, Clone, PartialEq)]
pub struct Frame {
    /// What was asked for.
    pub span: Span,
    /// Where its days begin.
    pub zone: Zone,
    /// In the request's order.
    pub lines: Vec<Line>,
    /// When the first of the answers was fetched, in Unix seconds: buckets that end later may still change. `None` where there is no
    /// answer.
    pub complete_until: Option<i64>,
}

impl Frame {
    /// Returns the bytes of memory that its values take.
    pub fn heap_bytes(&self) -> u64 {
        let values = |line: &Line| match &line.outcome {
            Outcome::Answered(buckets, _) => buckets.heap_bytes(),
            Outcome::Missing(_) => 0,
        };
        self.lines.iter().map(|line| size_of_val(line) as u64 + values(line)).sum()
    }

    /// Index and reason of each metric without an answer.
    pub fn missing(&self) -> Vec<(usize, Reason)> {
        let reason = |line: &Line| match line.outcome {
            Outcome::Missing(reason) => Some(reason),
            Outcome::Answered(..) => None,
        };
        self.lines.iter().filter_map(|line| Some((line.metric, reason(line)?))).collect()
    }

    /// Index and remarks of each metric that has any. Those of its lines are added up.
    pub fn remarks(&self) -> Vec<(usize, Vec<Remark>)> {
        let mut noted = BTreeMap::<usize, (&Buckets, Notes)>::new();
        for line in &self.lines {
            if let Outcome::Answered(values, notes) = &line.outcome {
                noted.entry(line.metric).or_insert_with(|| (values, Notes::default())).1.add(notes);
            }
        }
        let all = noted.into_iter().map(|(metric, (values, notes))| (metric, Remark::all(values, &notes)));
        all.filter(|(_, remarks)| !remarks.is_empty()).collect()
    }
}
