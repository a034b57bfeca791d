//! Stacked areas: the sum of all series, and the part of each.
//!
//! The first series stands on zero, each next one on those before it; negative values stack downwards in the same
//! manner. A gap adds nothing to the sum and shows as a gap in its own layer. Where periods differ, a bucket's value
//! counts at every instant of the bucket at which another series has a point.

use super::extent::union;
use super::line::{Curve, MarkPath, MarkStyle, PlotTransform};
use super::series::SeriesMark;
use crate::chart::scene::{Section, Shape};
use crate::chart::scene_builder::to_device;
use crate::geometry::{Point, Px};
use crate::rollup::extremes;
use std::collections::BTreeSet;

/// Opacity of a layer in percent.
pub(in crate::chart) const FILL: u32 = 75;

/// Maximum number of instants per pixel column that are all drawn.
const DENSE: usize = 4;

/// The contribution of one series at one instant.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Level {
    /// Index of the instant.
    instant: usize,
    /// Sum before and after the contribution.
    base: f64,
    top: f64,
}

/// The sums of all series.
#[derive(Debug, Default)]
struct Stack {
    /// Instants at which any series has a point, increasing.
    instants: Vec<i64>,
    /// Sums of the positive and of the negative values at each instant.
    above: Vec<f64>,
    below: Vec<f64>,
    /// Runs of each series.
    layers: Vec<Vec<Vec<Level>>>,
}

impl Stack {
    fn new(curves: &[&Curve]) -> Self {
        let mut instants: Vec<i64> = curves.iter().flat_map(|curve| curve.points()).map(|(second, _)| second).collect();
        instants.sort_unstable();
        instants.dedup();
        let (above, below) = (vec![0.0; instants.len()], vec![0.0; instants.len()]);
        let mut stack = Self { instants, above, below, layers: Vec::new() };
        for curve in curves {
            let layer =
                curve.segments.iter().zip(&curve.ends).flat_map(|(run, &end)| stack.add_run(run, end)).collect();
            stack.layers.push(layer);
        }
        stack
    }

    /// Adds a run whose last bucket ends at `end`; positive and negative values are stacked separately.
    fn add_run(&mut self, run: &[(i64, f64)], end: i64) -> Vec<Vec<Level>> {
        let first = run.first().map_or(0, |&(start, _)| self.instants.partition_point(|&instant| instant < start));
        let after = self.instants.partition_point(|&instant| instant < end);
        let mut points = run.iter().peekable();
        let mut value = 0.0;
        let values: Vec<f64> = (first..after)
            .map(|index| {
                while let Some(point) = points.next_if(|point| point.0 <= self.instants[index]) {
                    value = point.1;
                }
                value
            })
            .collect();
        let above = add(&mut self.above[first..after], first, &values, |value| value >= 0.0);
        [above, add(&mut self.below[first..after], first, &values, |value| value < 0.0)].concat()
    }

    /// Returns the lowest and the highest sum.
    fn extent(&self) -> Option<(f64, f64)> {
        self.above.iter().chain(&self.below).map(|&sum| (sum.max(f64::MIN), sum.min(f64::MAX))).reduce(union)
    }

    /// Returns the instants to draw; of many in one pixel column only the first, the last and those with extreme sums.
    fn drawn_instants(&self, transform: &PlotTransform) -> BTreeSet<usize> {
        let columns = to_device(transform.plot, transform.scale).width.unsigned_abs() as usize;
        if self.instants.len() <= DENSE * columns {
            return (0..self.instants.len()).collect();
        }
        let column = |index: &usize| transform.device_column(self.instants[*index]);
        let indexes: Vec<usize> = (0..self.instants.len()).collect();
        let mut drawn = BTreeSet::new();
        for part in indexes.chunk_by(|a, b| column(a) == column(b)) {
            let (first, end) = (part[0], part[0] + part.len());
            drawn.extend([first, end - 1]);
            for sums in [&self.above, &self.below] {
                let found = extremes(&sums[first..end]);
                drawn.extend(found.into_iter().flat_map(|(lowest, highest)| [first + lowest, first + highest]));
            }
        }
        drawn
    }
}

