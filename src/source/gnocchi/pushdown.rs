//! Statistics put together from what Gnocchi keeps, where that is exactly what the samples would give.

use super::api::{Column, Server, together};
use super::policy::{AggregateQuery, COUNT, GREATEST, LEAST, MEAN, SUM};
use super::response::Metric;
use crate::call::Call;
use crate::catalog::{Across, SeriesQuery};
use crate::error::{Reason, SourceError};
use crate::request::Statistic;
use crate::series::{Fetched, Grid, Notes, Part};
use std::ops::Range;

/// Returns the statistic of every bucket, or `None` where the aggregates do not add up.
pub async fn fetch(
    server: &Server,
    metrics: &[Metric],
    query: &SeriesQuery,
    call: Call<'_>,
) -> Result<Option<Fetched>, SourceError> {
    let SeriesQuery { statistic, grid, across, .. } = query;
    let alone = metrics.len() == 1 || *across != Across::Pool;
    let exact = |metric: &Metric| metric.policy.exact(*statistic, grid, alone, call.now_ms);
    let Some(asked) = metrics.iter().map(exact).collect::<Option<Vec<AggregateQuery>>>() else { return Ok(None) };
    let calls =
        metrics.iter().zip(&asked).map(|(metric, asked)| columns(server, &metric.id, asked, grid, call)).collect();
    let mut tallies = vec![Tally::default(); grid.len()];
    let mut combined = vec![Combined::default(); grid.len()];
    let mut pooled = 0;
    for (columns, asked) in together(calls).await?.iter().zip(&asked) {
        if add(&mut tallies, columns, asked, grid).is_none() {
            tracing::debug!("a metric has samples that are not finite, or its buckets are not those asked for");
            return Ok(None);
        }
        pooled += usize::from(columns.iter().any(|column| !column.is_empty()));
        if *across != Across::Pool {
            for (combined, tally) in combined.iter_mut().zip(&mut tallies) {
                combined.add(std::mem::take(tally).value(*statistic), *across);
            }
        }
    }
    let of_bucket = |bucket: usize| match across {
        Across::Pool => tallies[bucket].value(*statistic),
        _ => combined[bucket].value(*across),
    };
    let values = (0..grid.len()).filter_map(|bucket| Some((bucket, of_bucket(bucket)?)));
    let computed: Vec<(usize, f64)> = values.collect();
    let is_finite = computed.iter().all(|(_, value)| value.is_finite());
    let notes = Notes { pooled: if pooled > 1 { pooled } else { 0 }, ..Notes::default() };
    let fetched =
        || Fetched { parts: vec![Part::Computed(computed)], notes, fetched_at_ms: call.now_ms, ..Fetched::default() };
    Ok(is_finite.then(fetched))
}

/// The values of several metrics in one bucket.
#[derive(Debug, Clone, Copy, Default)]
struct Combined {
    value: f64,
    metrics: u32,
}

impl Combined {
    fn add(&mut self, value: Option<f64>, across: Across) {
        let Some(value) = value else { return };
        self.value = match across {
            _ if self.metrics == 0 => value,
            Across::Pool | Across::Sum | Across::Average => self.value + value,
            Across::Minimum => self.value.min(value),
            Across::Maximum => self.value.max(value),
        };
        self.metrics += 1;
    }

    /// Returns the combined value; `None` where no metric has one.
    fn value(self, across: Across) -> Option<f64> {
        let divisor = if across == Across::Average { f64::from(self.metrics) } else { 1.0 };
        (self.metrics > 0).then_some(self.value / divisor)
    }
}

/// Aggregates of a metric over the whole grid.
async fn columns(
    server: &Server,
    id: &str,
    asked: &AggregateQuery,
    grid: &Grid,
    call: Call<'_>,
) -> Result<Vec<Column>, SourceError> {
    let Range { start, end } = grid.range();
    let most = i64::try_from(server.points_per_call / asked.aggregations.len().max(1)).unwrap_or(i64::MAX).max(1);
    let length = asked.granularity.saturating_mul(most);
    let mut all = vec![Column::new(); asked.aggregations.len()];
    let mut from = start;
    while from < end {
        let window = from..end.min(from.saturating_add(length));
        for (column, more) in all.iter_mut().zip(server.columns(id, asked, &window, call).await?) {
            column.extend(more);
        }
        if all.iter().map(Vec::len).sum::<usize>() > server.room.most() {
            return Err(SourceError::new(Reason::TooBig, "more aggregates than one fetch may have"));
        }
        from = window.end;
    }
    Ok(all)
}

