//! Statistics computed over there: two sub-queries, the sum and what completes it, over all buckets at once.
//!
//! OpenTSDB computes each series by itself and they are put together here. Erlenmeyer would hand out the points themselves then, so it
//! puts them together, with the aggregators that invent nothing where a series has no point. It ends its buckets at the end of the
//! query: a millisecond before a bucket's end makes them ours, if it keeps the millisecond; older ones count in whole seconds,
//! which the times of their answer show.

use super::Dialect;
use super::question::{Question, Series, SubQuery};
use super::reply::Element;
use super::server::Server;
use crate::catalog::SeriesQuery;
use crate::request::Statistic;
use crate::series::{Grid, Notes, Reason, Stretch};
use crate::source::{Call, Fetched, Part, SourceError};

/// Shorter numbers than this are read as seconds: 11 digits.
const FIRST_MILLISECONDS: i64 = 10_000_000_000;

/// The statistic of every bucket, or `None` where only the points can tell.
pub async fn fetch(
    server: &Server,
    series: &Series,
    query: &SeriesQuery,
    call: Call,
) -> Result<Option<Fetched>, SourceError> {
    let (Some(second), Some(buckets)) = (Function::beside_sum(query.statistic), aligned(&query.grid)) else {
        return Ok(None);
    };
    let question = question(server.dialect, series, second, buckets);
    let mut elements = server.ask(&question, call.deadline).await?;
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
    let Some(computed) = columns.values(query.statistic) else { return Ok(None) };
    Ok(Some(Fetched { parts: vec![Part::Computed(computed)], notes: Notes::default(), fetched_at_ms: call.now_ms }))
}

fn has_two_of_a_time(points: &[(i64, f64)]) -> bool {
    let mut times: Vec<i64> = points.iter().map(|(time, _)| *time).collect();
    times.sort_unstable();
    times.windows(2).any(|pair| pair[0] == pair[1])
}

/// The buckets, where each begins at a multiple of its length.
fn aligned(grid: &Grid) -> Option<Stretch> {
    match grid.stretches()[..] {
        [one] if one.first % one.seconds == 0 && one.first * 1000 > FIRST_MILLISECONDS => Some(one),
        _ => None,
    }
}

fn question(dialect: Dialect, series: &Series, second: Function, buckets: Stretch) -> Question<'_> {
    let Stretch { first, seconds, count } = buckets;
    let end = (first + seconds * i64::try_from(count).unwrap_or(i64::MAX / seconds)) * 1000 - 1;
    let (start, show_query) = match dialect {
        Dialect::OpenTsdb => (first * 1000, true),
        Dialect::Erlenmeyer => (first * 1000 - 1, false),
    };
    let sub_query = |function: Function| SubQuery {
        series,
        aggregator: function.aggregator(dialect),
        downsample: Some(format!("{seconds}s-{}", function.word())),
    };
    let queries = vec![sub_query(Function::Sum), sub_query(second)];
    Question { start, end, ms_resolution: true, show_query, queries }
}

/// What is computed of a bucket's points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Function {
    Sum,
    Count,
    Minimum,
    Maximum,
}

impl Function {
    /// What is asked beside the sum, which tells whether all points are finite; `None` for what cannot be put together.
    fn beside_sum(statistic: Statistic) -> Option<Self> {
        match statistic {
            Statistic::Average | Statistic::Sum | Statistic::Count => Some(Self::Count),
            Statistic::Minimum => Some(Self::Minimum),
            Statistic::Maximum => Some(Self::Maximum),
            Statistic::Percentile(_) => None,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Sum => "sum",
            Self::Count => "count",
            Self::Minimum => "min",
            Self::Maximum => "max",
        }
    }

    fn aggregator(self, dialect: Dialect) -> &'static str {
        match (dialect, self) {
            (Dialect::OpenTsdb, _) => "none",
            (Dialect::Erlenmeyer, Self::Sum | Self::Count) => "zimsum",
            (Dialect::Erlenmeyer, Self::Minimum) => "mimmin",
            (Dialect::Erlenmeyer, Self::Maximum) => "mimmax",
        }
    }

    /// Of two series' buckets together.
    fn together(self, one: f64, other: f64) -> f64 {
        match self {
            Self::Sum | Self::Count => one + other,
            Self::Minimum => one.min(other),
            Self::Maximum => one.max(other),
        }
    }
}

/// Sum and the other function of each bucket, all series together.
#[derive(Debug)]
struct Columns {
    sum: Vec<Option<f64>>,
    second: Vec<Option<f64>>,
}

impl Columns {
    /// `None` where a point is not of a bucket of `grid`, or an element of neither sub-query, or a series has two points of one time.
    /// `elements` are sorted by index and tags.
    fn of(elements: &[Element], dialect: Dialect, second: Function, grid: &Grid) -> Option<Self> {
        let is_same = |pair: &[Element]| (pair[0].index, &pair[0].tags) == (pair[1].index, &pair[1].tags);
        if elements.windows(2).any(is_same) {
            return None;
        }
        let mut columns = Self { sum: vec![None; grid.len()], second: vec![None; grid.len()] };
        for element in elements {
            if has_two_of_a_time(&element.points) {
                return None;
            }
            let (column, function) = match element.index? {
                0 => (&mut columns.sum, Function::Sum),
                1 => (&mut columns.second, second),
                _ => return None,
            };
            for &(time_ms, value) in &element.points {
                let bucket = grid.bucket_of(time_ms)?;
                let expected = match dialect {
                    Dialect::OpenTsdb => grid.edge(bucket) * 1000,
                    Dialect::Erlenmeyer => grid.edge(bucket + 1) * 1000 - 1,
                };
                let place = &mut column[bucket];
                *place = Some(place.map_or(value, |before| function.together(before, value)));
                (time_ms == expected).then_some(())?;
            }
        }
        Some(columns)
    }

    /// Bucket and value; `None` where a bucket has points that are not finite, or only one of the two.
    fn values(&self, statistic: Statistic) -> Option<Vec<(usize, f64)>> {
        let mut values = Vec::new();
        for (bucket, pair) in self.sum.iter().zip(&self.second).enumerate() {
            let (sum, second) = match pair {
                (None, None) => continue,
                (Some(sum), Some(second)) if sum.is_finite() && second.is_finite() => (*sum, *second),
                _ => return None,
            };
            let value = match statistic {
                Statistic::Average => sum / second,
                Statistic::Sum => sum,
                _ => second,
            };
            values.push((bucket, value));
        }
        values.iter().all(|(_, value)| value.is_finite()).then_some(values)
    }
}