/// Adds the values with the sign that `here` selects to `sums`. Between neighbours of different signs the layers of
/// both narrow to nothing.
fn add(sums: &mut [f64], first: usize, values: &[f64], here: fn(f64) -> bool) -> Vec<Vec<Level>> {
    let mut runs: Vec<Vec<Level>> = Vec::new();
    let mut follows = false;
    for (index, &value) in values.iter().enumerate() {
        let next_to =
            |other: Option<usize>| other.and_then(|other| values.get(other)).is_some_and(|&value| here(value));
        let shown = here(value) || next_to(index.checked_sub(1)) || next_to(Some(index + 1));
        let base = sums[index];
        let top = base + if here(value) { value } else { 0.0 };
        sums[index] = top;
        match (shown, runs.last_mut()) {
            (true, Some(run)) if follows => run.push(Level { instant: first + index, base, top }),
            (true, _) => runs.push(vec![Level { instant: first + index, base, top }]),
            (false, _) => {}
        }
        follows = shown;
    }
    runs
}

/// Returns the lowest and the highest sum of the curves, zero included; `None` without data.
pub(in crate::chart) fn extent(curves: &[&Curve]) -> Option<(f64, f64)> {
    Stack::new(curves).extent()
}

/// Returns the outer edge of each layer, as the sums that are drawn instead of the values.
pub(in crate::chart) fn edges(curves: &[&Curve]) -> Vec<Curve> {
    let stack = Stack::new(curves);
    let point = |level: &Level| (stack.instants[level.instant], level.top);
    let segments =
        |layer: &Vec<Vec<Level>>| layer.iter().map(|run| run.iter().map(point).collect::<Vec<_>>()).collect();
    let edge = |layer| Curve { segments: segments(layer), ..Curve::default() };
    stack.layers.iter().map(edge).collect()
}

/// Returns a layer for each series, with its outer edge as a line of one pixel.
pub(in crate::chart) fn draw(marks: &[SeriesMark], transform: &PlotTransform, mark_style: &MarkStyle) -> Vec<Shape> {
    let stack = Stack::new(&marks.iter().map(|mark| mark.curve).collect::<Vec<_>>());
    let drawn = stack.drawn_instants(transform);
    let clip = to_device(transform.plot, transform.scale);
    let mark_style = MarkStyle { width: Px::whole(1), dots: mark_style.dots.isolated_only(), ..*mark_style };
    let (mut fills, mut edges) = (Vec::new(), Vec::new());
    for (mark, layer) in marks.iter().zip(&stack.layers) {
        let layer: Vec<Vec<Level>> = layer.iter().map(|run| thinned(run, &drawn)).collect();
        let place = |instant: usize, sum: f64| transform.point(stack.instants[instant], sum);
        let section = |level: &Level| {
            let [base, top] = [level.base, level.top].map(|sum| place(level.instant, sum));
            Section { x: top.x, top: top.y.min(base.y), bottom: top.y.max(base.y) }
        };
        let wide = layer.iter().filter(|run| run.len() > 1);
        let runs: Vec<Vec<Section>> = wide.map(|run| run.iter().map(section).collect()).collect();
        if !runs.is_empty() {
            fills.push(Shape::Area { runs, colour: mark.style.fill(FILL), clip });
        }
        let edge =
            |run: &Vec<Level>| -> Vec<Point> { run.iter().map(|level| place(level.instant, level.top)).collect() };
        let path = MarkPath {
            runs: layer.iter().map(edge).collect(),
            unfinished_from: mark_style.last_finished(mark.curve, transform),
        };
        edges.push(mark_style.draw(path, mark.curve, transform, mark.style));
    }
    fills.into_iter().chain(edges.into_iter().rev().flatten()).collect()
}

