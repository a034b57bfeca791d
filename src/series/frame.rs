//! The data of a chart: every line on its grid, explicit gaps, and reasons for missing lines.

use super::{Grid, Remark};
use crate::error::Reason;
use crate::request::{Colour, DisplayText, Period, Span, Statistic, Unit, Zone};
use std::collections::BTreeMap;
use std::sync::Arc;

/// One value or gap for each bucket of a grid.
#[derive(Debug, Clone, PartialEq)]
pub struct Buckets {
    grid: Arc<Grid>,
    /// One number per bucket. A gap is NaN, and only a gap is; no value is infinite.
    values: Vec<f64>,
}

impl Buckets {
    /// Makes buckets of `grid` from values in order; missing and non-finite values become gaps.
    pub fn new(grid: Arc<Grid>, values: impl IntoIterator<Item = Option<f64>>) -> Self {
        let value = |v: Option<f64>| v.filter(|v| v.is_finite()).unwrap_or(f64::NAN);
        let mut values: Vec<f64> = values.into_iter().take(grid.len()).map(value).collect();
        values.resize(grid.len(), f64::NAN);
        Self { grid, values }
    }

    /// Returns the grid.
    pub fn grid(&self) -> &Grid {
        &self.grid
    }

    /// Returns the value of bucket `index`, which is always finite.
    pub fn value(&self, index: usize) -> Option<f64> {
        self.values.get(index).copied().filter(|v| !v.is_nan())
    }

    /// Returns one number per bucket, in order, with NaN for gaps, for loops over millions of buckets.
    pub fn values_or_nan(&self) -> &[f64] {
        &self.values
    }

    /// Iterates over the start of each bucket in Unix seconds with its value, in order.
    pub fn iter(&self) -> impl Iterator<Item = (i64, Option<f64>)> + '_ {
        (0..self.values.len()).map(|index| (self.grid.edge(index), self.value(index)))
    }

    /// Returns the bytes of memory that the values take.
    pub fn heap_bytes(&self) -> u64 {
        (self.values.capacity() * size_of::<f64>()) as u64
    }

    /// Iterates over the buckets with a value.
    pub fn points(&self) -> impl Iterator<Item = (i64, f64)> + '_ {
        self.iter().filter_map(|(start, value)| Some((start, value?)))
    }

    /// Iterates over the bits of the values, in order: equal values and gaps have equal bits.
    pub fn bits(&self) -> impl ExactSizeIterator<Item = u64> + '_ {
        // Adding zero maps −0 to 0.
        self.values.iter().map(|value| (value + 0.0).to_bits())
    }

    /// Applies `change` to every value; non-finite results become gaps.
    pub fn map(self, change: impl Fn(f64) -> f64) -> Self {
        let values: Vec<_> = (0..self.values.len()).map(|index| self.value(index).map(&change)).collect();
        Self::new(self.grid, values)
    }
}

/// Facts about a line's data that the viewer should know.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Notes {
    /// Number of samples that were NaN or infinite and are ignored.
    pub skipped: usize,
    /// Reports that the source's response is partial; the source's own words are in the log.
    pub incomplete: bool,
    /// Number of series that were combined into the line; 0 unless there are at least two.
    pub pooled: usize,
    /// Number of intervals between two samples of a counter that are too long for a known rate.
    pub silences: usize,
    /// Reports that the server computed the rate itself, with extrapolation.
    pub approximate: bool,
    /// Number of returned series that are ignored because they were not requested.
    pub unrequested: usize,
    /// Number of instants at which a series had several different values; one of them counts.
    pub conflicting: usize,
    /// Number of lines that the limit of a split metric left out.
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

/// A line of the chart.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// Index of the line's metric in the request; a split metric has several lines.
    pub metric: usize,
    /// Label in the legend.
    pub label: DisplayText,
    /// Requested colour; `None` takes the next of the palette.
    pub colour: Option<Colour>,
    /// Statistic of each bucket's samples.
    pub statistic: Statistic,
    /// Nominal length of the buckets.
    pub period: Period,
    /// Unit of the values.
    pub unit: Unit,
    /// Values of the line, or the reason for their absence.
    pub outcome: Outcome,
}

/// Result of the fetch of one metric.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// Values, possibly none at all, and notes about them.
    Answered(Buckets, Notes),
    /// Reason why the fetch failed.
    Missing(Reason),
}

/// All data of a chart.
#[derive(Debug, Clone, PartialEq)]
pub struct Frame {
    /// Requested time range.
    pub span: Span,
    /// Time zone of whole days.
    pub zone: Zone,
    /// Lines in the request's order.
    pub lines: Vec<Line>,
    /// Unix second of the first fetch: buckets that end later may still change. `None` if every fetch failed.
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

    /// Returns index and reason of each metric whose fetch failed.
    pub fn missing(&self) -> Vec<(usize, Reason)> {
        let reason = |line: &Line| match line.outcome {
            Outcome::Missing(reason) => Some(reason),
            Outcome::Answered(..) => None,
        };
        self.lines.iter().filter_map(|line| Some((line.metric, reason(line)?))).collect()
    }

    /// Returns index and remarks of each metric that has any. Counts of its lines are added up.
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
