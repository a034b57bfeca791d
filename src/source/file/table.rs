//! The series of all files, by name and labels.
//!
//! Filled line by line by the readers as [`TableBuilder`], then settled once into a [`Table`], which only answers.

use super::error::Unreadable;
use super::family::Families;
use crate::catalog::{MetricDescriptor, Selector};
use std::collections::{BTreeMap, BTreeSet};

/// Time in milliseconds since the epoch, and a value, which may be NaN or infinite: they are counted for the notes.
pub(super) type Point = (i64, f64);

/// Label and value; no value is empty once it is in a [`Table`].
pub(super) type Labels = BTreeMap<String, String>;

type ByName = BTreeMap<String, BTreeMap<Labels, Series>>;

/// The points of one name and one set of labels, from all files.
#[derive(Debug, Default)]
pub(super) struct Series {
    /// The points in the order of time, each time once.
    pub points: Vec<Point>,
    /// Times that have several different values, in order; the last value is in `points`.
    pub conflicts: Vec<i64>,
    /// Indices of the files that have points of it, increasing.
    files: Vec<usize>,
}

/// Points in the order of the files.
#[derive(Debug, Default)]
pub(super) struct TableBuilder {
    series: ByName,
    families: Families,
}

/// The series of all files, and what could not be read of them.
#[derive(Debug, Default)]
pub(super) struct Table {
    series: ByName,
    families: Families,
    defects: Defects,
}

/// The faults of the files, and the series that they may concern.
#[derive(Debug, Default)]
pub(super) struct Defects {
    /// The faults with their places.
    pub faults: Unreadable,
    /// Indices of the files with faults.
    pub files: BTreeSet<usize>,
    /// A file, or the rest of one, was not read at all, so any series may have points in it.
    pub unread: bool,
}

impl TableBuilder {
    /// Adds points of one series from the file with this index.
    pub(super) fn add(
        &mut self,
        file: usize,
        name: String,
        mut labels: Labels,
        points: impl IntoIterator<Item = Point>,
    ) {
        labels.retain(|_, value| !value.is_empty());
        let series = self.series.entry(name).or_default().entry(labels).or_default();
        series.points.extend(points);
        if series.files.last() != Some(&file) {
            series.files.push(file);
        }
    }

    /// Returns the metadata that the files have for their metrics.
    pub(super) fn families(&mut self) -> &mut Families {
        &mut self.families
    }

    /// Sorts by time. Of points with the same time the last one stays, and the time is a conflict where their values differ.
    pub(super) fn settle(mut self, defects: Defects) -> Table {
        self.series.values_mut().flat_map(BTreeMap::values_mut).for_each(Series::settle);
        Table { series: self.series, families: self.families, defects }
    }
}

impl Series {
    fn settle(&mut self) {
        let Self { points, conflicts, .. } = self;
        if !points.is_sorted_by(|one, two| one.0 < two.0) {
            points.sort_by_key(|point| point.0);
            // The sort is stable: the later of two neighbours was given later, and takes the earlier one's place.
            points.dedup_by(|later, earlier| {
                let same = later.0 == earlier.0;
                if same {
                    let differs = later.1 != earlier.1 && !(later.1.is_nan() && earlier.1.is_nan());
                    if differs && conflicts.last() != Some(&later.0) {
                        conflicts.push(later.0);
                    }
                    earlier.1 = later.1;
                }
                same
            });
        }
        points.shrink_to_fit();
    }
}

impl Table {
    /// Returns labels and samples of each series with that name and at least those labels. An empty value requires the label to be absent.
    pub(super) fn select(&self, selector: &Selector) -> impl Iterator<Item = (&Labels, &Series)> {
        let matches = |labels: &Labels| {
            let value = |label: &String| labels.get(label).map_or("", String::as_str);
            selector.labels.iter().all(|(label, wanted)| value(label) == wanted)
        };
        let series = self.series.get(&selector.name).into_iter().flatten();
        series.filter(move |(labels, _)| matches(labels))
    }

