//! Legend statistics: min, mean, max and last value of each series.
//!
//! Computed on request from all buckets with a value, however few of them are drawn. All values are in one multiple of
//! the unit, which the legend names once.

use crate::chart::focus::Focus;
use crate::chart::labels::number::{Multiple, Scale, ZERO_BELOW, fixed, value_text};
use crate::chart::labels::{messages, units};
use crate::request::{Language, LegendValue, Quantity, Unit};
use crate::series::{Line, Outcome};

/// Maximum number of digits after the point.
const MAX_DECIMALS: usize = 3;
/// Minimum of the smallest value in the chosen multiple, so that its digits show.
const SHOWS: f64 = 0.01;
/// Upper bound of readable values.
const READABLE: f64 = 100_000.0;

/// Columns of statistics, with a text for each series.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::chart) struct LegendStatistics {
    /// Multiple and unit of all values; `None` if there is no unit, or each value carries its own.
    pub unit: Option<String>,
    /// Columns in the requested order.
    pub columns: Vec<Column>,
}

impl LegendStatistics {
    /// Returns the statistics of the emphasised series.
    pub fn of(self, focus: &Focus) -> Self {
        let column = |column: Column| Column { texts: focus.of(column.texts), ..column };
        Self { columns: self.columns.into_iter().map(column).collect(), ..self }
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

/// Returns the statistics of `lines` in `unit`; without a unit, each value carries that of its series.
pub(in crate::chart) fn legend_statistics(
    lines: &[Line],
    unit: Option<Unit>,
    requested: &[LegendValue],
    language: Language,
) -> LegendStatistics {
    if requested.is_empty() {
        return LegendStatistics::default();
    }
    let factor = |line: &Line| unit.map_or(1.0, |unit| units::factor(line.unit, unit));
    let summaries: Vec<_> = lines.iter().map(|line| Summary::of(line, factor(line))).collect();
    let numbers = |value: LegendValue| summaries.iter().map(move |summary| summary.map(|summary| summary.get(value)));
    let column = |value, texts| Column { heading: messages::legend_value(value, language), texts };
    let Some(unit) = unit else {
        let text = |(number, line): (Option<f64>, &Line)| number.map(|number| value_text(number, line.unit));
        let columns = requested.iter().map(|&value| column(value, numbers(value).zip(lines).map(text).collect()));
        return LegendStatistics { unit: None, columns: columns.collect() };
    };
    let shown: Vec<f64> = requested.iter().flat_map(|&value| numbers(value).flatten()).collect();
    let (factor, multiple) = multiple(unit, &shown);
    let min_decimals = if unit.quantity == Quantity::Percent { 2 } else { 0 };
    let texts = |value| {
        let counted: Vec<Option<f64>> = numbers(value).map(|n| n.map(|n| n * factor / multiple.size)).collect();
        let decimals = decimals(counted.iter().flatten().copied(), min_decimals);
        counted.into_iter().map(|number| number.map(|number| fixed(number, decimals))).collect()
    };
    let columns = requested.iter().map(|&value| column(value, texts(value))).collect();
    LegendStatistics { unit: Some(multiple.suffix.trim_start().to_owned()).filter(|unit| !unit.is_empty()), columns }
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

/// Returns the largest multiple that the greatest of `numbers` reaches and in which the digits of the smallest show,
/// and the factor to apply first.
fn multiple(unit: Unit, numbers: &[f64]) -> (f64, Multiple) {
    let sizes = || numbers.iter().map(|number| number.abs()).filter(|&size| size > ZERO_BELOW);
    let (smallest, greatest) = (sizes().reduce(f64::min).unwrap_or(1.0), sizes().reduce(f64::max).unwrap_or(1.0));
    let scale = Scale::of(unit, greatest);
    let (smallest, greatest) = (smallest * scale.factor, greatest * scale.factor);
    let reached = || scale.multiples.iter().rev().filter(|multiple| multiple.from <= greatest);
    let shows = reached().find(|multiple| smallest / multiple.size >= SHOWS);
    let smallest = || reached().rfind(|multiple| greatest / multiple.size < READABLE);
    let chosen = shows.or_else(smallest).or_else(|| reached().next()).unwrap_or(&scale.multiples[0]);
    (scale.factor, chosen.clone())
}

/// Returns the number of digits after the point that leaves three digits of the greatest number and two of the
/// smallest; 0 if all are whole.
fn decimals(numbers: impl Iterator<Item = f64> + Clone, smallest: usize) -> usize {
    let sizes = || numbers.clone().map(f64::abs).filter(|&size| size > ZERO_BELOW);
    let digits = |number: f64, digits: usize| {
        let whole = [10.0, 1.0, 0.1].into_iter().position(|size| number >= size).unwrap_or(MAX_DECIMALS);
        (whole + digits).saturating_sub(2)
    };
    let greatest = sizes().reduce(f64::max).map_or(0, |size| if size >= 100.0 { 0 } else { digits(size, 3) });
    let needed = greatest.max(sizes().reduce(f64::min).map_or(0, |size| digits(size, 2)));
    let digits_shown = needed.max(smallest).min(MAX_DECIMALS);
    let is_whole = |number: f64| fixed(number, digits_shown).trim_end_matches('0').ends_with('.');
    if digits_shown == 0 || numbers.clone().all(is_whole) { 0 } else { digits_shown }
}
