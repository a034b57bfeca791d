//! `rollup`: start, seconds, period, zone, kind; then times in seconds from the start and values, where `|` begins another series.
//!
//! The statistics of the same samples agree with each other in any order of the series, and thinning loses no extreme value.

use crate::words::{Words, text};
use metricshot::cancel::Stop;
use metricshot::catalog::{
    MetricKind, Missing, PlannedFetch, PlannedLine, QueryPlan, QueryTarget, Selector, SeriesQuery,
};
use metricshot::limits::Limits;
use metricshot::request::{MetricRef, MetricRequest, Name, Period, Query, Span, Statistic, Unit, Zone};
use metricshot::rollup::{extremes, frame, thin, thins};
use metricshot::series::{Buckets, Fetched, Grid, Outcome, Part, Samples};
use std::sync::Arc;

const STATISTICS: [Statistic; 7] = [
    Statistic::Count,
    Statistic::Minimum,
    Statistic::Average,
    Statistic::Maximum,
    Statistic::Sum,
    Statistic::Percentile(500),
    Statistic::Percentile(999),
];

pub fn check(input: &[u8]) {
    let text = text(input);
    let mut words = Words::of(&text);
    let time = words.time();
    let kind = words.choice([("gauge", MetricKind::Gauge), ("counter", MetricKind::Counter)]);
    let grid = Arc::new(Grid::new(time.0, time.1, &time.2));
    if grid.len() > 5000 {
        return;
    }
    let series = series(words, time.0.start());
    let backwards: Vec<Samples> = series.iter().rev().cloned().collect();
    let lines = rolled(&time, kind, &grid, series.clone());
    assert_eq!(bits(&lines), bits(&rolled(&time, kind, &grid, backwards)), "the order of series shows");

    let [count, least, mean, greatest, _, median, most] = &lines[..] else { panic!("a line for each statistic") };
    let range = grid.range().start * 1000..grid.range().end * 1000;
    let inside = |series: &Samples| series.times_ms().iter().filter(|time| range.contains(time)).count();
    let counted: f64 = count.points().map(|(_, value)| value).sum();
    assert_eq!(counted, series.iter().map(inside).sum::<usize>() as f64, "a sample is lost or counted twice");
    for bucket in 0..grid.len() {
        let [low, mean, high, median, most] = [least, mean, greatest, median, most].map(|line| line.value(bucket));
        if let (Some(low), Some(high)) = (low, high) {
            for value in [mean, median, most] {
                let value = value.expect("all or none has a value");
                assert!(low <= value && value <= high, "{value} is outside of {low} to {high}");
            }
        }
        assert_eq!(
            kind == MetricKind::Gauge && count.value(bucket).is_some(),
            kind == MetricKind::Gauge && low.is_some()
        );
    }
    lines.iter().for_each(|line| [1, 2, 7, 600].into_iter().for_each(|columns| keeps_extremes(line, columns)));
}

fn series(words: Words, start: i64) -> Vec<Samples> {
    let mut series = vec![Vec::new()];
    let mut time = None;
    for word in words.rest() {
        match (word, time.take()) {
            ("|", _) => series.push(Vec::new()),
            (word, None) => time = word.parse::<i64>().ok(),
            (word, Some(second)) => {
                let time_ms = second.saturating_add(start).saturating_mul(1000);
                series
                    .iter_mut()
                    .rev()
                    .take(1)
                    .for_each(|last| last.extend(word.parse().map(|value| (time_ms, value))));
            }
        }
    }
    series.into_iter().map(Samples::new).collect()
}

/// Returns a line for each of [`STATISTICS`].
fn rolled(
    (span, period, zone): &(Span, Period, Zone),
    kind: MetricKind,
    grid: &Arc<Grid>,
    series: Vec<Samples>,
) -> Vec<Buckets> {
    let name = |text| Name::new(text, &Limits::default()).expect("a name");
    let metric = MetricRef::new(name("n"), name("m"), Vec::new()).expect("a metric");
    let request = |statistic| MetricRequest {
        metric: metric.clone(),
        period: *period,
        statistic,
        colour: None,
        display_name: None,
        split_by: None,
    };
    let wanted = QueryTarget::Select(Selector { name: "m".to_owned(), labels: Vec::new() });
    let fetch = |statistic| {
        let query = SeriesQuery::new(wanted.clone(), kind, statistic, Arc::clone(grid));
        PlannedFetch { source: "s".to_owned(), query }
    };
    let line = |fetch| PlannedLine { fetch, unit: Unit::NONE, scale: 1.0, missing: Missing::Gap };
    let plan = QueryPlan { fetches: STATISTICS.map(fetch).to_vec(), lines: (0..STATISTICS.len()).map(line).collect() };
    let query = Query { span: *span, zone: zone.clone(), metrics: STATISTICS.map(request).to_vec() };
    let part = Part::Samples { buckets: 0..grid.len(), series };
    let answer = Ok(Fetched { parts: vec![part], fetched_at_ms: i64::MAX, ..Fetched::default() });
    let frame =
        frame(&query, &plan, vec![answer; STATISTICS.len()], &Stop::default()).expect("the stop flag is never set");
    let buckets = |line: metricshot::series::Line| match line.outcome {
        Outcome::Answered(buckets, _) => buckets,
        Outcome::Missing(reason) => panic!("{reason:?} though it was answered"),
    };
    frame.lines.into_iter().map(buckets).collect()
}

fn bits(lines: &[Buckets]) -> Vec<Vec<u64>> {
    lines.iter().map(|line| line.bits().collect()).collect()
}

fn keeps_extremes(line: &Buckets, columns: usize) {
    let kept: Vec<(i64, f64)> = thin(line, columns).into_iter().flatten().collect();
    assert!(kept.is_sorted_by(|a, b| a.0 < b.0), "time runs backwards");
    assert!(
        kept.iter().all(|&(second, value)| line.value(line.grid().bucket_at(second).expect("a bucket")) == Some(value))
    );
    let values = line.values_or_nan();
    if !thins(line, columns) {
        return assert_eq!(kept.len(), line.points().count());
    }
    let edge = |column: usize| column * values.len() / columns;
    for part in (0..columns).map(|column| edge(column)..edge(column + 1)) {
        let Some((least, greatest)) = extremes(&values[part.clone()]) else { continue };
        for wanted in [least, greatest].map(|index| part.start + index) {
            let has = |&(second, value): &(i64, f64)| {
                line.grid().bucket_at(second).is_some_and(|at| part.contains(&at)) && value == values[wanted]
            };
            assert!(kept.iter().any(has), "column {part:?} of {columns} lost {}", values[wanted]);
        }
    }
}
