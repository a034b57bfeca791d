//! Time zones: a zone of the database, or a fixed offset. The host's zone is never used.
//!
//! Local time is counted like Unix time, in *wall seconds*: seconds from 1970-01-01T00:00 on the zone's wall clock.
//! Days are counted from 1970-01-01. Axis and buckets therefore compute with integers and use the zone only to convert.

use super::{Span, Zones};
use crate::error::Fault;
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};
use jiff::{Timestamp, civil};
use std::sync::Arc;

const DAY: i64 = 86_400;

/// A time zone. Equal zones have equal names and rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone {
    name: String,
    zone: TimeZone,
    /// Edition of the database that the zone's rules are from.
    edition: Option<Arc<str>>,
}

/// Instants at which a zone's wall clock shows one time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Instants {
    /// No instant: the clock skips the time. Holds the instant of the jump.
    Skipped(i64),
    /// One instant, the usual case.
    Once(i64),
    /// Two instants, because the clock was set back: the earlier and the later one.
    Twice(i64, i64),
}

impl Instants {
    /// Returns the first instant at or after which the wall clock shows at least the requested time.
    pub fn first(self) -> i64 {
        let (Self::Skipped(at) | Self::Once(at) | Self::Twice(at, _)) = self;
        at
    }
}

/// A change of a zone's offset from UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// First second with the new offset.
    pub at: i64,
    /// Previous offset, in seconds east of UTC.
    pub before: i32,
    /// New offset, in seconds east of UTC.
    pub after: i32,
}

/// Parses an RFC 3339 instant, such as `2026-01-01T00:00:00+00:00`, to Unix seconds.
pub fn unix_second(text: &str) -> Option<i64> {
    text.parse::<Timestamp>().ok().map(Timestamp::as_second)
}

/// Parses an RFC 3339 instant, with an optional fraction, to Unix milliseconds; finer digits are cut off.
pub fn unix_millisecond(text: &str) -> Option<i64> {
    let instant: Timestamp = text.parse().ok()?;
    i64::try_from(instant.as_nanosecond().div_euclid(1_000_000)).ok()
}

/// A civil date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Date {
    pub year: i16,
    /// Month, 1 to 12.
    pub month: i8,
    /// Day of the month, 1 to 31.
    pub day: i8,
    pub weekday: Weekday,
}

/// A day of the week; Monday is 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Weekday(pub u8);

impl Zone {
    pub(super) fn new(name: &str, zone: TimeZone, edition: Option<Arc<str>>) -> Self {
        Self { name: name.to_owned(), zone, edition }
    }

    /// Returns UTC.
    pub fn utc() -> Self {
        Self::new("UTC", TimeZone::UTC, None)
    }

    /// Finds a zone in the bundled database; see [`Zones::zone`].
    pub fn parse(name: &str) -> Result<Self, Fault> {
        Zones::bundled().zone(name)
    }

    /// Returns the edition of the database that the rules are from; `None` for UTC and fixed offsets.
    pub fn edition(&self) -> Option<&str> {
        self.edition.as_deref()
    }

    /// Returns the requested name; `UTC` for `Z`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the rules of the zone, for other files of this module.
    pub(super) fn jiff(&self) -> &TimeZone {
        &self.zone
    }

    /// Returns the offset at `second`, in seconds east of UTC.
    pub fn offset(&self, second: i64) -> i32 {
        self.zone.to_offset(timestamp(second)).seconds()
    }

    /// Returns the abbreviation in force at `second`, such as `KST`; `None` if the zone has only a number.
    pub fn abbreviation(&self, second: i64) -> Option<String> {
        let instant = timestamp(second);
        let info = self.zone.to_offset_info(instant);
        let abbreviation = info.abbreviation();
        let is_name = !abbreviation.is_empty() && abbreviation.bytes().all(|b| b.is_ascii_alphabetic());
        is_name.then(|| abbreviation.to_owned())
    }

    /// Returns the wall clock's time at `second`, in wall seconds.
    pub fn wall(&self, second: i64) -> i64 {
        second + i64::from(self.offset(second))
    }

    /// Returns the instants at which the wall clock shows `wall` seconds.
    pub fn instants(&self, wall: i64) -> Instants {
        let at = |offset: Offset| wall - i64::from(offset.seconds());
        match self.zone.to_ambiguous_timestamp(datetime(wall)).offset() {
            AmbiguousOffset::Unambiguous { offset } => Instants::Once(at(offset)),
            AmbiguousOffset::Fold { before, after } => Instants::Twice(at(before), at(after)),
            AmbiguousOffset::Gap { before, after } => {
                // A skipped time lies after the change when converted with the old offset, and before the change with
                // the new one.
                let change = self.changes_between(at(after), at(before)).into_iter().next();
                Instants::Skipped(change.map_or(at(before), |change| change.at))
            }
        }
    }

