//! Inputs as text: lines, and words that become numbers within bounds, whatever was written.

use metricshot::limits::Limits;
use metricshot::request::{Period, Span, Zone};
use std::borrow::Cow;
use std::ops::RangeInclusive;

/// The words of some text, one after the other.
pub struct Words<'a>(std::str::SplitAsciiWhitespace<'a>);

impl<'a> Words<'a> {
    pub fn of(text: &'a str) -> Self {
        Self(text.split_ascii_whitespace())
    }

    /// The next word; empty where there is none.
    pub fn word(&mut self) -> &'a str {
        self.0.next().unwrap_or_default()
    }

    /// The next word as a number, pulled into `range`; its beginning where it is none.
    pub fn whole(&mut self, range: RangeInclusive<i64>) -> i64 {
        self.word().parse().unwrap_or(*range.start()).clamp(*range.start(), *range.end())
    }

    /// The next word as a number, perhaps none that is finite; `None` where it is no number.
    pub fn number(&mut self) -> Option<f64> {
        self.word().parse().ok()
    }

    /// The next word as one of `words`; the first where it is none of them.
    pub fn choice<T: Copy, const N: usize>(&mut self, words: [(&str, T); N]) -> T {
        let word = self.word();
        words.iter().find(|(name, _)| *name == word).unwrap_or(&words[0]).1
    }

    /// Start, seconds, period and zone.
    pub fn time(&mut self) -> (Span, Period, Zone) {
        let limits = Limits::default();
        let start = self.whole(1..=limits.latest_second - 1);
        let end = start + self.whole(1..=limits.span_seconds.min(limits.latest_second - start));
        let span = Span::new(start, end, &limits).expect("within the limits");
        let period = Period::new(self.whole(1..=limits.period_seconds), &limits).expect("within the limits");
        (span, period, Zone::parse(self.word()).unwrap_or_else(|_| Zone::utc()))
    }

    /// Whatever is left.
    pub fn rest(self) -> impl Iterator<Item = &'a str> {
        self.0
    }
}

/// An input as text; what is no UTF-8 is replaced.
pub fn text(input: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(input)
}