    /// Returns whether the files may lack samples for `selector`: a line that could not be read may belong to any series of its file,
    /// and to one that no other line has.
    pub(super) fn is_incomplete(&self, selector: &Selector) -> bool {
        let Defects { faults, files, unread } = &self.defects;
        let is_hit = |series: &Series| series.files.iter().any(|file| files.contains(file));
        let mut selected = self.select(selector).peekable();
        *unread || !faults.is_empty() && (selected.peek().is_none() || selected.any(|(_, series)| is_hit(series)))
    }

    /// Returns the faults of the files.
    pub(super) fn faults(&self) -> &Unreadable {
        &self.defects.faults
    }

    /// Returns each name with each set of label keys that it has, sorted.
    pub(super) fn offers(&self) -> Vec<MetricDescriptor> {
        let offer = |name: &String, labels: Vec<String>| {
            let (kind, unit) = (self.families.kind(name), self.families.unit(name));
            MetricDescriptor { name: name.clone(), labels, unit, kind }
        };
        let keys = |series: &BTreeMap<Labels, Series>| -> BTreeSet<Vec<String>> {
            series.keys().map(|labels| labels.keys().cloned().collect()).collect()
        };
        let named = self.series.iter();
        named.flat_map(|(name, series)| keys(series).into_iter().map(move |keys| offer(name, keys))).collect()
    }

    /// Returns the number of series.
    pub(super) fn series(&self) -> usize {
        self.series.values().map(BTreeMap::len).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::file::error::FileFault;

    fn labels(pairs: &[(&str, &str)]) -> Labels {
        pairs.iter().map(|(label, value)| ((*label).to_owned(), (*value).to_owned())).collect()
    }

    fn selected(table: &Table, pairs: &[(&str, &str)]) -> Vec<Vec<Point>> {
        let selector = Selector { name: "x".into(), labels: labels(pairs).into_iter().collect() };
        table.select(&selector).map(|(_, series)| series.points.clone()).collect()
    }

    #[test]
    fn points_are_sorted_and_the_last_given_of_a_time_stays() {
        let mut gathered = TableBuilder::default();
        gathered.add(0, "x".into(), labels(&[]), [(3, 1.0), (1, 1.0), (3, 2.0), (2, 1.0), (3, 3.0)]);
        gathered.add(1, "x".into(), labels(&[]), [(1, 9.0), (2, 1.0)]);
        let table = gathered.settle(Defects::default());
        assert_eq!(selected(&table, &[]), [[(1, 9.0), (2, 1.0), (3, 3.0)]]);
        let selector = Selector { name: "x".into(), labels: vec![] };
        let conflicts: Vec<_> = table.select(&selector).map(|(_, series)| series.conflicts.clone()).collect();
        assert_eq!(conflicts, [[1, 3]], "equal values of one time are no conflict");
    }

    #[test]
    fn a_faulty_file_leaves_series_of_other_files_complete() {
        let gathered = || {
            let mut gathered = TableBuilder::default();
            gathered.add(0, "x".into(), labels(&[]), [(1, 1.0)]);
            gathered.add(1, "y".into(), labels(&[]), [(1, 1.0)]);
            gathered
        };
        let fault = FileFault { file: "1.om".into(), line: Some(1), text: String::new() };
        let faults = Unreadable { faults: vec![fault], more: 0 };
        let defects = |unread| Defects { faults: faults.clone(), files: BTreeSet::from([1]), unread };
        let incomplete = |defects: Defects| {
            let table = gathered().settle(defects);
            ["x", "y", "z"].map(|name| table.is_incomplete(&Selector { name: name.into(), labels: vec![] }))
        };
        assert_eq!(incomplete(Defects::default()), [false, false, false]);
        assert_eq!(incomplete(defects(false)), [false, true, true]);
        assert_eq!(incomplete(defects(true)), [true, true, true]);
    }

    #[test]
    fn wanted_labels_must_be_equal_and_others_may_be_there() {
        let mut gathered = TableBuilder::default();
        gathered.add(0, "x".into(), labels(&[("a", "1"), ("b", "1")]), [(1, 1.0)]);
        gathered.add(0, "x".into(), labels(&[("a", "1"), ("b", "")]), [(1, 2.0)]);
        gathered.add(0, "x".into(), labels(&[("a", "2")]), [(1, 3.0)]);
        gathered.add(0, "y".into(), labels(&[("a", "1")]), [(1, 4.0)]);
        let table = gathered.settle(Defects::default());
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
