//! The footer: range, zone, period, and whether series were thinned.
//!
//! It does not show the time of the request: equal requests return equal bytes.

use super::messages;
use super::time_span::SpanText;
use crate::chart::chart_model::{ChartModel, SEPARATOR};
use crate::request::Period;
use crate::rollup;
use crate::series::Outcome;

/// Returns the footer texts, from the full one to the shortest.
pub(in crate::chart) fn texts(model: &ChartModel, span: &SpanText) -> Vec<String> {
    let period = periods(model);
    let reduction = is_thinned(model).then(|| messages::reduced(model.chart.kind, model.language));
    let notes = reduction.into_iter().flatten().map(|note| format!("{period}{SEPARATOR}{note}"));
    let details: Vec<String> = notes.chain([period.clone()]).collect();
    let ranges = span.shorter();
    let [range, ..] = ranges.as_slice() else { return details };
    let whole = details.iter().map(|details| format!("{range}{SEPARATOR}{details}"));
    whole.chain(ranges.iter().map(|range| format!("{range}{SEPARATOR}{period}"))).chain(ranges.clone()).collect()
}

/// Returns the period of all series, or the shortest and the longest.
fn periods(model: &ChartModel) -> String {
    let used = model.frame.lines.iter().map(|line| match &line.outcome {
        Outcome::Answered(buckets, _) => buckets.grid().period(),
        Outcome::Missing(_) => line.period,
    });
    let used: Vec<Period> = used.collect();
    match (used.iter().min(), used.iter().max()) {
        (Some(shortest), Some(longest)) if shortest < longest => {
            let [shortest, longest] = [shortest, longest].map(|&period| messages::period(period, model.language));
            format!("{shortest} – {longest}")
        }
        (Some(&only), _) => messages::period(only, model.language),
        (None, _) => String::new(),
    }
}

/// Returns true if a series has more points than are drawn.
fn is_thinned(model: &ChartModel) -> bool {
    model.frame.lines.iter().any(|line| match &line.outcome {
        Outcome::Answered(buckets, _) => rollup::thins(buckets, model.columns),
        Outcome::Missing(_) => false,
    })
}
