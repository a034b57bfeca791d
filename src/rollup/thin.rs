//! Thinning: fewer points where a pixel column has many, without losing an extreme.
//!
//! Called by the chart after the roll-up. Each column keeps its minimum and maximum, in time order, and its first and
//! last point if the line would otherwise leave the range of the columns that it passes (M4, Jugel et al., "M4: A
//! Visualization-Oriented Time Series Data Aggregation", 2014, keeps all four): a line through them covers the same
//! pixels as a line through all points. Columns are equal parts of the grid, so the plot's position is not needed.

use crate::series::Buckets;
use fearless_simd::{Level, Simd, dispatch, f64x4, mask64x4, prelude::*};
use std::ops::Range;

/// Maximum number of points kept of a column.
const MAX_POINTS_PER_COLUMN: usize = 4;

/// Consecutive points, as Unix seconds and finite values.
pub type Run = Vec<(i64, f64)>;

/// Reports whether a chart of `columns` pixel columns draws fewer than all points of `buckets`.
pub fn thins(buckets: &Buckets, columns: usize) -> bool {
    buckets.values_or_nan().len() > columns.saturating_mul(MAX_POINTS_PER_COLUMN)
}

/// Returns the points of `buckets` to draw on `columns` pixel columns, in runs between gaps; no run is empty. All
/// points are kept if there are at most four per column.
pub fn thin(buckets: &Buckets, columns: usize) -> Vec<Run> {
    let values = buckets.values_or_nan();
    if !thins(buckets, columns) {
        let grid = buckets.grid();
        let run = |part: Range<usize>| part.map(|index| (grid.edge(index), values[index])).collect();
        return stretches(values, 0..values.len()).filter(|part| !values[part.start].is_nan()).map(run).collect();
    }
    let mut runs = Runs { buckets, runs: Vec::new(), before: None, columns };
    let edge = |column: usize| (column as u128 * values.len() as u128 / columns.max(1) as u128) as usize;
    let mut end = 0;
    for column in 0..columns.max(1) {
        let part = end..edge(column + 1);
        end = part.end;
        match extremes(&values[part.clone()]) {
            Some(extremes) => runs.column(part, extremes),
            None => runs.column_with_gaps(part),
        }
    }
    runs.end();
    runs.runs
}

/// Splits `part` into ranges that are all gap or all values.
fn stretches(values: &[f64], part: Range<usize>) -> impl Iterator<Item = Range<usize>> {
    let mut end = part.start;
    values[part].chunk_by(|a, b| a.is_nan() == b.is_nan()).map(move |stretch| {
        let start = end;
        end += stretch.len();
        start..end
    })
}

/// A builder of runs.
struct Runs<'a> {
    buckets: &'a Buckets,
    runs: Vec<Run>,
    /// Previous column; `None` if the next point begins a run.
    before: Option<Column>,
    /// Number of columns of the image.
    columns: usize,
}

/// A column without gaps, or the part of a column between two gaps.
#[derive(Debug, Clone, Copy)]
struct Column {
    /// Index of its last point, and of the last point kept so far.
    last: usize,
    kept: usize,
    minimum: f64,
    maximum: f64,
}

impl Column {
    /// Reports whether a line from `value` in the neighbouring column leaves this column's range by at most half of its
    /// height.
    fn is_near(&self, value: f64) -> bool {
        let margin = (self.maximum - self.minimum) / 2.0;
        self.minimum - margin <= value && value <= self.maximum + margin
    }
}

impl Runs<'_> {
    /// Keeps points of a column without gaps; `minimum` and `maximum` are the offsets of its extremes.
    fn column(&mut self, part: Range<usize>, (minimum, maximum): (usize, usize)) {
        let values = self.buckets.values_or_nan();
        let (early, late) = (part.start + minimum.min(maximum), part.start + minimum.max(maximum));
        let (minimum, maximum) = (values[part.start + minimum], values[part.start + maximum]);
        let column = Column { last: part.end - 1, kept: late, minimum, maximum };
        let is_near = |before: Column| column.is_near(values[before.kept]) && before.is_near(values[early]);
        if !self.before.is_some_and(is_near) {
            match self.before {
                Some(before) => self.keep_last(before),
                None => self.begin(),
            }
            if part.start < early {
                self.keep(part.start);
            }
        }
        self.keep(early);
        if early < late {
            self.keep(late);
        }
        self.before = Some(column);
    }

    /// Keeps points of each stretch between two gaps.
    fn column_with_gaps(&mut self, part: Range<usize>) {
        let values = self.buckets.values_or_nan();
        for stretch in stretches(values, part) {
            match extremes(&values[stretch.clone()]) {
                Some(extremes) => self.column(stretch, extremes),
                None => self.end(),
            }
        }
    }

    /// Begins a run, with capacity for two points per column if it is likely the only run.
    fn begin(&mut self) {
        let capacity = if self.runs.is_empty() { self.columns * 2 } else { 0 };
        self.runs.push(Run::with_capacity(capacity));
    }

    /// Ends the run, at a gap or at the end.
    fn end(&mut self) {
        if let Some(before) = self.before.take() {
            self.keep_last(before);
        }
    }

    fn keep_last(&mut self, column: Column) {
        if column.kept < column.last {
            self.keep(column.last);
        }
    }

    fn keep(&mut self, index: usize) {
        let point = (self.buckets.grid().edge(index), self.buckets.values_or_nan()[index]);
        if let Some(run) = self.runs.last_mut() {
            run.push(point);
        }
    }
}

