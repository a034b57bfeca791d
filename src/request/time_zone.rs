//! Where the caller's days begin: a time zone of the database, or a fixed offset. The host's zone never matters.
//!
//! Local time is counted like Unix time, in *wall seconds*: seconds from 1970-01-01T00:00 on the zone's wall clock. Days are
//! counted from 1970-01-01. So the axis and the buckets reckon with integers and ask the zone only to convert.

use super::{Span, Zones};
use crate::error::Fault;
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};
use jiff::{Timestamp, civil};
use std::sync::Arc;

const DAY: i64 = 86_400;

/// A time zone. Equal zones have the same name and the same rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone {
    name: String,
    zone: TimeZone,
    /// The edition of the database that its rules come from.
    edition: Option<Arc<str>>,
}

/// The instants at which a zone's wall clock shows one time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Instants {
    /// Never: the clock jumps over it. Holds the instant of the jump.
    Skipped(i64),
    /// The usual case.
    Once(i64),
    /// The clock was set back; the earlier and the later instant.
    Twice(i64, i64),
}

impl Instants {
    /// The first instant at or after which the wall clock shows at least the time asked for.
    pub fn first(self) -> i64 {
        let (Self::Skipped(at) | Self::Once(at) | Self::Twice(at, _)) = self;
        at
    }
}

/// A change of a zone's offset from UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// The first second with the new offset.
    pub at: i64,
    /// Seconds east of UTC before it.
    pub before: i32,
    /// Seconds east of UTC from it on.
    pub after: i32,
}

/// The Unix second of an instant as RFC 3339 writes it, as in `2026-01-01T00:00:00+00:00`.
pub fn unix_second(text: &str) -> Option<i64> {
    text.parse::<Timestamp>().ok().map(Timestamp::as_second)
}

/// Returns the Unix millisecond of an instant as RFC 3339 writes it, with a fraction of a second if wanted; what is finer is cut off.
pub fn unix_millisecond(text: &str) -> Option<i64> {
    let instant: Timestamp = text.parse().ok()?;
    i64::try_from(instant.as_nanosecond().div_euclid(1_000_000)).ok()
}

/// A civil date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Date {
    pub year: i16,
    /// 1 to 12.
    pub month: i8,
    /// 1 to 31.
    pub day: i8,
    pub weekday: Weekday,
}

/// Monday is 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Weekday(pub u8);

impl Zone {
    pub(super) fn new(name: &str, zone: TimeZone, edition: Option<Arc<str>>) -> Self {
        Self { name: name.to_owned(), zone, edition }
    }

    /// Universal time.
    pub fn utc() -> Self {
        Self::new("UTC", TimeZone::UTC, None)
    }

    /// Reads a name by the bundled database: [`Zones::zone`].
    pub fn parse(name: &str) -> Result<Self, Fault> {
        Zones::bundled().zone(name)
    }

    /// The edition of the database that its rules are from; `None` for UTC and fixed offsets, which need none.
    pub fn edition(&self) -> Option<&str> {
        self.edition.as_deref()
    }

    /// The name as it was asked for; `UTC` for `Z`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Seconds east of UTC at `second`.
    pub fn offset(&self, second: i64) -> i32 {
        self.zone.to_offset(timestamp(second)).seconds()
    }

    /// The abbreviation in force at `second`, as in `KST`; `None` where the zone has only a number.
    pub fn abbreviation(&self, second: i64) -> Option<String> {
        let instant = timestamp(second);
        let info = self.zone.to_offset_info(instant);
        let abbreviation = info.abbreviation();
        let is_name = !abbreviation.is_empty() && abbreviation.bytes().all(|b| b.is_ascii_alphabetic());
        is_name.then(|| abbreviation.to_owned())
    }

    /// What the wall clock shows at `second`, in wall seconds.
    pub fn wall(&self, second: i64) -> i64 {
        second + i64::from(self.offset(second))
    }

    /// When the wall clock shows `wall` seconds.
    pub fn instants(&self, wall: i64) -> Instants {
        let at = |offset: Offset| wall - i64::from(offset.seconds());
        match self.zone.to_ambiguous_timestamp(datetime(wall)).offset() {
            AmbiguousOffset::Unambiguous { offset } => Instants::Once(at(offset)),
            AmbiguousOffset::Fold { before, after } => Instants::Twice(at(before), at(after)),
            AmbiguousOffset::Gap { before, after } => {
                // Read with the offset before the change, a skipped time lies after the change; with the one after, before it.
                let change = self.changes_between(at(after), at(before)).into_iter().next();
                Instants::Skipped(change.map_or(at(before), |change| change.at))
            }
        }
    }

    /// The first second of the local day `day`, counted from 1970-01-01. Where midnight is skipped, the day starts later.
    pub fn day_start(&self, day: i64) -> i64 {
        self.instants(day * DAY).first()
    }

    /// The local day, counted from 1970-01-01, that contains `second`.
    pub fn day(&self, second: i64) -> i64 {
        self.wall(second).div_euclid(DAY)
    }

    /// The last local day, counted from 1970-01-01, that has begun at `second`. Unlike [`Zone::day`] it never goes back: where the
    /// clock is set back over midnight, the evening that comes again belongs to the day that began before it.
    pub fn day_begun(&self, second: i64) -> i64 {
        let day = self.day(second);
        if self.day_start(day + 1) <= second { day + 1 } else { day }
    }

    /// The changes of offset after the first and before the last instant of `span`.
    pub fn changes(&self, span: Span) -> Vec<Change> {
        self.changes_between(span.start(), span.end())
    }

    /// The changes of offset in `after < change < before`. Changes of name or of the daylight flag alone do not count.
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
    /// The date of a day counted from 1970-01-01.
    pub fn of_day(day: i64) -> Self {
        let date = datetime(day * DAY).date();
        let weekday = Weekday(date.weekday().to_monday_zero_offset().unsigned_abs());
        Self { year: date.year(), month: date.month(), day: date.day(), weekday }
    }

    /// The day, counted from 1970-01-01, on which the month `month` (1 to 12) of `year` begins.
    pub fn first_of_month(year: i16, month: i8) -> i64 {
        let first = civil::Date::new(year, month, 1).unwrap_or(civil::Date::MIN);
        let epoch = civil::Date::constant(1970, 1, 1);
        i64::from((first - epoch).get_days())
    }
}

/// Seconds outside jiff's range (years −9999 to 9999) are pulled to its ends; a [`Span`] never is.
fn timestamp(second: i64) -> Timestamp {
    let inside = second.clamp(Timestamp::MIN.as_second() + DAY, Timestamp::MAX.as_second() - DAY);
    Timestamp::from_second(inside).unwrap_or_default()
}

fn datetime(wall: i64) -> civil::DateTime {
    Offset::UTC.to_datetime(timestamp(wall))
}

/// `+hh:mm` or `+hhmm`, at most 18 hours.
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
    fn instants_are_read_to_the_second_whatever_their_offset() {
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
    fn anything_else_is_refused_and_never_read_as_utc() {
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
    fn skipped_and_doubled_times_are_known() {
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
        // Paraguay stayed at -03 in 2024; the south of Chile got a zone of its own at -03 in 2025; Cuba stayed at -04 in 2026.
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
