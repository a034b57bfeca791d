//! Fewer points where a pixel column has many, and no extreme lost.
//!
//! Called by the chart after the roll-up, once it knows its columns. Of each column the first, the least, the greatest and the last
//! point stay, in time order (M4: Jugel et al., "M4: A Visualization-Oriented Time Series Data Aggregation", 2014): a line
//! through them covers the same pixels as a line through all.

/// The points to draw of `points`, which are in time order: at most four of each run of points with the same column.
pub fn thin(points: &[(i64, f64)], column_of: impl Fn(i64) -> i32) -> Vec<(i64, f64)> {
    let mut kept = Vec::new();
    let mut rest = points;
    while let [first, ..] = rest {
        let column = column_of(first.0);
        let length = rest.iter().take_while(|(time, _)| column_of(*time) == column).count();
        let (run, after) = rest.split_at(length.max(1));
        keep(run, &mut kept);
        rest = after;
    }
    kept
}

fn keep(run: &[(i64, f64)], kept: &mut Vec<(i64, f64)>) {
    if run.len() <= 4 {
        kept.extend_from_slice(run);
        return;
    }
    let (mut least, mut greatest) = (0, 0);
    for (index, point) in run.iter().enumerate() {
        least = if point.1 < run[least].1 { index } else { least };
        greatest = if point.1 > run[greatest].1 { index } else { greatest };
    }
    let last = run.len() - 1;
    let between = [least.min(greatest), least.max(greatest)];
    kept.push(run[0]);
    kept.extend(between.into_iter().filter(|index| (1..last).contains(index)).map(|index| run[index]));
    kept.push(run[last]);
}

#[cfg(test)]
mod tests {
    use super::thin;
    use proptest::prelude::*;

    fn extremes(points: &[(i64, f64)], column: i32, width: i64) -> Option<(f64, f64, i64, i64)> {
        let inside = || points.iter().filter(|p| p.0.div_euclid(width) as i32 == column);
        let (first, last) = (inside().next()?.0, inside().next_back()?.0);
        Some(inside().fold((f64::INFINITY, f64::NEG_INFINITY, first, last), |(least, greatest, first, last), p| {
            (least.min(p.1), greatest.max(p.1), first, last)
        }))
    }

    proptest! {
        #[test]
        fn every_column_keeps_its_ends_and_extremes_in_order(
            steps in prop::collection::vec((1_i64..20, -5_i32..5), 0..400),
            width in 1_i64..200,
        ) {
            let mut time = -1000;
            let points: Vec<(i64, f64)> = steps.iter().map(|&(step, value)| { time += step; (time, f64::from(value)) }).collect();
            let kept = thin(&points, |time| time.div_euclid(width) as i32);
            prop_assert!(kept.is_sorted_by(|a, b| a.0 < b.0));
            prop_assert!(kept.iter().all(|point| points.contains(point)));
            for column in points.iter().map(|p| p.0.div_euclid(width) as i32) {
                prop_assert_eq!(extremes(&kept, column, width), extremes(&points, column, width));
                prop_assert!(kept.iter().filter(|p| p.0.div_euclid(width) as i32 == column).count() <= 4);
            }
        }
    }

    #[test]
    fn a_spike_of_one_point_in_43_200_stays() {
        let mut points: Vec<(i64, f64)> = (0..43_200).map(|minute| (minute * 60, 1.0)).collect();
        points[12_345].1 = 100.0;
        let kept = thin(&points, |time| (time / 4320) as i32);
        assert!(kept.contains(&(12_345 * 60, 100.0)));
        assert!(kept.len() <= 600 * 4);
    }

    #[test]
    fn few_points_stay_as_they_are() {
        let points = [(0, 1.0), (1, 1.0), (2, 1.0), (3, 1.0)];
        assert_eq!(thin(&points, |_| 0), points);
        assert_eq!(thin(&[], |_| 0), []);
    }
}