/// Adds each row to its bucket; `None` where a row is not whole, not finite, of no bucket, or not later than the row before.
fn add(tallies: &mut [Tally], columns: &[Column], asked: &AggregateQuery, grid: &Grid) -> Option<()> {
    let rows = columns.first()?.len();
    if columns.iter().any(|column| column.len() != rows) {
        return None;
    }
    for row in 0..rows {
        let second = columns[0][row].0;
        if row > 0 && second <= columns[0][row - 1].0 {
            return None;
        }
        let mut values = Vec::with_capacity(columns.len());
        for column in columns {
            let (time, value) = column[row];
            if time != second || !value.is_finite() {
                return None;
            }
            values.push(value);
        }
        let value = |name: &str| asked.aggregations.iter().position(|one| one == name).map(|index| values[index]);
        tallies[grid.bucket_of(second.checked_mul(1000)?)?].add(Row::of(value, values[0]));
    }
    Some(())
}

/// Facts about the samples in one of Gnocchi's buckets.
#[derive(Debug, Clone, Copy)]
struct Row {
    total: f64,
    count: f64,
    least: f64,
    greatest: f64,
    /// Value of the first aggregation.
    first: f64,
}

impl Row {
    /// Makes a row; an aggregation that was not requested has no weight.
    fn of(value: impl Fn(&str) -> Option<f64>, first: f64) -> Self {
        let count = value(COUNT);
        let total = value(SUM).or_else(|| Some(value(MEAN)? * count?));
        Self {
            total: total.unwrap_or(0.0),
            count: count.unwrap_or(0.0),
            least: value(LEAST).unwrap_or(f64::INFINITY),
            greatest: value(GREATEST).unwrap_or(f64::NEG_INFINITY),
            first,
        }
    }
}

/// Rows of one bucket together.
#[derive(Debug, Clone, Copy, Default)]
struct Tally(Option<Row>);

impl Tally {
    fn add(&mut self, row: Row) {
        self.0 = Some(self.0.map_or(row, |before| Row {
            total: before.total + row.total,
            count: before.count + row.count,
            least: before.least.min(row.least),
            greatest: before.greatest.max(row.greatest),
            first: row.first,
        }));
    }

    /// Returns the statistic; `None` without samples. A mean without a count, and a percentile, are of a bucket of Gnocchi that equals ours.
    fn value(self, statistic: Statistic) -> Option<f64> {
        let row = self.0?;
        Some(match statistic {
            Statistic::Average if row.count > 0.0 => row.total / row.count,
            Statistic::Average | Statistic::Percentile(_) => row.first,
            Statistic::Sum => row.total,
            Statistic::Count => row.count,
            Statistic::Minimum => row.least,
            Statistic::Maximum => row.greatest,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Limits;
    use crate::request::{Period, Span, Zone};

    fn values(names: &[&str], columns: &[Column], statistic: Statistic) -> Option<Vec<Option<f64>>> {
        let limits = Limits::default();
        let grid = Grid::new(Span::new(1, 1200, &limits).unwrap(), Period::new(600, &limits).unwrap(), &Zone::utc());
        let asked =
            AggregateQuery { granularity: 300, aggregations: names.iter().map(|&name| name.to_owned()).collect() };
        let mut tallies = vec![Tally::default(); grid.len()];
        add(&mut tallies, columns, &asked, &grid)?;
        Some(tallies.into_iter().map(|tally| tally.value(statistic)).collect())
    }

    #[test]
    fn buckets_are_put_together_by_their_samples() {
        let columns = [vec![(0, 10.0), (300, 2.0)], vec![(0, 1.0), (300, 3.0)]];
        assert_eq!(values(&["sum", "count"], &columns, Statistic::Average), Some(vec![Some(3.0), None]));
        assert_eq!(values(&["mean", "count"], &columns, Statistic::Sum), Some(vec![Some(16.0), None]));
        assert_eq!(values(&["mean", "count"], &columns, Statistic::Average), Some(vec![Some(4.0), None]));
        assert_eq!(values(&["max", "sum"], &columns, Statistic::Maximum), Some(vec![Some(10.0), None]));
        assert_eq!(values(&["min", "sum"], &columns, Statistic::Minimum), Some(vec![Some(2.0), None]));
        assert_eq!(values(&["mean"], &[vec![(600, 7.5)]], Statistic::Average), Some(vec![None, Some(7.5)]));
    }

    #[test]
    fn a_row_that_is_not_whole_not_finite_or_of_no_bucket_is_not_added() {
        for columns in [
            [vec![(0, 1.0)], vec![]],
            [vec![(0, 1.0)], vec![(300, 1.0)]],
            [vec![(0, f64::NAN)], vec![(0, 1.0)]],
            [vec![(1200, 1.0)], vec![(1200, 1.0)]],
            [vec![(0, 1.0), (0, 2.0)], vec![(0, 1.0), (0, 1.0)]],
        ] {
            assert_eq!(values(&["sum", "count"], &columns, Statistic::Sum), None, "{columns:?}");
        }
    }
}