/// Numbers that are compared together: four vectors of four.
const CHUNK: usize = 16;

/// Returns the indices of the first minimum and the first maximum of `values`; `None` if there is a gap.
pub fn extremes(values: &[f64]) -> Option<(usize, usize)> {
    dispatch!(Level::new(), simd => extremes_of(simd, values))
}

#[inline(always)]
fn extremes_of<S: Simd>(simd: S, values: &[f64]) -> Option<(usize, usize)> {
    let Some(last) = values.last_chunk::<CHUNK>() else { return extremes_of_few(values) };
    let mut found = Extremes::new(simd);
    let mut start = 0;
    for chunk in values.as_chunks::<CHUNK>().0 {
        found.include(chunk, start);
        start += CHUNK;
    }
    // The remaining values, together with some that were compared before.
    found.include(last, values.len() - CHUNK);
    match found.gaps.any_true() {
        true => None,
        false => Some((found.minimum.place(values, f64x4::reduce_min), found.maximum.place(values, f64x4::reduce_max))),
    }
}

fn extremes_of_few(values: &[f64]) -> Option<(usize, usize)> {
    let (mut minimum, mut maximum) = (0, 0);
    for (index, &value) in values.iter().enumerate() {
        if value < values[minimum] {
            minimum = index;
        }
        if value > values[maximum] {
            maximum = index;
        }
    }
    (!values.is_empty() && !values.iter().any(|value| value.is_nan())).then_some((minimum, maximum))
}

/// The extremes so far. The code has no branches, because the position of an extreme is unpredictable, and passes no
/// closure to an adapter, which would not be compiled for the detected processor.
struct Extremes<S: Simd> {
    minimum: Extreme<S>,
    maximum: Extreme<S>,
    gaps: mask64x4<S>,
    simd: S,
}

/// The extreme value of each lane, and the start of the first chunk that contains it.
struct Extreme<S: Simd> {
    values: f64x4<S>,
    starts: f64x4<S>,
    simd: S,
}

impl<S: Simd> Extreme<S> {
    #[inline(always)]
    fn new(simd: S, none: f64) -> Self {
        Self { values: f64x4::splat(simd, none), starts: f64x4::splat(simd, 0.0), simd }
    }

    #[inline(always)]
    fn take(&mut self, is_more: mask64x4<S>, values: f64x4<S>, starts: f64x4<S>) {
        self.values = is_more.select(values, self.values);
        self.starts = is_more.select(starts, self.starts);
    }

    /// Returns the first index of the value that `most` selects.
    #[inline(always)]
    fn place(&self, values: &[f64], most: impl Fn(f64x4<S>) -> f64) -> usize {
        let most = f64x4::splat(self.simd, most(self.values));
        let nowhere = f64x4::splat(self.simd, f64::INFINITY);
        let start = self.values.simd_eq(most).select(self.starts, nowhere).reduce_min() as usize;
        let mut is_here = 0;
        for (quarter, values) in values[start..start + CHUNK].as_chunks::<4>().0.iter().enumerate() {
            is_here |= f64x4::from_slice(self.simd, values).simd_eq(most).to_bitmask() << (4 * quarter);
        }
        start + is_here.trailing_zeros() as usize
    }
}

impl<S: Simd> Extremes<S> {
    #[inline(always)]
    fn new(simd: S) -> Self {
        let zero = f64x4::splat(simd, 0.0);
        let (minimum, maximum) = (Extreme::new(simd, f64::INFINITY), Extreme::new(simd, f64::NEG_INFINITY));
        Self { minimum, maximum, gaps: zero.simd_ne(zero), simd }
    }

