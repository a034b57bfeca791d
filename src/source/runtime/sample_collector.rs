//! The samples of one fetch, put together from the answers for its windows.
//!
//! Every sample lies in the window of its call, and there are never more samples or series than one fetch may have.

use crate::error::{Reason, SourceError};
use crate::series::{Notes, Samples};
use std::collections::BTreeMap;
use std::ops::Range;

/// The series of one reply.
#[derive(Debug, Default, PartialEq)]
pub struct Answer {
    /// Series as received.
    pub series: Vec<Series>,
    /// The server said or showed that something is missing.
    pub incomplete: bool,
    /// Series of the reply that were not requested and are left out.
    pub unrequested: usize,
}

/// One series of a reply.
#[derive(Debug, PartialEq)]
pub struct Series {
    /// Labels by which the server distinguishes series.
    pub labels: BTreeMap<String, String>,
    /// Milliseconds and value, which may be NaN or infinite, as answered.
    pub points: Vec<(i64, f64)>,
}

/// Samples collected so far.
#[derive(Debug)]
pub struct SampleCollector {
    series: BTreeMap<BTreeMap<String, String>, Vec<(i64, f64)>>,
    room: usize,
    most_samples: usize,
    most_series: usize,
    incomplete: bool,
    /// Most of one reply: each window has the same series.
    unrequested: usize,
}

impl SampleCollector {
    /// Makes an empty collector with capacity for `samples` samples of `series` series.
    pub fn new(samples: usize, series: usize) -> Self {
        Self {
            series: BTreeMap::new(),
            room: samples,
            most_samples: samples,
            most_series: series,
            incomplete: false,
            unrequested: 0,
        }
    }

    /// Returns how many samples and series there are.
    pub fn taken(&self) -> usize {
        self.most_samples - self.room
    }

    /// Adds the answer for `window`, in Unix seconds, and says how many samples it had.
    ///
    /// A sample in the last millisecond before the window is there because Prometheus 2 has closed ranges; any other outside of it
    /// makes the whole incomplete.
    pub fn add(&mut self, answer: Answer, window: &Range<i64>) -> Result<usize, SourceError> {
        let before = self.room;
        let window = window.start * 1000..window.end * 1000;
        let mut strays = 0;
        for series in answer.series {
            let mut points = series.points;
            points.retain(|(time, _)| {
                strays += usize::from(!window.contains(time) && *time != window.start - 1);
                window.contains(time)
            });
            // A series takes room by itself, or a million empty ones would be free.
            let Some(room) = self.room.checked_sub(points.len() + 1) else {
                return Err(SourceError::new(Reason::TooBig, "more samples than one fetch may have"));
            };
            self.room = room;
            self.series.entry(series.labels).or_default().append(&mut points);
            if self.series.len() > self.most_series {
                let detail = format!("more than {} series for one question", self.most_series);
                return Err(SourceError::new(Reason::TooBig, detail));
            }
        }
        if strays > 0 {
            tracing::warn!(samples = strays, "the source answered for other times than those asked for");
        }
        if answer.unrequested > self.unrequested {
            tracing::warn!(series = answer.unrequested, "the source returned series that were not requested: left out");
            self.unrequested = answer.unrequested;
        }
        self.incomplete |= answer.incomplete || strays > 0;
        Ok(before - self.room)
    }

    /// Drops the samples outside `range`, in Unix seconds, that are not finite: they are skipped, and only those inside are counted.
    pub fn without_noise_outside(mut self, range: Range<i64>) -> Self {
        for points in self.series.values_mut() {
            points.retain(|(time, value)| value.is_finite() || range.contains(&time.div_euclid(1000)));
        }
        self
    }

    /// Returns the number of series that were not requested.
    pub fn unrequested(&self) -> usize {
        self.unrequested
    }

    /// Reports whether the source said or showed that something is missing.
    pub fn is_incomplete(&self) -> bool {
        self.incomplete
    }

    /// Divides the series by the values of the labels `keys`; a series without a label has an empty value there.
    pub fn split(mut self, keys: &[String]) -> BTreeMap<Vec<String>, Self> {
        let series = std::mem::take(&mut self.series);
        let mut split = BTreeMap::<Vec<String>, Self>::new();
        for (labels, points) in series {
            let values = keys.iter().map(|key| labels.get(key).cloned().unwrap_or_default()).collect();
            let empty = || Self { series: BTreeMap::new(), unrequested: 0, ..self };
            split.entry(values).or_insert_with(empty).series.insert(labels, points);
        }
        split
    }

