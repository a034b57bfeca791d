//! Compares the time zone type with chrono-tz, an independent compilation of the same database: every zone that both know, every day
//! from 1970 to 2037.

use chrono::{DateTime, MappedLocalTime, NaiveDateTime, Offset, TimeZone};
use chrono_tz::{TZ_VARIANTS, Tz};
use metricshot::limits::Limits;
use metricshot::request::{Change, Date, Instants, Span, Zone};
use std::collections::BTreeMap;
use std::str::FromStr;

const DAY: i64 = 86_400;

/// 2038-01-01, counted in days from 1970-01-01.
const DAYS: i64 = 24_837;

/// Zones whose rules changed between edition 2025b, which chrono-tz has, and the bundled one: the zone, the first day that differs, and
/// the new rule.
const CHANGED: &[(&str, &str, &str)] = &[
    ("Africa/Casablanca", "2026-09-20", MOROCCO),
    ("Africa/El_Aaiun", "2026-09-20", MOROCCO),
    ("America/Bogota", "1992-05-02", "daylight time of 1992 began a day earlier"),
    ("America/Edmonton", "2026-11-01", ALBERTA),
    ("America/Ensenada", "1970-04-26", BAJA_CALIFORNIA),
    ("America/Havana", "2026-11-01", CUBA),
    ("America/Inuvik", "2026-11-01", "the Northwest Territories stay at -06, as Alberta does"),
    ("America/Rainy_River", "2026-11-01", MANITOBA),
    ("America/Santa_Isabel", "1970-04-26", BAJA_CALIFORNIA),
    ("America/Tijuana", "1970-04-26", BAJA_CALIFORNIA),
    ("America/Vancouver", "2026-11-01", BRITISH_COLUMBIA),
    ("America/Winnipeg", "2026-11-01", MANITOBA),
    ("America/Yellowknife", "2026-11-01", ALBERTA),
    ("Asia/Tehran", "1979-05-25", IRAN),
    ("Canada/Central", "2026-11-01", MANITOBA),
    ("Canada/Mountain", "2026-11-01", ALBERTA),
    ("Canada/Pacific", "2026-11-01", BRITISH_COLUMBIA),
    ("Cuba", "2026-11-01", CUBA),
    ("Europe/Chisinau", "2022-03-27", MOLDOVA),
    ("Europe/Tiraspol", "2022-03-27", MOLDOVA),
    ("Iran", "1979-05-25", IRAN),
    ("Mexico/BajaNorte", "1970-04-26", BAJA_CALIFORNIA),
];

const ALBERTA: &str = "Alberta stays at -06";
const BAJA_CALIFORNIA: &str = "Baja California had California's daylight time from 1970 to 1975";
const BRITISH_COLUMBIA: &str = "British Columbia stays at -07";
const CUBA: &str = "Cuba stays at -04 in the winter of 2026";
const IRAN: &str = "daylight time of 1979 began a day earlier";
const MANITOBA: &str = "Manitoba stays at -05";
const MOLDOVA: &str = "Moldova changes its clocks with the European Union since 2022";
const MOROCCO: &str = "Morocco stays at +00";

/// Names of chrono-tz that the bundled database lacks.
const UNKNOWN: &[&str] = &[];

#[test]
fn every_zone_agrees_with_chrono_tz_on_every_day_from_1970_to_2037() {
    let expected: BTreeMap<&str, &str> = CHANGED.iter().map(|&(zone, day, _)| (zone, day)).collect();
    let found: BTreeMap<&str, String> = zones()
        .filter_map(|(name, zone, oracle)| first_difference(&zone, oracle).map(|day| (name, date(day))))
        .collect();
    let found: BTreeMap<&str, &str> = found.iter().map(|(&name, day)| (name, day.as_str())).collect();
    assert_eq!(
        found,
        expected,
        "{} beside {}",
        metricshot::request::Zones::bundled().edition(),
        chrono_tz::IANA_TZDB_VERSION
    );
}

#[test]
fn every_zone_of_chrono_tz_is_known() {
    let unknown: Vec<&str> =
        TZ_VARIANTS.iter().map(|zone| zone.name()).filter(|name| Zone::parse(name).is_err()).collect();
    assert_eq!(unknown, UNKNOWN);
}