    /// Returns the first second of the local day `day`, counted from 1970-01-01. A day whose midnight is skipped starts
    /// later.
    pub fn day_start(&self, day: i64) -> i64 {
        self.instants(day * DAY).first()
    }

    /// Returns the local day, counted from 1970-01-01, that contains `second`.
    pub fn day(&self, second: i64) -> i64 {
        self.wall(second).div_euclid(DAY)
    }

    /// Returns the last local day, counted from 1970-01-01, that has begun at `second`. Unlike [`Zone::day`] it never
    /// decreases: when the clock is set back over midnight, the repeated evening belongs to the day that has already
    /// begun.
    pub fn day_begun(&self, second: i64) -> i64 {
        let day = self.day(second);
        if self.day_start(day + 1) <= second { day + 1 } else { day }
    }

    /// Returns the changes of offset after the first and before the last instant of `span`.
    pub fn changes(&self, span: Span) -> Vec<Change> {
        self.changes_between(span.start(), span.end())
    }

    /// Returns the changes of offset in `after < change < before`. Changes of only the name or the daylight flag do not
    /// count.
    fn changes_between(&self, after: i64, before: i64) -> Vec<Change> {
        let change = |at: i64| Change { at, before: self.offset(at - 1), after: self.offset(at) };
        self.zone
            .following(timestamp(after))
            .map(|transition| transition.timestamp().as_second())
            .take_while(|&at| at < before)
            .map(change)
            .filter(|change| change.before != change.after)
            .collect()
    }
}

impl Date {
    /// Returns the date of a day counted from 1970-01-01.
    pub fn of_day(day: i64) -> Self {
        let date = datetime(day * DAY).date();
        let weekday = Weekday(date.weekday().to_monday_zero_offset().unsigned_abs());
        Self { year: date.year(), month: date.month(), day: date.day(), weekday }
    }

    /// Returns the day, counted from 1970-01-01, on which the month `month` (1 to 12) of `year` begins.
    pub fn first_of_month(year: i16, month: i8) -> i64 {
        let first = civil::Date::new(year, month, 1).unwrap_or(civil::Date::MIN);
        let epoch = civil::Date::constant(1970, 1, 1);
        i64::from((first - epoch).get_days())
    }
}

/// Converts Unix seconds; values outside jiff's range (years −9999 to 9999) are clamped. A [`Span`] is always inside
/// it.
fn timestamp(second: i64) -> Timestamp {
    let inside = second.clamp(Timestamp::MIN.as_second() + DAY, Timestamp::MAX.as_second() - DAY);
    Timestamp::from_second(inside).unwrap_or_default()
}

fn datetime(wall: i64) -> civil::DateTime {
    Offset::UTC.to_datetime(timestamp(wall))
}

