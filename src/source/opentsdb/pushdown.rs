//! Pushdown of statistics: two sub-queries, the sum and its complement, over all buckets at once.
//!
//! Where the series are combined by `sum`, `min` or `max`, the second sub-query is each series' own statistic, and the combination is
//! one of the aggregators that invent nothing (`zimsum`, `mimmin`, `mimmax`); `sum`, `min`, `max` and `avg` would interpolate.
//!
//! OpenTSDB computes each series by itself and they are put together here. Erlenmeyer would hand out the points themselves then, so it
//! puts them together, with the aggregators that invent nothing where a series has no point. It ends its buckets at the end of the
//! query: a millisecond before a bucket's end makes them ours, if it keeps the millisecond; older ones count in whole seconds,
//! which the times of their answer show.

use super::Dialect;
use super::api::Server;
use super::query::{Query, Series, SubQuery};
use super::response::Element;
use crate::call::Call;
use crate::catalog::{Across, SeriesQuery};
use crate::error::{Reason, SourceError};
use crate::request::Statistic;
use crate::series::{Fetched, Grid, Notes, Part, Stretch};

/// Shorter numbers than this are read as seconds: 11 digits.
const FIRST_MILLISECONDS: i64 = 10_000_000_000;

/// Returns the statistic of every bucket, or `None` where only the points can decide it.
pub async fn fetch(
    server: &Server,
    series: &Series,
    query: &SeriesQuery,
    call: Call<'_>,
) -> Result<Option<Fetched>, SourceError> {
    let (Some(second), Some(buckets)) = (Second::of(query, server.dialect), aligned(&query.grid)) else {
        return Ok(None);
    };
    let question = question(server.dialect, series, second, buckets);
    let mut elements = server.ask(&question, call).await?;
    if elements.len() > question.queries.len() * server.room.series() {
        return Err(SourceError::new(Reason::TooBig, format!("{} series for one question", elements.len())));
    }
    let is_requested = |element: &Element| series.has(&element.metric, &element.tags);
    // Then the points themselves tell which series there are, and the answer is noted.
    if !elements.iter().all(is_requested) {
        tracing::warn!("the source returned series that were not requested; points are fetched instead");
        return Ok(None);
    }
    elements.sort_by(|one, other| (one.index, &one.tags).cmp(&(other.index, &other.tags)));
    let Some(columns) = Columns::of(&elements, server.dialect, second, &query.grid) else {
        tracing::warn!("the source's buckets are not those asked for; its points are fetched instead");
        return Ok(None);
    };
    let Some(computed) = columns.values(second) else { return Ok(None) };
    // Erlenmeyer puts the series together and does not tell how many they are.
    let count = elements.iter().filter(|element| element.index == Some(0) && !element.points.is_empty()).count();
    let notes = Notes { pooled: if count > 1 { count } else { 0 }, ..Notes::default() };
    Ok(Some(Fetched { parts: vec![Part::Computed(computed)], notes, fetched_at_ms: call.now_ms, ..Fetched::default() }))
}

fn has_two_of_a_time(points: &[(i64, f64)]) -> bool {
    let mut times: Vec<i64> = points.iter().map(|(time, _)| *time).collect();
    times.sort_unstable();
    times.windows(2).any(|pair| pair[0] == pair[1])
}

/// Returns the buckets, where each begins at a multiple of its length.
fn aligned(grid: &Grid) -> Option<Stretch> {
    match grid.stretches()[..] {
        [one] if one.first % one.seconds == 0 && one.first * 1000 > FIRST_MILLISECONDS => Some(one),
        _ => None,
    }
}

fn question(dialect: Dialect, series: &Series, second: Second, buckets: Stretch) -> Query<'_> {
    let Stretch { first, seconds, count } = buckets;
    let end = (first + seconds * i64::try_from(count).unwrap_or(i64::MAX / seconds)) * 1000 - 1;
    let (start, show_query) = match dialect {
        Dialect::OpenTsdb => (first * 1000, true),
        Dialect::Erlenmeyer => (first * 1000 - 1, false),
    };
    let sub_query = |function: Function, together: Together| SubQuery {
        series,
        aggregator: together.aggregator(dialect),
        downsample: Some(format!("{seconds}s-{}", function.word())),
    };
    let queries = vec![sub_query(Function::Sum, Together::Sum), sub_query(second.function, second.together)];
    Query { start, end, ms_resolution: true, show_query, queries }
}

/// Aggregation of a bucket's points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Function {
    Average,
    Sum,
    Count,
    Minimum,
    Maximum,
}

/// Combination of the values of several series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Together {
    Sum,
    Mean,
    Minimum,
    Maximum,
}

/// The sub-query beside the sum, which tells whether all points are finite.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Second {
    function: Function,
    together: Together,
    /// The value is the sum divided by it; otherwise it is the value.
    is_divisor: bool,
}

