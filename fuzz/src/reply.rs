//! `prometheus_reply`, `opentsdb_reply`, `openstack_reply`: any response of a server → sorted, finite samples within the limit.

use crate::quickly;
use metricshot::limits::Limits;
use metricshot::source::runtime::sample_collector::{Answer, SampleCollector, Series};
use metricshot::source::{gnocchi, opentsdb, prometheus};
use std::collections::BTreeMap;
use std::time::Duration;

/// The maximum number of samples of a fetch, small so that inputs reach it.
const MAX_SAMPLES: usize = 100;

/// The maximum time to parse one kilobyte.
const TIME_PER_KILOBYTE: Duration = Duration::from_millis(20);

pub fn prometheus(body: &[u8]) {
    for status in [200, 422] {
        let read = timed(body, || prometheus::response::parse(status, body));
        read.map_or_else(|error| is_short(&error.detail), sound);
    }
}

pub fn opentsdb(body: &[u8]) {
    for status in [200, 400] {
        match timed(body, || opentsdb::response::parse(status, body)) {
            Ok(opentsdb::response::Verdict::Elements(elements)) => {
                let series =
                    elements.into_iter().map(|element| Series { labels: element.tags, points: element.points });
                sound(Answer { series: series.collect(), ..Answer::default() });
            }
            Ok(opentsdb::response::Verdict::UnknownName) => {}
            Err(error) => is_short(&error.detail),
        }
        let _ = opentsdb::response::names(status, body).map_err(|error| is_short(&error.detail));
    }
}

pub fn openstack(body: &[u8]) {
    use gnocchi::response::{Aggregates, Metric, Resource, Verdict, parse};
    let metrics = |metrics: Vec<Metric>| {
        for metric in metrics {
            let lengths = metric.policy.granularities;
            assert!(lengths.is_sorted() && lengths.iter().all(|length| length.seconds > 0), "{lengths:?}");
        }
    };
    for status in [200, 404] {
        if let Ok(Verdict::Answered(metric)) = timed(body, || parse::<Metric>(status, body)) {
            metrics(vec![metric]);
        }
        if let Ok(Verdict::Answered(list)) = parse(status, body) {
            metrics(list);
        }
        let _ = parse::<Vec<Resource>>(status, body).map_err(|error| is_short(&error.detail));
        if let Ok(Verdict::Answered(mut aggregates)) = parse::<Aggregates>(status, body) {
            let points = aggregates.column("a", "mean");
            let points = points.into_iter().map(|(second, value)| (second.saturating_mul(1000), value)).collect();
            sound(Answer { series: vec![Series { labels: BTreeMap::new(), points }], ..Answer::default() });
        }
    }
}

/// Checks that the samples of a response can be rolled up for a day.
fn sound(answer: Answer) {
    let limits = Limits { samples_per_fetch: MAX_SAMPLES, ..Limits::default() };
    let day = 1_789_948_800..1_790_035_200;
    let mut gathered = SampleCollector::new(limits.samples_per_fetch, limits.series_per_answer);
    if gathered.add(answer, &day).is_err() {
        return;
    }
    let (series, _) = gathered.finish();
    assert!(series.iter().map(|one| one.len() + one.skipped()).sum::<usize>() <= MAX_SAMPLES);
    for one in series {
        assert!(one.times_ms().is_sorted_by(|a, b| a < b), "{one:?}");
        assert!(one.times_ms().iter().all(|time| (day.start * 1000..day.end * 1000).contains(time)), "{one:?}");
        assert!(one.values().iter().all(|value| value.is_finite()), "{one:?}");
    }
}

/// Checks that the excerpt of an upstream error for the log is short.
fn is_short(detail: &str) {
    assert!(detail.len() <= 1024, "{} bytes for the log", detail.len());
}

fn timed<T>(body: &[u8], read: impl Fn() -> T) -> T {
    quickly(TIME_PER_KILOBYTE * (1 + u32::try_from(body.len() / 1024).unwrap_or(u32::MAX)), read)
}