    #[inline(always)]
    fn include(&mut self, chunk: &[f64; CHUNK], start: usize) {
        let mut quarters = [f64x4::splat(self.simd, 0.0); CHUNK / 4];
        for (quarter, values) in quarters.iter_mut().zip(chunk.as_chunks::<4>().0) {
            *quarter = f64x4::from_slice(self.simd, values);
            self.gaps |= quarter.simd_ne(*quarter);
        }
        let [a, b, c, d] = quarters;
        let (minimum, maximum) = (a.min(b).min(c.min(d)), a.max(b).max(c.max(d)));
        let starts = f64x4::splat(self.simd, start as f64);
        self.minimum.take(minimum.simd_lt(self.minimum.values), minimum, starts);
        self.maximum.take(maximum.simd_gt(self.maximum.values), maximum, starts);
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

    /// Start of the test data, a whole minute.
    const START: i64 = 6000;

    fn buckets(values: Vec<Option<f64>>) -> Buckets {
        let limits = Limits::default();
        let span = Span::new(START, START + 60 * values.len() as i64, &limits).unwrap();
        let grid = Grid::new(span, Period::new(60, &limits).unwrap(), &Zone::utc());
        Buckets::new(Arc::new(grid), values)
    }

    /// Returns minimum and maximum of the buckets of each column, without gaps.
    fn extents(points: impl Iterator<Item = (i64, f64)>, buckets: usize, columns: usize) -> Vec<(f64, f64)> {
        let mut extents = vec![(f64::INFINITY, f64::NEG_INFINITY); columns];
        for (second, value) in points {
            let index = ((second - START) / 60) as usize;
            let column = (0..columns).rfind(|column| column * buckets / columns <= index).unwrap();
            extents[column] = (extents[column].0.min(value), extents[column].1.max(value));
        }
        extents
    }

    proptest! {
        #[test]
        fn every_column_keeps_its_extremes_and_gaps(
            values in prop::collection::vec(prop::option::weighted(0.97, (-5_i32..5).prop_map(f64::from)), 1..600),
            columns in 1_usize..40,
        ) {
            let buckets = buckets(values.clone());
            let runs = thin(&buckets, columns);
            let all: Vec<(i64, f64)> = buckets.points().collect();
            let kept: Vec<(i64, f64)> = runs.iter().flatten().copied().collect();
            prop_assert!(kept.is_sorted_by(|a, b| a.0 < b.0) && kept.iter().all(|point| all.contains(point)));
            let (count, columns) = (values.len(), if values.len() <= 4 * columns { 1 } else { columns });
            prop_assert_eq!(extents(kept.into_iter(), count, columns), extents(all.into_iter(), count, columns));
            let gaps = values.chunk_by(|a, b| a.is_none() == b.is_none()).filter(|run| run[0].is_some()).count();
            prop_assert_eq!(runs.len(), gaps);
        }
    }

    #[test]
    fn a_spike_of_one_point_in_43_200_stays() {
        let mut values = vec![Some(1.0); 43_200];
        values[12_345] = Some(100.0);
        let runs = thin(&buckets(values), 600);
        assert_eq!(runs.len(), 1);
        assert!(runs[0].contains(&(START + 12_345 * 60, 100.0)) && runs[0].len() <= 600 * 4);
    }

    #[test]
    fn a_spike_is_as_narrow_as_it_was() {
        // The neighbouring columns have their extremes at their ends.
        let calm = |index: usize| if index % 100 > 97 && index / 100 != 20 { 1.0 + (index % 2) as f64 } else { 1.5 };
        let mut values: Vec<_> = (0..4000).map(|index| Some(calm(index))).collect();
        values[2003] = Some(1000.0);
        let run = thin(&buckets(values), 40).remove(0);
        let spike = run.iter().position(|&(_, value)| value == 1000.0).unwrap();
        let times = |index: usize| (run[index].0 - START) / 60;
        assert_eq!((times(spike - 1), times(spike + 1)), (2000, 2099));
    }

    #[test]
    fn noise_keeps_two_points_per_column() {
        let values: Vec<_> = (0..100_000_i64).map(|index| Some((index * index % 997) as f64)).collect();
        assert!(thin(&buckets(values), 100)[0].len() <= 210);
    }

    #[test]
    fn few_points_are_all_kept() {
        let points = [0, 60, 120, 180].map(|second| (START + second, 1.0));
        assert_eq!(thin(&buckets(vec![Some(1.0); 4]), 1), [points]);
        assert!(thin(&buckets(vec![None; 3]), 1).is_empty());
    }
}