impl Second {
    /// Returns the plan; `None` for what the server cannot compute exactly.
    fn of(query: &SeriesQuery, dialect: Dialect) -> Option<Self> {
        let function = match query.statistic {
            Statistic::Average => Function::Average,
            Statistic::Sum => Function::Sum,
            Statistic::Count => Function::Count,
            Statistic::Minimum => Function::Minimum,
            Statistic::Maximum => Function::Maximum,
            Statistic::Percentile(_) => return None,
        };
        let of_all = |together| Some(Self { function, together, is_divisor: false });
        match (query.across, function) {
            (Across::Pool, Function::Average) => {
                Some(Self { function: Function::Count, together: Together::Sum, is_divisor: true })
            }
            (Across::Pool, Function::Minimum) | (Across::Minimum, _) => of_all(Together::Minimum),
            (Across::Pool, Function::Maximum) | (Across::Maximum, _) => of_all(Together::Maximum),
            (Across::Pool | Across::Sum, _) => of_all(Together::Sum),
            (Across::Average, _) if dialect == Dialect::OpenTsdb => of_all(Together::Mean),
            // There is no such aggregator that invents nothing.
            (Across::Average, _) => None,
        }
    }
}

impl Function {
    fn word(self) -> &'static str {
        match self {
            Self::Average => "avg",
            Self::Sum => "sum",
            Self::Count => "count",
            Self::Minimum => "min",
            Self::Maximum => "max",
        }
    }
}

impl Together {
    fn aggregator(self, dialect: Dialect) -> &'static str {
        match (dialect, self) {
            (Dialect::OpenTsdb, _) => "none",
            (Dialect::Erlenmeyer, Self::Sum | Self::Mean) => "zimsum",
            (Dialect::Erlenmeyer, Self::Minimum) => "mimmin",
            (Dialect::Erlenmeyer, Self::Maximum) => "mimmax",
        }
    }
}

/// Values of several series in one bucket.
#[derive(Debug, Clone, Copy)]
struct Combined {
    value: f64,
    series: u32,
}

impl Combined {
    fn and(self, other: f64, together: Together) -> Self {
        let value = match together {
            Together::Sum | Together::Mean => self.value + other,
            Together::Minimum => self.value.min(other),
            Together::Maximum => self.value.max(other),
        };
        Self { value, series: self.series + 1 }
    }

    fn value(self, together: Together) -> f64 {
        if together == Together::Mean { self.value / f64::from(self.series) } else { self.value }
    }
}

/// Both sub-queries of each bucket, all series together.
#[derive(Debug)]
struct Columns {
    sum: Vec<Option<Combined>>,
    second: Vec<Option<Combined>>,
}

impl Columns {
    /// `None` where a point is not of a bucket of `grid`, or an element of neither sub-query, or a series has two points of one time.
    /// `elements` are sorted by index and tags.
    fn of(elements: &[Element], dialect: Dialect, second: Second, grid: &Grid) -> Option<Self> {
        let is_same = |pair: &[Element]| (pair[0].index, &pair[0].tags) == (pair[1].index, &pair[1].tags);
        if elements.windows(2).any(is_same) {
            return None;
        }
        let mut columns = Self { sum: vec![None; grid.len()], second: vec![None; grid.len()] };
        for element in elements {
            if has_two_of_a_time(&element.points) {
                return None;
            }
            let (column, together) = match element.index? {
                0 => (&mut columns.sum, Together::Sum),
                1 => (&mut columns.second, second.together),
                _ => return None,
            };
            for &(time_ms, value) in &element.points {
                let bucket = grid.bucket_of(time_ms)?;
                let expected = match dialect {
                    Dialect::OpenTsdb => grid.edge(bucket) * 1000,
                    Dialect::Erlenmeyer => grid.edge(bucket + 1) * 1000 - 1,
                };
                let place = &mut column[bucket];
                let one = Combined { value, series: 1 };
                *place = Some(place.map_or(one, |before: Combined| before.and(value, together)));
                (time_ms == expected).then_some(())?;
            }
        }
        Some(columns)
    }

    /// Returns bucket and value; `None` where a bucket has points that are not finite, or only one of the two.
    fn values(&self, second: Second) -> Option<Vec<(usize, f64)>> {
        let mut values = Vec::new();
        for (bucket, pair) in self.sum.iter().zip(&self.second).enumerate() {
            let (sum, other) = match pair {
                (None, None) => continue,
                (Some(sum), Some(other)) if sum.value.is_finite() && other.value.is_finite() => (sum.value, other),
                _ => return None,
            };
            let other = other.value(second.together);
            values.push((bucket, if second.is_divisor { sum / other } else { other }));
        }
        values.iter().all(|(_, value)| value.is_finite()).then_some(values)
    }
}