    /// Returns every series that has samples, and notes about them.
    pub fn finish(self) -> (Vec<Samples>, Notes) {
        let series = self.series.into_values().filter(|points| !points.is_empty()).map(Samples::new).collect();
        (series, Notes { incomplete: self.incomplete, unrequested: self.unrequested, ..Notes::default() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(points: &[(i64, f64)]) -> Answer {
        Answer { series: vec![Series { labels: BTreeMap::new(), points: points.to_vec() }], ..Answer::default() }
    }

    #[test]
    fn windows_are_stitched_and_the_millisecond_before_them_is_left_out() {
        let mut gathered = SampleCollector::new(100, 10);
        gathered.add(answer(&[(59_999, 9.0), (60_000, 1.0), (119_999, 2.0)]), &(60..120)).unwrap();
        gathered.add(answer(&[(119_999, 2.0), (120_000, 3.0)]), &(120..180)).unwrap();
        let (series, notes) = gathered.finish();
        assert_eq!(series, [Samples::new(vec![(60_000, 1.0), (119_999, 2.0), (120_000, 3.0)])]);
        assert!(!notes.incomplete);
    }

    #[test]
    fn other_samples_outside_are_left_out_and_noted() {
        for stray in [59_998, 120_000, i64::MAX, i64::MIN] {
            let mut gathered = SampleCollector::new(100, 10);
            gathered.add(answer(&[(stray, 9.0), (60_000, 1.0)]), &(60..120)).unwrap();
            let (series, notes) = gathered.finish();
            assert_eq!((series[0].len(), notes.incomplete), (1, true), "{stray}");
        }
    }

    #[test]
    fn unrequested_series_that_come_with_each_window_are_counted_once() {
        let mut gathered = SampleCollector::new(100, 10);
        for (window, unrequested) in [(60..120, 2), (120..180, 3), (180..240, 1)] {
            gathered.add(Answer { unrequested, ..Answer::default() }, &window).unwrap();
        }
        assert_eq!(gathered.finish().1, Notes { unrequested: 3, ..Notes::default() });
    }

    #[test]
    fn more_than_there_is_room_for_is_too_big() {
        let mut gathered = SampleCollector::new(3, 10);
        gathered.add(answer(&[(0, 1.0), (1, 1.0)]), &(0..1)).unwrap();
        assert_eq!(gathered.add(answer(&[]), &(0..1)).unwrap_err().reason, Reason::TooBig);
    }

    #[test]
    fn more_series_than_one_question_may_have_are_too_big_however_small() {
        let mut gathered = SampleCollector::new(100, 2);
        let mut add = |name: &str| {
            let labels = BTreeMap::from([("host".to_owned(), name.to_owned())]);
            gathered
                .add(Answer { series: vec![Series { labels, points: vec![(0, 1.0)] }], ..Answer::default() }, &(0..1))
        };
        assert!(add("a").is_ok() && add("b").is_ok() && add("a").is_ok(), "known ones count once");
        assert_eq!(add("c").unwrap_err().reason, Reason::TooBig);
    }

    #[test]
    fn series_are_divided_by_their_labels_and_stay_whole() {
        let mut gathered = SampleCollector::new(100, 10);
        let series = |pairs: &[(&str, &str)], value| Series {
            labels: pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect(),
            points: vec![(0, value)],
        };
        let all = vec![
            series(&[("host", "b"), ("cpu", "0")], 1.0),
            series(&[("host", "a"), ("cpu", "0")], 2.0),
            series(&[("host", "b"), ("cpu", "1")], 3.0),
            series(&[("cpu", "1")], 4.0),
        ];
        gathered.add(Answer { series: all, incomplete: true, ..Answer::default() }, &(0..1)).unwrap();
        let split = gathered.split(&["host".to_owned()]);
        let values = |gathered: SampleCollector| {
            let (series, notes) = gathered.finish();
            assert!(notes.incomplete);
            series.iter().map(|series| series.values()[0]).collect::<Vec<_>>()
        };
        let split: Vec<_> = split.into_iter().map(|(host, gathered)| (host.concat(), values(gathered))).collect();
        let expected = [("", vec![4.0]), ("a", vec![2.0]), ("b", vec![1.0, 3.0])];
        assert_eq!(split, expected.map(|(host, values)| (host.to_owned(), values)));
    }

    #[test]
    fn samples_that_are_not_finite_are_skipped_and_counted_in_the_window_alone() {
        let mut gathered = SampleCollector::new(100, 10);
        let points =
            [(59_999, f64::NAN), (60_000, f64::NAN), (61_000, 2.0), (119_999, f64::INFINITY), (120_000, f64::NAN)];
        gathered.add(answer(&points), &(0..180)).unwrap();
        let (series, _) = gathered.without_noise_outside(60..120).finish();
        assert_eq!((series[0].len(), series[0].skipped()), (1, 2));
    }
}
