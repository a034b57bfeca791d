//! Lines of a split metric: selection and order.
//!
//! Used by `frame`, one combination of label values after the other. Only the selected lines stay in memory, so a
//! response with ten thousand series needs the memory of its limit.

use crate::request::{SplitBy, SplitOrder};
use crate::series::{Buckets, Notes};
use std::cmp::Ordering;

/// A line that may be selected.
#[derive(Debug)]
pub(super) struct Candidate<'a> {
    /// Values of the split's keys.
    pub(super) values: &'a [String],
    /// Buckets of the line, at least one of them with a value.
    pub(super) buckets: Buckets,
    pub(super) notes: Notes,
}

/// The lines selected so far.
#[derive(Debug)]
pub(super) struct Selection<'a> {
    order: SplitOrder,
    limit: usize,
    /// Lines in display order, each with the number that ranks it.
    lines: Vec<(f64, Candidate<'a>)>,
    truncated: usize,
}

impl<'a> Selection<'a> {
    /// Makes an empty selection with the order and limit of `split_by`.
    pub(super) fn new(split_by: &SplitBy) -> Self {
        Self { order: split_by.order(), limit: split_by.limit(), lines: Vec::new(), truncated: 0 }
    }

    /// Adds the line of `values` unless it has no value at all. Lines of equal rank are in the order of their values,
    /// so equal data gives equal charts.
    pub(super) fn add(&mut self, values: &'a [String], buckets: Buckets, notes: Notes) {
        let Some(rank) = rank(self.order, &buckets) else { return };
        let is_before = |(other, line): &(f64, Candidate)| match self.order {
            SplitOrder::Name => line.values.cmp(values) == Ordering::Less,
            _ => other.total_cmp(&rank).reverse().then_with(|| line.values.cmp(values)) == Ordering::Less,
        };
        let place = self.lines.partition_point(is_before);
        if place < self.limit {
            self.lines.insert(place, (rank, Candidate { values, buckets, notes }));
        }
        if place >= self.limit || self.lines.len() > self.limit {
            self.lines.truncate(self.limit);
            self.truncated += 1;
        }
    }

    /// Returns the selected lines in order, and a note with the number of lines left out.
    pub(super) fn finish(self) -> (Vec<Candidate<'a>>, Notes) {
        let notes = Notes { truncated: self.truncated, ..Notes::default() };
        (self.lines.into_iter().map(|(_, line)| line).collect(), notes)
    }
}

/// Returns the number that ranks a line, the highest first; `None` if no bucket has a value.
fn rank(order: SplitOrder, buckets: &Buckets) -> Option<f64> {
    let mut values = buckets.points().map(|(_, value)| value);
    match order {
        SplitOrder::Max => values.reduce(f64::max),
        SplitOrder::Last => values.last(),
        SplitOrder::Average => {
            // Halves, because the sum of two finite values may not be finite.
            let (count, sum) = values.fold((0_u32, 0.0), |(count, sum), value| (count + 1, sum + value / 2.0));
            (count > 0).then(|| sum / f64::from(count))
        }
        SplitOrder::Name => values.next().map(|_| 0.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Limits;
    use crate::request::{Period, Span, Zone};
    use crate::series::Grid;
    use proptest::prelude::*;
    use std::sync::Arc;

    fn buckets(values: &[Option<f64>]) -> Buckets {
        let limits = Limits::default();
        let (span, period) = (Span::new(600, 900, &limits).unwrap(), Period::new(60, &limits).unwrap());
        Buckets::new(Arc::new(Grid::new(span, period, &Zone::utc())), values.iter().copied())
    }

    /// Returns the names of the selected lines, and the number of lines left out.
    fn chosen(order: &str, limit: i64, lines: &[(&str, [Option<f64>; 3])]) -> (Vec<String>, usize) {
        let split_by = SplitBy::new(vec!["host".to_owned()], Some(limit), Some(order), None).unwrap();
        let values: Vec<[String; 1]> = lines.iter().map(|(name, _)| [(*name).to_owned()]).collect();
        let mut chosen = Selection::new(&split_by);
        for (values, (_, numbers)) in values.iter().zip(lines) {
            chosen.add(values, buckets(numbers), Notes::default());
        }
        let (lines, notes) = chosen.finish();
        (lines.iter().map(|line| line.values.concat()).collect(), notes.truncated)
    }

    const LINES: [(&str, [Option<f64>; 3]); 5] = [
        ("peak", [Some(9.0), None, Some(1.0)]),
        ("late", [Some(0.0), Some(1.0), Some(5.0)]),
        ("high", [Some(4.0), Some(4.0), Some(4.0)]),
        ("also", [Some(4.0), Some(4.0), Some(4.0)]),
        ("none", [None, None, None]),
    ];

    #[test]
    fn lines_are_ordered_by_rank_and_then_by_name() {
        for (order, expected) in [
            ("max", ["peak", "late", "also", "high"]),
            ("last", ["late", "also", "high", "peak"]),
            ("avg", ["peak", "also", "high", "late"]),
            ("name", ["also", "high", "late", "peak"]),
        ] {
            assert_eq!(chosen(order, 12, &LINES), (expected.map(str::to_owned).to_vec(), 0), "{order}");
            assert_eq!(
                chosen(order, 2, &LINES),
                (expected[..2].iter().map(|s| (*s).to_owned()).collect(), 2),
                "{order}"
            );
        }
    }

    #[test]
    fn huge_values_are_ordered() {
        let lines = [("a", [Some(f64::MAX / 2.0); 3]), ("b", [Some(f64::MAX); 3])];
        assert_eq!(chosen("avg", 1, &lines), (vec!["b".to_owned()], 1));
    }

    proptest! {
        #[test]
        fn the_selection_does_not_depend_on_the_order_of_lines(
            numbers in proptest::collection::vec(0_i32..5, 1..20), limit in 1_i64..6, turn in 0_usize..20,
        ) {
            let names: Vec<String> = (0..numbers.len()).map(|index| format!("{index:02}")).collect();
            let lines = names.iter().zip(&numbers).map(|(name, &n)| (name.as_str(), [Some(f64::from(n)), None, None]));
            let mut lines: Vec<_> = lines.collect();
            let expected = chosen("max", limit, &lines);
            let turn = turn % lines.len();
            lines.rotate_left(turn);
            prop_assert_eq!(&chosen("max", limit, &lines), &expected);
            prop_assert_eq!(expected.0.len() + expected.1, numbers.len());
        }
    }
}
