//! Samples of one series as a source returns them.

/// Samples of one series: times in milliseconds since the epoch, strictly increasing, and finite values.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Samples {
    times_ms: Vec<i64>,
    values: Vec<f64>,
    skipped: usize,
    conflicting: usize,
}

impl Samples {
    /// Makes samples of points in any order. NaN and infinite values are skipped and counted. Of points with equal
    /// times the last one wins; if their values differ, the time counts as a conflict.
    pub fn new(mut points: Vec<(i64, f64)>) -> Self {
        let mut conflicting = 0;
        if !points.is_sorted_by(|a, b| a.0 < b.0) {
            points.sort_by_key(|&(time, _)| time);
            let differ = |pair: &[(i64, f64)]| pair[0].1 != pair[1].1 && !(pair[0].1.is_nan() && pair[1].1.is_nan());
            let of_one_time = points.chunk_by(|a, b| a.0 == b.0);
            conflicting = of_one_time.filter(|points| points.windows(2).any(differ)).count();
            // A stable sort keeps the order of equal times; after reversing, the last one comes first.
            points.reverse();
            points.dedup_by_key(|&mut (time, _)| time);
            points.reverse();
        }
        let given = points.len();
        points.retain(|&(_, value)| value.is_finite());
        let skipped = given - points.len();
        let (times_ms, values) = points.into_iter().unzip();
        Self { times_ms, values, skipped, conflicting }
    }

    /// Returns the times in milliseconds since the epoch, strictly increasing.
    pub fn times_ms(&self) -> &[i64] {
        &self.times_ms
    }

    /// Returns one finite value for each time.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// Returns the number of samples that were NaN or infinite.
    pub fn skipped(&self) -> usize {
        self.skipped
    }

    /// Returns the number of times that had several different values.
    pub fn conflicting(&self) -> usize {
        self.conflicting
    }

    /// Returns the number of samples.
    pub fn len(&self) -> usize {
        self.times_ms.len()
    }

    /// Returns the bytes of memory that times and values take.
    pub fn heap_bytes(&self) -> usize {
        self.times_ms.capacity() * size_of::<i64>() + self.values.capacity() * size_of::<f64>()
    }

    /// Reports whether there are no samples.
    pub fn is_empty(&self) -> bool {
        self.times_ms.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_are_sorted_and_the_last_of_equal_times_wins() {
        let samples = Samples::new(vec![(2, 1.0), (1, 5.0), (2, 2.0), (3, 3.0), (2, 4.0)]);
        assert_eq!((samples.times_ms(), samples.values()), (&[1, 2, 3][..], &[5.0, 4.0, 3.0][..]));
    }

    #[test]
    fn times_with_different_values_are_conflicts_and_equal_values_are_none() {
        let nan = f64::NAN;
        let samples = Samples::new(vec![(2, 1.0), (1, 5.0), (2, 2.0), (2, 3.0), (1, 5.0), (3, nan), (3, nan)]);
        assert_eq!((samples.conflicting(), samples.values()), (1, &[5.0, 3.0][..]));
        assert_eq!(Samples::new(vec![(1, nan), (1, 2.0)]).conflicting(), 1);
    }

    #[test]
    fn values_that_are_not_finite_are_skipped_and_counted() {
        let samples = Samples::new(vec![(1, f64::NAN), (2, 2.0), (3, f64::INFINITY), (4, f64::NEG_INFINITY)]);
        assert_eq!((samples.len(), samples.skipped()), (1, 3));
    }
}
