//! The series of all files, by name and labels.
//!
//! Filled line by line by the readers as [`Gathered`], then settled once into a [`Table`], which only answers.

use crate::catalog::{Offer, Selector};
use std::collections::{BTreeMap, BTreeSet};

/// Time in milliseconds since the epoch, and a value, which may be NaN or infinite: who asks wants to know how many of those there are.
pub(super) type Point = (i64, f64);

/// Label and value; no value is empty once it is in a [`Table`].
pub(super) type Labels = BTreeMap<String, String>;

type ByName = BTreeMap<String, BTreeMap<Labels, Vec<Point>>>;

/// Points in the order of the files.
#[derive(Debug, Default)]
pub(super) struct Gathered(ByName);

/// Points of each series in the order of time, each time once.
#[derive(Debug, Default)]
pub(super) struct Table(ByName);

impl Gathered {
    pub(super) fn add(&mut self, name: String, mut labels: Labels, points: impl IntoIterator<Item = Point>) {
        labels.retain(|_, value| !value.is_empty());
        self.0.entry(name).or_default().entry(labels).or_default().extend(points);
    }

    /// Sorts by time; of points with the same time the last one stays.
    pub(super) fn settle(mut self) -> Table {
        for points in self.0.values_mut().flat_map(BTreeMap::values_mut) {
            if !points.is_sorted_by(|one, two| one.0 < two.0) {
                points.sort_by_key(|point| point.0);
                // The sort is stable: the later of two neighbours was given later, and takes the earlier one's place.
                points.dedup_by(|later, earlier| {
                    let same = later.0 == earlier.0;
                    earlier.1 = if same { later.1 } else { earlier.1 };
                    same
                });
            }
            points.shrink_to_fit();
        }
        Table(self.0)
    }
}

impl Table {
    /// The points of each series with that name and at least those labels. An empty value wants the label to be absent.
    pub(super) fn select(&self, selector: &Selector) -> impl Iterator<Item = &[Point]> {
        let matches = |labels: &Labels| {
            let value = |label: &String| labels.get(label).map_or("", String::as_str);
            selector.labels.iter().all(|(label, wanted)| value(label) == wanted)
        };
        let series = self.0.get(&selector.name).into_iter().flatten();
        series.filter(move |(labels, _)| matches(labels)).map(|(_, points)| points.as_slice())
    }

    /// Each name with each set of label keys that it has, sorted.
    pub(super) fn offers(&self) -> Vec<Offer> {
        let offer = |name: &String, labels: Vec<String>| Offer { labels, ..Offer::named(name) };
        let keys = |series: &BTreeMap<Labels, Vec<Point>>| -> BTreeSet<Vec<String>> {
            series.keys().map(|labels| labels.keys().cloned().collect()).collect()
        };
        self.0.iter().flat_map(|(name, series)| keys(series).into_iter().map(move |keys| offer(name, keys))).collect()
    }

    /// How many series there are.
    pub(super) fn series(&self) -> usize {
        self.0.values().map(BTreeMap::len).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(pairs: &[(&str, &str)]) -> Labels {
        pairs.iter().map(|(label, value)| ((*label).to_owned(), (*value).to_owned())).collect()
    }

    fn selected(table: &Table, pairs: &[(&str, &str)]) -> Vec<Vec<Point>> {
        let selector = Selector { name: "x".into(), labels: labels(pairs).into_iter().collect() };
        table.select(&selector).map(<[Point]>::to_vec).collect()
    }

    #[test]
    fn points_are_sorted_and_the_last_given_of_a_time_stays() {
        let mut gathered = Gathered::default();
        gathered.add("x".into(), labels(&[]), [(3, 1.0), (1, 1.0), (3, 2.0), (2, 1.0), (3, 3.0)]);
        gathered.add("x".into(), labels(&[]), [(1, 9.0)]);
        assert_eq!(selected(&gathered.settle(), &[]), [[(1, 9.0), (2, 1.0), (3, 3.0)]]);
    }

    #[test]
    fn wanted_labels_must_be_equal_and_others_may_be_there() {
        let mut gathered = Gathered::default();
        gathered.add("x".into(), labels(&[("a", "1"), ("b", "1")]), [(1, 1.0)]);
        gathered.add("x".into(), labels(&[("a", "1"), ("b", "")]), [(1, 2.0)]);
        gathered.add("x".into(), labels(&[("a", "2")]), [(1, 3.0)]);
        gathered.add("y".into(), labels(&[("a", "1")]), [(1, 4.0)]);
        let table = gathered.settle();
        assert_eq!(table.series(), 4);
        let offers: Vec<_> = table.offers().into_iter().map(|offer| (offer.name, offer.labels)).collect();
        let offer = |name: &str, labels: &[&str]| (name.to_owned(), labels.iter().map(|&key| key.to_owned()).collect());
        assert_eq!(offers, [offer("x", &["a"]), offer("x", &["a", "b"]), offer("y", &["a"])]);
        assert_eq!(selected(&table, &[("a", "1")]), [[(1, 2.0)], [(1, 1.0)]]);
        assert_eq!(selected(&table, &[("a", "1"), ("b", "1")]), [[(1, 1.0)]]);
        assert_eq!(selected(&table, &[("a", "1"), ("b", "")]), [[(1, 2.0)]]);
        assert_eq!(selected(&table, &[("a", "*")]), Vec::<Vec<Point>>::new());
    }
}
