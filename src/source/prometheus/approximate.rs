//! AVG and SUM of a counter by the server's own `rate`, for rules with `approximate = true`.
//!
//! `rate` extrapolates to the edges of a bucket and divides by its whole length, so the value of a bucket is only close to the rule's. The
//! buckets that are not over yet, where it would fall towards 0, come from their samples.

use super::api::{Selected, Server, Steps};
use super::group::Group;
use crate::call::Call;
use crate::catalog::{Across, SeriesQuery};
use crate::error::SourceError;
use crate::request::Statistic;
use crate::series::{Notes, Part};
use crate::source::runtime::windowed_fetch;

/// VictoriaMetrics hides the newest 30 seconds (`-search.latencyOffset`), and scrapes are written late: buckets that ended more recently
/// count as not over.
const UNSETTLED_SECONDS: i64 = 60;

/// Returns the rate or increase of every bucket of `query`.
pub async fn fetch(
    server: &Server,
    group: &Group<'_>,
    query: &SeriesQuery,
    call: Call<'_>,
) -> Result<(Vec<Part>, Notes), SourceError> {
    let settled_before = call.now_ms.div_euclid(1000) - UNSETTLED_SECONDS;
    let (mut computed, mut notes, mut bucket) = (Vec::new(), Notes::default(), 0);
    for stretch in query.grid.stretches() {
        let over = (settled_before - stretch.first).div_euclid(stretch.seconds);
        let over = usize::try_from(over).unwrap_or(0).min(stretch.count);
        let offset = (-stretch.first).rem_euclid(stretch.seconds);
        let expression = expression(&group.selector, query, stretch.seconds, offset);
        let steps = Steps { first: stretch.first + stretch.seconds + offset, seconds: stretch.seconds, count: over };
        for window in steps.windows(server.points_per_call) {
            let answer = server.range(&expression, window, call).await?;
            notes.incomplete |= answer.incomplete;
            for (time_ms, value) in answer.series.into_iter().flat_map(|series| series.points) {
                let index = steps.index_of(time_ms).filter(|_| value.is_finite());
                computed.extend(index.map(|index| (bucket + index, value)));
            }
        }
        bucket += over;
        if over < stretch.count {
            break;
        }
    }
    notes.approximate = !computed.is_empty();
    let mut parts = vec![Part::Computed(computed)];
    let rest = bucket..query.grid.len();
    if !rest.is_empty() {
        let mut range = query.sample_range(call.now_ms);
        range.start += query.grid.edge(rest.start) - query.grid.edge(0);
        let outside = query.grid.edge(rest.start)..query.grid.edge(rest.end);
        let gathered = windowed_fetch::samples(&Selected { server, group }, range, call).await?;
        let (samples, more) = windowed_fetch::part(rest, gathered.without_noise_outside(outside));
        parts.extend(samples);
        notes.incomplete |= more.incomplete;
    }
    notes.unrequested = group.unrequested();
    Ok((parts, notes))
}

/// Buckets of `seconds` seconds that end `offset_seconds` before the evaluation.
fn expression(selector: &str, query: &SeriesQuery, seconds: i64, offset_seconds: i64) -> String {
    let function = if query.statistic == Statistic::Sum { "increase" } else { "rate" };
    let operator = if query.across == Across::Average { "avg" } else { "sum" };
    format!("{operator}({function}({selector}[{seconds}s] offset {}ms))", offset_seconds * 1000 + 1)
}
