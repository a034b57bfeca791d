//! Remarks about a metric's data.
//!
//! The single source of `Metricshot-Notes` ([`Remark::word`]) and the warnings of `render` ([`Remark::sentence`]).

use super::{Buckets, Notes};

/// A fact that the viewer of a metric should know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remark {
    /// No bucket has a value.
    Empty,
    /// Value of [`Notes::skipped`].
    Skipped(usize),
    /// Value of [`Notes::pooled`].
    Pooled(usize),
    /// Value of [`Notes::silences`].
    Silences(usize),
    /// Value of [`Notes::truncated`].
    Truncated(usize),
    /// Value of [`Notes::unrequested`].
    Unrequested(usize),
    /// Value of [`Notes::conflicting`].
    Conflicting(usize),
    /// Set by [`Notes::incomplete`].
    Incomplete,
    /// Set by [`Notes::approximate`].
    Approximate,
    /// Its colour has a low contrast to the background.
    Faint,
}

impl Remark {
    /// Returns all remarks about values and notes, in a fixed order.
    pub fn all(values: &Buckets, notes: &Notes) -> Vec<Self> {
        let Notes { skipped, incomplete, pooled, silences, approximate, unrequested, conflicting, truncated } = *notes;
        let counted = |count: usize, remark: fn(usize) -> Self| (count > 0).then(|| remark(count));
        let remarks = [
            values.points().next().is_none().then_some(Self::Empty),
            counted(skipped, Self::Skipped),
            counted(pooled, Self::Pooled),
            counted(silences, Self::Silences),
            counted(truncated, Self::Truncated),
            counted(unrequested, Self::Unrequested),
            counted(conflicting, Self::Conflicting),
            incomplete.then_some(Self::Incomplete),
            approximate.then_some(Self::Approximate),
        ];
        remarks.into_iter().flatten().collect()
    }

    /// Returns the stable word for programs and metrics, without the count.
    pub fn word(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Skipped(_) => "skipped",
            Self::Pooled(_) => "pooled",
            Self::Silences(_) => "silences",
            Self::Truncated(_) => "truncated",
            Self::Unrequested(_) => "unrequested",
            Self::Conflicting(_) => "conflicting",
            Self::Incomplete => "incomplete",
            Self::Approximate => "approximate",
            Self::Faint => "faint",
        }
    }

    /// Returns the count, for remarks that have one.
    pub fn count(self) -> Option<usize> {
        match self {
            Self::Skipped(count)
            | Self::Pooled(count)
            | Self::Silences(count)
            | Self::Truncated(count)
            | Self::Unrequested(count)
            | Self::Conflicting(count) => Some(count),
            Self::Empty | Self::Incomplete | Self::Approximate | Self::Faint => None,
        }
    }

    /// Returns a sentence for people, which follows the metric's name and a colon.
    pub fn sentence(self) -> String {
        let many = |count: usize, one: &str, more: &str| {
            if count == 1 { one.to_owned() } else { more.replace("{}", &count.to_string()) }
        };
        match self {
            Self::Empty => "no data in the requested range".to_owned(),
            Self::Skipped(count) => many(
                count,
                "1 sample is not a finite number and was left out",
                "{} samples are not finite numbers and were left out",
            ),
            Self::Pooled(count) => many(count, "1 series is in the line", "{} series were combined into one line"),
            Self::Silences(count) => many(
                count,
                "1 interval between two samples is too long to know the rate: a gap",
                "{} intervals between two samples are too long to know the rate: gaps",
            ),
            Self::Truncated(count) => many(
                count,
                "1 line is not shown, because of the limit of its split",
                "{} lines are not shown, because of the limit of their split",
            ),
            Self::Unrequested(count) => many(
                count,
                "1 series of the source's answer was not requested and was left out",
                "{} series of the source's answer were not requested and were left out",
            ),
            Self::Conflicting(count) => many(
                count,
                "1 time has different values in one series; one of them counts",
                "{} times have different values in one series; one of them counts",
            ),
            Self::Incomplete => "may be incomplete: its source lacks something, see the log".to_owned(),
            Self::Approximate => "the rate was computed by the source and is approximate".to_owned(),
            Self::Faint => "the color can hardly be told from the background".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Grid;
    use super::*;
    use crate::limits::Limits;
    use crate::request::{Period, Span, Zone};
    use std::sync::Arc;

    fn remarks(values: &[Option<f64>], notes: &Notes) -> Vec<Remark> {
        let limits = Limits::default();
        let grid = Grid::new(Span::new(600, 720, &limits).unwrap(), Period::new(60, &limits).unwrap(), &Zone::utc());
        Remark::all(&Buckets::new(Arc::new(grid), values.iter().copied()), notes)
    }

    #[test]
    fn a_response_without_values_is_empty_and_a_complete_one_has_no_remark() {
        assert_eq!(remarks(&[None, None], &Notes::default()), [Remark::Empty]);
        assert_eq!(remarks(&[None, Some(0.0)], &Notes::default()), []);
    }

    #[test]
    fn every_note_has_its_own_word_and_sentence() {
        let notes = Notes {
            skipped: 1,
            incomplete: true,
            pooled: 2,
            silences: 3,
            approximate: true,
            unrequested: 4,
            conflicting: 5,
            truncated: 6,
        };
        let all = remarks(&[], &notes);
        let words: Vec<&str> = all.iter().map(|remark| remark.word()).collect();
        let wanted = "empty skipped pooled silences truncated unrequested conflicting incomplete approximate";
        assert_eq!(words.join(" "), wanted);
        let counts: Vec<usize> = all.iter().filter_map(|remark| remark.count()).collect();
        assert_eq!(counts, [1, 2, 3, 6, 4, 5]);
        assert_eq!(Remark::Skipped(1).sentence(), "1 sample is not a finite number and was left out");
        assert_eq!(Remark::Skipped(12).sentence(), "12 samples are not finite numbers and were left out");
    }
}
