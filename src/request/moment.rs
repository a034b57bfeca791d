//! Ends of a time range: Unix seconds, RFC 3339, or relative to the present.
//!
//! A [`Moment`] is read from a text before the zone and the present are known; [`Moment::second`] resolves it, so that
//! everything behind the reader works with Unix seconds.

use super::Zone;
use super::time_zone::unix_second;
use crate::error::{Fault, FaultKind, excerpt};
use jiff::{Timestamp, ZonedDateTime};

/// An end of a time range.
///
/// ```
/// use metricshot::request::{Moment, Zone};
///
/// let berlin = Zone::parse("Europe/Berlin").unwrap();
/// let now = 1_774_821_600; // 2026-03-30T00:00:00+02:00, the day after the clocks were set forward.
/// assert_eq!(Moment::parse("-24h").unwrap().second(now, &berlin), Some(now - 24 * 3600));
/// assert_eq!(Moment::parse("-1d").unwrap().second(now, &berlin), Some(now - 23 * 3600));
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Moment {
    /// Unix seconds.
    At(i64),
    /// Distance from the present; days and longer units are civil days of the request's zone.
    Relative(Distance),
}

/// Distance between two instants, in civil and in exact units.
#[derive(Debug, Clone, Copy)]
pub struct Distance(jiff::Span);

impl PartialEq for Distance {
    fn eq(&self, other: &Self) -> bool {
        self.0.fieldwise() == other.0.fieldwise()
    }
}

impl Moment {
    /// Returns the present.
    pub fn now() -> Self {
        Self::Relative(Distance(jiff::Span::new()))
    }

    /// Parses `now`, a distance such as `-3h`, `-7d`, `-1mo`, `-1d12h`, `now-30m` or `-PT3H`, or an RFC 3339 instant.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let distance = text.strip_prefix("now").unwrap_or(text);
        let is_distance = distance.len() < text.len() || distance.starts_with(['-', '+']);
        let parsed = match (is_distance, distance) {
            (true, "") => Some(Self::now()),
            (true, signed) if signed.starts_with(['-', '+']) => parse_distance(signed).map(Self::Relative),
            (true, _) => None,
            (false, instant) => unix_second(instant).map(Self::At),
        };
        parsed.ok_or_else(|| {
            let text = format!(
                "Input should be Unix seconds, an instant such as '2026-05-21T09:00:00+09:00', 'now', or a distance from it such \
                 as '-3h', '-7d' or '-1mo', not '{}'",
                excerpt(text)
            );
            Fault::new(FaultKind::InvalidTimeRange, text)
        })
    }

    /// Returns the Unix seconds of the moment at `now` in `zone`; `None` if it lies outside the years -9999 to 9999.
    pub fn second(self, now: i64, zone: &Zone) -> Option<i64> {
        match self {
            Self::At(second) => Some(second),
            Self::Relative(Distance(span)) => {
                let now = ZonedDateTime::new(Timestamp::from_second(now).ok()?, zone.jiff().clone());
                now.checked_add(span).ok().map(|moment| moment.timestamp().as_second())
            }
        }
    }
}

impl Zone {
    /// Returns `second` as RFC 3339 with the zone's offset, such as `2026-05-21T09:00:00+09:00`.
    pub fn rfc3339(&self, second: i64) -> String {
        let instant = Timestamp::from_second(second).unwrap_or_default();
        instant.display_with_offset(self.jiff().to_offset(instant)).to_string()
    }
}

/// Parses a signed distance in whole seconds: jiff's friendly format, or ISO 8601.
fn parse_distance(text: &str) -> Option<Distance> {
    let span: jiff::Span = text.parse().ok()?;
    let is_whole = span.get_milliseconds() == 0 && span.get_microseconds() == 0 && span.get_nanoseconds() == 0;
    is_whole.then_some(Distance(span))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEOUL_NOON: i64 = 1_779_332_400; // 2026-05-21T12:00:00+09:00

    fn second(text: &str) -> i64 {
        Moment::parse(text).unwrap().second(SEOUL_NOON, &Zone::parse("Asia/Seoul").unwrap()).unwrap()
    }

    #[test]
    fn hours_and_shorter_units_are_exact_lengths() {
        for (text, back) in [
            ("now", 0),
            ("-3h", 10_800),
            ("now-3h", 10_800),
            ("-PT3H", 10_800),
            ("-90s", 90),
            ("-15m", 900),
            ("-15min", 900),
            ("-1d12h", 129_600),
            ("+1h", -3600),
        ] {
            assert_eq!(second(text), SEOUL_NOON - back, "{text}");
        }
    }

    #[test]
    fn months_and_years_are_calendar_units() {
        let instant = |text| unix_second(text).unwrap();
        assert_eq!(second("-1mo"), instant("2026-04-21T12:00:00+09:00"));
        assert_eq!(second("-1y"), instant("2025-05-21T12:00:00+09:00"));
        assert_eq!(second("-2w"), instant("2026-05-07T12:00:00+09:00"));
        assert_eq!(second("-P1M"), second("-1mo"));
    }

    #[test]
    fn instants_are_absolute_whatever_their_offset() {
        assert_eq!(second("2026-05-21T12:00:00+09:00"), SEOUL_NOON);
        assert_eq!(second("2026-05-21T03:00:00Z"), SEOUL_NOON);
    }

    #[test]
    fn an_instant_is_written_with_the_offset_of_its_zone() {
        for (zone, expected) in [
            ("Asia/Seoul", "2026-05-21T12:00:00+09:00"),
            ("UTC", "2026-05-21T03:00:00+00:00"),
            ("Asia/Kathmandu", "2026-05-21T08:45:00+05:45"),
        ] {
            assert_eq!(Zone::parse(zone).unwrap().rfc3339(SEOUL_NOON), expected);
        }
    }

    #[test]
    fn other_texts_are_rejected_with_examples() {
        for text in ["", "-", "3h", "yesterday", "now3h", "-3x", "- 3 parsecs", "2026-05-21", "1779332400000", "-1.5ms"]
        {
            let fault = Moment::parse(text).unwrap_err();
            assert!(fault.text.contains("'-3h'"), "{text}: {}", fault.text);
        }
    }

    #[test]
    fn a_moment_beyond_the_calendar_is_none() {
        assert_eq!(Moment::parse("-19000y").unwrap().second(SEOUL_NOON, &Zone::utc()), None);
    }
}