/// Parses `+hh:mm` or `+hhmm`, at most 18 hours.
pub(super) fn fixed_offset(text: &str) -> Option<Offset> {
    let (sign, rest) = match text.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let digits = match rest.as_bytes() {
        [h, hh, b':', m, mm] | [h, hh, m, mm] => [*h, *hh, *m, *mm],
        _ => return None,
    };
    let [h, hh, m, mm] = digits.map(|b| char::from(b).to_digit(10).and_then(|d| i32::try_from(d).ok()));
    let (hours, minutes) = (h? * 10 + hh?, m? * 10 + mm?);
    let seconds = hours * 3600 + minutes * 60;
    (minutes < 60 && seconds <= 18 * 3600).then(|| Offset::from_seconds(sign * seconds).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::FaultKind;
    use crate::limits::Limits;

    #[test]
    fn instants_parse_with_any_offset() {
        assert_eq!(unix_second("2026-01-01T00:00:00+00:00"), Some(1_767_225_600));
        assert_eq!(unix_second("2026-01-01T09:00:00+09:00"), Some(1_767_225_600));
        assert_eq!(unix_second("2015-11-07T01:58:43.578929Z"), Some(1_446_861_523));
        for text in ["", "soon", "2026-01-01", "2026-01-01T00:00:00", "2026-13-01T00:00:00Z", "2026-01-01T24:00:00Z"] {
            assert_eq!(unix_second(text), None, "{text}");
        }
    }

    #[test]
    fn names_and_offsets_of_the_contract_are_zones() {
        for (name, offset) in
            [("Asia/Seoul", 32400), ("UTC", 0), ("Z", 0), ("Etc/GMT-9", 32400), ("+0900", 32400), ("-03:30", -12600)]
        {
            assert_eq!(Zone::parse(name).unwrap().offset(1_640_995_200), offset, "{name}");
        }
    }

    #[test]
    fn unknown_zones_are_rejected_and_never_default_to_utc() {
        let long = "A".repeat(10_000);
        for name in [
            "KST",
            "KST9",
            "asia/seoul",
            "GMT+9",
            "+25:00",
            "+2500",
            "Asia/Pyongyang2",
            "../../etc/passwd",
            "Asia/Seoul\0",
            "",
            "+9",
            "+09:60",
            "é",
            &long,
        ] {
            assert_eq!(Zone::parse(name).unwrap_err().kind, FaultKind::UnknownTimezone, "{name}");
        }
    }

    #[test]
    fn a_day_with_a_change_has_23_or_25_hours() {
        let hours = |zone: &str, day: i64| {
            let zone = Zone::parse(zone).unwrap();
            (zone.day_start(day + 1) - zone.day_start(day)) as f64 / 3600.0
        };
        let day = |second: i64, zone: &str| Zone::parse(zone).unwrap().day(second);
        for (zone, start, expected) in [
            ("Europe/Berlin", 1_774_738_800, 23.0),
            ("Europe/Berlin", 1_792_879_200, 25.0),
            ("America/New_York", 1_772_946_000, 23.0),
            ("America/New_York", 1_793_505_600, 25.0),
            ("Australia/Lord_Howe", 1_775_307_600, 24.5),
            ("Australia/Lord_Howe", 1_791_034_200, 23.5),
            ("Asia/Seoul", 1_774_710_000, 24.0),
        ] {
            assert_eq!(hours(zone, day(start, zone)), expected, "{zone}");
            assert_eq!(Zone::parse(zone).unwrap().day_start(day(start, zone)), start, "{zone}");
        }
    }

    #[test]
    fn skipped_and_repeated_times_are_detected() {
        let berlin = Zone::parse("Europe/Berlin").unwrap();
        let spring = berlin.wall(1_774_738_800) + 2 * 3600;
        assert_eq!(berlin.instants(spring), Instants::Skipped(1_774_746_000));
        let autumn = berlin.wall(1_792_879_200) + 2 * 3600;
        assert_eq!(berlin.instants(autumn), Instants::Twice(1_792_886_400, 1_792_890_000));
    }

    #[test]
    fn changes_inside_a_span_are_listed() {
        let berlin = Zone::parse("Europe/Berlin").unwrap();
        let span = Span::new(1_774_738_800, 1_774_821_600, &Limits::default()).unwrap();
        assert_eq!(berlin.changes(span), [Change { at: 1_774_746_000, before: 3600, after: 7200 }]);
    }

    #[test]
    fn santiago_starts_its_spring_day_at_one() {
        let santiago = Zone::parse("America/Santiago").unwrap();
        let start = santiago.day_start(santiago.day(1_788_667_200)); // 2026-09-06
        assert_eq!((santiago.wall(start).rem_euclid(DAY), santiago.wall(start - 1).rem_euclid(DAY)), (3600, DAY - 1));
    }

    #[test]
    fn zones_follow_the_rule_changes_of_2024_to_2026() {
        // Paraguay stayed at -03 in 2024; the south of Chile got its own zone at -03 in 2025; Cuba stayed at -04 in
        // 2026.
        let (july, november) = (1_784_000_000, 1_795_132_800);
        for (name, second, hours) in
            [("America/Asuncion", july, -3), ("America/Coyhaique", july, -3), ("America/Havana", november, -4)]
        {
            assert_eq!(
                Zone::parse(name).unwrap().offset(second),
                hours * 3600,
                "{name}, {}",
                Zones::bundled().edition()
            );
        }
    }

    #[test]
    fn abbreviations_are_letters_only() {
        assert_eq!(Zone::parse("Asia/Seoul").unwrap().abbreviation(0), Some("KST".to_owned()));
        assert_eq!(Zone::parse("Asia/Kathmandu").unwrap().abbreviation(1_700_000_000), None);
        assert_eq!(Zone::parse("+09:00").unwrap().abbreviation(0), None);
    }

    #[test]
    fn dates_count_from_1970() {
        assert_eq!(Date::of_day(0), Date { year: 1970, month: 1, day: 1, weekday: Weekday(3) });
        assert_eq!(Date::first_of_month(2026, 3), 20_513);
        assert_eq!(Date::of_day(20_513).month, 3);
    }
}