#[test]
fn a_day_may_begin_at_01_00_or_be_skipped() {
    let start = |name: &str, day: i64| {
        let zone = Zone::parse(name).unwrap();
        (zone.day_start(day), day_start(Tz::from_str(name).unwrap(), day))
    };
    // 2018-11-04 begins at 01:00 in São Paulo; Samoa left out 2011-12-30.
    assert_eq!(start("America/Sao_Paulo", 17_839), (1_541_300_400, 1_541_300_400));
    assert_eq!(start("Pacific/Apia", 15_338), (1_325_239_200, 1_325_239_200));
    assert_eq!(start("Pacific/Apia", 15_339), (1_325_239_200, 1_325_239_200));
}

fn zones() -> impl Iterator<Item = (&'static str, Zone, Tz)> {
    TZ_VARIANTS.iter().filter_map(|&oracle| Some((oracle.name(), Zone::parse(oracle.name()).ok()?, oracle)))
}

/// Returns the first day on which the offset at 00:00 UTC, the start of the civil day, a change of offset, or a gap or fold around a
/// change differs.
fn first_difference(zone: &Zone, oracle: Tz) -> Option<i64> {
    let of_days = (0..DAYS).find(|&day| {
        zone.offset(day * DAY) != offset(oracle, day * DAY) || zone.day_start(day) != day_start(oracle, day)
    });
    let expected = changes(oracle);
    let limits = Limits { span_seconds: i64::MAX, latest_second: i64::MAX, ..Limits::default() };
    let listed = zone.changes(Span::new(1, DAYS * DAY - 1, &limits).unwrap());
    let unlike =
        listed.iter().zip(&expected).find(|(ours, theirs)| ours != theirs).map(|(ours, theirs)| ours.at.min(theirs.at));
    let common = listed.len().min(expected.len());
    let of_changes = unlike.or_else(|| listed.get(common).or(expected.get(common)).map(|change| change.at));
    let of_walls = expected.iter().flat_map(walls_around).find(|&wall| zone.instants(wall) != instants(oracle, wall));
    [of_days, of_changes.map(|at| at.div_euclid(DAY)), of_walls.map(|wall| wall.div_euclid(DAY))]
        .into_iter()
        .flatten()
        .min()
}

/// Returns wall seconds before, at the ends of, within and after the gap or fold of a change.
fn walls_around(change: &Change) -> [i64; 7] {
    let (a, b) = (change.at + i64::from(change.before), change.at + i64::from(change.after));
    let (first, end) = (a.min(b), a.max(b));
    [first - 1, first, first + 1, first.midpoint(end), end - 1, end, end + 1]
}

fn utc(second: i64) -> NaiveDateTime {
    DateTime::from_timestamp(second, 0).unwrap().naive_utc()
}

fn offset(oracle: Tz, second: i64) -> i32 {
    oracle.offset_from_utc_datetime(&utc(second)).fix().local_minus_utc()
}

/// Returns the changes of offset, found by bisection between days whose offsets at 00:00 UTC differ.
fn changes(oracle: Tz) -> Vec<Change> {
    let change = |day: i64| {
        let (before, after) = (offset(oracle, day * DAY), offset(oracle, (day + 1) * DAY));
        let at = first(day * DAY, (day + 1) * DAY, |second| offset(oracle, second) == after);
        (before != after).then_some(Change { at, before, after })
    };
    (0..DAYS).filter_map(change).collect()
}

fn instants(oracle: Tz, wall: i64) -> Instants {
    match oracle.from_local_datetime(&utc(wall)) {
        MappedLocalTime::Single(at) => Instants::Once(at.timestamp()),
        MappedLocalTime::Ambiguous(earlier, later) => Instants::Twice(earlier.timestamp(), later.timestamp()),
        MappedLocalTime::None => {
            let shown = |second: i64| second + i64::from(offset(oracle, second));
            Instants::Skipped(first(wall - 2 * DAY, wall + 2 * DAY, |second| shown(second) >= wall))
        }
    }
}

fn day_start(oracle: Tz, day: i64) -> i64 {
    instants(oracle, day * DAY).first()
}

/// Returns the first second in `(low, high]` that has a property which, once there, stays until `high`.
fn first(mut low: i64, mut high: i64, holds: impl Fn(i64) -> bool) -> i64 {
    while high - low > 1 {
        let middle = low.midpoint(high);
        if holds(middle) {
            high = middle;
        } else {
            low = middle;
        }
    }
    high
}

fn date(day: i64) -> String {
    let Date { year, month, day, .. } = Date::of_day(day);
    format!("{year}-{month:02}-{day:02}")
}
