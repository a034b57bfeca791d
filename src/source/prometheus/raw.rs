//! The samples as they were scraped, for whatever is not computed over there.
//!
//! An instant query for a range vector gives them; it is bounded by no number of points, so windows grow while answers are small and
//! shrink when one is too big.

use super::gathered::Gathered;
use super::server::Server;
use crate::clock::Deadline;
use crate::series::{Grid, Notes, Reason};
use crate::source::look_back::look_back;
use crate::source::{Part, SourceError};
use std::ops::Range;

/// The first window, in seconds.
const DAY: i64 = 86_400;

/// A window that is too big and not longer than this is not halved any more, in seconds.
const SHORTEST_WINDOW: i64 = 60;

/// The samples of every bucket.
pub async fn gauge(
    server: &Server,
    selector: &str,
    grid: &Grid,
    deadline: Deadline,
) -> Result<(Vec<Part>, Notes), SourceError> {
    let gathered = samples(server, selector, grid.range(), deadline).await?;
    Ok(part(0..grid.len(), gathered))
}

/// The samples of every bucket, and of each series the last one before them.
pub async fn counter(
    server: &Server,
    selector: &str,
    grid: &Grid,
    deadline: Deadline,
) -> Result<(Vec<Part>, Notes), SourceError> {
    let Range { start, end } = grid.range();
    let mut gathered = samples(server, selector, start - look_back(grid)..end, deadline).await?;
    gathered.keep_one_before(start);
    Ok(part(0..grid.len(), gathered))
}

/// The samples in `range`, in Unix seconds.
pub async fn samples(
    server: &Server,
    selector: &str,
    range: Range<i64>,
    deadline: Deadline,
) -> Result<Gathered, SourceError> {
    let mut gathered = Gathered::new(server.samples_per_fetch);
    let (mut start, mut length) = (range.start, DAY);
    while start < range.end {
        let window = start..range.end.min(start + length);
        match server.samples(selector, window.end - window.start, window.end, deadline).await {
            Ok(answer) => {
                if gathered.add(answer, &window)? < server.points_per_call {
                    length *= 2;
                }
                start = window.end;
            }
            Err(error) if error.reason == Reason::TooBig && window.end - window.start > SHORTEST_WINDOW => {
                length = (window.end - window.start) / 2;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(gathered)
}

/// One part with all of it.
pub fn part(buckets: Range<usize>, gathered: Gathered) -> (Vec<Part>, Notes) {
    let (series, notes) = gathered.finish();
    (vec![Part::Samples { buckets, series }], notes)
}