/// Returns the levels of a run that are drawn; its ends always are.
fn thinned(run: &[Level], drawn: &BTreeSet<usize>) -> Vec<Level> {
    let last = run.len().saturating_sub(1);
    let keeps = |(index, level): &(usize, &Level)| *index == 0 || *index == last || drawn.contains(&level.instant);
    run.iter().enumerate().filter(keeps).map(|(_, level)| *level).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn curve(runs: &[&[(i64, f64)]], period: i64) -> Curve {
        let segments: Vec<Vec<(i64, f64)>> = runs.iter().map(|run| run.to_vec()).collect();
        let ends = segments.iter().map(|run| run.last().map_or(0, |point| point.0) + period).collect();
        Curve { segments, ends }
    }

    fn tops(stack: &Stack, line: usize) -> Vec<Vec<(i64, f64, f64)>> {
        let level = |level: &Level| (stack.instants[level.instant], level.base, level.top);
        stack.layers[line].iter().map(|run| run.iter().map(level).collect()).collect()
    }

    #[test]
    fn each_series_stands_on_those_before() {
        let (a, b) = (curve(&[&[(0, 1.0), (60, 2.0)]], 60), curve(&[&[(0, 10.0), (60, 20.0)]], 60));
        let stack = Stack::new(&[&a, &b]);
        assert_eq!(tops(&stack, 1), [[(0, 1.0, 11.0), (60, 2.0, 22.0)]]);
        assert_eq!(stack.extent(), Some((0.0, 22.0)));
    }

    #[test]
    fn a_gap_adds_nothing_and_stays_a_gap_of_its_own() {
        let a = curve(&[&[(0, 1.0)], &[(120, 1.0)]], 60);
        let b = curve(&[&[(0, 5.0), (60, 5.0), (120, 5.0)]], 60);
        let stack = Stack::new(&[&a, &b]);
        assert_eq!(tops(&stack, 0), [[(0, 0.0, 1.0)], [(120, 0.0, 1.0)]]);
        assert_eq!(tops(&stack, 1), [[(0, 1.0, 6.0), (60, 0.0, 5.0), (120, 1.0, 6.0)]]);
    }

    #[test]
    fn negative_values_stack_downwards() {
        let (a, b, c) = (curve(&[&[(0, 3.0)]], 60), curve(&[&[(0, -2.0)]], 60), curve(&[&[(0, -4.0)]], 60));
        let stack = Stack::new(&[&a, &b, &c]);
        assert_eq!((tops(&stack, 1), tops(&stack, 2)), (vec![vec![(0, 0.0, -2.0)]], vec![vec![(0, -2.0, -6.0)]]));
        assert_eq!(stack.extent(), Some((-6.0, 3.0)));
    }

    #[test]
    fn a_longer_bucket_counts_at_all_its_instants() {
        let (a, b) = (curve(&[&[(0, 1.0), (60, 2.0), (120, 3.0)]], 60), curve(&[&[(0, 10.0)]], 120));
        assert_eq!(tops(&Stack::new(&[&a, &b]), 1), [[(0, 1.0, 11.0), (60, 2.0, 12.0)]]);
    }

    #[test]
    fn a_layer_narrows_to_zero_where_values_change_sign() {
        let a = curve(&[&[(0, 2.0), (60, -2.0)]], 60);
        let expected = [[(0, 0.0, 2.0), (60, 0.0, 0.0)], [(0, 0.0, 0.0), (60, 0.0, -2.0)]];
        assert_eq!(tops(&Stack::new(&[&a]), 0), expected);
    }

    #[test]
    fn sums_that_no_number_can_hold_do_not_break_the_axis() {
        let (a, b) = (curve(&[&[(0, 1e308)]], 60), curve(&[&[(0, 1.7e308)]], 60));
        assert_eq!(Stack::new(&[&a, &b]).extent(), Some((0.0, f64::MAX)));
    }
}
