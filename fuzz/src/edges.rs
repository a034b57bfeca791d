//! `bucket_edges`: start, seconds, period, zone → the buckets cover the span once, without holes, on the zone's wall clock.

use crate::words::{Words, text};
use metricshot::request::Zone;
use metricshot::series::Grid;

const DAY: i64 = 86_400;

pub fn check(input: &[u8]) {
    let (span, period, zone) = Words::of(&text(input)).time();
    let grid = Grid::new(span, period, &zone);
    assert!(!grid.is_empty());
    let seconds = usize::try_from((span.seconds() - 1) / period.seconds() + 1).expect("a span is positive");
    // A long grid is checked at its first and last 2000 buckets.
    let many = grid.len().min(2000);
    let places: Vec<usize> = (0..many).chain(grid.len() - many..grid.len()).collect();
    for &bucket in &places {
        let (start, end) = (grid.edge(bucket), grid.edge(bucket + 1));
        assert!(start < end, "bucket {bucket} from {start} to {end}");
        assert_eq!(grid.bucket_of(start * 1000), Some(bucket));
        assert_eq!(grid.bucket_of(end * 1000 - 1), Some(bucket));
        assert_eq!(grid.bucket_at(start), Some(bucket));
        match period.days() {
            Some(_) => assert!(begins_a_day(start, &zone), "{start} is no midnight of {}", zone.name()),
            None => assert_eq!((start % period.seconds(), end - start), (0, period.seconds())),
        }
    }
    let last = grid.len() - 1;
    assert!(grid.edge(0) <= span.start() && span.start() < grid.edge(1), "the first bucket holds the start");
    assert!(grid.edge(last) < span.end() && span.end() <= grid.edge(last + 1), "the last bucket holds the end");
    assert!(grid.len() <= seconds + 2, "{} buckets of {seconds}", grid.len());
    let counted: usize = grid.stretches().iter().map(|stretch| stretch.count).sum();
    assert_eq!(counted, grid.len());
    assert_eq!(grid.bucket_of(grid.range().end * 1000), None);
    assert_eq!(grid.bucket_of(grid.range().start * 1000 - 1), None);
}

/// Reports whether the wall clock shows midnight, or has just skipped it.
fn begins_a_day(second: i64, zone: &Zone) -> bool {
    zone.wall(second).rem_euclid(DAY) == 0 || zone.day(second - 1) < zone.day(second)
}
