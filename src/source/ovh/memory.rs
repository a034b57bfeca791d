//! Store of samples with a retention and a capacity.
//!
//! Filled by [`super::rounds`], read by the source. Where there is no room left, what is oldest is forgotten.

use super::field::unit;
use crate::catalog::{MetricDescriptor, MetricKind, Selector};
use crate::source::runtime::sample_collector::{Answer, Series};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

/// The labels of one thing.
pub type Labels = Arc<BTreeMap<String, String>>;

/// Samples of all series, each in the order of its times.
#[derive(Debug)]
pub struct SampleStore {
    series: BTreeMap<(&'static str, Labels), VecDeque<(i64, f64)>>,
    keep_ms: i64,
    most: usize,
    count: usize,
}

impl SampleStore {
    /// Keeps samples for `keep`, and at most `most` of them.
    pub fn new(keep: Duration, most: usize) -> Self {
        let keep_ms = i64::try_from(keep.as_millis()).unwrap_or(i64::MAX);
        Self { series: BTreeMap::new(), keep_ms, most, count: 0 }
    }

    /// Reports whether there is no sample.
    pub fn is_empty(&self) -> bool {
        self.series.is_empty()
    }

    /// Adds the values of one object at `time_ms`, in milliseconds since the epoch.
    pub fn add(&mut self, labels: &Labels, time_ms: i64, numbers: &[(&'static str, f64)]) {
        for &(name, value) in numbers {
            let points = self.series.entry((name, Arc::clone(labels))).or_default();
            // A clock that was set back takes nothing away.
            if points.back().is_none_or(|&(last, _)| last < time_ms) {
                points.push_back((time_ms, value));
                self.count += 1;
            }
        }
    }

    /// Forgets what is too old at `now_ms`, and then what is oldest until the rest has room; how much that was is the answer.
    pub fn forget(&mut self, now_ms: i64) -> usize {
        self.forget_before(now_ms.saturating_sub(self.keep_ms));
        let before = self.count;
        while self.count > self.most {
            let first = self.series.values().filter_map(|points| points.front()).map(|&(time, _)| time).min();
            self.forget_before(first.unwrap_or(i64::MAX).saturating_add(1));
        }
        before - self.count
    }

    fn forget_before(&mut self, time_ms: i64) {
        self.series.retain(|_, points| {
            let old = points.partition_point(|&(time, _)| time < time_ms);
            points.drain(..old);
            !points.is_empty()
        });
        self.count = self.series.values().map(VecDeque::len).sum();
    }

    /// Returns the samples of `window`, in Unix seconds, of all series that match.
    pub fn select(&self, selector: &Selector, window: &Range<i64>) -> Answer {
        let has = |labels: &Labels| selector.labels.iter().all(|(label, value)| labels.get(label) == Some(value));
        let matching = self.series.iter().filter(|((name, labels), _)| *name == selector.name && has(labels));
        let series = matching.map(|((_, labels), points)| {
            let index_of = |second: i64| points.partition_point(|&(time, _)| time < second * 1000);
            let points = points.range(index_of(window.start)..index_of(window.end)).copied().collect();
            Series { labels: BTreeMap::clone(labels), points }
        });
        Answer { series: series.collect(), ..Answer::default() }
    }

    /// Returns the metrics that have samples.
    pub fn offers(&self) -> Vec<MetricDescriptor> {
        let keys = |labels: &Labels| labels.keys().cloned().collect::<Vec<_>>();
        let different: BTreeSet<_> = self.series.keys().map(|(name, labels)| (*name, keys(labels))).collect();
        let offer = |(name, labels): (&str, _)| MetricDescriptor {
            name: name.to_owned(),
            labels,
            unit: unit(name),
            kind: Some(MetricKind::Gauge),
        };
        different.into_iter().map(offer).collect()
    }
}
