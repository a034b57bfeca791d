//! Rates of counters over time: AVG, MIN, MAX and percentiles.
//!
//! Used by `statistics`. The increase of a pair of neighbouring samples belongs to the interval between them:
//!
//! - A pair `(t0, v0), (t1, v1)` that lies at most one longest gap apart is *joined* and defines the rate of `(t0, t1]`: its increase
//!   divided by its length. A longer pair defines no rate.
//! - Where no joined pair follows, the rate continues until the next sample is due: for the length of the pair, never beyond the present.
//! - The rates of several series are combined at each instant; a series without a known rate there is left out.
//! - A statistic of a bucket is taken over the instants with a known rate, weighted by time. So MIN ≤ AVG ≤ MAX holds, a bucket that
//!   no rate covers is a gap, and the value of a bucket does not depend on the window.
//!
//! One sweep over the sorted intervals of all series: O(n log k) for n samples of k series.

use super::counter::increase;
use super::runs::Window;
use super::statistics::Points;
use crate::catalog::Across;
use crate::request::Statistic;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;

/// Options of a counter's rate.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rule {
    pub(super) across: Across,
    pub(super) longest_gap_ms: i64,
    /// The present, in milliseconds since the epoch. No sample is later.
    pub(super) now_ms: i64,
}

/// Returns the `statistic` of the rate in each bucket; `None` if no rate is known.
///
/// A bucket without samples has a value if a joined pair spans it, or if it contains the present and a rate continues.
pub(super) fn roll_up(window: &Window, series: &[Points], rule: Rule, statistic: Statistic) -> Vec<Option<f64>> {
    let mut buckets = Buckets::new(window, series, rule, statistic);
    match series {
        [] => {}
        [one] => Segments::new(one, rule).for_each(|segment| buckets.add(segment)),
        _ => sweep(series, rule, |segment| buckets.add(segment)),
    }
    buckets.finish()
}

/// A constant rate on `[from_ms, to_ms)`, in units per second.
#[derive(Debug, Clone, Copy)]
struct Segment {
    from_ms: i64,
    to_ms: i64,
    rate: f64,
    /// Set if a pair of samples defines any of it; otherwise all of it continues earlier rates.
    is_joined: bool,
}

/// An iterator over the known rates of one series, in order and without overlap.
struct Segments<'a> {
    times_ms: &'a [i64],
    values: &'a [f64],
    rule: Rule,
    /// Index of the later sample of the next pair, at least 1.
    next: usize,
    continued: Option<Segment>,
}

impl<'a> Segments<'a> {
    fn new(series: &'a Points, rule: Rule) -> Self {
        Self { times_ms: &series.times_ms, values: &series.values, rule, next: 1, continued: None }
    }
}

impl Iterator for Segments<'_> {
    type Item = Segment;

    fn next(&mut self) -> Option<Segment> {
        if let Some(segment) = self.continued.take() {
            return Some(segment);
        }
        loop {
            let later = self.next;
            let to_ms = *self.times_ms.get(later)?;
            let from_ms = self.times_ms[later - 1];
            self.next += 1;
            let length_ms = to_ms.saturating_sub(from_ms);
            if length_ms > self.rule.longest_gap_ms {
                continue;
            }
            let rate = increase(self.values[later - 1], self.values[later]) / (length_ms as f64 / 1000.0);
            let is_followed = self
                .times_ms
                .get(later + 1)
                .is_some_and(|&next| next.saturating_sub(to_ms) <= self.rule.longest_gap_ms);
            let due_ms = to_ms.saturating_add(length_ms).min(self.rule.now_ms);
            if !is_followed && due_ms > to_ms {
                self.continued = Some(Segment { from_ms: to_ms, to_ms: due_ms, rate, is_joined: false });
            }
            return Some(Segment { from_ms, to_ms, rate, is_joined: true });
        }
    }
}

