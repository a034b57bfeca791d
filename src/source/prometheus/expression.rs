//! An operator's expression, evaluated at every multiple of its resolution: what it yields then counts as the samples.

use super::api::{Server, Steps};
use super::config::Operations;
use super::promql;
use crate::call::Call;
use crate::catalog::{Expression, SeriesQuery};
use crate::error::SourceError;
use crate::source::runtime::sample_collector::SampleCollector;
use std::ops::Range;

/// Returns the values of `expression` that decide the buckets of `query`.
pub async fn fetch(
    server: &Server,
    expression: &Expression,
    query: &SeriesQuery,
    call: Call<'_>,
) -> Result<SampleCollector, SourceError> {
    let mut gathered = server.room.gathered();
    let (text, call) = (promql::expression(expression), call);
    if let Some(steps) = steps(query.sample_range(call.now_ms), expression.resolution_seconds.max(1)) {
        if steps.count > server.room.most() {
            let seconds = steps.seconds * i64::try_from(steps.count).unwrap_or(i64::MAX / steps.seconds);
            return Err(SourceError::too_many_samples(seconds, steps.count, server.room.most()));
        }
        for window in steps.windows(server.points_per_call) {
            let seconds = window.first..window.last() + window.seconds;
            let answer = match server.operations {
                Operations::All => server.range(&text, window, call).await?,
                Operations::InstantOnly => {
                    let query = promql::sampled(&text, seconds.end - seconds.start, window.seconds);
                    server.instant(&query, seconds.end, call).await?
                }
            };
            gathered.add(answer, &seconds)?;
        }
    }
    Ok(gathered)
}

/// Returns the multiples of `resolution` inside `range`, if there is one.
fn steps(range: Range<i64>, resolution: i64) -> Option<Steps> {
    let first = range.start + (-range.start).rem_euclid(resolution);
    let count = usize::try_from((range.end - first + resolution - 1) / resolution).ok()?;
    (first < range.end).then_some(Steps { first, seconds: resolution, count })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn evaluations_are_the_multiples_of_the_resolution_in_the_range() {
        let times = |resolution| steps(600..900, resolution).map(|steps| (steps.first, steps.last(), steps.count));
        assert_eq!(times(60), Some((600, 840, 5)));
        assert_eq!(times(7), Some((602, 896, 43)));
        assert_eq!(times(299), Some((897, 897, 1)));
        assert_eq!(times(3600), None);
    }
}
