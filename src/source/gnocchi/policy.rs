//! Archive policies: aggregates of a metric, and the selection of those that answer a query.
//!
//! Pure. Every aggregation of a policy is kept at every granularity, as far back from the newest sample as that granularity's timespan.
//! The present stands for the newest sample, so of a metric that has ended coarser aggregates are taken than there may be.

use crate::catalog::MetricKind;
use crate::request::Statistic;
use crate::series::{Grid, Stretch};
use std::collections::BTreeSet;

/// The mean of a bucket's samples.
pub const MEAN: &str = "mean";
/// Their sum.
pub const SUM: &str = "sum";
/// Number of samples.
pub const COUNT: &str = "count";
/// The least of them.
pub const LEAST: &str = "min";
/// The greatest of them.
pub const GREATEST: &str = "max";

/// One archive policy.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Policy {
    /// Granularities of whole seconds, the finest first.
    pub granularities: Vec<Granularity>,
    /// Names such as `mean`, `95pct`, `rate:mean`.
    pub aggregations: BTreeSet<String>,
}

/// Buckets of one length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Granularity {
    /// Length of each bucket.
    pub seconds: i64,
    /// Retention in seconds; `None` is unlimited.
    pub timespan: Option<i64>,
}

/// Aggregates to request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AggregateQuery {
    /// Seconds of each of Gnocchi's buckets.
    pub granularity: i64,
    /// Names of aggregations, each once.
    pub aggregations: Vec<String>,
}

impl Policy {
    /// Returns the aggregates that give exactly `statistic` of each bucket of `grid`; with the samples of other metrics unless this
    /// one is `alone`.
    ///
    /// Beside what the value needs, a sum or a mean is requested: it shows whether all samples are finite.
    pub fn exact(&self, statistic: Statistic, grid: &Grid, alone: bool, now_ms: i64) -> Option<AggregateQuery> {
        let stretches = grid.stretches();
        let divides =
            |seconds: i64| stretches.iter().all(|s: &Stretch| s.first % seconds == 0 && s.seconds % seconds == 0);
        let granularity = self.reaching(grid.edge(0), now_ms).rev().find(|&seconds| divides(seconds))?;
        let is_bucket = stretches.iter().all(|stretch| stretch.seconds == granularity);
        let needed = match statistic {
            Statistic::Average if alone && is_bucket && self.has(MEAN) => vec![MEAN.to_owned()],
            Statistic::Average => self.either(&[&[SUM, COUNT], &[MEAN, COUNT]])?,
            Statistic::Sum => self.either(&[&[SUM], &[MEAN, COUNT]])?,
            Statistic::Count => self.either(&[&[COUNT]])?,
            Statistic::Minimum => self.either(&[&[LEAST]])?,
            Statistic::Maximum => self.either(&[&[GREATEST]])?,
            Statistic::Percentile(permille) if alone && is_bucket => vec![self.percentile(permille)?],
            Statistic::Percentile(_) => return None,
        };
        let shown = needed.iter().any(|name| name == SUM || name == MEAN);
        let witness = [SUM, MEAN].into_iter().find(|name| !shown && self.has(name)).map(str::to_owned);
        Some(AggregateQuery { granularity, aggregations: needed.into_iter().chain(witness).collect() })
    }

    /// Returns the aggregates that replace the samples of a metric, and their number where it is stored: the finest ones since
    /// `start`, a Unix second.
    pub fn as_samples(
        &self,
        statistic: Statistic,
        kind: MetricKind,
        start: i64,
        now_ms: i64,
    ) -> Option<AggregateQuery> {
        let order: &[&str] = match (kind, statistic) {
            (MetricKind::Counter, _) => &["last", GREATEST, MEAN, "median", "first"],
            (MetricKind::Gauge, Statistic::Minimum) => &[LEAST, MEAN, "last", "median", "first"],
            (MetricKind::Gauge, Statistic::Maximum) => &[GREATEST, MEAN, "last", "median", "first"],
            (MetricKind::Gauge, _) => &[MEAN, "last", "median", "first"],
        };
        let granularity = self.reaching(start, now_ms).next()?;
        let value = order.iter().copied().find(|name| self.has(name))?;
        let aggregations = [value].into_iter().chain(self.has(COUNT).then_some(COUNT)).map(str::to_owned).collect();
        Some(AggregateQuery { granularity, aggregations })
    }

