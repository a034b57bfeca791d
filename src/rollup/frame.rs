//! Answers of the sources → the lines of the picture.
//!
//! The door of the room. Each answer is rolled up once, however many lines are drawn from it; then each line fills in what a bucket
//! without samples means to it, and scales.

use super::statistics::roll_up;
use crate::catalog::{Missing, PlannedLine, QueryPlan, SeriesQuery};
use crate::request::{MetricRequest, Query, Statistic};
use crate::series::{Buckets, Frame, Line, Notes, Outcome, Reason};
use crate::source::{Fetched, Part};
use crate::stop::{Stop, Stopped};

/// Rolls up what the sources answered: `answers` has one entry for each of `plan.fetches`. Err when `stop` is raised meanwhile.
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
    let line = |(metric, line): (&MetricRequest, &PlannedLine)| Line {
        label: metric.label(),
        colour: metric.colour,
        statistic: metric.statistic,
        period: metric.period,
        unit: line.unit,
        outcome: match rolled.get(line.fetch) {
            Some(Ok(rolled)) => Outcome::Answered(rolled.for_line(line), rolled.notes.clone()),
            Some(Err(reason)) => Outcome::Missing(*reason),
            None => Outcome::Missing(Reason::Down),
        },
    };
    Ok(Frame {
        span: query.span,
        zone: query.zone.clone(),
        lines: query.metrics.iter().zip(&plan.lines).map(line).collect(),
        complete_until: answers.iter().flatten().map(|answer| answer.fetched_at_ms.div_euclid(1000)).min(),
    })
}

/// One answer, rolled up.
struct Rolled<'a> {
    query: &'a SeriesQuery,
    /// One for each bucket; `None` is a bucket without samples, and what is not finite is a result that no number can hold.
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
        // Nothing has happened yet in a bucket that lies ahead: that is no zero.
        let zero = |bucket| (fills && grid.edge(bucket) * 1000 < self.fetched_at_ms).then_some(0.0);
        // Adding zero turns −0 into 0, which prints without a sign.
        let value = |(bucket, value): (usize, &Option<f64>)| Some(value.or_else(|| zero(bucket))? * line.scale + 0.0);
        Buckets::new(grid.clone(), self.values.iter().enumerate().map(value))
    }
}
