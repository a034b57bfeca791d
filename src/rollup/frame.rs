//! Converts the sources' responses to the lines of the chart.
//!
//! The entry point of the module. Each response is rolled up once, however many lines use it; then each line fills its
//! buckets without samples, and applies its scale.

use super::split::{Candidate, Selection};
use super::statistics::roll_up;
use crate::cancel::{Stop, Stopped};
use crate::catalog::{Missing, PlannedLine, QueryPlan, SeriesQuery};
use crate::error::Reason;
use crate::request::{DisplayText, MetricRequest, Query, SplitBy, Statistic};
use crate::series::{Buckets, Fetched, Frame, Line, Notes, Outcome, Part, SplitAnswer};

/// Rolls up the responses of the sources: `answers` has one entry for each of `plan.fetches`. Fails when `stop` is
/// raised.
pub fn frame(
    query: &Query,
    plan: &QueryPlan,
    answers: Vec<Result<Fetched, Reason>>,
    stop: &Stop,
) -> Result<Frame, Stopped> {
    let rolled = plan.fetches.iter().zip(&answers).map(|(fetch, answer)| match answer {
        Ok(answer) => Rolled::new(&fetch.query, answer, stop).map(Ok),
        Err(reason) => Ok(Err(*reason)),
    });
    let rolled: Vec<Result<Rolled, Reason>> = rolled.collect::<Result<_, _>>()?;
    let mut lines = Vec::with_capacity(query.metrics.len());
    for (index, (metric, planned)) in query.metrics.iter().zip(&plan.lines).enumerate() {
        let outcome = match rolled.get(planned.fetch) {
            Some(Ok(rolled)) => Outcome::Answered(rolled.for_line(planned), rolled.notes.clone()),
            Some(Err(reason)) => Outcome::Missing(*reason),
            None => Outcome::Missing(Reason::Down),
        };
        let line = Line {
            metric: index,
            label: metric.label(),
            colour: metric.colour,
            statistic: metric.statistic,
            period: metric.period,
            unit: planned.unit,
            outcome,
        };
        let fetch = plan.fetches.get(planned.fetch).map(|fetch| &fetch.query);
        match (fetch.and_then(|query| Some((query, query.split_by.as_ref()?))), answers.get(planned.fetch)) {
            (Some((query, split_by)), Some(Ok(answer))) => {
                lines.extend(split_lines(line, metric, planned, (query, split_by), answer, stop)?);
            }
            _ => lines.push(line),
        }
    }
    Ok(Frame {
        span: query.span,
        zone: query.zone.clone(),
        lines,
        complete_until: answers.iter().flatten().map(|answer| answer.fetched_at_ms.div_euclid(1000)).min(),
    })
}

/// Returns the lines of a split metric, each like `whole` except for label, colour and values; `whole` itself if no
/// series has a value.
///
/// A requested colour applies to a single line only; several lines take the colours of the palette.
fn split_lines(
    whole: Line,
    metric: &MetricRequest,
    planned: &PlannedLine,
    (query, split_by): (&SeriesQuery, &SplitBy),
    answer: &Fetched,
    stop: &Stop,
) -> Result<Vec<Line>, Stopped> {
    let mut chosen = Selection::new(split_by);
    for SplitAnswer { values, fetched } in &answer.split {
        let rolled = Rolled::new(query, fetched, stop)?;
        chosen.add(values, rolled.for_line(planned), rolled.notes);
    }
    let (chosen, mut notes) = chosen.finish();
    if chosen.is_empty() {
        return Ok(vec![whole]);
    }
    notes.add(&answer.notes);
    let colour = whole.colour.filter(|_| chosen.len() == 1);
    let line = |Candidate { values, buckets, notes }| {
        let label = split_by.label(values);
        let label = match &metric.display_name {
            Some(name) => DisplayText::lossy(&format!("{} · {}", name.as_str(), label.as_str())),
            None => label,
        };
        Line { label, colour, outcome: Outcome::Answered(buckets, notes), ..whole.clone() }
    };
    let mut lines: Vec<Line> = chosen.into_iter().map(line).collect();
    if let Some(Line { outcome: Outcome::Answered(_, first), .. }) = lines.first_mut() {
        first.add(&notes);
    }
    Ok(lines)
}

/// A response, rolled up.
struct Rolled<'a> {
    query: &'a SeriesQuery,
    /// One value per bucket: `None` for a bucket without samples, non-finite for a result that no number can hold.
    values: Vec<Option<f64>>,
    notes: Notes,
    fetched_at_ms: i64,
}

impl<'a> Rolled<'a> {
    fn new(query: &'a SeriesQuery, answer: &Fetched, stop: &Stop) -> Result<Self, Stopped> {
        let mut values = vec![None; query.grid.len()];
        let mut notes = answer.notes.clone();
        for part in &answer.parts {
            stop.check()?;
            match part {
                Part::Computed(points) => {
                    for &(bucket, value) in points {
                        if let Some(place) = values.get_mut(bucket) {
                            *place = Some(value);
                        }
                    }
                }
                Part::Samples { buckets, series } => {
                    let end = buckets.end.min(values.len());
                    let buckets = buckets.start.min(end)..end;
                    let part = roll_up(query, buckets.clone(), series, answer.fetched_at_ms);
                    values[buckets].copy_from_slice(&part.values);
                    notes.skipped += part.notes.skipped;
                    notes.conflicting += part.notes.conflicting;
                    notes.silences += part.notes.silences;
                    notes.pooled = notes.pooled.max(part.notes.pooled);
                }
            }
        }
        Ok(Self { query, values, notes, fetched_at_ms: answer.fetched_at_ms })
    }

    fn for_line(&self, line: &PlannedLine) -> Buckets {
        let grid = &self.query.grid;
        let counts = matches!(self.query.statistic, Statistic::Sum | Statistic::Count);
        let fills = counts && line.missing == Missing::Zero;
        // A bucket that lies in the future has no events yet, which is not zero.
        let zero = |bucket| (fills && grid.edge(bucket) * 1000 < self.fetched_at_ms).then_some(0.0);
        // Adding zero turns −0 into 0, which prints without a sign.
        let value = |(bucket, value): (usize, &Option<f64>)| Some(value.or_else(|| zero(bucket))? * line.scale + 0.0);
        Buckets::new(grid.clone(), self.values.iter().enumerate().map(value))
    }
}
