//! Text inputs: lines of words, which parse to numbers within bounds for any input.

use metricshot::limits::Limits;
use metricshot::request::{Period, Span, Zone};
use std::borrow::Cow;
use std::ops::RangeInclusive;

/// An iterator over the words of a text.
pub struct Words<'a>(std::str::SplitAsciiWhitespace<'a>);

impl<'a> Words<'a> {
    pub fn of(text: &'a str) -> Self {
        Self(text.split_ascii_whitespace())
    }

    /// Returns the next word, or an empty one.
    pub fn word(&mut self) -> &'a str {
        self.0.next().unwrap_or_default()
    }

    /// Parses the next word as a number, clamped to `range`; returns the start of the range if it is no number.
    pub fn whole(&mut self, range: RangeInclusive<i64>) -> i64 {
        self.word().parse().unwrap_or(*range.start()).clamp(*range.start(), *range.end())
    }

    /// Parses the next word as a number, which may not be finite; `None` if it is no number.
    pub fn number(&mut self) -> Option<f64> {
        self.word().parse().ok()
    }

    /// Parses the next word as one of `words`; returns the first if it is none of them.
    pub fn choice<T: Copy, const N: usize>(&mut self, words: [(&str, T); N]) -> T {
        let word = self.word();
        words.iter().find(|(name, _)| *name == word).unwrap_or(&words[0]).1
    }

    /// Parses start, seconds, period and zone.
    pub fn time(&mut self) -> (Span, Period, Zone) {
        let limits = Limits::default();
        let start = self.whole(1..=limits.latest_second - 1);
        let end = start + self.whole(1..=limits.span_seconds.min(limits.latest_second - start));
        let span = Span::new(start, end, &limits).expect("within the limits");
        let period = Period::new(self.whole(1..=limits.period_seconds), &limits).expect("within the limits");
        (span, period, Zone::parse(self.word()).unwrap_or_else(|_| Zone::utc()))
    }

    /// Returns the remaining words.
    pub fn rest(self) -> impl Iterator<Item = &'a str> {
        self.0
    }
}

/// Converts an input to text, with invalid UTF-8 replaced.
pub fn text(input: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(input)
}
