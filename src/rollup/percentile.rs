//! Percentiles: linear interpolation between closest ranks, R-7 in Hyndman and Fan, "Sample Quantiles in Statistical
//! Packages", 1996.
//!
//! Used by `statistics`. Exact selection, no approximation; the rank is computed in integers, so it is never off by a
//! rounding.

/// Returns the percentile at `tenths` of a percent, 0 to 1000, of `values`, which are reordered. `None` without values.
pub(super) fn percentile(values: &mut [f64], tenths: u16) -> Option<f64> {
    let position = values.len().checked_sub(1)? * usize::from(tenths.min(1000));
    let (rank, rest) = (position / 1000, position % 1000);
    let (_, &mut lower, above) = values.select_nth_unstable_by(rank, f64::total_cmp);
    let upper = above.iter().copied().min_by(f64::total_cmp);
    let Some(upper) = upper.filter(|_| rest > 0) else { return Some(lower) };
    let weight = rest as f64 / 1000.0;
    // Two products, because the difference of two values may overflow; the result is clamped to the two values against
    // rounding.
    Some((lower * (1.0 - weight) + upper * weight).max(lower).min(upper))
}

#[cfg(test)]
mod tests {
    use super::percentile;

    #[test]
    fn the_median_of_an_even_number_of_values_lies_between_the_middle_two() {
        assert_eq!(percentile(&mut [4.0, 1.0, 3.0, 2.0], 500), Some(2.5));
        assert_eq!(percentile(&mut [3.0, 1.0, 2.0], 500), Some(2.0));
        assert_eq!(percentile(&mut [7.0], 999), Some(7.0));
        assert_eq!(percentile(&mut [], 500), None);
    }

    #[test]
    fn ranks_are_interpolated_as_in_r_7() {
        let mut values: Vec<f64> = (0..20).map(f64::from).collect();
        assert!((percentile(&mut values, 900).unwrap() - 17.1).abs() < 1e-12);
        assert_eq!(percentile(&mut values, 0), Some(0.0));
        assert_eq!(percentile(&mut values, 1000), Some(19.0));
    }

    #[test]
    fn values_of_any_size_have_a_finite_median() {
        assert_eq!(percentile(&mut [-1e308, 1e308], 500), Some(0.0));
        assert_eq!(percentile(&mut [0.1, 0.1, 0.1], 333), Some(0.1));
    }
}
