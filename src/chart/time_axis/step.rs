//! The ladder of steps between labels, and the instants of the ticks of each step.
//!
//! Ticks are round on the wall clock: multiples of the step within the local day, local midnights, Mondays, first days
//! of months.

use crate::request::{Date, Span, Zone};

const MINUTE: i64 = 60;
const HOUR: i64 = 3600;
pub(super) const DAY: i64 = 86_400;

/// A Monday, in days since 1970-01-01; two-week steps count from it.
const A_MONDAY: i64 = 4;

/// The distance between two ticks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// Seconds of the wall clock; divides a day.
    Seconds(i64),
    /// Local days; whole weeks start on Mondays.
    Days(i64),
    /// Calendar months; whole years start in January.
    Months(i64),
}

/// A step of labels, and the natural subdivision of it for the ticks between them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Rung {
    pub step: Step,
    pub minor: Option<Step>,
}

const fn rung(step: Step, minor: Step) -> Rung {
    Rung { step, minor: Some(minor) }
}

const fn bare(step: Step) -> Rung {
    Rung { step, minor: None }
}

/// Steps, increasing. The first is a second: every span has at least two, with its end.
pub(super) const LADDER: [Rung; 33] = {
    use Step::{Days, Months, Seconds};
    [
        bare(Seconds(1)),
        rung(Seconds(2), Seconds(1)),
        rung(Seconds(5), Seconds(1)),
        rung(Seconds(10), Seconds(5)),
        rung(Seconds(15), Seconds(5)),
        rung(Seconds(30), Seconds(10)),
        rung(Seconds(MINUTE), Seconds(15)),
        rung(Seconds(2 * MINUTE), Seconds(30)),
        rung(Seconds(5 * MINUTE), Seconds(MINUTE)),
        rung(Seconds(10 * MINUTE), Seconds(5 * MINUTE)),
        rung(Seconds(15 * MINUTE), Seconds(5 * MINUTE)),
        rung(Seconds(30 * MINUTE), Seconds(10 * MINUTE)),
        rung(Seconds(HOUR), Seconds(15 * MINUTE)),
        rung(Seconds(2 * HOUR), Seconds(30 * MINUTE)),
        rung(Seconds(3 * HOUR), Seconds(HOUR)),
        rung(Seconds(6 * HOUR), Seconds(HOUR)),
        rung(Seconds(12 * HOUR), Seconds(3 * HOUR)),
        rung(Days(1), Seconds(6 * HOUR)),
        rung(Days(2), Days(1)),
        rung(Days(7), Days(1)),
        rung(Days(14), Days(7)),
        bare(Months(1)),
        rung(Months(2), Months(1)),
        rung(Months(3), Months(1)),
        rung(Months(6), Months(1)),
        rung(Months(12), Months(3)),
        rung(Months(2 * 12), Months(12)),
        rung(Months(5 * 12), Months(12)),
        rung(Months(10 * 12), Months(2 * 12)),
        rung(Months(20 * 12), Months(5 * 12)),
        rung(Months(50 * 12), Months(10 * 12)),
        rung(Months(100 * 12), Months(20 * 12)),
        rung(Months(200 * 12), Months(50 * 12)),
    ]
};

impl Step {
    /// Returns the length in seconds; for months the mean of the Gregorian calendar.
    pub fn seconds(self) -> i64 {
        match self {
            Self::Seconds(seconds) => seconds,
            Self::Days(days) => days * DAY,
            Self::Months(months) => months * 2_629_746,
        }
    }

    /// Returns true if the ticks are near enough for an hour to be visible between them.
    pub fn shows_clock_changes(self) -> bool {
        matches!(self, Self::Seconds(_) | Self::Days(_))
    }

    /// Returns the ticks from the start of `span` to its end, both included; strictly increasing.
    pub fn instants(self, span: Span, zone: &Zone) -> Vec<i64> {
        let mut instants = match self {
            Self::Seconds(seconds) => clock_times(seconds, span, zone),
            Self::Days(days) => day_starts(days, span, zone),
            Self::Months(months) => month_starts(months, span, zone),
        };
        instants.retain(|at| (span.start()..=span.end()).contains(at));
        instants.sort_unstable();
        instants.dedup();
        instants
    }
}

/// Returns the multiples of `seconds` on the wall clock, computed for each interval of constant offset: a skipped time
/// never occurs, a repeated one occurs twice. Where midnight is skipped, the first instant of the day replaces it.
fn clock_times(seconds: i64, span: Span, zone: &Zone) -> Vec<i64> {
    let mut edges = vec![span.start()];
    edges.extend(zone.changes(span).iter().map(|change| change.at));
    edges.extend([span.end(), span.end() + 1]);
    let mut instants = day_starts(1, span, zone);
    for stretch in edges.windows(2) {
        let (from, to) = (stretch[0], stretch[1]);
        let past = zone.wall(from).rem_euclid(seconds);
        let first = from + (seconds - past) % seconds;
        instants.extend((first..to).step_by(usize::try_from(seconds).unwrap_or(1)));
    }
    instants
}

/// Returns the starts of days, up to a day after the span, because a clock that is set back at midnight shows the
/// evening again.
fn day_starts(days: i64, span: Span, zone: &Zone) -> Vec<i64> {
    let (first, last) = (zone.day(span.start()), zone.day(span.end()) + 1);
    let first = first + (A_MONDAY - first).rem_euclid(days);
    (first..=last).step_by(usize::try_from(days).unwrap_or(1)).map(|day| zone.day_start(day)).collect()
}

fn month_starts(months: i64, span: Span, zone: &Zone) -> Vec<i64> {
    let month_of = |day| {
        let date = Date::of_day(day);
        i64::from(date.year) * 12 + i64::from(date.month) - 1
    };
    let (first, last) = (month_of(zone.day(span.start())), month_of(zone.day(span.end()) + 1));
    let first = first + (-first).rem_euclid(months);
    let start = |month: i64| {
        let year = i16::try_from(month.div_euclid(12)).unwrap_or(i16::MAX);
        let month = i8::try_from(month.rem_euclid(12) + 1).unwrap_or(1);
        zone.day_start(Date::first_of_month(year, month))
    };
    (first..=last).step_by(usize::try_from(months).unwrap_or(1)).map(start).collect()
}