    /// Granularities that are kept since `start`, a Unix second, the finest first; where none is, those that reach furthest.
    fn reaching(&self, start: i64, now_ms: i64) -> impl DoubleEndedIterator<Item = i64> {
        let needed = now_ms.div_euclid(1000) - start;
        let reach = |granularity: &Granularity| granularity.timespan.unwrap_or(i64::MAX);
        let longest = self.granularities.iter().map(reach).max().unwrap_or(0);
        self.granularities.iter().filter(move |one| reach(one) >= needed.min(longest)).map(|one| one.seconds)
    }

    fn has(&self, name: &str) -> bool {
        self.aggregations.contains(name)
    }

    /// Returns the first of these sets that is stored completely.
    fn either(&self, sets: &[&[&str]]) -> Option<Vec<String>> {
        let kept = sets.iter().find(|set| set.iter().all(|name| self.has(name)))?;
        Some(kept.iter().map(|&name| name.to_owned()).collect())
    }

    /// Returns the aggregation of a percentile. Gnocchi has whole percents, by the same definition as the roll-up.
    fn percentile(&self, permille: u16) -> Option<String> {
        let name = permille.is_multiple_of(10).then(|| format!("{}pct", permille / 10));
        let median = (permille == 500).then(|| "median".to_owned());
        name.into_iter().chain(median).find(|name| self.has(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Limits;
    use crate::request::{Period, Span, Zone};

    const NOW: i64 = 1_774_656_000;
    const DAY: i64 = 86_400;

    /// Makes a policy of five minutes for a month and an hour for a year.
    fn policy(aggregations: &[&str]) -> Policy {
        let granularity = |seconds, days: i64| Granularity { seconds, timespan: Some(days * DAY) };
        Policy {
            granularities: vec![granularity(300, 30), granularity(3600, 365)],
            aggregations: aggregations.iter().map(|&name| name.to_owned()).collect(),
        }
    }

    fn grid(start: i64, period: i64, zone: &str) -> Grid {
        let limits = Limits::default();
        let span = Span::new(start, start + 2 * DAY, &limits).unwrap();
        Grid::new(span, Period::new(period, &limits).unwrap(), &Zone::parse(zone).unwrap())
    }

    fn exact(aggregations: &[&str], statistic: Statistic, grid: &Grid, alone: bool) -> Option<String> {
        let asked = policy(aggregations).exact(statistic, grid, alone, NOW * 1000)?;
        Some(format!("{} {}", asked.granularity, asked.aggregations.join("+")))
    }

    const ALL: [&str; 6] = ["mean", "sum", "count", "min", "max", "95pct"];

    #[test]
    fn the_coarsest_granularity_that_divides_the_buckets_is_asked() {
        let grid = |period| grid(NOW - 10 * DAY, period, "UTC");
        let ask = |period, statistic| exact(&ALL, statistic, &grid(period), true);
        assert_eq!(ask(300, Statistic::Average).as_deref(), Some("300 mean"));
        assert_eq!(ask(600, Statistic::Average).as_deref(), Some("300 sum+count"));
        assert_eq!(ask(7200, Statistic::Maximum).as_deref(), Some("3600 max+sum"));
        assert_eq!(ask(300, Statistic::Percentile(950)).as_deref(), Some("300 95pct+sum"));
        for (period, statistic) in [
            (60, Statistic::Average),
            (97, Statistic::Sum),
            (450, Statistic::Count),
            (600, Statistic::Percentile(950)),
            (300, Statistic::Percentile(955)),
            (300, Statistic::Percentile(900)),
        ] {
            assert_eq!(ask(period, statistic), None, "{statistic} by {period}");
        }
    }

    #[test]
    fn a_mean_of_means_and_a_percentile_of_percentiles_are_never_asked() {
        let grid = |period| grid(NOW - 10 * DAY, period, "UTC");
        assert_eq!(exact(&["mean"], Statistic::Average, &grid(300), true).as_deref(), Some("300 mean"));
        assert_eq!(exact(&["mean"], Statistic::Average, &grid(600), true), None);
        assert_eq!(exact(&["mean"], Statistic::Average, &grid(300), false), None);
        assert_eq!(exact(&["mean", "count"], Statistic::Average, &grid(300), false).as_deref(), Some("300 mean+count"));
        assert_eq!(exact(&["mean", "count"], Statistic::Sum, &grid(600), true).as_deref(), Some("300 mean+count"));
        assert_eq!(exact(&ALL, Statistic::Percentile(950), &grid(300), false), None);
    }

    #[test]
    fn local_days_are_put_together_from_hours_and_half_hours_from_what_divides_them() {
        let berlin = grid(NOW, DAY, "Europe/Berlin");
        assert!(berlin.stretches().len() > 1, "a clock change");
        assert_eq!(exact(&ALL, Statistic::Average, &berlin, true).as_deref(), Some("3600 sum+count"));
        let kolkata = grid(NOW, DAY, "Asia/Kolkata");
        assert_eq!(exact(&ALL, Statistic::Sum, &kolkata, true).as_deref(), Some("300 sum"));
        assert_eq!(exact(&["mean"], Statistic::Average, &berlin, true), None);
    }

    #[test]
    fn what_is_not_kept_any_more_is_taken_from_the_next_that_is() {
        let ask = |days: i64, period| exact(&ALL, Statistic::Sum, &grid(NOW - days * DAY, period, "UTC"), true);
        assert_eq!(ask(29, 300).as_deref(), Some("300 sum"));
        assert_eq!(ask(31, 300), None);
        assert_eq!(ask(31, 3600).as_deref(), Some("3600 sum"));
        assert_eq!(ask(400, 3600).as_deref(), Some("3600 sum"), "what there is");
        let finest = |days: i64| {
            let policy = policy(&["mean"]);
            policy
                .as_samples(Statistic::Average, MetricKind::Gauge, NOW - days * DAY, NOW * 1000)
                .map(|asked| asked.granularity)
        };
        assert_eq!((finest(29), finest(31), finest(400)), (Some(300), Some(3600), Some(3600)));
    }

    #[test]
    fn the_aggregates_that_stand_for_samples_are_the_ones_nearest_to_the_question() {
        let ask = |aggregations: &[&str], statistic, kind| {
            policy(aggregations).as_samples(statistic, kind, NOW, NOW * 1000).map(|asked| asked.aggregations.join("+"))
        };
        assert_eq!(ask(&ALL, Statistic::Average, MetricKind::Gauge).as_deref(), Some("mean+count"));
        assert_eq!(ask(&ALL, Statistic::Minimum, MetricKind::Gauge).as_deref(), Some("min+count"));
        assert_eq!(ask(&["mean"], Statistic::Maximum, MetricKind::Gauge).as_deref(), Some("mean"));
        assert_eq!(ask(&["mean", "last"], Statistic::Sum, MetricKind::Counter).as_deref(), Some("last"));
        assert_eq!(ask(&["std", "rate:mean"], Statistic::Average, MetricKind::Gauge), None);
    }

    #[test]
    fn a_policy_without_whole_seconds_has_nothing() {
        let empty = Policy { granularities: vec![], ..policy(&ALL) };
        assert_eq!(empty.exact(Statistic::Sum, &grid(NOW, 300, "UTC"), true, NOW * 1000), None);
        assert_eq!(empty.as_samples(Statistic::Sum, MetricKind::Gauge, NOW, NOW * 1000), None);
    }
}