/// Calls `pass_on` with the combined rate of all `series`, in order of time.
fn sweep(series: &[Points], rule: Rule, mut pass_on: impl FnMut(Segment)) {
    let mut cursors: Vec<_> = series.iter().map(|series| Segments::new(series, rule).peekable()).collect();
    let first =
        |(index, cursor): (usize, &mut std::iter::Peekable<Segments>)| Some(Reverse((cursor.peek()?.from_ms, index)));
    let mut changes: BinaryHeap<Reverse<(i64, usize)>> = cursors.iter_mut().enumerate().filter_map(first).collect();
    let mut active = Active::new(series.len());
    let mut from_ms = i64::MIN;
    while let Some(mut change) = changes.peek_mut() {
        let Reverse((at_ms, index)) = *change;
        let known = active.all();
        if at_ms > from_ms && known.count > 0 {
            let (rate, is_joined) = (known.across(rule.across), known.joined > 0);
            pass_on(Segment { from_ms, to_ms: at_ms, rate, is_joined });
        }
        from_ms = at_ms;
        let begins = cursors[index].next_if(|segment| segment.from_ms == at_ms);
        active.set(index, begins);
        let next_ms = begins.map(|segment| segment.to_ms).or_else(|| Some(cursors[index].peek()?.from_ms));
        match next_ms {
            Some(next_ms) => *change = Reverse((next_ms, index)),
            None => _ = PeekMut::pop(change),
        }
    }
}

/// The rates known at one instant. A tree, so a change of one series takes log k steps and leaves no rounding error.
struct Active {
    /// Node `i` combines nodes `2 i` and `2 i + 1`; the leaves are the series.
    nodes: Vec<CombinedRate>,
}

/// Combined rates of some series at one instant.
#[derive(Debug, Clone, Copy)]
struct CombinedRate {
    count: u32,
    joined: u32,
    sum: f64,
    /// Rounding error of the additions to `sum`. With it the sum does not depend on the order of the series, which
    /// samples outside of the bucket may change.
    lost: f64,
    minimum: f64,
    maximum: f64,
}

impl Active {
    fn new(series: usize) -> Self {
        Self { nodes: vec![CombinedRate::NOTHING; 2 * series.next_power_of_two()] }
    }

    fn set(&mut self, index: usize, segment: Option<Segment>) {
        let mut node = self.nodes.len() / 2 + index;
        self.nodes[node] = segment.map_or(CombinedRate::NOTHING, CombinedRate::one);
        while node > 1 {
            node /= 2;
            self.nodes[node] = self.nodes[2 * node].and(self.nodes[2 * node + 1]);
        }
    }

    fn all(&self) -> CombinedRate {
        self.nodes[1]
    }
}

impl CombinedRate {
    const NOTHING: Self =
        Self { count: 0, joined: 0, sum: 0.0, lost: 0.0, minimum: f64::INFINITY, maximum: f64::NEG_INFINITY };

    fn one(segment: Segment) -> Self {
        let Segment { rate, is_joined, .. } = segment;
        Self { count: 1, joined: u32::from(is_joined), sum: rate, lost: 0.0, minimum: rate, maximum: rate }
    }

    fn and(self, other: Self) -> Self {
        let sum = self.sum + other.sum;
        // Knuth's error of a sum, exact in any order of magnitude.
        let part = sum - self.sum;
        let error = (self.sum - (sum - part)) + (other.sum - part);
        Self {
            count: self.count + other.count,
            joined: self.joined + other.joined,
            sum,
            lost: self.lost + other.lost + error,
            minimum: self.minimum.min(other.minimum),
            maximum: self.maximum.max(other.maximum),
        }
    }

    /// Returns the sum; not finite if no number can hold it.
    fn sum(self) -> f64 {
        if self.lost.is_finite() { self.sum + self.lost } else { self.sum }
    }

    fn across(self, across: Across) -> f64 {
        match across {
            Across::Pool | Across::Sum => self.sum(),
            Across::Average => (self.sum() / f64::from(self.count)).max(self.minimum).min(self.maximum),
            Across::Minimum => self.minimum,
            Across::Maximum => self.maximum,
        }
    }
}

/// The buckets of a window, filled in order of time.
struct Buckets<'a> {
    window: &'a Window<'a>,
    series: &'a [Points<'a>],
    now_ms: i64,
    statistic: Statistic,
    values: Vec<Option<f64>>,
    /// Rates of the bucket after `values`.
    weighted: Weighted,
}

