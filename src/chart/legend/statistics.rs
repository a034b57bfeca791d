//! Legend statistics: min, mean, max and last value of each series.
//!
//! Computed on request from all buckets with a value, however few of them are drawn. Each value has three significant
//! digits and its unit.

use crate::chart::focus::Focus;
use crate::chart::labels::number::short_text;
use crate::chart::labels::{messages, units};
use crate::request::{Language, LegendValue, Unit};
use crate::series::{Line, Outcome};

/// Columns of statistics, with a text for each series.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::chart) struct LegendStatistics {
    /// Columns in the requested order.
    pub columns: Vec<Column>,
}

impl LegendStatistics {
    /// Returns the statistics of the series with these indexes.
    pub fn part(&self, indexes: std::ops::Range<usize>) -> Self {
        let part = |column: &Column| {
            let texts = column.texts.iter().skip(indexes.start).take(indexes.len()).cloned().collect();
            Column { texts, ..*column }
        };
        Self { columns: self.columns.iter().map(part).collect() }
    }

    /// Returns the statistics of the emphasised series.
    pub fn of(self, focus: &Focus) -> Self {
        let column = |column: Column| Column { texts: focus.of(column.texts), ..column };
        Self { columns: self.columns.into_iter().map(column).collect() }
    }
}

/// One statistic of all series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::chart) struct Column {
    /// Name of the statistic.
    pub heading: &'static str,
    /// Values, one per series; `None` for a series without data.
    pub texts: Vec<Option<String>>,
}

/// Returns the statistics of `lines` in `unit`, or in the unit of each series.
pub(in crate::chart) fn legend_statistics(
    lines: &[Line],
    unit: Option<Unit>,
    requested: &[LegendValue],
    language: Language,
) -> LegendStatistics {
    let factor = |line: &Line| unit.map_or(1.0, |unit| units::factor(line.unit, unit));
    let summaries: Vec<_> = lines.iter().map(|line| Summary::of(line, factor(line))).collect();
    let text = |value: LegendValue, (summary, line): (&Option<Summary>, &Line)| {
        summary.map(|summary| short_text(summary.get(value), unit.unwrap_or(line.unit)))
    };
    let column = |&value: &LegendValue| Column {
        heading: messages::legend_value(value, language),
        texts: summaries.iter().zip(lines).map(|series| text(value, series)).collect(),
    };
    LegendStatistics { columns: requested.iter().map(column).collect() }
}

/// The statistics of one series, in the common unit.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Summary {
    min: f64,
    average: f64,
    max: f64,
    last: f64,
}

impl Summary {
    /// Returns `None` if no bucket has a value.
    fn of(line: &Line, factor: f64) -> Option<Self> {
        let Outcome::Answered(buckets, _) = &line.outcome else { return None };
        let values = || buckets.points().map(|(_, value)| value * factor).filter(|value| value.is_finite());
        let first = values().next()?;
        let start = (0.0, 0.0, Self { min: first, average: 0.0, max: first, last: first });
        let (count, sum, summary) = values().fold(start, |(count, sum, so_far), value| {
            let (min, max) = (so_far.min.min(value), so_far.max.max(value));
            (count + 1.0, sum + value, Self { min, max, last: value, ..so_far })
        });
        let average = sum / count;
        // The sum may exceed the range of finite numbers, the mean does not.
        let average = if average.is_finite() { average } else { values().map(|value| value / count).sum() };
        Some(Self { average, ..summary })
    }

    fn get(self, value: LegendValue) -> f64 {
        match value {
            LegendValue::Min => self.min,
            LegendValue::Average => self.average,
            LegendValue::Max => self.max,
            LegendValue::Last => self.last,
        }
    }
}
