//! An operator's expression, evaluated at every multiple of its resolution: what it yields then counts as the samples.

use super::promql;
use super::server::{Server, Steps};
use super::settings::Operations;
use crate::catalog::Expression;
use crate::clock::Deadline;
use crate::series::{Grid, Notes, Reason};
use crate::source::{Part, SourceError, raw};

/// The values of `expression` in every bucket.
pub async fn fetch(
    server: &Server,
    expression: &Expression,
    grid: &Grid,
    deadline: Deadline,
) -> Result<(Vec<Part>, Notes), SourceError> {
    let mut gathered = server.room.gathered();
    let text = promql::expression(expression);
    if let Some(steps) = steps(grid, expression.resolution_seconds.max(1)) {
        if steps.count > server.room.most() {
            return Err(SourceError::new(Reason::TooBig, "more evaluations than one fetch may have samples"));
        }
        for window in steps.windows(server.points_per_call) {
            let seconds = window.first..window.last() + window.seconds;
            let answer = match server.operations {
                Operations::All => server.range(&text, window, deadline).await?,
                Operations::InstantOnly => {
                    let query = promql::sampled(&text, seconds.end - seconds.start, window.seconds);
                    server.instant(&query, seconds.end, deadline).await?
                }
            };
            gathered.add(answer, &seconds)?;
        }
    }
    Ok(raw::part(0..grid.len(), gathered))
}

/// The multiples of `resolution` inside of the grid, if there is one.
fn steps(grid: &Grid, resolution: i64) -> Option<Steps> {
    let range = grid.range();
    let first = range.start + (-range.start).rem_euclid(resolution);
    let count = usize::try_from((range.end - first + resolution - 1) / resolution).ok()?;
    (first < range.end).then_some(Steps { first, seconds: resolution, count })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Limits;
    use crate::request::{Period, Span, Zone};

    #[test]
    fn evaluations_are_the_multiples_of_the_resolution_in_the_grid() {
        let limits = Limits::default();
        let grid = Grid::new(Span::new(600, 900, &limits).unwrap(), Period::new(300, &limits).unwrap(), &Zone::utc());
        let times = |resolution| steps(&grid, resolution).map(|steps| (steps.first, steps.last(), steps.count));
        assert_eq!(times(60), Some((600, 840, 5)));
        assert_eq!(times(7), Some((602, 896, 43)));
        assert_eq!(times(299), Some((897, 897, 1)));
        assert_eq!(times(3600), None);
    }
}