impl<'a> Buckets<'a> {
    fn new(window: &'a Window<'a>, series: &'a [Points<'a>], rule: Rule, statistic: Statistic) -> Self {
        let values = Vec::with_capacity(window.len());
        Self { window, series, now_ms: rule.now_ms, statistic, values, weighted: Weighted::default() }
    }

    /// Adds a segment that is later than all before.
    fn add(&mut self, segment: Segment) {
        let mut from_ms = segment.from_ms.max(self.window.edge_ms(0));
        while from_ms < segment.to_ms && self.values.len() < self.window.len() {
            let end_ms = self.window.edge_ms(self.values.len() + 1);
            if from_ms >= end_ms {
                self.end_bucket();
                continue;
            }
            let to_ms = segment.to_ms.min(end_ms);
            let keeps_all = matches!(self.statistic, Statistic::Percentile(_));
            self.weighted.add(segment.rate, to_ms - from_ms, segment.is_joined, keeps_all);
            from_ms = to_ms;
        }
    }

    fn end_bucket(&mut self) {
        let bucket = self.values.len();
        let (start, end) = (self.window.edge_ms(bucket), self.window.edge_ms(bucket + 1));
        let is_live = (start..end).contains(&self.now_ms);
        let has_sample = || self.series.iter().any(|series| !series.between(start, end).is_empty());
        let is_shown = self.weighted.length_ms > 0 && (self.weighted.is_joined || is_live || has_sample());
        let value = if is_shown { self.weighted.value(self.statistic) } else { None };
        self.values.push(value);
        self.weighted.clear();
    }

    fn finish(mut self) -> Vec<Option<f64>> {
        while self.values.len() < self.window.len() {
            self.end_bucket();
        }
        self.values
    }
}

/// Rates of one bucket, weighted by their durations.
#[derive(Debug)]
struct Weighted {
    length_ms: i64,
    minimum: f64,
    maximum: f64,
    /// Sum of rate times milliseconds, in units of [`UNIT`].
    sum: f64,
    /// Rounding error of the additions to `sum` (Neumaier).
    lost: f64,
    is_joined: bool,
    /// Each rate with its milliseconds; filled for percentiles only.
    all: Vec<(f64, i64)>,
}

/// Unit of the sums of rates times milliseconds, 2⁻⁴⁰: no bucket is longer than 2⁴⁰ ms, so the mean of finite rates is
/// finite.
const UNIT: f64 = 1.0 / 1_099_511_627_776.0;

impl Default for Weighted {
    fn default() -> Self {
        let (minimum, maximum) = (f64::INFINITY, f64::NEG_INFINITY);
        Self { length_ms: 0, minimum, maximum, sum: 0.0, lost: 0.0, is_joined: false, all: Vec::new() }
    }
}

impl Weighted {
    fn add(&mut self, rate: f64, length_ms: i64, is_joined: bool, keeps_all: bool) {
        self.length_ms += length_ms;
        self.minimum = if rate < self.minimum { rate } else { self.minimum };
        self.maximum = if rate > self.maximum { rate } else { self.maximum };
        let weight = rate * UNIT * length_ms as f64;
        let sum = self.sum + weight;
        self.lost += if self.sum.abs() >= weight.abs() { (self.sum - sum) + weight } else { (weight - sum) + self.sum };
        self.sum = sum;
        self.is_joined |= is_joined;
        if keeps_all {
            self.all.push((rate, length_ms));
        }
    }

    fn clear(&mut self) {
        self.all.clear();
        *self = Self { all: std::mem::take(&mut self.all), ..Self::default() };
    }

    fn value(&mut self, statistic: Statistic) -> Option<f64> {
        Some(match statistic {
            Statistic::Average => self.mean(),
            Statistic::Minimum => self.minimum,
            Statistic::Maximum => self.maximum,
            Statistic::Percentile(tenths) => self.percentile(tenths),
            Statistic::Sum | Statistic::Count => return None,
        })
    }

    /// Returns the mean, clamped to the range of the rates against rounding: the mean of a steady rate is that rate.
    fn mean(&self) -> f64 {
        let mean = (self.sum + self.lost) / self.length_ms as f64 / UNIT;
        if mean < self.minimum {
            self.minimum
        } else if mean > self.maximum {
            self.maximum
        } else {
            mean
        }
    }

    /// Returns the smallest rate that is not exceeded for `tenths` of a percent of the time; if that time ends exactly
    /// between two rates, their midpoint. Durations are whole milliseconds, so the comparison is exact.
    fn percentile(&mut self, tenths: u16) -> f64 {
        self.all.sort_unstable_by(|one, other| one.0.total_cmp(&other.0));
        let wanted = i128::from(self.length_ms) * i128::from(tenths.min(1000));
        let mut passed = 0;
        let mut rates = self.all.iter().peekable();
        while let Some(&(rate, length_ms)) = rates.next() {
            passed += i128::from(length_ms) * 1000;
            match rates.peek() {
                Some(&&(next, _)) if passed == wanted => return rate * 0.5 + next * 0.5,
                _ if passed >= wanted => return rate,
                _ => {}
            }
        }
        self.maximum
    }
}
